"""A document's status on a day follows from what it says, what its page says and what the documents held say of it."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from index.__main__ import main as index_main
from index.build import build_index
from index.settings import Settings
from index.store import ClauseIndex
from index.types import Clause, Document, Link
from index.validity import Supersessions, status
from rag.chain import build_chain
from rag.page.evidence.card import Card
from rag.types import Citation, Question

_TODAY = date(2026, 1, 1)


def _doc(doc_id: str, title: str = "长春市养犬管理办法", doc_no: str | None = None, **fields: Any) -> Document:
    given: dict[str, Any] = {"adcode": "220100", "region": ("吉林省", "长春市")}
    return Document(doc_id, title, "正文", f"{doc_id}.txt", "0", doc_no=doc_no, **(given | fields))


def _act(kind: str, target: str, text: str = "") -> tuple[Link, ...]:
    return (Link(kind, target, text or (target if target.endswith("号") else f"《{target}》"), 3, 9),)


_OLD = _doc("old", doc_no="长府发〔2010〕5号", date_issued="2010-01-05", date_effective="2010-02-01")


@pytest.mark.parametrize(
    ("fields", "day", "state"),
    [
        ({}, "2026-01-01", "未知"),
        ({"date_effective": "2010-02-01"}, "2026-01-01", "未知"),
        ({"date_effective": "2010-02-01"}, "2010-01-31", "尚未施行"),
        ({"date_effective": "2010-02-01"}, "2010-02-01", "未知"),
        ({"date_effective": "2010-02-01", "date_expires": "2015-01-31"}, "2015-01-31", "现行有效"),
        ({"date_effective": "2010-02-01", "date_expires": "2015-01-31"}, "2015-02-01", "失效"),
        ({"date_expires": "2015-01-31"}, "2012-01-01", "现行有效"),
        ({"validity": "现行有效"}, "2026-01-01", "现行有效"),
        ({"validity": "现行有效", "date_expires": "2015-01-31"}, "2026-01-01", "失效"),
        ({"validity": "现行有效", "date_effective": "2027-01-01"}, "2026-01-01", "尚未施行"),
        ({"validity": "失效"}, "2026-01-01", "失效"),
        ({"validity": "废止", "date_expires": "2030-01-01"}, "2026-01-01", "废止"),
        ({"validity": "已修改"}, "2026-01-01", "已修改"),
        ({"validity": "尚未施行"}, "2026-01-01", "尚未施行"),
        ({"validity": "尚未施行", "date_effective": "2025-01-01"}, "2026-01-01", "现行有效"),
    ],
)
def test_what_a_document_and_its_page_say(fields: dict[str, Any], day: str, state: str) -> None:
    found = status(_doc("a", **fields), [], date.fromisoformat(day))
    assert found.status == state
    assert found.reason


def test_a_past_day_of_force_is_no_claim_that_it_holds() -> None:
    found = status(_OLD, [_OLD], _TODAY)
    assert (found.status, found.source_doc_id) == ("未知", None)
    assert found.reason == "自2010年2月1日起施行, 收录文件中未见废止"


@pytest.mark.parametrize(
    ("target", "fields", "state"),
    [
        ("长府发〔2010〕5号", {}, "废止"),
        ("长春市养犬管理办法", {}, "废止"),
        ("长春市养犬管理办法", {"adcode": "220000", "issuers": ("甲",)}, "未知"),  # another place, another issuer
        ("长府发〔2010〕5号", {"adcode": "220000"}, "废止"),  # a number names one document wherever it is said
        ("长府发〔2010〕6号", {}, "未知"),
        ("长春市养犬管理条例", {}, "未知"),
    ],
)
def test_a_document_held_repeals_it(target: str, fields: dict[str, Any], state: str) -> None:
    new = _doc("new", "长春市文明养犬条例", date_effective="2016-01-01", links=_act("repeals", target), **fields)
    found = status(_OLD, [_OLD, new], _TODAY)
    assert found.status == state
    if state == "废止":
        assert (found.source_doc_id, found.span) == ("new", (3, 9))
        assert "2016年1月1日" in found.reason


@pytest.mark.parametrize(("day", "state"), [("2015-12-31", "未知"), ("2016-01-01", "废止"), ("2009-12-31", "尚未施行")])
def test_a_repeal_counts_from_the_day_its_document_takes_force(day: str, state: str) -> None:
    new = _doc(
        "new",
        "某条例",
        date_issued="2015-11-01",
        date_effective="2016-01-01",
        links=_act("repeals", "长府发〔2010〕5号"),
    )
    assert status(_OLD, [_OLD, new], date.fromisoformat(day)).status == state


def test_a_repeal_stands_above_a_label_that_is_older() -> None:
    new = _doc("new", "某条例", links=_act("repeals", "长府发〔2010〕5号"))
    assert status(replace(_OLD, validity="现行有效"), [new], _TODAY).status == "废止"


def test_a_notice_and_what_it_sends_fall_together() -> None:
    notice = _doc("n", "长春市人民政府关于印发长春市养犬管理办法的通知", "长府发〔2010〕5号")
    sent = _doc("n-fu1", "长春市养犬管理办法", "长府发〔2010〕5号", parent="n")
    for target in ("长府发〔2010〕5号", "长春市养犬管理办法", "长春市人民政府关于印发长春市养犬管理办法的通知"):
        held = [notice, sent, _doc("new", "某条例", links=_act("repeals", target))]
        assert [status(doc, held, _TODAY).status for doc in (notice, sent)] == ["废止", "废止"], target


def test_of_two_documents_under_one_number_the_one_named_falls() -> None:
    notice = _doc("n", "长春市人民政府关于印发两个办法的通知", "长府发〔2010〕5号")
    one = _doc("n-fu1", "长春市养犬管理办法", "长府发〔2010〕5号", parent="n")
    two = _doc("n-fu2", "长春市养猫管理办法", "长府发〔2010〕5号", parent="n")
    links = _act("repeals", "长府发〔2010〕5号", "《长春市养犬管理办法》（长府发〔2010〕5号）")
    held = [notice, one, two, _doc("new", "某条例", links=links)]
    assert [status(doc, held, _TODAY).status for doc in (one, two)] == ["废止", "未知"]


def test_a_document_that_names_itself_does_not_repeal_itself() -> None:
    doc = replace(_OLD, links=_act("repeals", "长府发〔2010〕5号"))
    assert status(doc, [doc], _TODAY).status == "未知"


def test_what_bore_the_title_before_falls_and_what_bears_it_later_does_not() -> None:
    links = _act("repeals", "长春市养犬管理办法")
    old, new, newest = (_doc(f"v{year}", date_issued=f"{year}-01-01", links=links) for year in (2001, 2010, 2020))
    held = [old, new, newest]
    assert [status(doc, held, _TODAY).status for doc in held] == ["废止", "废止", "未知"]
    assert [status(doc, [old, new], _TODAY).status for doc in (old, new)] == ["废止", "未知"]
    assert status(replace(old, date_issued=None), held, _TODAY).status == "未知", "which came first is not known"


def test_orders_without_a_year_are_told_apart_by_place() -> None:
    order = _doc("o", "吉林省甲办法", "省政府令第5号", adcode="220000")
    other = _doc("new", "辽宁省乙办法", adcode="210000", links=_act("repeals", "省政府令第5号"))
    own = replace(other, adcode="220000")
    assert status(order, [other], _TODAY).status == "未知"
    assert status(order, [own], _TODAY).status == "废止"


def test_an_amendment_leaves_a_document_changed_unless_its_text_is_later() -> None:
    decision = _doc(
        "d",
        "关于修改《长春市养犬管理办法》的决定",
        date_issued="2018-03-01",
        links=_act("amends", "长春市养犬管理办法"),
    )
    assert status(_OLD, [decision], _TODAY).status == "已修改"
    assert status(_OLD, [decision], date(2018, 2, 28)).status == "未知"
    assert status(replace(_OLD, date_issued="2018-03-01"), [decision], _TODAY).status == "未知"


def test_a_later_version_under_the_same_title() -> None:
    new = _doc("v2", "长春市养犬管理办法（2018年修订）", date_issued="2018-03-01", date_effective="2018-05-01")
    assert status(_OLD, [_OLD, new], _TODAY).status == "已修改"
    assert status(_OLD, [_OLD, new], _TODAY).source_doc_id == "v2"
    assert status(_OLD, [_OLD, new], date(2018, 4, 30)).status == "未知"
    assert status(new, [_OLD, new], _TODAY).status == "未知"
    assert status(_OLD, [_OLD, replace(new, adcode="220200")], _TODAY).status == "未知", "another city's"


def test_a_notice_that_comes_every_year_replaces_none() -> None:
    one, two = (_doc(f"n{year}", "关于做好防汛工作的通知", date_issued=f"{year}-05-01") for year in (2019, 2020))
    assert status(one, [one, two], _TODAY).status == "未知"


def test_thousands_of_documents_are_looked_up_at_once() -> None:
    held = [
        _doc(f"d{n}", f"长春市第{n}号办法", f"长府发〔2010〕{n}号", links=_act("repeals", f"长府发〔2010〕{n + 1}号"))
        for n in range(5000)
    ]
    started = time.perf_counter()
    known = Supersessions(held)
    found = [status(doc, known, _TODAY).status for doc in held]
    assert found == ["未知", *["废止"] * 4999]
    assert time.perf_counter() - started < 5


_REPEALED = (
    "长春市养犬管理办法\n长府发〔2010〕5号\n第一条 为了规范养犬行为，制定本办法。\n第二条 本市行政区域内养犬适用本办法。\n"
    "第三条 养犬登记费每只每年300元。\n第四条 本办法自2010年2月1日起施行。\n长春市人民政府\n2010年1月5日"
)
_REPEALING = (
    "长春市文明养犬办法\n长府发〔2015〕1号\n第一条 为了引导文明养犬，制定本办法。\n第二条 本市行政区域内养犬适用本办法。\n第三条 养犬不收登记费。\n"
    "第四条 本办法自2016年1月1日起施行，有效期100年。《长春市养犬管理办法》（长府发〔2010〕5号）同时废止。\n长春市人民政府\n2015年11月5日"
)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Settings:
    folder = tmp_path_factory.mktemp("效力")
    (folder / "seeds").mkdir()
    (folder / "seeds" / "old.txt").write_text(_REPEALED, "utf-8")
    (folder / "seeds" / "new.txt").write_text(_REPEALING, "utf-8")
    own = settings.model_copy(update={"seeds_dir": folder / "seeds", "index_dir": folder / "index"})
    build_index(own)
    return own


def test_the_index_tells_the_status_of_a_day(held: Settings) -> None:
    index = ClauseIndex.open_clauses(held)
    old, new = (index.document(doc_id) for doc_id in ("changfufa-2010-5", "changfufa-2015-1"))
    assert [index.validity(doc).status for doc in (old, new)] == ["废止", "现行有效"]
    assert [index.validity(doc, date(2012, 1, 1)).status for doc in (old, new)] == ["未知", "尚未施行"]
    found = index.validity(old)
    assert found.source_doc_id == new.doc_id and found.span
    assert new.text[slice(*found.span)] == "《长春市养犬管理办法》（长府发〔2010〕5号）"


def test_the_list_tells_the_status_of_today(
    held: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("index.__main__.load_settings", lambda: held)
    assert index_main(["list", "--json"]) == 0
    records = {record["doc_id"]: record["validity"] for record in json.loads(capsys.readouterr().out)}
    assert records == {"changfufa-2010-5": "废止", "changfufa-2015-1": "现行有效"}
    assert index_main(["show", "changfufa-2010-5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["validity"] == "废止"


def test_an_answer_says_that_its_document_is_out_of_force(held: Settings) -> None:
    chain = build_chain(ClauseIndex.open(held), held)
    answer = chain.invoke(Question("长府发〔2010〕5号第三条规定了什么?"))
    (citation,) = answer.citations
    assert (citation.clause.clause_id, citation.to_json()["validity"]) == ("changfufa-2010-5.3", "废止")
    card = Card("card", 1, (citation,))
    assert card.force == "off"
    assert card.validity == "废止: 被 长府发〔2015〕1号 废止, 自2016年1月1日起"


def test_a_citation_without_a_reckoning_says_what_the_page_says() -> None:
    clause = Clause(_doc("a", validity="现行有效"), "1", "一、", (), ((0, 2),), True)
    card = Card("card", 1, (Citation(1, clause, 0, 1),))
    assert (card.validity, card.force, card.first.to_json()["validity"]) == ("现行有效", "on", "现行有效")
