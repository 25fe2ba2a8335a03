"""What is taken away says what the page says: citations, answers and conversations, and tables of clauses."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from index.corpus import read_documents
from index.outline import Outline
from index.place_words import read_places
from index.rows import Entry
from index.types import Clause, Document
from rag.export.reference import official_place, official_reference

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
