"""Known clauses, written as every kind of file that offices have, come back clause by clause."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.document import Entry, documents_of
from index.read import Source, read_file
from tests import planted as plant
from tests.planted import Part, Planted

_FEW = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
_RARE = settings(
    max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)  # a page takes half a second
_SOME = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def _read(data: bytes, name: str) -> list[Source]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        sources, failures = read_file(path)
    assert not failures
    return sources


def _comes_back(data: bytes, name: str, planted: Planted) -> None:
    (source,) = _read(data, name)
    _same(source, planted)


def _same(source: Source, planted: Planted) -> None:
    entries = documents_of(source, {})
    assert [_found(entry) for entry in entries] == list(planted.parts)
    assert entries[0][0].doc_no == planted.doc_no
    for entry in entries:
        _owned_once(entry)
        _traced(entry, source.text)
    kept = "\n".join(clause.text for _, clauses in entries for clause in clauses)
    assert not [text for text in planted.chrome if text in kept]


def _found(entry: Entry) -> Part:
    doc, clauses = entry
    return Part(doc.title, tuple((clause.path, "".join(clause.text.split())) for clause in clauses))


def _owned_once(entry: Entry) -> None:
    doc, clauses = entry
    owners = Counter(at for clause in clauses for start, end in clause.spans for at in range(start, end))
    assert max(owners.values(), default=0) <= 1
    assert all("\n".join(doc.text[start:end] for start, end in clause.spans) == clause.text for clause in clauses)


def _traced(entry: Entry, source: str) -> None:
    """Every character of a clause is told its place in the source; a table's row repeats its headings."""
    doc, clauses = entry
    places = {start + n for start, at, length in doc.origin for n in range(length)}
    # A wide space is told its place too, and is written as a narrow one; so is the edge of a cell, written as ；.
    runs = [(doc.text[start : start + n], source[at : at + n]) for start, at, n in doc.origin]
    assert all(_spaced(here) == _spaced(there) for here, there in runs)
    for clause in clauses:
        if ".t1" not in clause.path:
            untold = [at for start, end in clause.spans for at in range(start, end) if at not in places]
            assert not "".join(doc.text[at] for at in untold).strip(), clause.path


def _spaced(text: str) -> str:
    return "".join(" " if char.isspace() or char == "；" else char for char in text)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@given(planted=plant.with_chrome(plant.texts), blank=st.booleans())
@_FEW
def test_plain_text(encoding: str, planted: Planted, blank: bool) -> None:
    _comes_back(plant.to_text(planted, encoding, blank), "a.txt", planted)


def _wraps_plainly(planted: Planted, width: int) -> bool:
    """Whether enough lines are full to show the width, and no title is so long that the next line may be its second.

    A break before 第十二条 or （二） inside a sentence is left as a line end, and may be taken for a number.
    """
    wrapped = [line for one in planted.lines for line in plant.wrapped(one, width).split("\n")[1:]]
    if any(re.match(r"第?[一二三四五六七八九十]+[条款项编章节]|[（(\d]", line) for line in wrapped):
        return False
    full = sum(len(line.text) > width - 2 for line in planted.lines)
    return full >= 10 and all(len(line.text) < width - 4 for line in planted.lines if line.place != "para")


@pytest.mark.parametrize("width", [38, 42])
@given(data=st.data())
@settings(_FEW, max_examples=6)
def test_hard_wrapped_text(width: int, data: st.DataObject) -> None:
    many = st.one_of(plant.notices(tables=False), plant.laws(), plant.sending_notices())
    planted = data.draw(many.filter(lambda one: _wraps_plainly(one, width)))
    _comes_back(plant.to_text(planted, width=width), "a.txt", planted)


@pytest.mark.parametrize("write", [plant.to_html, plant.to_markdown])
@given(planted=plant.with_chrome(plant.documents))
@_SOME
def test_pages(write: Callable[[Planted], bytes], planted: Planted) -> None:
    _comes_back(write(planted), "a", planted)


@given(planted=plant.documents)
@_SOME
def test_word_with_typed_numbers(planted: Planted) -> None:
    _comes_back(plant.to_docx(planted), "a.docx", planted)


@given(planted=plant.notices(plain=True))
@_SOME
def test_word_with_automatic_numbers(planted: Planted) -> None:
    _comes_back(plant.to_docx(planted, automatic=True), "a.docx", planted)


@given(planted=plant.documents)
@_RARE
def test_pdf(planted: Planted) -> None:
    _comes_back(plant.to_pdf(planted), "a.pdf", planted)


@given(planted=plant.documents)
@_RARE
def test_ofd(planted: Planted) -> None:
    _comes_back(plant.to_ofd(planted), "a.ofd", planted)


@given(files=st.lists(st.one_of(plant.notices(tables=False), plant.laws()), min_size=1, max_size=3))
@_FEW
def test_archive(files: list[Planted]) -> None:
    for source, planted in zip(_read(plant.to_zip(files), "a.zip"), files, strict=True):
        _same(source, planted)
