"""What is taken away says what the page says: citations, answers and conversations, and tables of clauses."""

from __future__ import annotations

import csv
import io
import re
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import docx
import httpx
import openpyxl
import pytest
from browser import start_page
from docx.document import Document as Paper
from langchain_core.runnables import Runnable
from markdown_it import MarkdownIt

from index.corpus import read_documents
from index.errors import UserError
from index.outline import Outline
from index.place_words import read_places
from index.read import read_file
from index.rows import Entry
from index.settings import Settings
from index.store import ClauseIndex
from index.types import Clause, Document
from index.validity import Validity
from rag.chain import build_chain
from rag.clauses.find import all_matches
from rag.clauses.types import ClauseQuery
from rag.export.docx import answer_document, conversation_document
from rag.export.legible import file_name
from rag.export.markdown import answer_markdown, conversation_markdown
from rag.export.paper import Exchange
from rag.export.plain import answer_text, conversation_text
from rag.export.reference import official_place, official_reference
from rag.export.tables import COLUMNS, clauses_csv, clauses_xlsx
from rag.page.desk import Desk
from rag.page.library.library import OpenLibrary
from rag.records.keep import answer_record
from rag.records.records import Records
from rag.types import Answer, Citation, Question

_ROOT = Path(__file__).resolve().parent.parent
_FILES = sorted(
    path
    for folder in (_ROOT / "seeds", _ROOT / "tests" / "documents")
    for path in folder.iterdir()
    if path.suffix in (".txt", ".html", ".md") and path.name != "README.md"
)


@cache
def _entries(name: str) -> tuple[Entry, ...]:
    path = next(path for path in _FILES if path.name.startswith(name))
    return tuple(read_documents(path)[0])


def _clause(name: str, path: str) -> Clause:
    return next(clause for _, clauses in _entries(name) for clause in clauses if clause.path == path)


# --- the citation as a 公文 writes it

# file, path, what a paper writes for it
_PLACES = [
    # the five seeds
    ("000_", "0", "引言"),
    ("000_", "1", "第一部分"),
    ("000_", "1.1", "第一部分第(一)项"),
    ("000_", "a1", "附件"),  # the only one, and it bears no number
    ("001_5", "1.1", "第一部分第(一)项"),
    ("002_1", "4.1.1", "第四部分第(一)项第1条"),
    ("003_", "2.1", "第二部分第(一)项"),
    ("004_", "2.1.3", "第二部分第(一)项第3条"),
    ("004_", "2.1.10", "第二部分第(一)项第10条"),
    # notices, deeper
    ("001-", "2.1", "第二部分第1条"),
    ("002-", "2.2.2.1", "第二部分第(二)项第2条第(1)点"),
    ("013-", "2.1", "第二部分第(1)项"),
    ("024-", "4.10.1", "第四部分第(十)项第一点"),
    ("026-", "1.4.1", "第一部分第(四)项第(1)点"),
    ("038-", "3.1", "第3条第1)项"),  # its label, 31), cannot be told from a thirty-first
    ("039-", "1.1.1.1.1", "第一部分第(一)项第1条第(1)点第①小点"),
    ("043-", "1", "第一点"),
    ("052-", "1.3.3.1", "第一部分第3条第3)项第(1)点"),
    ("060-", "4.2.1", "第四部分第2条第(1)项"),
    # sections without a number are called by their names
    ("015-", "u1", "“关于玉溪大河治理”部分"),
    ("015-", "u1.1", "“关于玉溪大河治理”部分第1条"),
    # regulations
    ("003-", "2", "第二条第一款"),
    ("003-", "4.1.2.1", "第四条第一款第(二)项第1目"),
    ("005-", "3.1.1", "第三条第(一)项"),
    ("005-", "p2.c1.s1", "第二编第一章第一节"),
    ("034-", "3.1.5.2.1", "第三条第(五)项第2目第(1)点"),
    ("018-", "c3.7.1", "第三章第七条第(一)项"),  # a 章 has no 部分 below it
    ("068-", "c2.s1.1", "第二章第一节第(一)项"),
    # plans and standards
    ("004-", "1", "第1部分"),
    ("004-", "3.1.2", "第3.1.2条"),
    ("004-", "3.1.1.1", "第3.1.1条第(1)项"),
    ("027-", "3.1.2.1", "第3.1.2条第①点"),
    ("004-", "3.1.2.t1.1", "第3.1.2条表1第1行"),
    # questions, tables, annexes
    ("008-", "q1", "第1问"),
    ("067-", "3.1", "第3问第①点"),
    ("050-", "t1.1", "表1第1行"),
    ("016-", "a1.1", "附件1第1条"),
    ("023-", "a1.3.1.1", "附件1第三条第一款第(一)项"),
    ("047-", "a1.3.1", "附件第3.1条"),  # its label, 附件13.1, reads as a thirteenth annex
    ("054-", "a1.1.1", "附件1第一部分第(一)项"),
    ("054-", "a1.3.2.t1.1", "附件1第三部分第(二)项表1第1行"),
    ("078-", "a1.7.1.5.1", "附件1第七条第(五)项第1目"),
]


@pytest.mark.parametrize(("name", "path", "place"), _PLACES)
def test_a_place_is_written_as_a_paper_writes_it(name: str, path: str, place: str) -> None:
    assert official_place(_clause(name, path)) == place


def test_a_reference_is_title_number_and_place() -> None:
    numbered, bare = _clause("004_", "2.1.3"), _clause("002_1", "4.1.1")
    assert official_reference(numbered).startswith(f"《{numbered.doc.title}》({numbered.doc.doc_no})第二部分第(一)项")
    assert official_reference(bare) == f"{bare.doc.quoted_title}第四部分第(一)项第1条"
    assert bare.doc.quoted_title.startswith("《〈")  # a title inside the title has single marks


def test_what_cannot_be_read_keeps_its_label() -> None:
    doc = Document(doc_id="x", title="某某规定", text="甲", source="x", sha256="")
    odd = Clause(doc, "1.2", "一、[2]", (), ((0, 1),), True)
    assert official_reference(odd) == "《某某规定》一、[2]"


def _reads_back(entry: Entry) -> tuple[int, list[str]]:
    """How many places of a document name their clause when they are read again, and which do not."""
    _, clauses = entry
    outline, paths = Outline(clauses), [clause.path for clause in clauses]
    read, lost = 0, []
    for clause in clauses:
        place = official_place(clause)
        # The reader of questions knows no decimals, tables, questions or names, and twins share their place.
        if any(sign in place for sign in (".", "表", "问", "“", "引言", "正文")):
            continue
        found = [node.clause.path for said in read_places(place) for node in outline.resolve(said).nodes if node.clause]
        if found == [clause.path]:
            read += 1
        elif not any("-" in path for path in paths):
            lost.append(f"{clause.path} {clause.path_text} -> {place} -> {found}")
    return read, lost


def test_every_place_names_its_clause_when_it_is_read_again() -> None:
    """What reads 第二部分第(一)项第3条 in a question was written apart from this: the two must agree."""
    results = [_reads_back(entry) for path in _FILES for entry in read_documents(path)[0]]
    assert [line for _, lost in results for line in lost] == []
    assert sum(read for read, _ in results) > 1600


# --- names of files


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("补助标准是多少?", "补助标准是多少.txt"),
        ("政策问答_补助多少? _2026", "政策问答_补助多少_2026.txt"),
        ('a/b\\c:d*e?f"g<h>i|j', "a b c d e f g h i j.txt"),
        ("../../etc/passwd", "etc passwd.txt"),
        ("第一行\n第二行\t三", "第一行 第二行 三.txt"),
        ("CON", "问答CON.txt"),
        ("com1.x", "问答com1.x.txt"),
        ("...", "问答.txt"),
        ("", "问答.txt"),
        ("\u202egpj.exe", "gpj.exe.txt"),
        ("长" * 200, "长" * 60 + ".txt"),
    ],
)
def test_a_name_is_one_that_every_system_takes(words: str, name: str) -> None:
    assert file_name(words, "txt") == name


# --- tables of clauses

# what a cell of a document could begin with, and whether a spreadsheet would take it for a formula
_CELLS = [
    ('=HYPERLINK("http://x.example","点此")', True),
    ("+1+1", True),
    ("-2+3", True),
    ("@SUM(A1)", True),
    ("\t=1+1", True),
    ("\r=1+1", True),
    ("＝1+1", True),
    ("一、收入=支出", False),
    ("（一）-5℃以下", False),
    ("'原有的引号", False),
    ('说“是”,\n换行,"引号"', False),
    ("<script>alert(1)</script> {{7*7}} ${7*7}", False),
]


def _clause_of(text: str, title: str = "某市某某办法") -> Clause:
    doc = Document("doc-1", title, text, "s", "", doc_no="某发〔2020〕1号", region=("某省", "某市"), year=2020)
    return Clause(
        doc, "2.1.3", "二、(一)3", ("二、工作", "(一)要求。"), ((0, len(text)),), True, ("甲局", "乙局"), "乙局"
    )


def _table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _sheet(content: bytes, name: str = "条款") -> list[list[openpyxl.cell.Cell]]:
    return [list(row) for row in openpyxl.load_workbook(io.BytesIO(content))[name].rows]


@pytest.mark.parametrize(("text", "is_formula"), _CELLS)
def test_no_cell_is_a_formula_and_no_text_is_harmed(text: str, is_formula: bool) -> None:
    rows = [(_clause_of(text, text), Validity("未知", ""))]
    kept = text.replace("\r", "\n")
    cell = _table(clauses_csv(rows))[1][8]
    assert cell == (f"'{kept}" if is_formula else kept)
    written = _sheet(clauses_xlsx(rows))[1]
    assert (written[8].value, written[2].value) == (kept, kept)  # typed as text, it needs no apostrophe
    assert {item.data_type for item in written} <= {"s", "inlineStr", "n"}
    assert written[8].quotePrefix == is_formula


def test_a_row_holds_what_a_clause_says_of_itself() -> None:
    rows = [(_clause_of("3.补助240元。"), Validity("废止", "被某发〔2021〕2号废止"))]
    heading, row = _table(clauses_csv(rows))
    assert dict(zip(heading, row, strict=True)) == {
        "条款编号": "doc-1.2.1.3",
        "条款": "某发〔2020〕1号 二、(一)3",
        "文件标题": "某市某某办法",
        "文号": "某发〔2020〕1号",
        "地区": "某省某市",
        "年份": "2020",
        "效力": "废止: 被某发〔2021〕2号废止",
        "所在位置": "二、工作 › (一)要求",
        "条款原文": "3.补助240元。",
        "责任部门": "甲局、乙局(牵头)",
        "数字": "",
        "引用格式": "《某市某某办法》(某发〔2020〕1号)第二部分第(一)项第3条",
    }
    assert [cell.value for cell in _sheet(clauses_xlsx(rows))[1]] == [
        int(value) if name == "年份" else value or None for name, value in zip(heading, row, strict=True)
    ]


def test_spreadsheets_open_it_as_a_table() -> None:
    content = clauses_csv([(_clause_of("一"), Validity("未知", ""))])
    assert content.startswith(b"\xef\xbb\xbf") and content.count(b"\r\n") == 2
    rows = [(_clause_of(f"{n}.条款"), Validity("未知", "")) for n in range(5)]
    book = openpyxl.load_workbook(io.BytesIO(clauses_xlsx(rows, about=[("检索词", "=1+1"), ("条数", "5")])))
    sheet = book["条款"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:L6")
    assert [cell.value for cell in sheet[1]] == [column.heading for column in COLUMNS]
    assert all(sheet.column_dimensions[cell.column_letter].width == COLUMNS[i].width for i, cell in enumerate(sheet[1]))
    assert all(cell.alignment.wrap_text and cell.alignment.vertical == "top" for cell in sheet[3])
    assert [cell.value for row in book["说明"].rows for cell in row] == ["检索词", "=1+1", "条数", "5"]
    assert book["说明"]["B1"].data_type in ("s", "inlineStr")


def test_what_no_file_can_hold_is_left_out_and_the_rest_is_kept() -> None:
    long = "长" * 40_000
    rows = [
        (_clause_of("甲\x00乙\x0b丙\ud800丁\ufffe戊"), Validity("未知", "")),
        (_clause_of(long), Validity("未知", "")),
    ]
    assert _table(clauses_csv(rows))[1][8] == "甲乙\n丙丁戊"
    written = _sheet(clauses_xlsx(rows))
    assert written[1][8].value == "甲乙\n丙丁戊"
    assert len(str(written[2][8].value)) == 32_767 and str(written[2][8].value).endswith("全文见 CSV)")
    assert _table(clauses_csv(rows))[2][8] == long


def test_a_table_of_nothing_is_its_heading() -> None:
    assert len(_table(clauses_csv([]))) == len(_sheet(clauses_xlsx([]))) == 1


def test_every_clause_held_fits_into_the_tables() -> None:
    clauses = [replace(clause) for name in ("004_", "036-", "081-") for _, found in _entries(name) for clause in found]
    rows = [(clause, Validity("未知", "")) for clause in clauses]
    content = clauses_xlsx(rows)
    assert [row[8].value for row in _sheet(content)[1:]] == [clause.text for clause in clauses]
    assert [row[8] for row in _table(clauses_csv(rows))[1:]] == [clause.text for clause in clauses]
    parts = zipfile.ZipFile(io.BytesIO(content))
    assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


# --- answers and conversations

_AT = datetime(2026, 3, 5, 9, 7, tzinfo=timezone(timedelta(hours=8)))
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BAD = '<script>alert(1)</script> {{7*7}} ${7*7} [a](javascript:alert(1)) =HYPERLINK("x") **b** `c` ![i](http://x.y/z)'


def _cite(n: int, clause: Clause, words: str, **more: object) -> Citation:
    start = clause.text.index(words)
    return Citation(n, clause, start, start + len(words), **more)  # type: ignore[arg-type]


def _answer(text: str, citations: Sequence[Citation], **more: object) -> Answer:
    values = {"status": "grounded", "index_version": "V1", "mode": "extractive", **more}
    return Answer(answer=text, citations=tuple(citations), **values)  # type: ignore[arg-type]


def _exchange(answer: Answer, question: str = "标准是多少?") -> Exchange:
    return Exchange(question, answer, _AT)


def _grounded() -> Exchange:
    one, two = _clause_of("3.补助240元。由市里支付。\n另有规定的除外。"), _clause("034-", "3.1.5.2.1")
    cited = [_cite(1, one, "补助240元。"), _cite(2, two, two.text[:10]), _cite(3, one, "另有规定的除外。")]
    text = "补助240元。〔1〕\n另有规定,见某发〔2020〕1号。〔3〕〔1〕\n还有〔2〕\n〔9〕是原文里的。"
    return _exchange(_answer(text, cited))


def _refused() -> Exchange:
    near = [_cite(1, _clause("034-", "3.1.5.2.1"), "市民政局")]
    return _exchange(_answer("现有文件不包含该市的内容。", [], nearest=tuple(near), status="refused"))


def _compared() -> Exchange:
    clause = _clause_of("3.补助240元。另补助45元〔2〕。")
    cited = [_cite(1, clause, "补助240元。"), _cite(2, clause, "另补助45元〔2〕。")]
    table = "| 比较对象 | 条款写的是 | 出处 |\n| --- | --- | --- |\n| 甲市 | 补助240元。 | 〔1〕 |\n| 乙市 | 另补助45元〔2〕。 | 〔2〕〔1〕 |\n(逐项列出。)"
    return _exchange(_answer(table, cited))


def _open(content: bytes) -> Paper:
    return docx.Document(io.BytesIO(content))


def _part(content: bytes, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(content)).read(name))


def _own_reading(content: bytes, folder: Path) -> str:
    """What this project reads from the file."""
    path = folder / "exported.docx"
    path.write_bytes(content)
    sources, failures = read_file(path)
    assert not failures
    return "\n".join(source.text for source in sources)


def _texts(paper: Paper, style: str) -> list[str]:
    return [paragraph.text for paragraph in paper.paragraphs if paragraph.style and paragraph.style.name == style]


def test_an_answer_is_laid_out_as_a_paper() -> None:
    paper = _open(answer_document(_grounded()))
    page = paper.sections[0]
    sides = (
        page.page_width,
        page.page_height,
        page.top_margin,
        page.bottom_margin,
        page.left_margin,
        page.right_margin,
    )
    assert [round((side or 0) / 36_000, 1) for side in sides] == [210, 297, 37, 35, 28, 26]
    looks = {}
    for name in ("Title", "Normal", "Heading 1", "Heading 2", "引用出处", "条款原文", "Footer"):
        style = paper.styles[name]
        fonts = style.element.find(f"{_W}rPr/{_W}rFonts")
        line = style.element.find(f"{_W}pPr/{_W}spacing")
        looks[name] = (fonts.get(f"{_W}eastAsia"), style.font.size.pt, int(line.get(f"{_W}line")) / 20)
        assert fonts.get(f"{_W}asciiTheme") is None and line.get(f"{_W}lineRule") == "exact"
    assert looks == {
        "Title": ("方正小标宋简体", 22, 36),
        "Normal": ("仿宋", 16, 28),
        "Heading 1": ("黑体", 16, 28),
        "Heading 2": ("楷体", 16, 28),
        "引用出处": ("楷体", 16, 28),
        "条款原文": ("仿宋", 14, 25),
        "Footer": ("宋体", 14, 20),
    }
    foot = page.footer.paragraphs[0]
    assert foot.text == "— 1 —" and "PAGE" in foot._p.xml and foot.style.name == "Footer"
    assert (paper.core_properties.author, paper.core_properties.comments) == ("政策条款问答", "")


def test_an_answer_holds_question_answer_and_the_clauses_it_rests_on(tmp_path: Path) -> None:
    exchange = _grounded()
    content = answer_document(exchange)
    paper, read = _open(content), _own_reading(content, tmp_path)
    assert _texts(paper, "Heading 1") == ["一、提问", "二、答复（有依据）", "三、所依据条款", "四、说明"]
    assert _texts(paper, "Title") == ["政策条款问答记录"] and _texts(paper, "Subtitle") == ["2026年3月5日"]
    assert _texts(paper, "Normal")[0] == "标准是多少?"
    two = exchange.answer.citations[1].clause
    assert (
        _texts(paper, "引用出处")
        == [
            "〔1〕〔3〕《某市某某办法》(某发〔2020〕1号)第二部分第(一)项第3条",  # a clause stands once, for all that is cited of it
            f"〔2〕{official_reference(two)}",
        ]
    )
    facts = "\n".join(_texts(paper, "附记"))
    for fact in (
        "2026年3月5日09:07作答",
        "条款原文摘录",
        "索引版本：V1",
        "甲局、乙局（牵头）",
        "条款编号：doc-1.2.1.3",
    ):
        assert fact in facts
    for words in (exchange.question, *(citation.clause.text for citation in exchange.answer.citations)):
        assert all(line in read for line in words.split("\n"))
    assert all(piece in read for piece in ("补助240元。〔1〕", "见某发〔2020〕1号。〔3〕〔1〕", "已收录的文件生成"))


def test_what_is_cited_is_bold_in_its_clause_and_nothing_else_is() -> None:
    paper = _open(answer_document(_grounded()))
    quotes = [paragraph for paragraph in paper.paragraphs if paragraph.style.name == "条款原文"]
    assert [[run.text for run in quote.runs if run.bold] for quote in quotes[:2]] == [
        ["补助240元。"],
        ["另有规定的除外。"],
    ]
    assert quotes[0].text == "3.补助240元。由市里支付。"
    others = [paragraph for paragraph in paper.paragraphs if paragraph.style.name != "条款原文"]
    assert not [run.text for paragraph in others for run in paragraph.runs if run.bold]


def test_each_mark_has_its_note_at_the_foot_of_the_page() -> None:
    exchange = _grounded()
    content = answer_document(exchange)
    paper = _open(content)
    said = _texts(paper, "Normal")[1:5]
    raised = [run.text for p in paper.paragraphs for run in p.runs if run.font.superscript]
    assert raised == [
        "〔1〕",
        "〔3〕",
        "〔1〕",
        "〔2〕",
    ]  # neither the 〔2020〕 of a number nor the 〔9〕 that nothing stands for
    assert said[3] == "〔9〕是原文里的。"
    notes = [note for note in _part(content, "word/footnotes.xml") if note.get(f"{_W}type") is None]
    texts = ["".join(text.text or "" for text in note.iter(f"{_W}t")) for note in notes]
    references = {n: official_reference(exchange.answer.citations[n - 1].clause) for n in (1, 2, 3)}
    assert texts == [f"〔{n}〕{references[n]}。" for n in (1, 3, 2)]  # in the order of the text, each once
    used = list(_part(content, "word/document.xml").iter(f"{_W}footnoteReference"))
    assert [(r.get(f"{_W}id"), r.get(f"{_W}customMarkFollows")) for r in used] == [("1", "1"), ("2", "1"), ("3", "1")]
    assert [note.get(f"{_W}id") for note in notes] == ["1", "2", "3"]


def test_a_comparison_is_a_real_table(tmp_path: Path) -> None:
    content = answer_document(_compared())
    table = _open(content).tables[0]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["比较对象", "条款写的是", "出处"],
        ["甲市", "补助240元。", "〔1〕"],
        ["乙市", "另补助45元〔2〕。", "〔2〕〔1〕"],
    ]
    raised = [
        run.text for row in table.rows for cell in row.cells for run in cell.paragraphs[0].runs if run.font.superscript
    ]
    assert raised == ["〔1〕", "〔2〕", "〔1〕"]  # the 〔2〕 inside the second cell is the clause's own
    assert table.rows[0]._tr.find(f"{_W}trPr/{_W}tblHeader") is not None
    widths = [cell.width or 0 for cell in table.rows[1].cells]
    assert abs(sum(widths) / 36_000 - 156) < 2 and max(widths) == widths[1]
    assert "|" not in _own_reading(content, tmp_path) and "(逐项列出。)" in _texts(_open(content), "Normal")


def test_a_refusal_shows_the_nearest_clauses_as_not_used() -> None:
    content = answer_document(_refused())
    paper = _open(content)
    assert _texts(paper, "Heading 1") == [
        "一、提问",
        "二、答复（未找到依据）",
        "三、最接近的条款（未采用）",
        "四、说明",
    ]
    assert _texts(paper, "引用出处")[0].startswith("1.《")
    assert not [run for paragraph in paper.paragraphs for run in paragraph.runs if run.bold or run.font.superscript]
    assert "作答方式" not in "".join(_texts(paper, "附记"))  # it quoted nothing, so how it would have is no matter
    assert "word/footnotes.xml" not in zipfile.ZipFile(io.BytesIO(content)).namelist()
    text = answer_text(_refused())
    assert "最接近的条款（未采用）：" in text and "依据：" not in text


def test_a_conversation_holds_all_its_questions_in_order(tmp_path: Path) -> None:
    content = conversation_document([_grounded(), _refused(), _compared()], "补助与比较")
    paper = _open(content)
    assert _texts(paper, "Heading 1") == ["一、第1问", "二、第2问", "三、第3问", "四、说明"]
    assert _texts(paper, "Heading 2")[:4] == ["（一）提问", "（二）答复（有依据）", "（三）所依据条款", "（一）提问"]
    assert _texts(paper, "Subtitle") == ["补助与比较　共3问　2026年3月5日"]
    read = _own_reading(content, tmp_path)
    assert read.index("一、第1问") < read.index("二、第2问") < read.index("三、第3问") < read.index("四、说明")
    notes = [note for note in _part(content, "word/footnotes.xml") if note.get(f"{_W}type") is None]
    assert len(notes) == 5  # the marks of each answer begin anew, and so do their notes
    assert len(conversation_text([_grounded(), _refused()]).split("问：")) == 3


def test_what_became_of_a_clause_is_said_wherever_it_is_cited() -> None:
    clause = _clause_of("3.补助240元。")
    gone = _cite(1, clause, "补助240元。", validity=Validity("废止", "被某发〔2021〕2号废止"), since="此条已不在库中")
    exchange = _exchange(_answer("补助240元。〔1〕", [gone], mode="generative", model="m-1"))
    content = answer_document(exchange)
    notes = "".join(text.text or "" for text in _part(content, "word/footnotes.xml").iter(f"{_W}t"))
    for text in (notes, "\n".join(_texts(_open(content), "附记")), answer_text(exchange), answer_markdown(exchange)):
        assert "废止（被某发〔2021〕2号废止）" in text.replace("\\", "") and "此条已不在库中" in text
    assert "语言模型归纳，逐句核对后给出；模型：m-1" in answer_markdown(exchange)


def test_text_is_never_markup_and_what_xml_cannot_hold_is_left_out(tmp_path: Path) -> None:
    text = f"1.{_BAD}\n{_BAD}\x00\x0b\ud800\ufffe尾。"
    clause = replace(_clause_of(text, _BAD), headings=(_BAD,))
    exchange = Exchange(_BAD + "\x07", _answer(f"{_BAD}〔1〕", [_cite(1, clause, _BAD)]), _AT)
    content = conversation_document([exchange, exchange], _BAD)
    assert _own_reading(content, tmp_path).count(_BAD) >= 6
    parts = zipfile.ZipFile(io.BytesIO(content))
    for name in parts.namelist():
        if name.endswith((".xml", ".rels")):
            ElementTree.fromstring(parts.read(name))
    assert not [r for r in _open(content).part.rels.values() if r.is_external]
    rendered = (
        MarkdownIt("commonmark", {"html": True}).enable("table").render(conversation_markdown([exchange] * 2, _BAD))
    )
    assert "<script" not in rendered and "<a " not in rendered and "<img" not in rendered and "<code" not in rendered
    shown = re.sub(r"<[^>]+>", "", rendered)
    assert shown.count("&lt;script&gt;alert(1)&lt;/script&gt; {{7*7}} ${7*7} [a](javascript:alert(1))") >= 6
    assert _BAD in answer_text(exchange) and "\x00" not in answer_text(exchange)


def test_markdown_shows_what_the_paper_shows() -> None:
    rendered = (
        MarkdownIt("commonmark").enable("table").render(conversation_markdown([_grounded(), _compared()], "名称"))
    )
    assert rendered.count("<h1>") == 1 and rendered.count("<h2>") == 3 and rendered.count("<h3>") == 6
    assert "<td>甲市</td>" in rendered and "<td>〔2〕〔1〕</td>" in rendered
    strong = re.findall(r"<strong>(.*?)</strong>", rendered)
    assert {"补助240元。", "另有规定的除外。"} <= set(strong)
    assert rendered.count("<blockquote>") == 3


def test_plain_text_is_short_and_has_a_line_for_each_thing() -> None:
    lines = answer_text(_compared()).splitlines()
    reference = "《某市某某办法》(某发〔2020〕1号)第二部分第(一)项第3条"
    assert lines[:7] == [
        "问：标准是多少?",
        "答（有依据）：",
        "甲市：补助240元。〔1〕",
        "乙市：另补助45元〔2〕。〔2〕〔1〕",
        "(逐项列出。)",
        "依据：",
        f"〔1〕{reference}：“补助240元。”",
    ]


@pytest.mark.parametrize("write", [conversation_document, conversation_markdown, conversation_text])
def test_a_conversation_without_an_answer_is_told_of(write: object) -> None:
    with pytest.raises(UserError, match="没有可以导出的内容"):
        write([])  # type: ignore[operator]


def test_a_huge_conversation_is_written_in_time() -> None:
    clause = _clause_of("3." + "补助240元。" * 10_000)
    huge = _exchange(_answer("补助240元。〔1〕\n" * 500, [_cite(1, clause, "补助240元。")]), "问" * 2000)
    start = time.process_time()
    content = conversation_document([huge] * 8)
    assert time.process_time() - start < 20
    assert len(_texts(_open(content), "条款原文")) == 8
    assert len(conversation_markdown([huge] * 8)) > 8 * 60_000


def test_real_answers_are_taken_away_whole(index: ClauseIndex, settings: Settings, tmp_path: Path) -> None:
    """Of each seed's first leaf a question is asked by its words; what is answered and shown is all in the file."""
    chain = build_chain(index, settings.model_copy(update={"llm_base_url": None, "llm_model": None}))
    leaves = [next(c for c in index.clauses_of(doc.doc_id) if c.leaf) for doc in index.documents]
    exchanges = [Exchange(q, chain.invoke(Question(q)), _AT) for q in (f"{c.label}的内容是什么" for c in leaves)]
    assert all(exchange.answer.status == "grounded" for exchange in exchanges)
    read = _own_reading(conversation_document(exchanges, "核对"), tmp_path)
    for exchange in exchanges:
        for citation in exchange.answer.citations:
            assert citation.clause.text.split("\n")[0] in read
            assert official_reference(citation.clause) in read
        assert exchange.question in read


# --- downloads, from a real server over the real index


@dataclass
class _Served:
    """A server, and the records behind it."""

    client: httpx.Client
    records: Records
    chain: Runnable[Question, Answer]

    def keep(self, *questions: str, user: str = "本机") -> str:
        """Return the conversation in which these were asked and answered."""
        id = self.records.conversations.start(user)
        for question in questions:
            answer = self.chain.invoke(Question(question))
            self.records.conversations.add_turn(id, user, {"text": question}, answer_record(answer))
        return id


@pytest.fixture(scope="module")
def served(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Served]:
    own = settings.model_copy(update={"llm_base_url": None, "llm_model": None})
    records = Records.open(tmp_path_factory.mktemp("records"))
    library = OpenLibrary(own)
    with (
        start_page(Desk(library, own, records)) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=60) as client,
    ):
        yield _Served(client, records, library.chain)


def _name_of(response: httpx.Response) -> str:
    found = re.search(r"filename\*=UTF-8''(\S+)$", response.headers["content-disposition"])
    assert found and response.headers["content-disposition"].startswith("attachment; ")
    return unquote(found[1])


def test_a_conversation_is_downloaded_in_each_form(served: _Served, tmp_path: Path) -> None:
    asked = "《长春市2012年工作安排》/新农合的补助标准是多少?"
    id = served.keep(asked, "那个人缴费呢")
    word = served.client.get(f"/export/conversation/{id}.docx")
    assert word.status_code == 200 and word.headers["cache-control"] == "no-store"
    assert "240元" in _own_reading(word.content, tmp_path) and asked in _own_reading(word.content, tmp_path)
    assert re.fullmatch(r"政策问答记录_\S.*_\d{8}\.docx", _name_of(word)) and "/" not in _name_of(word)
    one = served.client.get(f"/export/conversation/{id}.md", params={"turn": 2})
    assert one.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "那个人缴费呢" in one.text and asked not in one.text and "第1问" not in one.text
    assert _name_of(one).startswith("政策问答_那个人缴费呢_")
    text = served.client.get(f"/export/conversation/{id}.txt").text
    assert text.count("问：") == 2 and text.startswith(f"问：{asked}")
    for response in (word, one):
        assert str(Path.cwd()) not in str(response.headers)


def test_what_cannot_be_downloaded_is_told_in_a_sentence(served: _Served) -> None:
    id, other = (
        served.keep("长春2012年新农合补助标准是多少"),
        served.keep("长春2012年新农合补助标准是多少", user="别人"),
    )
    empty = served.records.conversations.start("本机")
    for address, words in {
        f"{other}.docx": "没有这段对话",  # another user's is as if it were not there
        "unknown.docx": "没有这段对话",
        f"{id}.exe": "没有这样的导出",
        f"{id}": "没有这样的导出",
        f"{id}.docx?turn=9": "没有这一问",
        f"{id}.docx?turn=../1": "没有这一问",
        f"{empty}.docx": "没有可以导出的内容",
        "..README.md": "没有这段对话",
    }.items():
        response = served.client.get(f"/export/conversation/{address}")
        assert (response.status_code, words in response.text) == (404, True), (address, response.text)
        assert "Traceback" not in response.text and len(response.text) < 100
    assert served.client.get("/export/conversation/..%2f..%2fREADME.md").json() == {"detail": "Not Found"}
    assert "读不懂数字" in served.client.get("/export/clauses.csv", params={"figure": "多少"}).text
    assert "没有这样的导出" in served.client.get("/export/clauses.pdf").text


def test_an_answer_that_is_damaged_does_not_keep_back_the_others(served: _Served) -> None:
    id = served.keep("长春2012年新农合补助标准是多少")
    served.records.conversations.add_turn(id, "本机", {"text": "第二问"}, {"answer": "坏了"})
    text = served.client.get(f"/export/conversation/{id}.txt").text
    assert "240元" in text and "第二问" in text and "答（记录已损坏）" in text


def test_clauses_found_are_downloaded_as_tables(served: _Served, index: ClauseIndex) -> None:
    query = {"q": "补助", "unit": "元"}
    table = served.client.get("/export/clauses.csv", params=query)
    rows = _table(table.content)
    expected = [clause.clause_id for clause, _ in all_matches(index, ClauseQuery("补助", units=("元",)))]
    assert [row[0] for row in rows[1:]] == expected and len(expected) >= 2
    assert _name_of(table) == f"条款检索_补助_共{len(expected)}条.csv"
    sheet = served.client.get("/export/clauses.xlsx", params=query)
    assert [row[0].value for row in _sheet(sheet.content)[1:]] == expected
    about = {row[0].value: row[1].value for row in _sheet(sheet.content, "说明")}
    assert about["检索词"] == "补助" and about["条数"] == str(len(expected))
    assert len(_table(served.client.get("/export/clauses.csv").content)) - 1 == len(index.searchable_rows)
