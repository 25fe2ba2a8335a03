"""The library without a browser: who may change it, what waits to be confirmed, the table of many documents."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import threading
import time
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex
from index.types import Document
from index.validity import Validity
from index.write import writer
from rag.page.desk import Desk
from rag.page.library.holdings import NOT_STATED, PAGE_SIZE, Holding, Holdings, View, holdings_of
from rag.page.library.joining import Joining, Shown, Work
from rag.page.library.library import OpenLibrary
from rag.page.library.listing import address_of, documents_csv, view_of
from rag.page.library.render import render_table
from rag.page.library.running import Running
from rag.page.library.staging import KEPT, Stage, open_stage, safe_name, sweep
from rag.page.library.stated import record_stated, stated_of
from rag.page.visitor import Visitor
from rag.types import Question

_ADMIN, _READER = Visitor("甲"), Visitor("乙", is_admin=False)
_NOTICE = (
    "{place}人民政府办公室关于加强校车安全管理的通知\n{number}\n各县（区）人民政府：\n现就有关事项通知如下。\n"
    "一、校车驾驶人每年参加安全培训不少于16学时，由市教育局组织。\n二、校车最高时速不得超过{speed}公里。\n"
    "{place}人民政府办公室\n2021年9月1日\n"
)


def _notice(number: str = "丽政办发〔2021〕77号", place: str = "丽江市", speed: int = 60) -> str:
    return _NOTICE.format(number=number, place=place, speed=speed)


@pytest.fixture(scope="module")
def library(index: ClauseIndex, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> OpenLibrary:
    """A library over a copy of the index."""
    folder = tmp_path_factory.mktemp("library")
    shutil.copytree(settings.index_dir, folder / "index")
    own = {"index_dir": folder / "index", "records_dir": folder / "records"}
    return OpenLibrary(settings.model_copy(update=own))


@pytest.fixture
def joining(library: OpenLibrary) -> Joining:
    return Joining(Desk(library, library._settings))


def _file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def _last(steps: Iterator[Shown]) -> Shown:
    *_, shown = steps
    return shown


def _words(shown: Shown) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", shown.panel))


def _version(library: OpenLibrary) -> str:
    return ClauseIndex.open_clauses(library._settings).version


@pytest.mark.parametrize(
    "wish",
    [
        {"do": deed, "id": "changfubanfa-2012-33", "name": "a.txt", "fields": {}}
        for deed in ("confirm", "correct", "drop", "page", "replace", "remove", "removed")
    ],
    ids=lambda wish: wish["do"],
)
def test_a_reader_changes_nothing_whatever_he_sends(
    joining: Joining, library: OpenLibrary, tmp_path: Path, wish: dict[str, Any]
) -> None:
    before = _version(library)
    waiting = _last(joining.send(_ADMIN, Work(), [_file(tmp_path, "a.txt", _notice())], False)).work
    for work in (Work(removes="changfubanfa-2012-33"), waiting):
        assert "需要管理员权限" in _words(_last(joining.do(_READER, work, wish)))
    assert "需要管理员权限" in _words(_last(joining.send(_READER, Work(), [tmp_path / "a.txt"], False)))
    assert _version(library) == before
    assert not joining.may_change(_READER) and joining.may_change(_ADMIN)


def test_nobody_changes_what_the_settings_close(library: OpenLibrary, tmp_path: Path) -> None:
    closed = OpenLibrary(library._settings.model_copy(update={"upload": False}))
    joining = Joining(Desk(closed, closed._settings))
    assert "CLAUSE_UPLOAD" in _words(_last(joining.send(_ADMIN, Work(), [_file(tmp_path, "a.txt", _notice())], False)))
    assert not joining.may_change(_ADMIN)


def test_another_administrator_cannot_confirm_what_one_sent(
    joining: Joining, library: OpenLibrary, tmp_path: Path
) -> None:
    before = _version(library)
    work = _last(joining.send(_ADMIN, Work(), [_file(tmp_path, "a.txt", _notice())], False)).work
    assert "没有待确认的文件" in _words(_last(joining.do(Visitor("丙"), work, {"do": "confirm"})))
    assert _version(library) == before


def test_what_two_send_at_once_is_looked_at_again_by_the_second(
    joining: Joining, library: OpenLibrary, tmp_path: Path
) -> None:
    first = _file(tmp_path / "1", "校车.txt", _notice("丽政办发〔2021〕78号"))
    second = _file(tmp_path / "2", "校车.txt", _notice("丽政办发〔2021〕78号", speed=50))
    works = [
        _last(joining.send(who, Work(), [file], False)).work for who, file in ((_ADMIN, first), (Visitor("丙"), second))
    ]
    done = _last(joining.do(_ADMIN, works[0], {"do": "confirm"}))
    assert done.changed and "新增 1" in _words(done) and not works[0].stage.folder.exists()  # type: ignore[union-attr]
    refused = _last(joining.do(Visitor("丙"), works[1], {"do": "confirm"}))
    told = _words(refused)
    assert "有了变动" in told and "更新 1" in told and "60公 50公 里" in told and not refused.changed
    assert "更新 1" in _words(_last(joining.do(Visitor("丙"), refused.work, {"do": "confirm"})))


def test_files_that_come_later_join_those_that_wait_and_keep_what_was_stated(joining: Joining, tmp_path: Path) -> None:
    bare = _file(
        tmp_path, "通知.txt", "关于做好有关工作的通知\n一、各单位每月报送一次进展情况。\n二、各单位明确一名联络员。\n"
    )
    work = _last(joining.send(_ADMIN, Work(), [bare], False)).work
    fields = {"region": "云南省丽江市", "year": "2019", "title": "关于做好有关工作的通知"}
    work = _last(joining.do(_ADMIN, work, {"do": "correct", "name": "通知.txt", "fields": fields})).work
    both = _last(joining.send(_ADMIN, work, [_file(tmp_path / "2", "通知.txt", _notice())], False))
    told = {(p.doc.year, "".join(p.doc.region)) for p in both.work.previews if p.doc}
    assert told == {(2019, "云南省丽江市"), (2021, "云南省丽江市")}
    assert {p.outcome.name for p in both.work.previews} == {"通知.txt", "通知(2).txt"}
    wrong = _last(joining.do(_ADMIN, both.work, {"do": "correct", "name": "通知.txt", "fields": {"region": "鼓楼区"}}))
    assert "不止一个" in _words(wrong) and wrong.work == both.work
    left = _last(joining.do(_ADMIN, both.work, {"do": "drop", "name": "通知(2).txt"}))
    assert [p.outcome.name for p in left.work.previews] == ["通知.txt"]
    assert _last(joining.do(_ADMIN, left.work, {"do": "drop", "name": "通知.txt"})).work == Work()


def test_what_was_put_right_holds_for_the_next_version_while_its_text_reads_the_same(
    joining: Joining, library: OpenLibrary, tmp_path: Path
) -> None:
    name, number = "校车.txt", "丽政办发〔2021〕81号"
    file = _file(tmp_path / "1", name, _notice(number))
    work = _last(joining.send(_ADMIN, Work(), [file], False)).work
    fields = {"year": "2024", "issuer": "丽江市教育局", "validity": ""}
    work = _last(joining.do(_ADMIN, work, {"do": "correct", "name": name, "fields": fields})).work
    assert "沿用" not in _words(_last(joining.do(_ADMIN, work, {"do": "page", "page": "1"})))
    _last(joining.do(_ADMIN, work, {"do": "confirm"}))

    asked = _last(joining.do(_ADMIN, Work(), {"do": "replace", "id": "lizhengbanfa-2021-81"})).work
    newer = _file(tmp_path / "2", "新.txt", _notice(number, speed=40))
    shown = _last(joining.send(_ADMIN, asked, [newer], True))
    (item,) = shown.work.previews
    assert item.doc is not None and (item.doc.year, item.doc.issuers) == (2024, ("丽江市教育局",))
    assert "沿用以前的更正 年份: 2021 2024 发文机关: 丽江市人民政府办公室 丽江市教育局" in _words(shown)
    shown = _last(joining.do(_ADMIN, shown.work, {"do": "correct", "name": "新.txt", "fields": {"year": "2022"}}))
    assert shown.work.previews[0].doc.year == 2022 and "年份: 2021 2024" not in _words(shown)  # type: ignore[union-attr]
    _last(joining.do(_ADMIN, shown.work, {"do": "confirm"}))
    held = next(row.doc for row in holdings_of(library).rows if row.doc.doc_no == number)
    assert (held.year, held.issuers) == (2022, ("丽江市教育局",))

    other = _file(tmp_path / "3", "再新.txt", _notice(number, speed=30).replace("2021年9月1日", "2023年9月1日"))
    asked = _last(joining.do(_ADMIN, Work(), {"do": "replace", "id": held.doc_id})).work
    (item,) = _last(joining.send(_ADMIN, asked, [other], True)).work.previews
    assert item.doc is not None and (item.doc.year, item.doc.issuers) == (2022, ("丽江市教育局",))
    removed = [*joining.do(_ADMIN, Work(removes=held.doc_id), {"do": "removed", "id": held.doc_id})]
    assert "正在移除…" in _words(removed[0]) and held.title in _words(removed[-1])
    assert "txt" not in _words(removed[-1])
    assert stated_of(library._settings.index_dir, held.doc_id) == {}


def test_a_correction_of_what_reads_otherwise_now_stays_behind(tmp_path: Path) -> None:
    record_stated(tmp_path, {"a-1": {"year": ("2021", "2024"), "doc_no": ("", "甲〔2021〕1号")}})
    stage = Stage(tmp_path / "stage", "甲", ["新.txt"])
    stage.folder.mkdir()
    assert stage.carry("新.txt", stated_of(tmp_path, "a-1"), {"year": "2021", "doc_no": "甲〔2025〕3号"})
    assert stage.stated == {"新.txt": {"year": "2024"}}
    assert not stage.carry("新.txt", stated_of(tmp_path, "a-1"), {"year": "2021", "doc_no": "甲〔2025〕3号"})
    record_stated(tmp_path, {"a-1": {}, "b-2": {}})
    (tmp_path / "stated.jsonl").open("a").write("damaged\n[]\n")
    assert stated_of(tmp_path, "a-1") == {}


def test_a_preview_says_of_validity_what_the_index_will_say(
    joining: Joining, library: OpenLibrary, tmp_path: Path
) -> None:
    number = "丽政办发〔2026〕82号"
    text = _notice(number).replace("2021年9月1日", f"{date.today().year}年1月1日")
    text = text.replace("60公里。", "60公里。\n三、本通知自印发之日起施行，有效期5年。")
    shown = _last(joining.send(_ADMIN, Work(), [_file(tmp_path, "期.txt", text)], False))
    (item,) = shown.work.previews
    assert item.standing is not None and item.standing.status == "现行有效"
    assert '<option value="">按文件推定: 现行有效</option>' in shown.panel and ">未知</option>" not in shown.panel
    assert f"条款层级 ({item.leaves} 条)" in _words(shown)
    fields = {"validity": "", "title": item.doc.title}  # type: ignore[union-attr]
    shown = _last(joining.do(_ADMIN, shown.work, {"do": "correct", "name": "期.txt", "fields": fields}))
    assert shown.work.stage is not None and shown.work.stage.stated == {}
    _last(joining.do(_ADMIN, shown.work, {"do": "confirm"}))
    row = next(row for row in holdings_of(library).rows if row.doc.doc_no == number)
    assert row.standing == item.standing
    assert row.leaves == item.leaves == sum(c.doc.doc_no == number for _, c in library.index.searchable_clauses())  # type: ignore[union-attr]


def test_a_sending_that_is_gone_is_said_to_be(joining: Joining, tmp_path: Path) -> None:
    work = _last(joining.send(_ADMIN, Work(), [_file(tmp_path, "a.txt", _notice())], False)).work
    assert work.stage is not None
    shutil.rmtree(work.stage.folder)
    shown = _last(joining.do(_ADMIN, work, {"do": "confirm"}))
    assert "放置超过一小时" in _words(shown) and shown.work == Work()


def test_questions_are_answered_while_an_addition_waits(joining: Joining, library: OpenLibrary, tmp_path: Path) -> None:
    work = _last(joining.send(_ADMIN, Work(), [_file(tmp_path, "a.txt", _notice("丽政办发〔2021〕79号"))], False)).work
    shown: list[Shown] = []
    waits = threading.Event()

    def confirm() -> None:
        for step in joining.do(_ADMIN, work, {"do": "confirm"}):
            shown.append(step)
            if "另一位管理员" in step.panel:
                waits.set()

    with writer(library._settings):
        adding = threading.Thread(target=confirm)
        adding.start()
        assert waits.wait(30)
        assert library.chain.invoke(Question("长春2012年新农合补助标准?")).status == "grounded"
        assert adding.is_alive()
    adding.join(60)
    assert shown[-1].changed and any("编入索引" in step.panel for step in shown)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("/etc/shadow", "shadow"),
        ("..", "文件"),
        (".hidden.txt", "hidden.txt"),
        ("~$锁.docx", "锁.docx"),
        ("manifest.csv", "文件-manifest.csv"),
        ("长府办发〔2012〕33号.docx", "长府办发〔2012〕33号.docx"),
        ("a\x00b\nc\u202ed.txt", "abcd.txt"),
        ("字" * 300 + ".pdf", "字" * 60 + ".pdf"),
        ('<b>"x"</b>.txt', "b.txt"),
    ],
)
def test_a_name_is_never_a_path(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept


def test_files_are_staged_in_a_folder_of_their_own_under_their_names(library: OpenLibrary, tmp_path: Path) -> None:
    files = [_file(tmp_path / folder, "通知.txt", folder) for folder in "ab"] + [
        _file(tmp_path, "manifest.csv", "file")
    ]
    stage = open_stage(library._settings, "甲", files)
    assert [path.read_text() for path in stage.paths] == ["a", "b", "file"]
    assert stage.names == ["通知.txt", "通知(2).txt", "文件-manifest.csv"]
    root = library._settings.records_dir / "staging"
    assert stage.folder.parent == root and {path.parent for path in stage.paths} == {stage.folder}
    assert os.stat(stage.folder).st_mode & 0o077 == 0
    (root / "别人的").mkdir()
    sweep(library._settings, time.time() + KEPT - 60)
    assert stage.folder.is_dir()
    sweep(library._settings, time.time() + KEPT + 60)
    assert not stage.folder.exists() and (root / "别人的").is_dir()


def test_too_many_and_too_large_are_refused_and_an_archive_counts_what_it_holds(
    library: OpenLibrary, tmp_path: Path
) -> None:
    settings = library._settings.model_copy(update={"upload_files": 3, "upload_mb": 1})
    with zipfile.ZipFile(tmp_path / "四份.zip", "w") as archive:
        for n in range(4):
            archive.writestr(f"{n}.txt", _notice(f"丽政办发〔2021〕{n}号"))
    with zipfile.ZipFile(tmp_path / "大.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("大.txt", "一、好。\n" * 200_000)
    damaged = tmp_path / "坏.zip"
    damaged.write_bytes((tmp_path / "四份.zip").read_bytes()[:300])
    for sent, said in (("四份.zip", "最多加入 3 份"), ("大.zip", "最多加入 1 MB"), ("没有.txt", "没有完整传到")):
        with pytest.raises(UserError, match=said):
            open_stage(settings, "甲", [tmp_path / sent])
    assert open_stage(settings, "甲", [damaged]).names == ["坏.zip"]


def test_work_tells_how_far_it_is_and_what_went_wrong() -> None:
    go = threading.Event()

    def work(report: Any) -> str:
        report("读取", 1, 2)
        go.wait(10)
        report("读取", 2, 2)
        return "好"

    running = Running(work)
    steps = running.steps()
    assert next(steps) == ("读取", 1, 2)
    go.set()
    assert all(step == ("读取", 2, 2) for step in steps) and running.result == "好"

    def fail(report: Any) -> None:
        raise UserError("不行")

    with pytest.raises(UserError, match="不行"):
        _ = Running(fail).result


def _many(count: int) -> Holdings:
    places = [("浙江省",), ("浙江省", "宁波市"), ("云南省", "丽江市"), ()]
    return Holdings(
        tuple(
            Holding(
                Document(
                    f"d-{n}", f"关于第{n}项工作的通知", "", f"{n}.txt", "0", doc_no=f"甬政发〔{2000 + n % 20}〕{n}号",
                    region=places[n % 4], adcode=str(n % 4) if n % 4 < 3 else None, year=2000 + n % 20 if n % 7 else None,
                    kind=("通知", "意见")[n % 2], issuers=("宁波市人民政府",) if n % 3 else (),
                ),
                Validity(("未知", "废止")[n % 2], "原因"), n % 9, "",
            )
            for n in range(count)
        )
    )  # fmt: skip


def test_the_table_is_filtered_sorted_and_cut_on_the_server() -> None:
    rows = _many(120)
    assert rows.page(View()).total == 120 and len(rows.page(View()).rows) == PAGE_SIZE
    assert len(rows.page(View(page=99)).rows) == 20 and rows.page(View(page=99)).number == 3
    years = [row.doc.year for number in (1, 2, 3) for row in rows.page(View(page=number)).rows]
    assert years == sorted((y for y in years if y), reverse=True) + [None] * years.count(None) and None in years
    up = [row.doc.year for row in rows.page(View().sorted_by("year")).rows]
    assert up[0] == 2000 and None not in up
    assert {row.place for row in rows.found(View(places=("浙江省",)))} == {"浙江省", "浙江省宁波市"}
    assert {row.place for row in rows.found(View(places=(NOT_STATED,)))} == {""}
    assert {row.doc.kind for row in rows.found(View(kinds=("意见",), standings=("废止",)))} == {"意见"}
    assert [row.doc.doc_id for row in rows.found(View(words="第17项 [2017] 甬政发"))] == ["d-17"]
    assert rows.found(View(words="第17项", kinds=("通知",))) == []
    assert View().sorted_by("__class__") == View()
    assert ("2003 (5)", "2003") in rows.choices["years"] and rows.choices["years"][-1][1] == NOT_STATED


def test_the_list_is_a_file_of_what_the_table_finds_and_no_formula() -> None:
    rows = Holdings(
        (*_many(30).rows, Holding(Document("x-1", "=1+1", "", "@x.txt", "0", year=2030), Validity("未知", "")))
    )
    view = View(words="", years=("2003", "2030"), sort="title", down=False)
    assert view_of(parse_qsl(address_of(view))) == view
    assert view_of([("sort", "__class__"), ("year", "x" * 900), *[("kind", "k")] * 99]).kinds == ("k",) * 50
    lines = list(csv.reader(io.StringIO(documents_csv(rows.ordered(view)).decode("utf-8-sig"))))
    assert lines[0][:2] == ["编号", "标题"] and {line[5] for line in lines[1:]} == {"2003", "2030"}
    assert [line[1] for line in lines[1:]].count("'=1+1") == 1 and "'@x.txt" in lines[
        [line[0] for line in lines].index("x-1")
    ]


def test_five_thousand_documents_are_a_page_of_fifty_in_a_moment() -> None:
    rows = _many(5000)
    rows.page(View(words="工作"))
    started = time.process_time()
    page = render_table(_ADMIN, rows, View(words="第1 工作", sort="title"), True)
    assert time.process_time() - started < 2  # 0.2 s on a quiet machine
    assert page.count("<tr>") == PAGE_SIZE + 1


def test_the_text_of_documents_is_never_markup(library: OpenLibrary) -> None:
    bad = "<script>alert(1)</script>{{7*7}}${7*7}[a](javascript:alert(1))"
    doc = Document('x"><img src=x onerror=alert(1)>', bad, "", bad, "0", doc_no=bad, issuers=(bad,), kind=bad)
    page = render_table(_ADMIN, Holdings((Holding(doc, Validity("未知", bad)),)), View(), True)
    assert "<script" not in page and "<img" not in page and page.count("{{7*7}}") >= 3
    assert [row.doc.doc_id for row in holdings_of(library).rows][:5] == [
        doc.doc_id for doc in library.catalog.documents
    ][:5]
