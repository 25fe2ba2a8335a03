"""Documents planted from known units come back unit by unit, with exact offsets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.clean import clean
from index.document import documents_of
from index.errors import UserError
from index.read import Source
from index.types import Clause, Document

_S = "进一步加强基层服务机构建设，提高服务能力。"
_TITLE = "某地关于加强管理工作的通知"
_HAN = "一 二 三 四 五 六 七 八 九 十 十一 十二 十三 十四 十五 十六 十七 十八 十九 二十".split()  # noqa: SIM905
_STYLES = ("{han}、", "（{han}）", "{n}.", "({n})", "{circled}")


def _documents(text: str) -> list[tuple[Document, tuple[Clause, ...]]]:
    return documents_of(Source("f.txt", "0" * 64, text, "text", ""), {})


def _split(text: str) -> tuple[Document, tuple[Clause, ...]]:
    return _documents(text)[0]


def _covered(doc: Document, clauses: tuple[Clause, ...]) -> None:
    """Every character is in exactly one clause; only the line ends between clauses are in none."""
    owners = [0] * len(doc.text)
    for clause in clauses:
        for start, end in clause.spans:
            for at in range(start, end):
                owners[at] += 1
    assert max(owners, default=0) <= 1
    assert {char for char, count in zip(doc.text, owners, strict=True) if not count} <= {"\n"}


@dataclass
class _Node:
    level: int
    number: int
    words: str
    follows: bool  # a sibling stands before it
    children: list[_Node] = field(default_factory=list)

    @property
    def line(self) -> str:
        mark = _STYLES[self.level].format(
            han=_HAN[self.number - 1], n=self.number, circled=chr(ord("①") + self.number - 1)
        )
        return mark + self.words


def _walk(nodes: list[_Node], above: str = "") -> Iterator[tuple[str, _Node]]:
    for node in nodes:
        path = f"{above}.{node.number}".lstrip(".")
        yield path, node
        yield from _walk(node.children, path)


_WORDS = (
    "完善制度，落实责任，确保实施。",
    "补助标准提高到每人每年240元，不低于上年的1.5倍；确保6月底前到位。",
    "对（市、县）两级机构，按“谁主管、谁负责”的原则管理。",
    "建设2.0版平台，做到一、二类机构全覆盖，比例达到75%。",
    "加强培训，由主管部门统一组织。",
)
_NOTED = "加强培训，由主管部门统一组织。（市教育局、财政局负责）"


@st.composite
def _trees(draw: st.DrawFn, words: st.SearchStrategy[str]) -> list[_Node]:
    """Return the units of a document; one level may run its numbers on from section to section."""
    runs_on = draw(st.sampled_from([None, 1, 2]))
    count = {"n": 0}

    def grow(level: int, most: int) -> list[_Node]:
        nodes = []
        for number in range(1, draw(st.integers(1, most)) + 1):
            if level == runs_on:
                count["n"] += 1
                if count["n"] > len(_HAN):
                    break
                number = count["n"]
            node = _Node(level, number, draw(words), bool(nodes))
            if level < 4 and draw(st.booleans()):
                node.children = grow(level + 1, 3)
            nodes.append(node)
        return nodes

    return grow(0, 4)


@given(_trees(st.sampled_from([*_WORDS, _NOTED])), st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_planted_tree_comes_back(tree: list[_Node], data: st.DataObject) -> None:
    planted = list(_walk(tree))
    glued = data.draw(st.lists(st.booleans(), min_size=len(planted), max_size=len(planted)))
    lines = ""
    for (_, node), glue in zip(planted, glued, strict=True):
        # A number that opens a heading's list cannot be told from one in a sentence; one that goes on can.
        lines += node.line if glue and node.follows else "\n" + node.line
    doc, clauses = _split(f"{_TITLE}\n{lines}")
    assert [clause.path for clause in clauses] == [path for path, _ in planted]
    assert [clause.text for clause in clauses] == [clean(node.line)[0] for _, node in planted]
    assert [clause.leaf for clause in clauses] == [not node.children for _, node in planted]
    starts = [clause.spans[0][0] for clause in clauses]
    assert starts == sorted(starts)
    assert all("".join(doc.text[a:b] for a, b in clause.spans) == clause.text for clause in clauses)
    _covered(doc, clauses)


@given(_trees(st.sampled_from(_WORDS)))
@settings(max_examples=60, deadline=None)
def test_paragraphs_after_a_heading_stay_with_it(tree: list[_Node]) -> None:
    planted = list(_walk(tree))
    lines = "\n".join(f"{node.line}\n{_S}\n{_S}" for _, node in planted)
    doc, clauses = _split(f"{_TITLE}\n{lines}")
    assert {clause.path for clause in clauses} == {path for path, _ in planted}
    assert "".join(clause.text.replace("\n", "") for clause in clauses).count(clean(_S)[0]) == 2 * len(planted)
    _covered(doc, clauses)


def test_a_page_break_inside_a_sentence_is_mended() -> None:
    long = "进一步加强基层服务机构建设。" * 4 + "对符合条件的困难家庭按照规定给予临时"
    _, clauses = _split(f"{_TITLE}\n\n一、要点\n（一）{long}\n\n救助并及时公开。\n（二）{_S}")
    assert clauses[1].text == f"(一){long}救助并及时公开。".replace("(一)", "（一）")
    assert clauses[2].path == "1.2"


def test_a_page_break_inside_a_quoted_title_is_mended() -> None:
    cut = "贯彻落实某办公厅转发某委等部门《关于推进社区卫生与养老服务相结合工作指导意见"
    _, clauses = _split(f"{_TITLE}\n一、{cut}\n的通知》，提高能力。\n二、{_S}")
    assert clauses[0].text == f"一、{cut}的通知》，提高能力。"


def test_a_closing_paragraph_belongs_to_the_section() -> None:
    items = "（一）加强培训。（市教育局负责）\n（二）加强监管。（市财政局负责）\n"
    doc, clauses = _split(f"{_TITLE}\n一、要点\n{items}各县区要高度重视，认真组织实施。\n二、{_S}")
    assert [clause.path for clause in clauses] == ["1", "1.1", "1.2", "2"]
    assert clauses[0].text == "一、要点\n各县区要高度重视，认真组织实施。"
    assert len(clauses[0].spans) == 2
    _covered(doc, clauses)


def test_head_and_signature_are_in_no_clause() -> None:
    _, clauses = _split(
        f"首页 > 政务公开\n{_TITLE}\n某府发〔2020〕1号\n各县区人民政府：\n现将有关事项通知如下，请遵照执行。\n"
        f"一、{_S}\n二、{_S}\n某市人民政府办公室\n2020年1月1日\n来源：某网\n打印 关闭"
    )
    assert [(clause.path, clause.leaf) for clause in clauses] == [("0", False), ("1", True), ("2", True)]
    assert clauses[0].text == "现将有关事项通知如下，请遵照执行。"
    assert clauses[2].text == f"二、{_S}"


def test_a_plan_sent_by_a_notice_is_an_annex_with_its_own_numbers() -> None:
    doc, clauses = _split(
        f"{_TITLE}\n各县区人民政府：\n一、{_S}\n二、{_S}\n附件：1.实施方案\n2.任务分工\n某市人民政府办公室\n2020年1月1日\n"
        f"附件1\n实施方案\n一、目标\n{_S}\n（一）{_S}\n二、{_S}\n附件2\n任务分工\n一、{_S}\n二、{_S}\n来源：某网"
    )
    paths = ["1", "2", "a1", "a1.1", "a1.1.1", "a1.2", "a2", "a2.1", "a2.2"]
    assert [clause.path for clause in clauses] == paths
    assert [clause.path_text for clause in clauses][2:6] == ["附件1", "附件1一、", "附件1一、(一)", "附件1二、"]
    assert clauses[1].text == f"二、{_S}"
    assert clauses[-1].text == f"二、{_S}"
    assert doc.date_issued == "2020-01-01"
    _covered(doc, clauses)


def test_a_plan_without_the_word_annex_keeps_apart_too() -> None:
    notice, plan = _documents(
        f"{_TITLE}\n一、{_S}\n二、{_S}\n某市人民政府办公室\n2020年1月1日\n实施方案\n一、目标\n{_S}"
    )
    assert [clause.path for clause in notice[1]] == ["1", "2"]
    assert [clause.path for clause in plan[1]] == ["1"]
    assert notice[1][1].text == f"二、{_S}"
    assert (plan[0].title, plan[0].parent) == ("实施方案", notice[0].doc_id)
    _covered(*notice)
    _covered(*plan)


def test_a_number_said_twice_gets_paths_of_its_own() -> None:
    doc, clauses = _split(f"{_TITLE}\n一、要点\n1.{_S}\n1.{_S}\n1.{_S}\n二、{_S}")
    assert [clause.path for clause in clauses] == ["1", "1.1", "1.1-2", "1.1-3", "2"]
    _covered(doc, clauses)


def test_a_law_is_cited_by_article_paragraph_and_item() -> None:
    doc, clauses = _split(
        f"某市养老服务条例\n第一章 总则\n第一条 {_S}\n第二条 {_S}\n本市建立下列制度：\n（一）评估制度；\n（二）补贴制度，按年发放。\n"
        f"前款制度由市民政局制定，报市政府批准。\n第二章 附则\n第三条 有下列情形之一的，给予处罚：\n（一）{_S}\n第四条 {_S}"
    )
    found = [(clause.path, clause.path_text, clause.leaf) for clause in clauses]
    assert found == [
        ("c1", "第一章", False),
        ("1", "第一条", True),
        ("2", "第二条第一款", True),
        ("2.2", "第二条第二款", False),
        ("2.2.1", "第二条第二款第(一)项", True),
        ("2.2.2", "第二条第二款第(二)项", True),
        ("2.3", "第二条第三款", True),
        ("c2", "第二章", False),
        ("3", "第三条", False),
        ("3.1.1", "第三条第(一)项", True),
        ("4", "第四条", True),
    ]
    _covered(doc, clauses)


def test_a_code_whose_books_are_in_another_order_keeps_every_article() -> None:
    numbers = ["九十", "九十一", "九十二", "四十", "四十一", "四十二", "一", "二", "三"]
    doc, clauses = _split("某国民事法典\n" + "\n".join(f"第{number}条　{_S}" for number in numbers))
    assert [clause.path for clause in clauses] == ["90", "91", "92", "40", "41", "42", "1", "2", "3"]
    _covered(doc, clauses)


def test_a_list_of_short_items_loses_none() -> None:
    items = "\n".join(f"{n}.项目{n}" for n in range(1, 401))
    doc, clauses = _split(f"{_TITLE}\n一、目录\n{items}\n二、{_S}")
    assert [clause.path for clause in clauses] == ["1", *(f"1.{n}" for n in range(1, 401)), "2"]
    assert clauses[400].text == "400.项目400"
    assert doc.title == _TITLE


def test_a_table_of_contents_is_not_the_body() -> None:
    contents = "目录\n一、总体要求……1\n（一）目标 2\n二、任务……3"
    _, clauses = _split(f"某市规划\n{contents}\n某市规划\n一、总体要求\n（一）目标\n{_S}\n二、任务\n{_S}")
    assert [clause.path for clause in clauses] == ["1", "1.1", "2"]
    assert clauses[1].text == f"（一）目标\n{_S}"


@pytest.mark.parametrize("separator", ["\n", ""])
def test_the_same_number_five_thousand_times(separator: str) -> None:
    doc, clauses = _split(_TITLE + "\n" + separator.join([f"一、{_S}"] * 5000))
    assert len({clause.path for clause in clauses}) == len(clauses) == (5000 if separator else 1)
    assert doc.text.count(_S) == 5000


@pytest.mark.parametrize("text", ["", "\n\n", "1.\n2.\n3.\n", "一、\n", "第一条"])
def test_what_holds_no_text_is_an_error_that_says_so(text: str) -> None:
    with pytest.raises(UserError, match="没有找到正文"):
        _split(text)
