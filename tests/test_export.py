"""What is taken away says what the page says: citations, answers and conversations, and tables of clauses."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import openpyxl
import pytest

from index.corpus import read_documents
from index.outline import Outline
from index.place_words import read_places
from index.rows import Entry
from index.types import Clause, Document
from index.validity import Validity
from rag.export.legible import file_name
from rag.export.reference import official_place, official_reference
from rag.export.tables import COLUMNS, clauses_csv, clauses_xlsx

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
