"""Adding files: what is new, changed, the same, or skipped; with real files, the real readers and the real index."""

from __future__ import annotations

import itertools
import os
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from index import corpus
from index.build import add_documents, build_index, remove_document
from index.check import check_index
from index.diff import changed_words, diff_clauses
from index.errors import UserError
from index.identity import Known, Relation, relation, text_likeness
from index.report import counts_of, rows_of, skipped_of
from index.settings import Settings
from index.types import Clause, Document
from index.upkeep import Outcome

_SUBJECTS = "养老 托育 供水 供热 菜场 公厕 路灯 绿化 驿站 书屋 食堂 岗亭 车棚 步道 广场 泵站".split()  # noqa: SIM905
_HAN = "一二三四五六七八九十"


def _text(number: str, title: str, clauses: Iterable[str]) -> str:
    return "\n".join((number, title, *(f"{_HAN[i]}、{clause}" for i, clause in enumerate(clauses)), ""))


def _clauses(seed: int, count: int = 6) -> list[str]:
    """Return clauses of a length that offices write; those of two seeds have nothing in common but phrases."""
    choose = random.Random(seed)
    return [
        f"{choose.choice(_SUBJECTS)}{choose.choice(_SUBJECTS)}项目新建{choose.randint(2, 99)}处，由{choose.choice(_SUBJECTS)}"
        f"办负责，每处补助{choose.randint(1, 90)}万元，{choose.randint(2, 12)}月底前完成{choose.choice(_SUBJECTS)}验收。"
        for _ in range(count)
    ]


@pytest.fixture
def place(tmp_path: Path, settings: Settings) -> Settings:
    return settings.model_copy(update={"seeds_dir": tmp_path / "seeds", "index_dir": tmp_path / "index"})


def _add(place: Settings, *paths: Path) -> dict[str, Outcome]:
    _, outcomes = add_documents(place, paths)
    return {outcome.name: outcome for outcome in outcomes}


def _file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


_PLAIN = _text("甬政办发〔2022〕1号", "宁波市人民政府关于社区服务的通知", _clauses(1))


def test_adding_the_same_files_again_changes_nothing(place: Settings, tmp_path: Path) -> None:
    files = [
        _file(tmp_path, f"{n}.txt", _text(f"甬政办发〔2022〕{n}号", "宁波市人民政府关于社区服务的通知", _clauses(n)))
        for n in (1, 2)
    ]
    first, outcomes = add_documents(place, files)
    assert [outcome.status for outcome in outcomes] == ["新增", "新增"]
    again, outcomes = add_documents(place, files)
    assert [outcome.status for outcome in outcomes] == ["没有变化", "没有变化"]
    assert again.version == first.version
    assert [path.name for path in place.index_dir.iterdir() if path.is_dir()] == [first.version]


def test_a_changed_version_replaces_the_old_and_says_what_changed(place: Settings, tmp_path: Path) -> None:
    clauses = [
        "新建驿站20处，每处补助3万元。",
        "护理员每月津贴500元。",
        "按季度通报进展情况。",
        "本通知自发布之日起施行。",
    ]
    number, title = "甬政办发〔2022〕1号", "宁波市人民政府关于社区服务的通知"
    file = _file(tmp_path, "a.txt", _text(number, title, clauses))
    _add(place, file)
    changed = [clauses[0], "建立社区服务台账并逐月更新。", clauses[1].replace("500", "600"), clauses[2]]
    _file(tmp_path, "a.txt", _text(number, title, changed))
    index, (outcome,) = add_documents(place, [file])
    assert (outcome.status, outcome.doc_id) == ("更新", "yongzhengbanfa-2022-1")
    assert list(map(str, outcome.changes)) == [
        "+ 2 二、建立社区服务台账并逐月更新。",
        "~ 2 → 3 [500元→600元]",
        "- 4 四、本通知自发布之日起施行。",
        "> 3 → 4",
    ]
    assert len(index.documents) == 1
    assert not index.has_word("施行")
    assert check_index(place) == []


def test_the_same_text_under_another_name_or_format_is_kept_once(place: Settings, tmp_path: Path) -> None:
    plain = _file(tmp_path, "通知.txt", _PLAIN)
    page = "".join(f"<p>{line}</p>\n" for line in _PLAIN.splitlines())
    html = _file(tmp_path, "news_1.html", f"<html><body>{page}</body></html>")
    copy = _file(tmp_path, "复件.txt", _PLAIN.replace("，", ", "))
    told = _add(place, plain)
    assert told["通知.txt"].status == "新增"
    told = _add(place, html)  # what is held stays, whatever its name
    assert (told["news_1.html"].status, "通知.txt" in told["news_1.html"].reason) == ("同一份文件", True)
    told = _add(place, html, copy, plain)
    assert {name: (outcome.status, outcome.doc_id) for name, outcome in told.items()} == {
        "news_1.html": ("同一份文件", "yongzhengbanfa-2022-1"),
        "复件.txt": ("同一份文件", "yongzhengbanfa-2022-1"),
        "通知.txt": ("没有变化", "yongzhengbanfa-2022-1"),
    }
    index, _ = add_documents(place, [html, copy, plain])
    assert [doc.source for doc in index.documents] == ["通知.txt"]


@pytest.mark.parametrize("order", itertools.permutations(range(3)))
def test_of_copies_in_one_batch_the_same_is_kept_in_any_order(
    place: Settings, tmp_path: Path, order: tuple[int, ...]
) -> None:
    texts = {"c.txt": _PLAIN, "a.txt": _PLAIN + "\n", "b.txt": _PLAIN.split("\n", 1)[1]}  # the last without its 文号
    files = [_file(tmp_path, name, text) for name, text in texts.items()]
    index, outcomes = add_documents(place, [files[i] for i in order])
    assert sorted((outcome.name, outcome.status) for outcome in outcomes) == [
        ("a.txt", "新增"), ("b.txt", "同一份文件"), ("c.txt", "同一份文件")
    ]  # fmt: skip
    assert [doc.source for doc in index.documents] == ["a.txt"]
    version = index.version
    assert add_documents(place, [files[i] for i in reversed(order)])[0].version == version


def test_two_versions_in_one_batch_are_told_and_neither_is_lost_silently(place: Settings, tmp_path: Path) -> None:
    old = _file(tmp_path, "a.txt", _PLAIN)
    new = _file(tmp_path, "b.txt", re.sub(r"补助\d+万元", "补助950万元", _PLAIN, count=1))
    told = _add(place, old, new)
    (skipped,) = (outcome for outcome in told.values() if outcome.status == "跳过")
    assert "1 处条款不同" in skipped.reason
    alone = _add(place, tmp_path / skipped.name)
    assert alone[skipped.name].status == "更新"
    both = _add(place, old, new)  # the one chosen is not changed back
    assert both[skipped.name].status == "没有变化"


_HOMOPHONES = [  # 长 and 常, 厅 and 亭: other characters, the same pinyin
    ("长政办发〔2019〕8号", "长春市人民政府关于做好供热工作的通知"),
    ("常政办发〔2019〕8号", "常州市人民政府关于做好路灯工作的通知"),
]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_documents_whose_ids_collide_are_both_kept_and_numbered_the_same_in_any_order(
    place: Settings, tmp_path: Path, order: tuple[int, int]
) -> None:
    same = _clauses(3)  # even with the same text they are two: each has a 文号 of its own
    rows = "file,field,value\n" + "".join(f"{name}.txt,doc_id,changzhengbanfa-2019-8\n" for name in "ab")
    _file(tmp_path, "manifest.csv", rows)
    files = [_file(tmp_path, f"{name}.txt", _text(*_HOMOPHONES[i], same)) for i, name in enumerate("ab")]
    index, _ = build_index(place, [files[i] for i in order])
    names = {doc.source: doc.doc_id for doc in index.documents}
    assert set(names.values()) == {"changzhengbanfa-2019-8", "changzhengbanfa-2019-8-2"}
    assert names == _names_from_scratch(place, files)
    again, outcomes = add_documents(place, files)
    assert {outcome.status for outcome in outcomes} == {"没有变化"}
    assert index.find("changzhengbanfa-2019-8-2.1") is not None


def _names_from_scratch(place: Settings, files: list[Path]) -> dict[str, str]:
    elsewhere = place.model_copy(update={"index_dir": place.index_dir / "elsewhere"})
    return {doc.source: doc.doc_id for doc in build_index(elsewhere, files)[0].documents}


def test_a_held_document_keeps_its_id_when_one_that_would_have_it_comes(place: Settings, tmp_path: Path) -> None:
    files = [
        _file(
            tmp_path,
            f"{name}.txt",
            f"某街道养老方案\n{'　' * i}一、{_clauses(7 + i, 1)[0]}\n二、{_clauses(9 + i, 1)[0]}\n",
        )
        for i, name in enumerate("ab")
    ]
    for first, second in (files, files[::-1]):
        here = place.model_copy(update={"index_dir": tmp_path / f"index-{first.stem}"})
        held = add_documents(here, [first])[0].documents[0].doc_id
        index, (outcome,) = add_documents(here, [second])
        assert (outcome.status, outcome.doc_id) == ("新增", f"{held}-2")
        rebuilt, _ = build_index(here, files)
        assert {d.source: d.doc_id for d in rebuilt.documents} == {d.source: d.doc_id for d in index.documents}


def _document(**fields: object) -> Document:
    given = {"doc_id": "x-1", "title": "某市人民政府关于供热工作的通知", "text": "", "source": "a.txt", "sha256": "0"}
    return Document(**{**given, **fields})  # type: ignore[arg-type]


_LONG = "".join(_clauses(11, 8))
_EDITED = _LONG.replace("万元", "元", 2)
_FOREIGN = "".join(_clauses(12, 8))
_A = {"text": _LONG, "doc_no": "甲府〔2019〕8号", "year": 2019}


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (_A, _A | {"source": "b.html"}, Relation.COPY),
        (_A, _A | {"text": _LONG.replace("，", ", ")}, Relation.COPY),
        (_A, _A | {"text": _EDITED}, Relation.VERSION),
        (_A, _A | {"text": _FOREIGN}, Relation.VERSION),  # the number and the title say that it is the same
        (_A, _A | {"text": _FOREIGN, "title": "任务分工表"}, Relation.OTHER),  # an annex under its notice's number
        (_A, _A | {"text": _EDITED, "title": "任务分工表"}, Relation.VERSION),
        (_A, _A | {"doc_no": "佳府〔2019〕8号"}, Relation.OTHER),  # the same text, issued by two
        (_A, _A | {"doc_no": None, "source": "b.txt", "doc_id": "y"}, Relation.COPY),
        (_A, _A | {"doc_no": None, "adcode": "220100"}, Relation.COPY),
        (_A | {"adcode": "220100"}, _A | {"doc_no": None, "adcode": "210100"}, Relation.OTHER),
        (_A | {"doc_no": None}, _A | {"doc_no": None, "text": _EDITED, "year": 2020}, Relation.OTHER),
        (_A | {"doc_no": None}, _A | {"doc_no": None, "text": _EDITED}, Relation.VERSION),
        (_A | {"doc_no": None}, _A | {"doc_no": None, "text": _FOREIGN}, Relation.OTHER),  # the notice of every year
        (_A, _A | {"text": _EDITED, "doc_no": None, "doc_id": "y"}, Relation.VERSION),  # of the same file
        (_A, _A | {"text": _EDITED, "doc_no": None, "doc_id": "y", "source": "b.txt"}, Relation.OTHER),
        (
            {"text": "同意你局的请示。"},
            {"text": "同意你局的请示。", "title": "某市水务局的批复", "source": "b", "doc_id": "y"},
            Relation.OTHER,
        ),
        ({"text": "同意你局的请示。"}, {"text": "同意你局的请示。", "source": "b"}, Relation.COPY),
        (_A, _A | {"parent": "x", "text": _EDITED}, Relation.OTHER),
        (_A | {"parent": "x"}, _A | {"parent": "x", "doc_id": "x-2"}, Relation.OTHER),  # two annexes of one file
    ],
)
def test_what_one_document_is_to_another(a: dict[str, object], b: dict[str, object], expected: Relation) -> None:
    one, other = Known(_document(**a)), Known(_document(**b))
    assert relation(one, other) is expected
    assert relation(other, one) is expected


def test_likeness_is_the_part_that_two_texts_share() -> None:
    whole, half = Known(_document(text=_LONG + _FOREIGN)), Known(_document(text=_LONG))
    assert text_likeness(whole, whole) == 1
    assert text_likeness(Known(_document(text="一二三四五")), Known(_document(text="六七八九十"))) == 0
    shared = 2 * len(_LONG) / (len(_LONG) * 2 + len(_FOREIGN))
    assert text_likeness(whole, half) == pytest.approx(shared, abs=0.05)


def _tree(*rows: tuple[str, str]) -> list[Clause]:
    text = "\n".join(words for _, words in rows)
    doc = _document(text=text)
    starts = itertools.accumulate((len(words) + 1 for _, words in rows), initial=0)
    return [
        Clause(doc, path, path, (), ((start, start + len(words)),), True)
        for (path, words), start in zip(rows, starts, strict=False)
    ]


_OLD = (
    ("1", "一、新建驿站20处。"),
    ("2", "二、每处补助3万元。"),
    ("3", "三、按季度通报进展。"),
    ("3.1", "(一)由办公室汇总。"),
)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (_OLD, []),
        (_OLD[:3], ["- 3.1 (一)由办公室汇总。"]),
        ((*_OLD, ("4", "四、本通知自印发之日起施行。")), ["+ 4 四、本通知自印发之日起施行。"]),
        ((_OLD[0], ("2", "二、每处补助5万元。"), *_OLD[2:]), ["~ 2 [3万元→5万元]"]),
        ((_OLD[0], ("2", "二、每处补助3万元，按年拨付。"), *_OLD[2:]), ["~ 2 [→，按年拨付]"]),
        (
            (_OLD[0], ("2", "二、建立工作台账。"), ("3", "三、每处补助3万元。"), ("4", "四、按季度通报进展。"), ("4.1", "(一)由办公室汇总。")),
            ["+ 2 二、建立工作台账。", "> 2—3 → 3—4"],
        ),
        ((_OLD[0], ("2", "二、撤销原有机构并注销登记。"), *_OLD[2:]), ["+ 2 二、撤销原有机构并注销登记。", "- 2 二、每处补助3万元。"]),
        ((("1", "一、新建 驿站２０处。"), *_OLD[1:]), []),
    ],
)  # fmt: skip
def test_a_comparison_by_clauses(new: tuple[tuple[str, str], ...], said: list[str]) -> None:
    assert list(map(str, diff_clauses(_tree(*_OLD), _tree(*new)))) == said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("每月500元，共20人", "每月600元，共20人", ["[500元→600元]"]),
        ("财政部门负责", "财政部门牵头负责", ["[→牵头]"]),
        ("2024年12月底前完成", "2025年6月底前完成", ["[2024年12月→2025年6月]"]),
        ("甲乙丙丁戊己庚辛", "甲丙丁戊己庚壬", ["[乙→]", "[辛→壬]"]),
    ],
)
def test_the_words_that_changed_are_whole_quantities(old: str, new: str, said: list[str]) -> None:
    assert changed_words(old, new) == said


def test_planted_changes_are_all_found() -> None:
    """Any mixture of edits, removals and insertions is told exactly, whatever the numbers become."""
    for seed in range(40):
        choose = random.Random(seed)
        words = [_clauses(100 * seed + i, 1)[0] for i in range(12)]
        gone, edited = set(choose.sample(range(12), 2)), choose.randrange(12)
        new_words = [w for i, w in enumerate(words) if i not in gone or i == edited]
        at = new_words.index(words[edited])
        new_words[at] = re.sub(r"补助\d+万元", "补助777万元", words[edited])
        new_words.insert(choose.randrange(len(new_words)), "各单位每年十二月报送书面总结材料。")
        old = _tree(*((str(i), f"{i}.{w}") for i, w in enumerate(words, 1)))
        new = _tree(*((str(i), f"{i}.{w}") for i, w in enumerate(new_words, 1)))
        changes = diff_clauses(old, new)
        signs = [change.sign for change in changes]
        assert (signs.count("+"), signs.count("~"), signs.count("-")) == (1, 1, len(gone - {edited})), seed
        assert next(c.text for c in changes if c.sign == "~").endswith("→777万元]"), seed


def test_one_bad_file_of_many_is_told_and_the_rest_added(place: Settings, tmp_path: Path) -> None:
    good = [
        _file(tmp_path / "in", f"{n}.txt", _text(f"甬政办发〔2022〕{n}号", "宁波市关于社区服务的通知", _clauses(n, 3)))
        for n in (1, 2, 3)
    ]
    (tmp_path / "in" / "bad.txt").write_bytes(b"\x89PNG\r\n\x1a\n" * 9)
    with zipfile.ZipFile(tmp_path / "in" / "more.zip", "w") as archive:
        archive.writestr("内.txt", _text("甬政办发〔2022〕9号", "宁波市关于绿化的通知", _clauses(9, 3)))
        archive.writestr("坏.png", b"\x89PNG\r\n\x1a\n" * 9)
    index, outcomes = add_documents(place, [tmp_path / "in"])
    told = {outcome.name: outcome.status for outcome in outcomes}
    assert told == {path.name: "新增" for path in good} | {
        "more.zip/内.txt": "新增", "bad.txt": "跳过", "more.zip/坏.png": "跳过"
    }  # fmt: skip
    assert len(index.documents) == 4
    assert counts_of(outcomes) == "新增 4, 跳过 2"
    lines = list(skipped_of(outcomes))
    assert all(line.startswith("跳过: ") for line in lines)
    assert [name in line for name, line in zip(("bad.txt", "坏.png"), lines, strict=True)] == [True, True]


def _exploding(number: int) -> None:
    raise RecursionError(f"第{number}层")


def test_an_error_that_no_reader_foresaw_costs_one_file_and_is_logged(
    place: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = corpus.read_file
    monkeypatch.setattr(corpus, "read_file", lambda path: _exploding(3) if path.name == "odd.txt" else read(path))
    good, odd = _file(tmp_path, "good.txt", _PLAIN), _file(tmp_path, "odd.txt", _PLAIN)
    index, outcomes = add_documents(place, [odd, good])
    assert [(o.name, o.status) for o in outcomes] == [("good.txt", "新增"), ("odd.txt", "跳过")]
    log = place.index_dir / "errors.log"
    assert f"程序未能处理 (已记录到 {log})" in outcomes[1].reason
    assert "RecursionError: 第3层" in log.read_text("utf-8")
    assert "_exploding" in log.read_text("utf-8")


def test_many_files_are_read_by_helpers_as_by_one(tmp_path: Path) -> None:
    files = [
        _file(
            tmp_path / "in", f"{n:03}.txt", _text(f"甬政办发〔2022〕{n}号", "宁波市关于社区服务的通知", _clauses(n, 2))
        )
        for n in range(1, corpus._MANY + 6)
    ]
    (tmp_path / "in" / "007.txt").write_bytes(b"")
    together = corpus.read_corpus(files, tmp_path / "log")
    alone = [read for file in files for read in corpus.read_corpus([file], tmp_path / "log")]
    assert together == alone
    assert [read.name for read in together if read.failures] == ["007.txt"]


def _die_on_odd(path: Path) -> list[corpus.Read]:
    if path.name == "odd":
        os._exit(139)  # as a library does that crashes
    return [corpus.Read(path.name)]


def test_a_file_that_kills_its_helper_costs_itself_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "_read_parts", _die_on_odd)
    files = [Path(name) for name in ("a", "b", "odd", "c", *map(str, range(corpus._MANY)))]
    reads = corpus.read_corpus(files, tmp_path / "log")
    assert [read.name for read in reads] == [path.name for path in files]
    assert [read.name for read in reads if read.failures] == ["odd"]
    assert "读取进程中断: odd" in (tmp_path / "log").read_text("utf-8")


def test_where_no_helper_can_start_the_files_are_read_all_the_same(tmp_path: Path) -> None:
    script = (  # no `if __name__ == "__main__"`: each helper would run the script again
        "import sys; from pathlib import Path; from index import corpus\n"
        "files = sorted(Path(sys.argv[1]).glob('*.txt'))\n"
        "reads = corpus.read_corpus(files, Path(sys.argv[1]) / 'log')\n"
        "print(sum(len(read.documents) for read in reads))"
    )
    (tmp_path / "script.py").write_text(script, "utf-8")
    for n in range(1, corpus._MANY + 6):
        _file(tmp_path, f"{n}.txt", _text(f"甬政办发〔2022〕{n}号", "宁波市关于社区服务的通知", _clauses(n, 2)))
    root = str(Path(corpus.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "script.py"), str(tmp_path)], env={**os.environ, "PYTHONPATH": root},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout.split() == [str(corpus._MANY + 5)], done.stderr[-500:]


_NOTICE = """甬政办发〔2022〕5号
宁波市人民政府办公室关于印发宁波市社区服务管理办法的通知
各区县(市)人民政府，市直各单位：
《宁波市社区服务管理办法》已经市政府同意，现印发给你们，请认真贯彻执行。
宁波市人民政府办公室
2022年3月1日
宁波市社区服务管理办法
第一条 为规范社区服务，制定本办法。
第二条 每处服务网点补助3万元，由民政部门负责发放。
第三条 本办法自2022年4月1日起施行。
"""


def test_a_notice_and_what_it_sends_come_and_go_together(place: Settings, tmp_path: Path) -> None:
    other = _file(tmp_path, "other.txt", _PLAIN)
    file = _file(tmp_path, "notice.txt", _NOTICE)
    index, _ = add_documents(place, [file, other])
    held = {doc.doc_id: doc.parent for doc in index.documents}
    children = [doc_id for doc_id, parent in held.items() if parent]
    assert children == ["yongzhengbanfa-2022-5-fu1"]
    assert held[children[0]] == "yongzhengbanfa-2022-5"
    _, outcomes = add_documents(place, [file])
    assert {outcome.status for outcome in outcomes} == {"没有变化"}
    file.write_text(
        _NOTICE.split("宁波市社区服务管理办法\n第一条")[0] + "一、请各单位于六月底前报送落实情况。\n", "utf-8"
    )
    index, outcomes = add_documents(place, [file])
    assert ("移除", children[0]) in {(o.status, o.doc_id) for o in outcomes}
    file.write_text(_NOTICE, "utf-8")
    add_documents(place, [file])
    index, outcomes = remove_document(place, "yongzhengbanfa-2022-5")
    assert {o.doc_id for o in outcomes} == {"yongzhengbanfa-2022-5", children[0]}
    assert [doc.doc_id for doc in index.documents] == ["yongzhengbanfa-2022-1"]


def test_a_table_of_outcomes_is_in_columns_and_counts_alone_are_shown_of_many() -> None:
    outcomes = [Outcome("新增", "甲.txt", "", "x-1", 3), Outcome("没有变化", "b.txt", "", "long-name-2", 12)]
    assert list(rows_of(outcomes)) == ["新增      x-1          3条   甲.txt", "没有变化  long-name-2  12条  b.txt"]
    assert list(rows_of(outcomes * 30)) == []
    assert counts_of([*outcomes * 30, Outcome("跳过", "c")]) == "新增 30, 没有变化 30, 跳过 1"


def test_a_build_without_a_file_says_that_its_document_is_gone(place: Settings, tmp_path: Path) -> None:
    file = _file(tmp_path, "a.txt", _PLAIN)
    other = _file(tmp_path, "b.txt", _text("甬政办发〔2022〕2号", "宁波市人民政府关于绿化的通知", _clauses(2)))
    build_index(place, [file, other])
    _, outcomes = build_index(place, [other])
    assert [(o.status, o.name) for o in outcomes] == [("没有变化", "b.txt"), ("移除", "a.txt")]


def test_when_no_file_can_be_read_the_reasons_are_one_line(place: Settings, tmp_path: Path) -> None:
    files = [tmp_path / f"{n}.txt" for n in range(9)]
    for file in files:
        file.write_bytes(b"")
    with pytest.raises(UserError, match=r"0\.txt.*等共 9 件") as error:
        add_documents(place, files)
    assert "\n" not in str(error.value)
