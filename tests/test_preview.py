"""What adding would do, told without doing it; and adding what was told, or nothing."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from index.build import add_documents, build_index
from index.compare import CAME, CHANGED, MOVED, WENT
from index.errors import UserError
from index.given import given_of, write_manifest
from index.history import added_on
from index.preview import agreed, preview
from index.settings import Settings
from index.store import ClauseIndex
from index.write import writer

_HELD = (
    "宁波市人民政府办公室关于加强老年食堂管理的通知\n甬政办发〔2021〕6号\n各区人民政府：\n现就有关事项通知如下。\n"
    "一、老年食堂每餐补助3元，由市民政局负责。\n二、老年食堂每天供应午餐和晚餐。\n三、各区每季度检查一次食品安全。\n"
    "宁波市人民政府办公室\n2021年4月8日\n"
)
_CHANGED = _HELD.replace("补助3元", "补助5元").replace("三、各区每季度", "三、鼓励志愿者送餐上门。\n四、各区每季度")
_OTHER = _HELD.replace("〔2021〕6号", "〔2021〕9号").replace("老年食堂", "社区书屋").replace("补助3元", "补助8元")
_BARE = "关于做好有关工作的通知\n一、各单位每月报送一次进展情况。\n二、各单位明确一名联络员。\n"


@pytest.fixture
def place(tmp_path: Path, settings: Settings) -> Settings:
    """An index of one document, in a folder of its own."""
    place = settings.model_copy(update={"seeds_dir": tmp_path / "seeds", "index_dir": tmp_path / "index"})
    build_index(place, [_file(tmp_path / "seeds" / "食堂.txt", _HELD)])
    return place


def _file(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def _version(place: Settings) -> str:
    return ClauseIndex.open_clauses(place).version


def test_a_preview_tells_of_every_file_and_changes_nothing(place: Settings, tmp_path: Path) -> None:
    files = [
        _file(tmp_path / "in" / "书屋.txt", _OTHER),
        _file(tmp_path / "in" / "改.txt", _CHANGED),
        _file(tmp_path / "in" / "同.txt", _HELD + "\n"),
        tmp_path / "in" / "图.txt",
    ]
    files[-1].write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    before = _version(place)
    steps: list[tuple[str, int, int]] = []
    shown = {item.outcome.name: item for item in preview(place, files, lambda *step: steps.append(step))}
    assert _version(place) == before
    assert {name: item.outcome.status for name, item in shown.items()} == {
        "书屋.txt": "新增", "改.txt": "更新", "同.txt": "跳过", "图.txt": "跳过",
    }  # fmt: skip
    assert steps == [("读取", n, 4) for n in range(5)]
    new = shown["书屋.txt"]
    assert new.doc is not None and (new.doc.doc_no, new.doc.year, new.doc.region) == (
        "甬政办发〔2021〕9号", 2021, ("浙江省", "宁波市"),
    )  # fmt: skip
    assert [clause.path_text for clause in new.clauses if clause.leaf] == ["一、", "二、", "三、"] and new.leaves == 3
    assert "PNG" in shown["图.txt"].outcome.reason and str(tmp_path) not in shown["图.txt"].outcome.reason
    assert not shown["图.txt"].joins and shown["改.txt"].joins


def test_the_same_text_under_another_name_is_told_as_the_one_held(place: Settings, tmp_path: Path) -> None:
    (item,) = preview(place, [_file(tmp_path / "in" / "别名.txt", _HELD)])
    assert item.outcome.status == "同一份文件" and item.held is not None and item.held.source == "食堂.txt"
    assert not item.joins and agreed([item]) == ()


def test_a_changed_version_shows_its_clauses_with_the_words_that_differ(place: Settings, tmp_path: Path) -> None:
    (item,) = preview(place, [_file(tmp_path / "in" / "食堂.txt", _CHANGED)])
    told = {(difference.kind, difference.path_text) for difference in item.differences}
    assert told == {(CHANGED, "一、"), (CAME, "三、"), (MOVED, "四、")}
    changed = next(difference for difference in item.differences if difference.kind == CHANGED)
    assert [run.text for run in changed.runs if run.mark == "old"] == ["3元"]
    assert [run.text for run in changed.runs if run.mark == "new"] == ["5元"]
    assert "".join(run.text for run in changed.runs if run.mark != "old").startswith("一、老年食堂每餐补助5元")
    (back,) = preview(
        place, [_file(tmp_path / "in" / "食堂.txt", _HELD.replace("二、老年食堂每天供应午餐和晚餐。\n三", "二"))]
    )
    assert (WENT, "二、") in {(difference.kind, difference.path_text) for difference in back.differences}


def test_what_is_missing_is_said_and_what_people_state_of_it_makes_its_id(place: Settings, tmp_path: Path) -> None:
    file = _file(tmp_path / "in" / "通知.txt", _BARE)
    (bare,) = preview(place, [file])
    assert any("文号、地区、年份" in doubt for doubt in bare.doubts)
    write_manifest(file.parent, {"通知.txt": {"region": "浙江省宁波市", "year": "2019年", "issuer": "宁波市财政局"}})
    (stated,) = preview(place, [file])
    doc = stated.doc
    assert doc is not None and (doc.region, doc.adcode, doc.year) == (("浙江省", "宁波市"), "330200", 2019)
    assert doc.issuers == ("宁波市财政局",) and doc.doc_id.startswith("ningbo-2019-tongzhi-")
    index, _ = add_documents(place, [file], marks=agreed([stated]))
    held = index.find(doc.doc_id)
    assert held == doc
    assert index.clauses_of(doc.doc_id) == stated.clauses


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"region": "鼓楼区"}, "不止一个"),
        ({"region": "天上"}, "没有名为"),
        ({"year": "二〇一九"}, "四位数字"),
        ({"year": "1066"}, "四位数字"),
        ({"date_issued": "2019-02-30"}, "2016-05-01"),
        ({"validity": "好"}, "现行有效"),
        ({"colour": "红"}, "不能设置"),
    ],
)
def test_what_cannot_be_so_is_refused_and_nothing_is_written(tmp_path: Path, fields: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        write_manifest(tmp_path, {"a.txt": fields})
    assert not (tmp_path / "manifest.csv").exists()


def test_a_field_read_wrongly_can_be_unknown_and_one_in_an_archive_is_named_with_it(tmp_path: Path) -> None:
    write_manifest(tmp_path, {"一批.zip": {"year": "2018"}, "一批.zip/甲.txt": {"year": "2019", "doc_no": "未知"}})
    assert given_of(tmp_path / "一批.zip", "一批.zip/甲.txt") == {"year": 2019, "doc_no": None, "doc_no_raw": None}
    assert given_of(tmp_path / "一批.zip", "一批.zip/乙.txt") == {"year": 2018}


def _edit_file(place: Settings, file: Path) -> None:
    file.write_text(file.read_text("utf-8").replace("8元", "9元"), "utf-8")


def _edit_manifest(place: Settings, file: Path) -> None:
    write_manifest(file.parent, {file.name: {"year": "2020"}})


def _change_index(place: Settings, file: Path) -> None:
    add_documents(place, [_file(file.parent.parent / "先.txt", _OTHER.replace("检查一次", "检查两次"))])


@pytest.mark.parametrize("meddle", [_edit_file, _edit_manifest, _change_index])
def test_what_changed_after_it_was_shown_is_not_added(
    place: Settings, tmp_path: Path, meddle: Callable[[Settings, Path], None]
) -> None:
    file = _file(tmp_path / "in" / "书屋.txt", _OTHER)
    marks = agreed(preview(place, [file]))
    meddle(place, file)
    before = _version(place)
    with pytest.raises(UserError, match="有了变动"):
        add_documents(place, [file], marks=marks)
    assert _version(place) == before


def test_what_was_shown_is_added_and_when_is_remembered(place: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    with zipfile.ZipFile(tmp_path / "一批.zip", "w") as archive:
        archive.writestr("书屋.txt", _OTHER)
        archive.writestr("坏.pdf", b"%PDF-1.4 nothing")
    files = [tmp_path / "一批.zip", _file(folder / "食堂.txt", _CHANGED)]
    shown = preview(place, files)
    steps: list[str] = []
    index, outcomes = add_documents(place, files, lambda step, *_: steps.append(step), marks=agreed(shown))
    assert [o.status for o in outcomes] == [item.outcome.status for item in shown]
    assert {doc.doc_no for doc in index.documents} == {"甬政办发〔2021〕6号", "甬政办发〔2021〕9号"}
    assert list(dict.fromkeys(steps)) == ["读取", "编入", "写入"]
    assert set(added_on(place.index_dir)) == {doc.doc_id for doc in index.documents}


def test_a_document_takes_the_place_of_the_one_that_is_named(place: Settings, tmp_path: Path) -> None:
    (held,) = ClauseIndex.open_clauses(place).documents
    file = _file(tmp_path / "in" / "新规定.txt", _OTHER.replace("社区书屋", "助餐点"))
    assert preview(place, [file])[0].outcome.status == "新增"
    (item,) = preview(place, [file], replaces=held.doc_id)
    assert item.outcome.status == "更新" and item.held == held
    assert ("文号", "甬政办发〔2021〕6号", "甬政办发〔2021〕9号") in {(f.label, f.old, f.new) for f in item.fields}
    index, _ = add_documents(place, [file], replaces=held.doc_id, marks=agreed([item]))
    assert [doc.doc_no for doc in index.documents] == ["甬政办发〔2021〕9号"]


def test_only_one_document_can_take_a_place_and_not_one_that_has_its_own(place: Settings, tmp_path: Path) -> None:
    (held,) = ClauseIndex.open_clauses(place).documents
    files = [_file(tmp_path / "in" / f"{n}.txt", _OTHER.replace("9号", f"{n}号")) for n in (11, 12)]
    with pytest.raises(UserError, match="有 2 份"):
        preview(place, files, replaces=held.doc_id)
    index, _ = add_documents(place, files[:1])
    with pytest.raises(UserError, match="是已收录的 甬政办发〔2021〕11号"):
        preview(place, files[:1], replaces=held.doc_id)
    with pytest.raises(UserError, match="已不在文件库里"):
        preview(place, files[:1], replaces="gone-2000-1")


def test_a_second_writer_waits_and_is_told_so(place: Settings, tmp_path: Path) -> None:
    file = _file(tmp_path / "in" / "书屋.txt", _OTHER)
    steps: list[str] = []
    waiting = threading.Event()

    def report(step: str, *_: int) -> None:
        steps.append(step)
        if step == "等待":
            waiting.set()

    with writer(place):
        second = threading.Thread(target=add_documents, args=(place, [file], report))
        second.start()
        assert waiting.wait(30)
        assert steps == ["等待"]
    second.join(60)
    assert len(ClauseIndex.open_clauses(place).documents) == 2
