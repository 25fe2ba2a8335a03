"""Clause search: what is counted holds what was asked for, by planted clauses and by a second, slower route."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from index.build import build_index
from index.errors import UserError
from index.figures import find_figures
from index.settings import Settings
from index.store import ClauseIndex
from index.tokens import cut
from index.types import Clause
from rag.clauses import texts
from rag.clauses.address import from_parameters, in_words, to_parameters
from rag.clauses.departments import department_key
from rag.clauses.figure import Wanted, need_figure, read_figure, read_unit
from rag.clauses.find import all_matches, find_clauses, settled, without
from rag.clauses.fold import fold
from rag.clauses.marks import excerpt
from rag.clauses.named import is_named
from rag.clauses.types import (
    BY_MEANING,
    FILTERS,
    IN_ORDER,
    LARGEST,
    LEAD,
    NEWEST,
    OTHER_WORDS,
    PAGE_SIZE,
    PART,
    UNSAID,
    ClauseQuery,
    Drop,
    Found,
)
from rag.clauses.words import read_terms

_HOSTILE = '<script>alert(1)</script> {{7*7}} ${7*7} [a](javascript:alert(1)) =HYPERLINK("http://a.example","b")'
_DOCS = {
    "a.txt": "杭政发〔2021〕7号\n杭州市人民政府关于加强养老服务的通知\n各区人民政府：\n为加强养老服务，现通知如下。\n"
    "一、新建社区食堂20个，每餐补助3元。(市财政局牵头，市民政局配合)\n"
    "二、护理员每月津贴500元，困难老年人每月补贴200元。(市民政局、市财政局负责)\n"
    "三、新型农村合作医疗筹资标准不低于1240元。(市卫生健康委、市人力资源和社会保障局负责)\n"
    "四、服务设施覆盖率达到85%以上，ＣＴ检查一次。\n杭州市人民政府\n2021年3月5日\n",
    "b.txt": "苏府办〔2020〕5号\n苏州市人民政府关于垃圾分类的通知\n各区人民政府：\n为做好垃圾分类，现通知如下。\n"
    "一、设置回收站点100处，按时清运。(市财政局、市城市管理局负责)\n"
    "二、违规投放的，罚款50元以上200元以下。(市城市管理局负责)\n"
    f"三、宣传口号不得含有{_HOSTILE}等内容。\n苏州市人民政府\n2020年6月1日\n",
    "c.txt": "西湖社区环境卫生管理办法\n第一条 为了加强管理，制定本办法。\n第二条 补助经费由街道承担，共3万元。\n"
    "第三条 回收站点的设置由社区决定。\n",
}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> ClauseIndex:
    folder = tmp_path_factory.mktemp("条款")
    (folder / "seeds").mkdir()
    for name, text in _DOCS.items():
        (folder / "seeds" / name).write_text(text, "utf-8")
    own = settings.model_copy(update={"seeds_dir": folder / "seeds", "index_dir": folder / "index"})
    build_index(own)
    return ClauseIndex.open(own)


def _paths(found: Found) -> list[str]:
    """Return the hits as `21 二、`: the year of the document and the clause; the third document has none."""
    return [f"{(hit.clause.doc.year or 0) % 100:02d} {hit.clause.path_text}" for hit in found.hits]


def _marked(found: Found) -> list[list[str]]:
    return [[hit.clause.text[start:end] for start, end in hit.marks] for hit in found.hits]


# --- words ---


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("补助 元", ["21 一、", "00 第二条"]),  # the word and an amount of money
        ("每月 元", ["21 二、"]),
        ("“回收站点的设置”", ["00 第三条"]),
        ("‘回收站点的设置’", ["00 第三条"]),
        ("“回收站点设置”", []),
        ("回收站点 清运", ["20 一、"]),
        ("回收站点", ["20 一、", "00 第三条"]),
        ("200元", ["21 二、", "20 二、"]),  # a whole quantity, and not in 1,200元
        ("240元", []),
        ("1,240元", ["21 三、"]),
        ("200-500元", ["21 二、", "20 二、"]),
        ("200 - 500 元", ["21 二、", "20 二、"]),
        ("3万元", ["00 第二条"]),
        ("30000元", ["00 第二条"]),
        ("3", ["21 一、", "00 第二条"]),
        ("24", []),  # not in 1240
        ("85%", ["21 四、"]),
        ("% 覆盖率", ["21 四、"]),
        ("ct检查", ["21 四、"]),  # full width and capitals are the same
        ("100处 清运", ["20 一、"]),
    ],
)
def test_words_narrow_and_figures_are_whole(planted: ClauseIndex, words: str, expected: list[str]) -> None:
    found = find_clauses(planted, ClauseQuery(words, sort=IN_ORDER))
    strict = [path for path, hit in zip(_paths(found), found.hits, strict=True) if hit.way != OTHER_WORDS]
    assert strict == expected
    assert found.own == len(expected)


def test_without_words_all_that_pass_the_filters_come_in_document_order(planted: ClauseIndex) -> None:
    found = find_clauses(planted, ClauseQuery())
    rows = [planted.clause(int(row)).clause_id for row in planted.searchable_rows]
    assert found.total == found.own == len(rows)
    assert [hit.clause.clause_id for hit in found.hits] == rows[:PAGE_SIZE]
    assert found.near == () and found.drops == ()
    year = find_clauses(planted, ClauseQuery(years=("2020",)))
    assert {hit.clause.doc.doc_no for hit in year.hits} == {"苏府办〔2020〕5号"}


def test_a_word_of_the_title_or_a_synonym_is_found_after_those_in_the_text(planted: ClauseIndex) -> None:
    found = find_clauses(planted, ClauseQuery("新农合"))
    assert _paths(found) == ["21 三、"] and found.own == 0 and found.hits[0].way == OTHER_WORDS
    assert _marked(found) == [["新型农村合作医疗"]]
    titled = find_clauses(planted, ClauseQuery("养老服务"))
    ways = [hit.way for hit in titled.hits]
    assert ways == sorted(ways, key=lambda way: way == OTHER_WORDS)
    assert 0 < titled.own < titled.total == len([c for c in _all(planted) if c.doc.year == 2021])


def test_what_stands_nowhere_as_typed_is_read_apart(planted: ClauseIndex) -> None:
    found = find_clauses(planted, ClauseQuery("社区食堂补助"))
    assert found.apart == {"社区食堂补助": ("社区", "食堂", "补助")}
    assert _paths(found)[0] == "21 一、" and found.hits[0].marks


def test_the_nearest_by_meaning_are_apart_and_not_counted(planted: ClauseIndex) -> None:
    found = find_clauses(planted, ClauseQuery("养老 罚款"))
    assert (found.total, found.hits) == (0, ())
    assert found.near and {hit.way for hit in found.near} == {BY_MEANING}
    some = find_clauses(planted, ClauseQuery("罚款"))
    assert some.total == 1
    assert not {hit.clause.clause_id for hit in some.hits} & {hit.clause.clause_id for hit in some.near}
    inside = find_clauses(planted, ClauseQuery("养老 罚款", years=("2021",)))
    assert inside.near and {hit.clause.doc.year for hit in inside.near} == {2021}
    for hit in find_clauses(planted, ClauseQuery("“站点” 罚款")).near:
        assert "站点" in hit.clause.text
    apart = find_clauses(
        planted, ClauseQuery("罚款多久一次")
    )  # 一次 is part of what was typed, and no figure asked for
    assert apart.near and any("次" not in hit.clause.text for hit in apart.near)
    assert find_clauses(planted, ClauseQuery("qzxv")).near == ()  # nothing held has it: nothing is near


# --- departments ---


def test_a_department_is_found_where_it_is_responsible_the_lead_first(planted: ClauseIndex) -> None:
    filtered = find_clauses(planted, ClauseQuery(departments=("财政局",)))
    assert _paths(filtered) == ["21 一、", "21 二、", "20 一、"]
    for words in ("财政局", "市财政局"):
        first, *rest = _paths(find_clauses(planted, ClauseQuery(words)))
        assert first == "21 一、" and set(rest) == {"21 二、", "20 一、"}
    narrowed = find_clauses(planted, ClauseQuery(departments=("民政局",), years=("2021",)))
    assert _paths(narrowed) == ["21 一、", "21 二、"]
    assert all("市民政局" in marks for marks in _marked(narrowed))


@pytest.mark.parametrize(
    ("names", "role", "expected", "counts"),
    [
        (("财政局",), "", ["21 一、", "21 二、", "20 一、"], (3, 1, 0)),
        (("财政局",), LEAD, ["21 一、"], (3, 1, 0)),
        (("财政局",), PART, [], (3, 1, 0)),  # where no lead is named, nobody is said to take part
        (("民政局",), PART, ["21 一、"], (2, 0, 1)),
        (("民政局", "财政局"), PART, ["21 一、"], (3, 1, 1)),
        ((), LEAD, ["21 一、"], (None, 1, 1)),
    ],
)
def test_one_department_leads_or_takes_part(
    planted: ClauseIndex, names: tuple[str, ...], role: str, expected: list[str], counts: tuple[int | None, int, int]
) -> None:
    query = ClauseQuery(departments=names, role=role)
    found = find_clauses(planted, query)
    assert _paths(found) == expected
    assert [clause.path_text for clause, _ in all_matches(planted, query)] == [path[3:] for path in expected]
    whole = len(_all(planted)) if counts[0] is None else counts[0]
    assert tuple(choice.count for choice in found.facets["role"]) == (whole, *counts[1:])
    known = {choice.value: choice.count for choice in found.facets["departments"]}
    assert not role or known == ({"财政局": 1} if role == LEAD else {"民政局": 1})
    assert {drop.field for drop in found.drops} == (set() if expected else {"role", "departments"})
    for drop in found.drops:
        assert find_clauses(planted, without(planted, query, drop)).total == drop.count > 0


def test_leads_are_those_of_reading_every_clause(index: ClauseIndex) -> None:
    choices = find_clauses(index, ClauseQuery(role=LEAD)).facets["departments"]
    assert choices
    for choice in choices:
        found = {c.clause_id for c, _ in all_matches(index, ClauseQuery(departments=(choice.value,), role=LEAD))}
        key = department_key(choice.value)
        assert found == {c.clause_id for c in _all(index) if c.lead and department_key(c.lead) == key}
        assert len(found) == choice.count


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("党的九届十四次全委会议提出补助3元", ["3元"]),
        ("实施高质量发展三年行动计划", []),
        ("编制五年规划, 服务满5年", ["5年"]),
        ("推进“四个全面”, 建设三个中心", ["三个"]),
        ("第3次检查, 每年检查两次", ["两次"]),
        ("“三个月内办结”", ["三个月"]),
        ("每年召开两次会议", ["两次"]),
    ],
)
def test_ordinals_and_numbers_in_names_are_no_figures(text: str, listed: list[str]) -> None:
    figures = [figure for figure in find_figures(text) if figure.kind != "date"]
    assert [figure.text for figure in figures if not is_named(text, figure)] == listed


@pytest.mark.parametrize("name", ["人社局", "人力资源社会保障局", "人力资源和社会保障局", "杭州市人力资源和社会保障局"])
def test_full_and_short_names_are_one_department(planted: ClauseIndex, name: str) -> None:
    assert _paths(find_clauses(planted, ClauseQuery(departments=(name,)))) == ["21 三、"]
    assert _paths(find_clauses(planted, ClauseQuery(name)))[0] == "21 三、"


@pytest.mark.parametrize(
    ("names", "others"),
    [
        ("市卫生局 卫生局", "卫生健康委 卫生厅"),
        ("发展改革委 发改委 国家发展和改革委员会 市发展改革委", "经济和信息化委"),
        ("卫健委 市卫生健康委 卫生健康委员会", "卫生和计划生育委员会"),
        ("自治区卫生计生委 卫生和计划生育委员会", "卫健委"),
        ("编办 市编办 市委编办", "政府办"),
        ("市人民政府 市政府 人民政府", "各县区人民政府"),
        ("财政厅 自治区财政厅", "财政局"),
    ],
)
def test_names_of_departments(names: str, others: str) -> None:
    keys = {department_key(name) for name in names.split()}
    assert len(keys) == 1
    assert not keys & {department_key(other) for other in others.split()}


def test_short_names_are_settled_to_those_of_the_choices(planted: ClauseIndex) -> None:
    query = settled(
        planted, ClauseQuery(places=("杭州市", "江苏省苏州市", "无此市"), departments=("财政局", "人社局", "无此局"))
    )
    assert query.places == ("浙江省杭州市", "江苏省苏州市", "无此市")
    assert query.departments == ("财政局", "人力资源和社会保障局", "无此局")
    assert settled(planted, query) == query


# --- figures ---


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("240元", Wanted("元", 240, 240)),
        ("200～500元", Wanted("元", 200, 500)),
        ("200元至500元", Wanted("元", 200, 500)),
        ("500元-200元", Wanted("元", 200, 500)),
        ("70%以上", Wanted("%", low=70)),
        ("不低于70%", Wanted("%", low=70)),
        (">=3万元", Wanted("元", low=30000)),
        ("不超过3万元", Wanted("元", high=30000)),
        ("≤5%", Wanted("%", high=5)),
        ("百分之七十", Wanted("%", 70, 70)),
        ("2016年", None),
        ("240", None),
        ("补助", None),
        ("每人240元", None),
        ("200元至5%", None),
    ],
)
def test_a_figure_is_read_as_people_write_it(text: str, wanted: Wanted | None) -> None:
    assert read_figure(text) == wanted


def test_units_are_their_base_and_words_are_none() -> None:
    assert [read_unit(text) for text in ("元", "万元", "%", "个百分点", "人", "补助", "号")] == [
        "元", "元", "%", "百分点", "人", None, None,
    ]  # fmt: skip


def test_the_field_for_figures_and_its_complaint(planted: ClauseIndex) -> None:
    found = find_clauses(planted, ClauseQuery(figure="100-300元", sort=IN_ORDER))
    assert _paths(found) == ["21 二、", "20 二、"]
    assert _marked(found) == [["200元"], ["200元以下"]]
    assert _paths(find_clauses(planted, ClauseQuery(figure="万元", sort=LARGEST)))[0] == "00 第二条"
    with pytest.raises(UserError, match="200-500元"):
        find_clauses(planted, ClauseQuery(figure="很多"))
    assert need_figure(" 元 ") == Wanted("元")


# --- sorting, pages, facets ---


def test_sorts(planted: ClauseIndex) -> None:
    newest = [hit.clause.doc.year for hit in find_clauses(planted, ClauseQuery("通知", sort=NEWEST)).hits]
    assert newest == sorted(newest, key=lambda year: -(year or 0)) and len(set(newest)) == 2
    largest = find_clauses(planted, ClauseQuery("元", sort=LARGEST))
    assert _paths(largest) == ["00 第二条", "21 三、", "21 二、", "20 二、", "21 一、"]
    assert largest.unit == "元"
    ranged = find_clauses(planted, ClauseQuery(figure="100元以上", sort=LARGEST))
    assert _paths(ranged) == ["00 第二条", "21 三、", "21 二、", "20 二、"]
    everything = find_clauses(planted, ClauseQuery(sort=LARGEST))
    assert _paths(everything)[:5] == _paths(largest) and everything.total == len(list(_all(planted)))


def test_facets_count_the_whole_result(planted: ClauseIndex) -> None:
    found = find_clauses(planted, ClauseQuery())
    clauses = list(_all(planted))
    counts = {name: {choice.value: choice.count for choice in found.facets[name]} for name in FILTERS}
    years = [str(clause.doc.year) if clause.doc.year else UNSAID for clause in clauses]
    assert counts["years"] == {year: years.count(year) for year in ("2021", "2020", UNSAID)}
    assert [choice.value for choice in found.facets["years"]] == ["2021", "2020", UNSAID]
    assert counts["places"]["浙江省杭州市"] == years.count("2021")
    assert sum(counts["documents"].values()) == sum(counts["kinds"].values()) == len(clauses)
    assert counts["departments"] == {
        "财政局": 3, "民政局": 2, "城市管理局": 2, "卫生健康委": 1, "人力资源和社会保障局": 1,
    }  # fmt: skip
    assert counts["units"]["元"] == 5 and counts["units"]["%"] == 1


def test_a_filter_shows_its_own_alternatives_and_narrows_the_others(planted: ClauseIndex) -> None:
    found = find_clauses(planted, ClauseQuery(years=("2020",)))
    assert {choice.value for choice in found.facets["years"]} == {"2021", "2020", UNSAID}
    assert {choice.value for choice in found.facets["places"]} == {"江苏省苏州市"}
    both = find_clauses(planted, ClauseQuery(years=("2020", "2021")))
    assert both.total == sum(choice.count for choice in found.facets["years"] if choice.value.isdigit())
    assert (
        find_clauses(planted, ClauseQuery(places=("杭州市",))).total
        == find_clauses(planted, ClauseQuery(places=("浙江省杭州市",))).total
        > 0
    )


def test_pages_hold_every_clause_once(index: ClauseIndex) -> None:
    first = find_clauses(index, ClauseQuery("的"))
    pages = [find_clauses(index, ClauseQuery("的", page=page)) for page in range(1, first.pages + 1)]
    shown = [hit.clause.clause_id for page in pages for hit in page.hits]
    assert len(shown) == len(set(shown)) == first.total
    assert all(len(page.hits) == PAGE_SIZE for page in pages[:-1])
    assert [clause.clause_id for clause, _ in all_matches(index, ClauseQuery("的", page=3))] == shown
    assert find_clauses(index, ClauseQuery("的", page=999)).page == first.pages


# --- nothing found ---


def test_nothing_found_says_what_empties_it(planted: ClauseIndex) -> None:
    query = ClauseQuery("罚款", years=("2021",))
    found = find_clauses(planted, query)
    assert found.total == 0
    assert set(found.drops) == {Drop("years", "", 1), Drop("words", "罚款", len(_of_year(planted, 2021)))}
    for drop in found.drops:
        assert find_clauses(planted, without(planted, query, drop)).total == drop.count
    words = find_clauses(planted, ClauseQuery("护理员 罚款"))
    assert set(words.drops) == {Drop("words", "罚款", 1), Drop("words", "护理员", 1)}
    figure = ClauseQuery("罚款", figure="7%")
    assert find_clauses(planted, figure).drops == (Drop("figure", "", 1),)
    assert without(planted, figure, Drop("figure", "", 1)) == ClauseQuery("罚款")
    assert find_clauses(planted, ClauseQuery("qzxv")).drops == ()


# --- a second route: every clause read, one by one ---


def test_totals_are_those_of_reading_every_clause(index: ClauseIndex) -> None:
    clauses = list(_all(index))
    pick = random.Random(7)
    for _ in range(60):
        one, other = (_word_of(pick.choice(clauses), pick) for _ in "ab")
        held = {c.clause_id for c in clauses if one in fold(c.text) and other in fold(c.text)}
        exact = ClauseQuery(f"“{one}” “{other}”")
        assert {clause.clause_id for clause, _ in all_matches(index, exact)} == held, (one, other)
        found = find_clauses(index, exact)
        assert found.total == found.own == len(held)
        for hit in found.hits:
            marked = [fold(hit.clause.text)[start:end] for start, end in hit.marks]
            assert any(one in text for text in marked) and any(other in text for text in marked)


def test_responsible_departments_are_those_of_reading_every_clause(index: ClauseIndex) -> None:
    clauses = list(_all(index))
    choices = find_clauses(index, ClauseQuery()).facets["departments"]
    assert len(choices) > 20
    for choice in choices:
        key = department_key(choice.value)
        held = [c for c in clauses if key in map(department_key, c.departments)]
        found = [clause for clause, _ in all_matches(index, ClauseQuery(departments=(choice.value,)))]
        assert {c.clause_id for c in found} == {c.clause_id for c in held} and len(found) == choice.count
        leads = [bool(c.lead) and department_key(str(c.lead)) == key for c in found]
        assert leads == sorted(leads, reverse=True)


def test_marks_are_in_order_apart_and_inside(index: ClauseIndex) -> None:
    for words in ("医院 补助 元", "新农合", "卫生局 药品", "“的” 医 240元", "(", "\\", "*[a"):
        found = find_clauses(index, ClauseQuery(words))
        for hit in (*found.hits, *found.near):
            flat = [at for span in hit.marks for at in span]
            assert flat == sorted(set(flat)) and (not flat or flat[0] >= 0 and flat[-1] <= len(hit.clause.text))
            pieces = excerpt(hit.clause.text, hit.marks)
            assert all(piece.text in hit.clause.text for piece in pieces if piece.text != "…")
            assert any(piece.marked for piece in pieces) == bool(hit.marks)
            assert sum(len(piece.text) for piece in pieces) < 420


def test_folding_keeps_the_length() -> None:
    text = "ＣＴ（甲）㎡ﬁ①İ\n𠮷Ａ、％１２"
    assert len(fold(text)) == len(text)
    assert fold("ＣＴ％１２Ａ") == "ct%12a"


@pytest.mark.parametrize(
    "words",
    ["", " ", '"', "“”", "\x00", "，、；", "\ud800", "　", "“" * 50, "元" * 300, "a" * 5000, "%%%", "-", "- 元", ">"],
)
def test_any_text_can_be_typed(planted: ClauseIndex, words: str) -> None:
    found = find_clauses(planted, ClauseQuery(words))
    assert found.total >= 0 and found.page == 1


def test_terms_of_a_line() -> None:
    assert [term.text for term in read_terms("“甲 乙” 丙,丁；戊 丙")] == ["甲 乙", "丙", "丁", "戊"]
    assert [term.text for term in read_terms(">= 3 万元 补助")] == [">=3万元", "补助"]


# --- the address ---


def test_an_address_says_a_query_and_nothing_else() -> None:
    query = ClauseQuery(
        "补助 “元&=”", places=("甲省乙市",), years=("2012", "2016"), departments=("财政局",), units=("%",),
        role=LEAD, figure="200-500元", documents=("a-1.b",), sort=NEWEST, page=3,
    )  # fmt: skip
    assert from_parameters(to_parameters(query)) == query
    assert to_parameters(ClauseQuery()) == []
    for pairs in (
        [("page", "0")],
        [("page", "-1")],
        [("page", "²")],
        [("page", "9" * 30)],
        [("sort", "x")],
        [("role", "x")],
        [("z", "y")],
    ):
        assert from_parameters(pairs) == ClauseQuery()
    long = from_parameters([("q", "长" * 9000), *[("year", str(n)) for n in range(900)]])
    assert len(long.words) <= 200 and len(long.years) <= 50
    assert (
        ("年份", "2012、2016") in in_words(query)
        and ("责任分工", "牵头") in in_words(query)
        and ("排序", "发文日期由近到远") in in_words(query)
    )


def test_a_changed_index_has_a_table_of_its_own(planted: ClauseIndex, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.txt").write_text(_DOCS["a.txt"], "utf-8")
    own = settings.model_copy(update={"seeds_dir": tmp_path / "seeds", "index_dir": tmp_path / "index"})
    build_index(own)
    other = ClauseIndex.open(own, planted.encoder)
    assert find_clauses(other, ClauseQuery("罚款")).total == 0
    assert find_clauses(planted, ClauseQuery("罚款")).total == 1


def _all(index: ClauseIndex) -> list[Clause]:
    return [index.clause(int(row)) for row in index.searchable_rows]


def _of_year(index: ClauseIndex, year: int) -> list[Clause]:
    return [clause for clause in _all(index) if clause.doc.year == year]


def _word_of(clause: Clause, pick: random.Random) -> str:
    """Return some word of a clause in its folded form, one that quotation marks can hold."""
    words = [word for word in cut(fold(clause.text)) if word.strip() and not set(word) & set('"“”„‟「」『』')]
    words = [word for word in words if not word.isdigit()]
    return pick.choice(words)


@pytest.mark.parametrize("word", ["补助", "33号", "12元", "的", "号3", "没有"])
def test_texts_too_long_for_the_memory_are_searched_in_their_file_part_by_part(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(7)
    held = ["".join(draw.choices("补助标准的33号12元", k=40)) for _ in range(500)]
    monkeypatch.setattr(texts, "_IN_MEMORY", 1000)
    monkeypatch.setattr(texts, "_AT_ONCE", 777)
    whole = "(?<!\\d)" * word[0].isdigit() + word + "(?!\\d)" * word[-1].isdigit()
    assert texts.Texts(held).counts(word).tolist() == [len(re.findall(f"(?={whole})", text)) for text in held]
