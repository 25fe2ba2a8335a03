"""Files -> a new version of the index: read, clean, describe, split, embed, write, swap."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from index import store
from index.clean import clean
from index.dense import DenseView
from index.describe import Source, describe
from index.encoder import Encoder, load_encoder
from index.errors import UserError
from index.frame import find_frame
from index.read import read_text
from index.settings import Settings
from index.sparse import SparseView
from index.split import body_text, split_clauses
from index.store import ClauseIndex, Manifest
from index.tokens import dictionary_hash
from index.types import Clause, Document
from index.vector_cache import VectorCache

Corpus = list[tuple[Document, tuple[Clause, ...]]]

_VERSION = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}|\.new-[0-9a-f]{32}")
_DOC_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
_NOT_DOCUMENTS = {"README.md", "manifest.csv"}
_SETTABLE = {"doc_id", "title", "doc_no", "kind", "validity", "date_issued", "date_published"}


def read_document(path: Path) -> tuple[Document, tuple[Clause, ...]]:
    """Return a file's document and clauses; raises UserError if it holds no numbered clause."""
    raw, data = read_text(path)
    text, steps = clean(raw)
    frame = find_frame(text)
    source = Source(_printable(path.name), hashlib.sha256(data).hexdigest())
    doc = describe(frame, body_text(frame), source, steps)
    given: dict[str, Any] = dict(_manifest_row(path))
    doc = replace(doc, **given)
    clauses = split_clauses(doc, frame)
    if not any(clause.leaf for clause in clauses):
        raise UserError(f"没有找到条款: {path} 里没有 一、(一) 1. 或 第X条 这样的编号。请确认是政策文件正文。")
    return doc, clauses


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files named, and those in the folders named, sorted; raises UserError if one is missing."""
    files: list[Path] = []
    for path in paths:
        try:
            path.stat()
        except OSError as exc:
            raise UserError(f"找不到文件或文件夹: {path} ({exc.strerror})。请检查路径。") from exc
        if path.is_dir():
            inside = (p for p in sorted(path.rglob("*")) if p.is_file())
            files += [p for p in inside if p.name not in _NOT_DOCUMENTS and not p.name.startswith(".")]
        else:
            files.append(path)
    return files


def _printable(name: str) -> str:
    """Return a file's name as text: a name that is not UTF-8 reaches Python with lone surrogates."""
    return name.encode("utf-8", "replace").decode("utf-8")


def read_corpus(files: Sequence[Path]) -> tuple[Corpus, list[tuple[Path, str]]]:
    """Read the files; return what was read, and each file that could not be with the reason."""
    from tqdm import tqdm

    corpus: dict[str, tuple[Document, tuple[Clause, ...]]] = {}
    failed: list[tuple[Path, str]] = []
    for path in tqdm(files, desc="读取文件", unit="件", disable=None):
        try:
            doc, clauses = read_document(path)
        except UserError as exc:
            failed.append((path, str(exc)))
            continue
        twin = corpus.get(doc.doc_id)
        if twin and twin[0].sha256 != doc.sha256:
            failed.append((path, f"{path.name} 与 {twin[0].source} 是同一份文件 ({doc.name}), 已保留前者。"))
        corpus.setdefault(doc.doc_id, (doc, clauses))
    return list(corpus.values()), failed


def build_index(settings: Settings, paths: Sequence[Path] = ()) -> tuple[ClauseIndex, list[tuple[Path, str]]]:
    """Build from the files given, or from seeds/; a file that cannot be read now keeps what it gave before."""
    files = find_files(paths or [settings.seeds_dir])
    with _writer(settings):
        corpus, failed = read_corpus(files)
        try:
            before = _corpus_before(settings)
        except UserError:  # building anew is the remedy for a damaged index
            before = []
        kept = _kept_of_failed(before, failed, {doc.doc_id for doc, _ in corpus})
        if failed and not corpus and not kept:
            raise UserError("; ".join(reason for _, reason in failed))
        return _write(settings, [*corpus, *kept]), failed


def add_documents(settings: Settings, paths: Sequence[Path]) -> tuple[ClauseIndex, list[tuple[Path, str]]]:
    """Add files to the index; a document it holds already is replaced."""
    files = find_files(paths)
    with _writer(settings):
        new, failed = read_corpus(files)
        if not new:
            raise UserError("; ".join(reason for _, reason in failed) or "没有可加入的文件。")
        replaced = {doc.doc_id for doc, _ in new}
        kept = [entry for entry in _corpus_before(settings) if entry[0].doc_id not in replaced]
        return _write(settings, [*kept, *new]), failed


def remove_document(settings: Settings, doc_id: str) -> ClauseIndex:
    """Take a document out of the index; raises UserError if it is not in it."""
    with _writer(settings):
        before = _corpus_before(settings)
        kept = [entry for entry in before if doc_id not in (entry[0].doc_id, entry[0].doc_no)]
        if len(kept) == len(before):
            held = ", ".join(doc.doc_id for doc, _ in before) or "无"
            raise UserError(f"索引里没有文件 {doc_id}。现有: {held}")
        if not kept:
            raise UserError("这是索引里最后一份文件, 不能移除。可用 python -m index build 换成别的文件。")
        return _write(settings, kept)


def ensure_index(settings: Settings) -> None:
    """Build the index from seeds/ if there is none yet."""
    if not (settings.index_dir / store.CURRENT).exists():
        build_index(settings)


def check_index(settings: Settings) -> list[str]:
    """Return what is wrong with the index, file by file; empty if all is well."""
    index = ClauseIndex.open(settings)
    problems = []
    files = store.files_of(index.folder)
    for name, digest in index.manifest.files.items():
        if name not in files:
            problems.append(f"缺少文件 {name}")
        elif store.digest_file(files[name]) != digest:
            problems.append(f"文件内容已改变 {name}")
    if problems:
        return problems
    if _counts(index) != index.manifest.counts:
        problems.append(f"数量不符: 清单 {index.manifest.counts}, 实际 {_counts(index)}")
    for path in find_files([settings.seeds_dir]) if settings.seeds_dir.is_dir() else []:
        recorded = index.manifest.sources.get(path.name)
        if recorded and store.digest_file(path) != recorded:
            problems.append(f"源文件已改变 {path.name}")
    return problems


def _write(settings: Settings, corpus: Corpus) -> ClauseIndex:
    """Write a new version beside the old and make it current; the old one stays whole until then."""
    if not corpus:
        raise UserError("没有可建立索引的文件: 请把政策文件放进 seeds/ 或在命令后写出文件。")
    encoder = load_encoder(settings.encoder, settings.models_dir, settings.query_prompt, settings.passage_prompt)
    folder = settings.index_dir / f".new-{uuid4().hex}"
    try:
        folder.mkdir()
        store.write_clauses(folder / "clauses.sqlite", corpus)
        _write_views(folder, settings, encoder)
        manifest = _write_manifest(folder, corpus, encoder)
        final = settings.index_dir / manifest.version
        os.replace(folder, final)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _swap(settings.index_dir, final.name)
    return ClauseIndex(final, manifest, encoder)


def _write_views(folder: Path, settings: Settings, encoder: Encoder) -> None:
    """Embed and index the searchable clauses: alone, in context, and by sentence."""
    index = ClauseIndex(folder, None, encoder)  # type: ignore[arg-type]
    rows = index.searchable_rows
    clauses = [index.clause(row) for row in rows]
    table = index.sentence_table
    texts = {
        "clause": [clause.text for clause in clauses],
        "context": [context_text(clause) for clause in clauses],
        "sentence": [index.clause(row).text[start:end] for _, row, start, end in table],
    }
    ids = {"clause": rows, "context": rows, "sentence": table[:, 0]}
    cache = VectorCache(settings.index_dir / "vectors.sqlite", encoder)
    vectors = cache.encode([text for name in store.DENSE_VIEWS for text in texts[name]])
    cache.close()
    ends = np.cumsum([len(texts[name]) for name in store.DENSE_VIEWS])
    for name, part in zip(store.DENSE_VIEWS, np.split(vectors, ends[:-1]), strict=True):
        DenseView.build(part, ids[name]).save(folder / f"{name}.faiss")
    SparseView.build(folder / "lexical-clause", texts["context"], rows.tolist())
    SparseView.build(folder / "lexical-sentence", texts["sentence"], table[:, 0].tolist())


def context_text(clause: Clause) -> str:
    """Return a clause with what stands above it: title and headings."""
    return " ".join((clause.doc.title, *clause.headings, clause.text))


def _write_manifest(folder: Path, corpus: Corpus, encoder: Encoder) -> Manifest:
    index = ClauseIndex(folder, None, encoder)  # type: ignore[arg-type]
    counts = _counts(index)
    files = store.files_of(folder)
    digests = {name: store.digest_file(path) for name, path in files.items()}
    content = hashlib.sha256("".join(sorted(digests[n] for n in digests if n.endswith(".sqlite"))).encode())
    manifest = Manifest(
        format=store.FORMAT,
        version=f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{content.hexdigest()[:8]}",
        encoder=encoder.name,
        dimension=encoder.dimension,
        dictionary=dictionary_hash(),
        sources={doc.source: doc.sha256 for doc, _ in corpus},
        counts=counts,
        files=digests,
        sizes={name: path.stat().st_size for name, path in files.items()},
    )
    (folder / "manifest.json").write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1), "utf-8")
    return manifest


def _counts(index: ClauseIndex) -> dict[str, int]:
    counts = {"documents": len(index.documents), "clauses": sum(len(clauses) for _, clauses in index.corpus())}
    counts["leaves"] = sum(clause.leaf for _, clauses in index.corpus() for clause in clauses)
    counts |= {f"vectors-{name}": len(view) for name, view in index.dense.items()}
    return counts | {f"lexical-{name}": len(view) for name, view in index.sparse.items()}


def _swap(index_dir: Path, version: str) -> None:
    """Point CURRENT at the version in one rename; keep the one before it for readers still on it."""
    current = index_dir / store.CURRENT
    before = current.read_text("utf-8", "replace").strip() if current.exists() else ""
    draft = current.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(version)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, current)
    for folder in index_dir.iterdir():
        # Nothing else is ours: CLAUSE_INDEX_DIR may name a folder that holds other things.
        if folder.is_dir() and _VERSION.fullmatch(folder.name) and folder.name not in (version, before):
            shutil.rmtree(folder, ignore_errors=True)


def _writer(settings: Settings):  # type: ignore[no-untyped-def]
    """Return the lock that lets one process write at a time."""
    from filelock import FileLock, Timeout

    try:
        settings.index_dir.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise _unwritable(settings, exc) from exc
    lock = FileLock(settings.index_dir / "writer.lock", timeout=600)
    try:
        return lock.acquire()
    except Timeout as exc:
        raise UserError("另一个进程正在写索引, 请稍后再试。") from exc
    except OSError as exc:
        raise _unwritable(settings, exc) from exc


def _unwritable(settings: Settings, exc: OSError) -> UserError:
    return UserError(f"无法写入索引文件夹 {settings.index_dir}: {exc.strerror}。请检查权限或 CLAUSE_INDEX_DIR。")


def _corpus_before(settings: Settings) -> Corpus:
    """Return what the current index holds, nothing if there is none; raises UserError if it cannot be read."""
    if not (settings.index_dir / store.CURRENT).exists():
        return []
    index = ClauseIndex.open_clauses(settings)
    try:
        return index.corpus()
    except (sqlite3.Error, ValueError, TypeError, KeyError) as exc:
        raise store.damaged() from exc


def _kept_of_failed(before: Corpus, failed: list[tuple[Path, str]], read: set[str]) -> Corpus:
    names = {path.name for path, _ in failed}
    return [entry for entry in before if entry[0].source in names and entry[0].doc_id not in read]


def _manifest_row(path: Path) -> dict[str, str]:
    """Return what the folder's manifest.csv (file,field,value) says of a file that the file does not."""
    table = path.parent / "manifest.csv"
    if not table.is_file():
        return {}
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row.get("file") == path.name]
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise UserError(f"无法读取 {table}。请另存为 UTF-8 的 CSV (列: file,field,value)。") from exc
    for row in rows:
        if row.get("field") not in _SETTABLE:
            raise UserError(f"{table} 里的字段 {row.get('field')} 不能设置, 可设置: {', '.join(sorted(_SETTABLE))}。")
        if not row.get("value"):
            raise UserError(f"{table} 里 {path.name} 的 {row['field']} 没有值。请补上 value 一列。")
        if row["field"] == "doc_id" and not _DOC_ID.fullmatch(row["value"]):
            raise UserError(f"{table} 里的 doc_id {row['value']!r} 只能用字母、数字和 . _ -。")
    return {row["field"]: row["value"] for row in rows}
