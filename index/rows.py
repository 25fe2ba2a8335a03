"""Documents, clauses and sentences as rows of SQLite; records are what the dataclasses hold, as JSON."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.lines import is_whole
from index.spoken import terms_of
from index.types import Clause, Document, Figure

Entry = tuple[Document, tuple[Clause, ...]]
Rows = npt.NDArray[np.int64]

_SCHEMA = """
create table documents (doc_id text primary key, record text not null);
create table clauses (row integer primary key, doc_id text not null, path text not null,
                      searchable integer not null, sha256 text not null, record text not null,
                      unique (doc_id, path));
create table sentences (row integer primary key, clause integer not null, start integer not null, end integer not null);
create index sentences_of on sentences (clause);
create table spoken (term text primary key, rows blob not null);
"""


@dataclass(slots=True)
class Gone:
    """The rows that were deleted: of clauses (searchable or not) and of sentences."""

    clauses: Rows
    sentences: Rows

    def of(self, view: str) -> Rows:
        return self.sentences if view == "sentence" else self.clauses


@dataclass(slots=True)
class Put:
    """The searchable clauses and the sentences that were inserted, with their rows."""

    clause_rows: list[int] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    sentence_rows: list[int] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    spoken: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # rows by what they speak of

    def rows_of(self, view: str) -> list[int]:
        return self.sentence_rows if view == "sentence" else self.clause_rows


def create(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(_SCHEMA)


def change(path: Path, drop: Iterable[str], put: Iterable[Entry]) -> tuple[Gone, Put]:
    """Delete documents by their id, then insert others; rows only grow, in the order of the documents."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma secure_delete = on")  # what is removed leaves the file too
        db.execute("pragma synchronous = off")  # a draft: it is synced as a file before it counts
        with db:
            gone = _delete(db, list(drop))
            inserted = Put()
            for doc, clauses in put:
                _insert(db, doc, clauses, inserted)
            _change_spoken(db, gone, inserted.spoken)
        if _is_loose(db):
            db.execute("vacuum")
    return gone, inserted


def count(path: Path) -> dict[str, int]:
    """Return how many documents, clauses and leaves a store holds."""
    query = "select count(*), total(json_extract(record, '$.leaf')) from clauses"
    with closing(sqlite3.connect(path)) as db:
        (documents,) = db.execute("select count(*) from documents").fetchone()
        clauses, leaves = db.execute(query).fetchone()
    return {"documents": documents, "clauses": clauses, "leaves": int(leaves)}


def sources(path: Path) -> dict[str, str]:
    """Return the name of each file that the documents came from, with the hash of its bytes."""
    query = "select json_extract(record, '$.source'), json_extract(record, '$.sha256') from documents"
    with closing(sqlite3.connect(path)) as db:
        return dict(db.execute(query).fetchall())


def is_searchable(clause: Clause) -> bool:
    """A clause that says something: a leaf, a preamble, a heading with a text of its own, or what 项 follow in a law."""
    if clause.leaf or clause.path == "0":
        return True
    # 筹资标准为每人每年60元:, 有下列情形之一的,由…处以罚款: what is asked of an article of 项 stands above them.
    says = "条" in clause.path_text or any(figure.kind != "date" for figure in clause.figures)
    introduces = says and is_whole(clause.text)
    return introduces or "\n" in clause.text and not clause.path.startswith("a")


def document_record(doc: Document) -> str:
    return _dump(asdict(doc))


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


def _delete(db: sqlite3.Connection, doc_ids: Sequence[str]) -> Gone:
    clauses: list[int] = []
    sentences: list[int] = []
    for doc_id in doc_ids:
        rows = [row for (row,) in db.execute("select row from clauses where doc_id = ?", (doc_id,))]
        for row in rows:
            sentences += [s for (s,) in db.execute("select row from sentences where clause = ?", (row,))]
            db.execute("delete from sentences where clause = ?", (row,))
        clauses += rows
        db.execute("delete from clauses where doc_id = ?", (doc_id,))
        db.execute("delete from documents where doc_id = ?", (doc_id,))
    return Gone(np.array(clauses, np.int64), np.array(sentences, np.int64))


def _insert(db: sqlite3.Connection, doc: Document, clauses: Sequence[Clause], put: Put) -> None:
    from index.sentences import sentence_spans

    db.execute("insert into documents values (?, ?)", (doc.doc_id, document_record(doc)))
    for clause, terms in zip(clauses, terms_of(clauses), strict=True):
        searchable = is_searchable(clause)
        digest = hashlib.sha256(clause.text.encode()).hexdigest()
        row = db.execute(
            "insert into clauses (doc_id, path, searchable, sha256, record) values (?, ?, ?, ?, ?)",
            (doc.doc_id, clause.path, searchable, digest, clause_record(clause)),
        ).lastrowid
        assert row is not None
        for term in terms:
            put.spoken[term].append(row)
        if not searchable:
            continue
        put.clause_rows.append(row)
        put.clauses.append(clause)
        for start, end in sentence_spans(clause.text):
            insert = "insert into sentences (clause, start, end) values (?, ?, ?)"
            put.sentence_rows.append(int(db.execute(insert, (row, start, end)).lastrowid or 0))
            put.sentences.append(clause.text[start:end])


def _change_spoken(db: sqlite3.Connection, gone: Gone, new: dict[str, list[int]]) -> None:
    """Take the rows gone from under each term, and put the new ones there; they are the highest."""
    db.execute("create table if not exists spoken (term text primary key, rows blob not null)")  # until format 5
    held = db.execute("select term, rows from spoken").fetchall() if len(gone.clauses) else []
    left = [
        (term, rows[~np.isin(rows, gone.clauses)]) for term, blob in held for rows in [np.frombuffer(blob, np.int64)]
    ]
    db.executemany("update spoken set rows = ? where term = ?", [(rows.tobytes(), term) for term, rows in left])
    db.execute("delete from spoken where length(rows) = 0")
    for term, rows in new.items():
        found = db.execute("select rows from spoken where term = ?", (term,)).fetchone()
        blob = (found[0] if found else b"") + np.array(rows, np.int64).tobytes()
        db.execute("insert or replace into spoken values (?, ?)", (term, blob))


def _is_loose(db: sqlite3.Connection) -> bool:
    """True if more than a quarter of the file is empty."""
    (pages,) = db.execute("pragma page_count").fetchone()
    (free,) = db.execute("pragma freelist_count").fetchone()
    return int(free) * 4 > int(pages)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _dump(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False)
