"""A claim is shown only if its clause states every figure, date, place and 文号 in it as a whole."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from index.figures import find_figures
from index.sentences import sentence_spans
from index.store import ClauseIndex
from index.types import Clause, Document
from rag.checking.cite import Claim, Quote, check, cite, passes, render

_HOUSING = Document(
    "jinan-2020-5",
    "济南市人民政府关于住房保障的通知",
    "",
    "s",
    "0",
    doc_no="济政发〔2020〕5号",
    region=("山东省", "济南市"),
    adcode="370100",
    year=2020,
    date_issued="2020-03-15",
)
_TEXT = (
    "1.公租房补贴标准提高到每户每年420元,首付比例达到75%左右,每所学校补助6万元。"
    "2021年6月底前建成1200套,历下区先行,依据鲁政发〔2019〕8号办理。"
)


def _clause(text: str, doc: Document = _HOUSING, path: str = "1") -> Clause:
    doc = replace(doc, text=text)
    return Clause(doc, path, "一、", ("一、保障标准",), ((0, len(text)),), True, figures=find_figures(text))


_CLAUSE = _clause(_TEXT)


def _check(text: str, *clauses: Clause, allowed: set[str] | None = None) -> dict[str, str]:
    clauses = clauses or (_CLAUSE,)
    quotes = tuple(Quote(clause, 0, len(clause.text)) for clause in clauses)
    return check(Claim(text, quotes), allowed or {clause.doc.doc_id for clause in clauses})


@pytest.mark.parametrize(
    "text",
    [
        "补贴标准提高到每户每年420元。",
        "补贴420.00元",
        "补贴四百二十元",
        "补贴420块钱",
        "补贴４２０元",
        "补贴0.042万元",
        "首付比例达到百分之七十五",
        "每所学校补助6万元",
        "每所学校补助60000元",
        "每所学校补助60,000元",
        "每所学校补助六万元",
        "2021年6月底前建成",
        "二〇二一年六月建成",
        "建成1200套",
        "建成一千二百套",
        "2020年的标准",  # the document's year
        "2020年3月15日印发",  # the document's date
        "2020年3月印发",
        "济南市的标准",  # the document's place
        "山东的标准",
        "历下区先行",
        "济政发〔2020〕5号规定",  # the document's own 文号
        "济政发[2020]5号规定",
        "依据鲁政发〔2019〕8号",
        "没有数字的一句话",
    ],
)
def test_what_the_clause_or_its_document_states_passes(text: str) -> None:
    assert set(_check(text).values()) == {"ok"}


@pytest.mark.parametrize(
    ("text", "failing"),
    [
        ("补贴421元", "numbers"),
        ("补贴20元", "numbers"),  # inside 420元
        ("补贴42元", "numbers"),
        ("补贴4200元", "numbers"),
        ("补贴1420元", "numbers"),
        ("补贴420万元", "numbers"),
        ("补贴420美元", "numbers"),
        ("补贴四百元", "numbers"),
        ("首付比例70%", "numbers"),
        ("首付比例5%", "numbers"),
        ("首付比例75个百分点", "numbers"),
        ("每所补助6元", "numbers"),
        ("每所补助6000元", "numbers"),
        ("建成200套", "numbers"),
        ("建成1200间", "numbers"),
        ("2022年6月底前建成", "numbers"),
        ("2021年7月底前建成", "numbers"),
        ("2021年6月30日前建成", "numbers"),
        ("2020年3月16日印发", "numbers"),
        ("2019年的标准", "numbers"),
        ("济政发〔2020〕6号规定", "numbers"),
        ("济政发〔2021〕5号规定", "numbers"),
        ("青政发〔2020〕5号规定", "numbers"),
        ("依据鲁政发〔2019〕9号", "numbers"),
        ("青岛市的标准", "places"),
        ("天桥区先行", "places"),
        ("北京补贴420元", "places"),
    ],
)
def test_a_lie_fails_the_check_that_it_is_about(text: str, failing: str) -> None:
    checks = _check(text)
    assert {name for name, verdict in checks.items() if verdict != "ok"} == {failing}
    assert not passes(checks)


@pytest.mark.parametrize(
    "text",
    [
        "补贴标准为999",
        "首付比例为99",
        "补助3000万",
        "补贴肆佰元",
        "首付比例是三分之一",
        "首付比例过半",
        "首付1/3",
        "2021-09前建成",
        "0531-12345678",
    ],
)
def test_a_number_in_any_form_is_checked(text: str) -> None:
    assert not passes(_check(text))


@pytest.mark.parametrize("text", ["6月底前建成", "六月底前建成"])
def test_a_month_of_the_clause_without_its_year_passes(text: str) -> None:
    assert passes(_check(text))


def test_a_failing_check_names_what_is_foreign() -> None:
    assert "421元" in _check("补贴421元")["numbers"]
    assert "青岛" in _check("青岛市的标准")["places"]


def test_a_clause_of_a_document_outside_the_scope_fails() -> None:
    checks = _check("补贴420元", allowed={"other-2020-1"})
    assert (checks["numbers"], checks["places"]) == ("ok", "ok")
    assert _CLAUSE.clause_id in checks["scope"]
    assert not passes(checks)


def test_a_figure_may_be_in_any_of_the_cited_clauses_but_in_no_other() -> None:
    other = _clause("2.廉租房每户300元。", path="2")
    assert passes(_check("补贴420元和300元", _CLAUSE, other))
    assert not passes(_check("补贴420元和300元"))


def test_a_figure_of_the_place_next_door_fails() -> None:
    """420元 of 济南 does not bear out what is said of 青岛, whose own clause says 300元."""
    qingdao = replace(_HOUSING, doc_id="qingdao-2020-1", region=("山东省", "青岛市"), title="青岛市通知", doc_no=None)
    clause = _clause("1.每户300元。", qingdao)
    assert not passes(_check("青岛市每户420元", clause))
    assert passes(_check("青岛市每户300元", clause))


# --- citing -------------------------------------------------------------------------------------------------


def _quote(start: int, end: int) -> Quote:
    return Quote(_CLAUSE, start, end)


def test_only_claims_that_pass_are_cited_and_the_others_are_counted() -> None:
    claims = [Claim("补贴420元", (_quote(2, 10),)), Claim("补贴999元", (_quote(2, 10),)), Claim("没有引用", ())]
    statements, citations, withheld = cite(claims, {_HOUSING.doc_id})
    assert [s.text for s in statements] == ["补贴420元"]
    assert [c.n for c in citations] == [1]
    assert withheld == 2


def test_the_same_quote_keeps_its_number_and_another_gets_the_next() -> None:
    claims = [
        Claim("甲", (_quote(2, 10),)),
        Claim("乙", (_quote(10, 20),)),
        Claim("丙", (_quote(2, 10), _quote(10, 20))),
    ]
    statements, citations, _ = cite(claims, {_HOUSING.doc_id})
    assert [s.citations for s in statements] == [(1,), (2,), (1, 2)]
    assert [(c.start, c.end) for c in citations] == [(2, 10), (10, 20)]
    assert render(statements) == "甲〔1〕\n乙〔2〕\n丙〔1〕〔2〕"


def test_a_withheld_claim_leaves_no_citation_and_no_gap() -> None:
    claims = [Claim("999元", (_quote(0, 5),)), Claim("甲", (_quote(2, 10),))]
    statements, citations, _ = cite(claims, {_HOUSING.doc_id})
    assert [(c.n, c.start) for c in citations] == [(1, 2)]
    assert statements[0].citations == (1,)


def test_nothing_is_cited_of_nothing() -> None:
    assert cite([], {"a"}) == ((), (), 0)
    assert render(()) == ""


# --- over the real clauses ----------------------------------------------------------------------------------


def test_every_sentence_of_every_clause_passes_its_own_check(index: ClauseIndex) -> None:
    failing = []
    for row in index.searchable_rows:
        clause = index.clause(int(row))
        for start, end in sentence_spans(clause.text):
            quote = Quote(clause, start, end)
            checks = check(Claim(quote.text, (quote,)), {clause.doc.doc_id})
            if not passes(checks):
                failing.append((clause.clause_id, quote.text, checks))
    assert failing == []


@hypothesis_settings(max_examples=150, deadline=None)
@given(st.data())
def test_changing_any_digit_of_a_quoted_figure_fails_unless_the_clause_has_that_one_too(
    index: ClauseIndex, data: st.DataObject
) -> None:
    rows = [int(row) for row in index.searchable_rows if re.search(r"\d", index.clause(int(row)).text)]
    clause = index.clause(data.draw(st.sampled_from(rows)))
    figures = [f for f in find_figures(clause.text) if re.search(r"[0-9]", f.text)]
    assume(figures)
    figure = data.draw(st.sampled_from(figures))
    at = data.draw(st.sampled_from([i for i in range(figure.start, figure.end) if clause.text[i].isdigit()]))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != clause.text[at]]))
    claim = clause.text[figure.start : at] + digit + clause.text[at + 1 : figure.end]
    changed = find_figures(claim)
    doc = clause.doc
    held = {(f.value, f.unit) for f in find_figures(clause.text)}
    own = {str(doc.year), *(d[:n] for d in (doc.date_issued, doc.date_published) if d for n in (4, 7, 10))}
    # 2012年 can become 9012年, which is no date, or 06月 a month that is none.
    assume(changed)
    expected = all((f.value, f.unit) in held or (f.unit == "日期" and f.value in own) for f in changed)
    checks = check(Claim(f"达到{claim}。", (Quote(clause, 0, len(clause.text)),)), {doc.doc_id})
    assert (checks["numbers"] == "ok") is expected


def test_the_side_that_code_puts_before_a_models_words_is_not_held_to_be_its_words() -> None:
    claim = Claim(
        "补贴标准提高到每户每年420元。", (Quote(_CLAUSE, 0, len(_TEXT)),), written=True, side="给租房的人能发多少钱"
    )
    statements, _, withheld = cite([claim], {_HOUSING.doc_id})
    assert withheld == 0
    assert statements[0].text == "给租房的人能发多少钱: 补贴标准提高到每户每年420元。"
    assert cite([replace(claim, side="青岛市")], {_HOUSING.doc_id})[2] == 1, "nor may it name another place"
