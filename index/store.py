"""The index on disk: one versioned folder, swapped in whole, checked when it is opened.

    index_dir/CURRENT                   the name of the version in use
    index_dir/<version>/manifest.json   format, encoder, dictionary, sources, counts, file hashes
    index_dir/<version>/clauses.sqlite  documents, clauses, sentences
    index_dir/<version>/*.faiss         a vector view each
    index_dir/<version>/lexical-*/      a BM25 view each
    index_dir/vectors.sqlite            embeddings by content hash, kept from version to version
"""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.dense import DenseView
from index.encoder import Encoder, load_encoder
from index.errors import UserError
from index.settings import Settings
from index.sparse import SparseView
from index.tokens import dictionary_hash
from index.types import Clause, Document, Figure

FORMAT = 1
CURRENT = "CURRENT"
DENSE_VIEWS = ("clause", "context", "sentence")
SPARSE_VIEWS = ("clause", "sentence")
_LONGEST_NAME = 100  # of a version; what is longer is damage
_REBUILD = "请运行 python -m index build 重建。"
_SCHEMA = """
create table documents (doc_id text primary key, record text not null);
create table clauses (row integer primary key, doc_id text not null, path text not null,
                      searchable integer not null, sha256 text not null, record text not null,
                      unique (doc_id, path));
create table sentences (row integer primary key, clause integer not null, start integer not null, end integer not null);
create index sentences_of on sentences (clause);
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version was built from and with; every field is checked when it is opened."""

    format: int
    version: str
    encoder: str
    dimension: int
    dictionary: str
    sources: dict[str, str]
    counts: dict[str, int]
    files: dict[str, str]
    sizes: dict[str, int]


def is_searchable(clause: Clause) -> bool:
    """A clause that says something: a leaf, a preamble, or a heading with a text of its own."""
    return clause.leaf or clause.path == "0" or "\n" in clause.text and not clause.path.startswith("a")


def write_clauses(path: Path, corpus: Iterable[tuple[Document, tuple[Clause, ...]]]) -> None:
    """Write documents, clauses and the sentence spans of the searchable ones to a new file."""
    from index.sentences import sentence_spans

    db = sqlite3.connect(path)
    with db:
        db.executescript(_SCHEMA)
        for doc, clauses in corpus:
            db.execute("insert into documents values (?, ?)", (doc.doc_id, _dump(asdict(doc))))
            for clause in clauses:
                searchable = is_searchable(clause)
                digest = hashlib.sha256(clause.text.encode()).hexdigest()
                row = db.execute(
                    "insert into clauses (doc_id, path, searchable, sha256, record) values (?, ?, ?, ?, ?)",
                    (doc.doc_id, clause.path, searchable, digest, _clause_record(clause)),
                ).lastrowid
                spans = sentence_spans(clause.text) if searchable else []
                db.executemany(
                    "insert into sentences (clause, start, end) values (?, ?, ?)", [(row, *span) for span in spans]
                )
    db.close()


class ClauseIndex:
    """An open version of the index: clauses by row, id and label, and the views over them."""

    def __init__(self, folder: Path, manifest: Manifest, encoder: Encoder) -> None:
        self.folder = folder
        self.manifest = manifest
        self.encoder = encoder
        self._local = threading.local()
        self.document = lru_cache(maxsize=1024)(self._document)
        self.clause = lru_cache(maxsize=16384)(self._clause)

    @classmethod
    def open(cls, settings: Settings, encoder: Encoder | None = None) -> ClauseIndex:
        """Open the current version; raises UserError if it is missing, damaged or of another make."""
        folder = current_folder(settings.index_dir)
        manifest = read_manifest(folder)
        encoder = encoder or load_encoder(
            settings.encoder, settings.models_dir, settings.query_prompt, settings.passage_prompt
        )
        _check_make(manifest, encoder)
        _check_sizes(folder, manifest)
        return cls(folder, manifest, encoder)

    @classmethod
    def open_clauses(cls, settings: Settings) -> ClauseIndex:
        """Open the current version to read clauses: no encoder is loaded, so no vector can be searched."""
        folder = current_folder(settings.index_dir)
        manifest = read_manifest(folder)
        _check_format(manifest)
        _check_sizes(folder, manifest)
        return cls(folder, manifest, None)  # type: ignore[arg-type]

    def warm(self) -> None:
        """Load all that the first question would otherwise wait for."""
        self.encoder.encode_query("预热")
        self.sentence_table, self.dense, self.sparse, self.documents, self.rows_by_document  # noqa: B018
        self.idf("预热")

    @property
    def version(self) -> str:
        return self.manifest.version

    @cached_property
    def dense(self) -> dict[str, DenseView]:
        return {name: DenseView.load(self.folder / f"{name}.faiss") for name in DENSE_VIEWS}

    @cached_property
    def sparse(self) -> dict[str, SparseView]:
        return {name: SparseView.load(self.folder / f"lexical-{name}") for name in SPARSE_VIEWS}

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """All documents, in the order they were read."""
        rows = self._db.execute("select doc_id from documents order by rowid").fetchall()
        return tuple(self.document(doc_id) for (doc_id,) in rows)

    @cached_property
    def searchable_rows(self) -> npt.NDArray[np.int64]:
        rows = self._db.execute("select row from clauses where searchable order by row").fetchall()
        return np.array([row for (row,) in rows], np.int64)

    @cached_property
    def rows_by_document(self) -> dict[str, list[int]]:
        """Return the rows of each document's searchable clauses."""
        rows: dict[str, list[int]] = {}
        for doc_id, row in self._db.execute("select doc_id, row from clauses where searchable order by row"):
            rows.setdefault(doc_id, []).append(row)
        return rows

    @cached_property
    def sentence_table(self) -> npt.NDArray[np.int64]:
        """Return (n, 4): sentence row, clause row, start, end."""
        rows = self._db.execute("select row, clause, start, end from sentences order by row").fetchall()
        return np.array(rows, np.int64).reshape(-1, 4)

    def sentences_of(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the rows of the sentences of the clauses given."""
        table = self.sentence_table
        found: npt.NDArray[np.int64] = table[np.isin(table[:, 1], rows), 0]
        return found

    def clause_of_sentence(self, sentences: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the clause row of each sentence row; sentence rows count from 1 without gaps."""
        clauses: npt.NDArray[np.int64] = self.sentence_table[sentences - 1, 1]
        return clauses

    def idf(self, word: str) -> float:
        """Return a word's inverse document frequency over the clauses (BM25's form, never negative)."""
        view = self.sparse["clause"]
        found = view.document_frequency(word)
        return math.log(1 + (len(view) - found + 0.5) / (found + 0.5))

    def has_word(self, word: str) -> bool:
        """True if some clause, with its title and headings, has the word."""
        return self.sparse["clause"].document_frequency(word) > 0

    def sentence_cosines(self, row: int, vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the cosine of each sentence of a clause with a question's vector, in order."""
        first, end = np.searchsorted(self.sentence_table[:, 1], [row, row + 1])
        cosines: npt.NDArray[np.float32] = self.dense["sentence"].vectors(self.sentence_table[first:end, 0]) @ vector
        return cosines

    def clauses_of(self, doc_id: str) -> tuple[Clause, ...]:
        """Return a document's clauses in order, headings included."""
        rows = self._db.execute("select row from clauses where doc_id = ? order by row", (doc_id,)).fetchall()
        return tuple(self.clause(row) for (row,) in rows)

    def find(self, name: str) -> Clause | Document | None:
        """Return what an ID, a 文号 or a label (`长府办发〔2012〕33号 二、(一)3`) names, or None."""
        wanted = name.replace(" ", "")
        for doc in self.documents:
            if wanted in (doc.doc_id, doc.doc_no, doc.title, f"《{doc.title}》", doc.quoted_title):
                return doc
            for clause in self.clauses_of(doc.doc_id):
                if wanted in (clause.clause_id, clause.label.replace(" ", "")):
                    return clause
        return None

    def corpus(self) -> list[tuple[Document, tuple[Clause, ...]]]:
        return [(doc, self.clauses_of(doc.doc_id)) for doc in self.documents]

    @property
    def _db(self) -> sqlite3.Connection:
        # One connection a thread: SQLite's own must not be shared while one is reading.
        if not hasattr(self._local, "db"):
            uri = f"{(self.folder / 'clauses.sqlite').resolve().as_uri()}?mode=ro&immutable=1"
            self._local.db = sqlite3.connect(uri, uri=True)
        db: sqlite3.Connection = self._local.db
        return db

    def _document(self, doc_id: str) -> Document:
        (record,) = self._db.execute("select record from documents where doc_id = ?", (doc_id,)).fetchone()
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(record).items()}
        return Document(**fields)

    def _clause(self, row: int) -> Clause:
        doc_id, record = self._db.execute("select doc_id, record from clauses where row = ?", (int(row),)).fetchone()
        fields = json.loads(record)
        return Clause(
            doc=self.document(doc_id),
            path=fields["path"],
            path_text=fields["path_text"],
            headings=tuple(fields["headings"]),
            spans=tuple((start, end) for start, end in fields["spans"]),
            leaf=fields["leaf"],
            departments=tuple(fields["departments"]),
            lead=fields["lead"],
            figures=tuple(Figure(**figure) for figure in fields["figures"]),
        )


def current_folder(index_dir: Path) -> Path:
    """Return the folder of the version in use; raises UserError if there is none."""
    try:
        name = (index_dir / CURRENT).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise UserError(f"还没有索引 ({index_dir})。请先运行 python -m index build。") from exc
    folder = index_dir / name
    if not 0 < len(name) <= _LONGEST_NAME or Path(name).name != name or not folder.is_dir():
        raise UserError(f"索引不完整: {index_dir} 里没有版本 {name[:40]!r}。{_REBUILD}")
    return folder


def read_manifest(folder: Path) -> Manifest:
    try:
        return Manifest(**json.loads((folder / "manifest.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError) as exc:
        raise UserError(f"索引清单缺失或损坏: {folder.name}/manifest.json。{_REBUILD}") from exc


def digest_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_of(folder: Path) -> dict[str, Path]:
    """Return every data file of a version by its relative name."""
    paths = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "manifest.json" and p.suffix != ".lock")
    return {path.relative_to(folder).as_posix(): path for path in paths}


def damaged() -> UserError:
    """Return the error for a store whose sizes are right and whose content is not."""
    return UserError(f"索引的条款库已损坏 (clauses.sqlite)。{_REBUILD}")


def _check_format(manifest: Manifest) -> None:
    if manifest.format != FORMAT:
        raise UserError(f"索引格式是 {manifest.format}, 本程序需要 {FORMAT}。{_REBUILD}")


def _check_make(manifest: Manifest, encoder: Encoder) -> None:
    _check_format(manifest)
    if manifest.encoder != encoder.name or manifest.dimension != encoder.dimension:
        raise UserError(
            f"索引由编码器 {manifest.encoder} ({manifest.dimension} 维) 建立, 当前设置为 {encoder.name} "
            f"({encoder.dimension} 维)。请运行 python -m index build 重建, 或改回 CLAUSE_ENCODER。"
        )
    if manifest.dictionary != dictionary_hash():
        raise UserError(f"分词词典已改变, 与索引不一致。{_REBUILD}")


def _check_sizes(folder: Path, manifest: Manifest) -> None:
    for name, size in manifest.sizes.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != size:
            raise UserError(f"索引文件缺失或被截断: {name}。{_REBUILD}")


def _dump(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False)


def _clause_record(clause: Clause) -> str:
    fields = ("path", "path_text", "headings", "spans", "leaf", "departments", "lead")
    record = {name: getattr(clause, name) for name in fields}
    return _dump({**record, "figures": [asdict(figure) for figure in clause.figures]})
