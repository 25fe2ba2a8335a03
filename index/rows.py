"""Documents and clauses as rows of SQLite; records are what the dataclasses hold, as JSON, each with its checksum."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.lines import is_whole
from index.spoken import terms_of
from index.types import BODY, Clause, Document, Figure

Entry = tuple[Document, tuple[Clause, ...]]
Rows = npt.NDArray[np.int64]

# What is short of a document is apart from what is long: all of the short is read at start, the long when asked for.
_SCHEMA = """
create table documents (number integer primary key, doc_id text not null unique, head text not null, sum integer not null);
create table bodies (number integer primary key, body text not null, sum integer not null);
create table clauses (row integer primary key, number integer not null, path text not null, record text not null,
                      sum integer not null, unique (number, path));
create table spoken (term text primary key, rows blob not null, sum integer not null);
"""


_DEFAULTS = {f.name: f.default for f in fields(Document)}


@dataclass(frozen=True, slots=True)
class Bounds:
    """The next free row of clauses and of sentences, and the next free number of a document."""

    row: int = 1
    sentence: int = 1
    number: int = 1


@dataclass(slots=True)
class Put:
    """The searchable clauses and the sentences that were inserted, in order: each with its row, and what it is of."""

    rows: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)  # the document of each clause
    clauses: list[Clause] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)  # of the sentences of each clause
    sentences: list[str] = field(default_factory=list)
    spoken: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # rows by what they speak of


def insert(path: Path, put: Iterable[Entry], first: Bounds) -> tuple[Put, Bounds]:
    """Make a store of documents, and return what can be searched of it and the bounds after it."""
    inserted = Put()
    row, number = first.row, first.number
    with closing(_create(path)) as db, db:
        for doc, clauses in put:
            _insert(db, number, doc, clauses, row, inserted)
            row, number = row + len(clauses), number + 1
        db.executemany(
            "insert into spoken values (?, ?, ?)",
            [_spoken(term, np.array(found, np.int64)) for term, found in inserted.spoken.items()],
        )
    return inserted, Bounds(row, first.sentence + len(inserted.sentences), number)


def join(path: Path, stores: Sequence[tuple[Path, Collection[int]]]) -> None:
    """Make one store of several, in order, each less the documents of some numbers; rows and numbers stay."""
    spoken: dict[str, list[Rows]] = defaultdict(list)
    with closing(_create(path)) as db:
        db.execute("create temp table gone (number integer primary key)")
        for store, gone in stores:
            db.execute("attach ? as old", (f"{store.resolve().as_uri()}?mode=ro&immutable=1",))
            db.executemany("insert into gone values (?)", [(number,) for number in gone])
            for table in ("documents", "bodies", "clauses"):
                db.execute(
                    f"insert into {table} select * from old.{table} where number not in (select number from gone)"
                )
            rows = db.execute("select row from old.clauses where number in (select number from gone)").fetchall()
            _collect(db, np.array(rows, np.int64).ravel(), spoken)
            db.execute("delete from gone")
            db.commit()
            db.execute("detach old")
        together = ((term, np.concatenate(found)) for term, found in spoken.items())
        db.executemany("insert into spoken values (?, ?, ?)", [_spoken(term, rows) for term, rows in together])
        db.commit()


def count(path: Path) -> dict[str, int]:
    """Return how many documents, clauses and leaves a store holds."""
    query = "select count(*), total(json_extract(record, '$.leaf')) from clauses"
    with closing(sqlite3.connect(path)) as db:
        (documents,) = db.execute("select count(*) from documents").fetchone()
        clauses, leaves = db.execute(query).fetchone()
    return {"documents": documents, "clauses": clauses, "leaves": int(leaves)}


def is_searchable(clause: Clause) -> bool:
    """A clause that says something: a leaf, a preamble, a heading with a text of its own, or what 项 follow in a law."""
    if clause.leaf or clause.path == "0":
        return True
    # 筹资标准为每人每年60元:, 有下列情形之一的,由…处以罚款: what is asked of an article of 项 stands above them.
    says = "条" in clause.path_text or any(figure.kind != "date" for figure in clause.figures)
    introduces = says and is_whole(clause.text)
    return introduces or "\n" in clause.text and not clause.path.startswith("a")


def document_record(doc: Document) -> str:
    return _dump(_record_of(doc))


def clause_record(clause: Clause) -> str:
    record = {f.name: getattr(clause, f.name) for f in fields(clause) if f.name != "doc"}
    return _dump({**record, "figures": [asdict(figure) for figure in clause.figures]})


def read_document_record(record: str) -> Document:
    return Document.from_record(json.loads(record))


def read_clause_record(doc: Document, record: str) -> Clause:
    """Return the clause that `clause_record` wrote, of the document given."""
    values = json.loads(record)
    values["figures"] = tuple(Figure(**figure) for figure in values["figures"])
    return Clause(doc=doc, **{name: _frozen(value) for name, value in values.items()})


def halves(doc: Document) -> tuple[str, str]:
    """Return what is short of a document, of that what is said, and what is long."""
    record = _record_of(doc)
    body = {name: record.pop(name) for name in BODY}
    said = {name: value for name, value in record.items() if value != _DEFAULTS.get(name, MISSING)}
    return _dump({**said, "acts": [asdict(link) for link in doc.acts]}), _dump(body)


def checksum(*parts: object) -> int:
    """Return a number that changes with any part: a bit that flips on the disk must not become an answer."""
    return zlib.crc32("\0".join(map(str, parts)).encode("utf-8", "surrogatepass"))


def _create(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path.resolve().as_uri(), uri=True)
    db.execute("pragma synchronous = off")  # a draft: it is synced as a file before it counts
    db.execute("pragma journal_mode = off")
    db.executescript(_SCHEMA)
    return db


def _insert(db: sqlite3.Connection, number: int, doc: Document, clauses: Sequence[Clause], row: int, put: Put) -> None:
    from index.sentences import sentence_spans

    head, body = halves(doc)
    db.execute("insert into documents values (?, ?, ?, ?)", (number, doc.doc_id, head, checksum(doc.doc_id, head)))
    db.execute("insert into bodies values (?, ?, ?)", (number, body, checksum(number, body)))
    for at, (clause, terms) in enumerate(zip(clauses, terms_of(clauses), strict=True), row):
        record = clause_record(clause)
        values = (at, number, clause.path, record, checksum(at, number, clause.path, record))
        db.execute("insert into clauses values (?, ?, ?, ?, ?)", values)
        for term in terms:
            put.spoken[term].append(at)
        if not is_searchable(clause):
            continue
        text = clause.text
        sentences = [text[start:end] for start, end in sentence_spans(text)]
        put.rows.append(at)
        put.numbers.append(number)
        put.clauses.append(clause)
        put.counts.append(len(sentences))
        put.sentences += sentences


def _record_of(doc: Document) -> dict[str, Any]:
    record = {f.name: getattr(doc, f.name) for f in fields(doc) if f.init}
    record["links"] = [asdict(link) for link in doc.links]
    return {**record, "evidence": [asdict(item) for item in doc.evidence]}


def _collect(db: sqlite3.Connection, gone: Rows, spoken: dict[str, list[Rows]]) -> None:
    for term, blob in db.execute("select term, rows from old.spoken"):
        rows = np.frombuffer(blob, np.int64)
        if len(left := rows[~np.isin(rows, gone)] if len(gone) else rows):
            spoken[term].append(left)


def _spoken(term: str, rows: Rows) -> tuple[str, bytes, int]:
    blob = rows.tobytes()
    return term, blob, zlib.crc32(blob, zlib.crc32(term.encode("utf-8", "surrogatepass")))


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _dump(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False)
