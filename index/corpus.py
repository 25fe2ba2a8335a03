"""Files -> documents and clauses: which files, each read by itself, several at once when there are many."""

from __future__ import annotations

import csv
import os
import re
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path

from index.document import documents_of
from index.errors import UserError
from index.read import Source, read_file
from index.rows import Entry

LOG = "errors.log"
_MANY = 64  # files; under that, starting the helpers (1.5 s) takes longer than they save
_CHUNK = 4  # files handed to a helper at a time
_DOC_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
_NOT_DOCUMENTS = {"README.md", "manifest.csv", "Thumbs.db", "desktop.ini"}
_NOT_BEGINNINGS = (".", "~$")  # hidden; what Word keeps beside a file that is open
_SETTABLE = {"doc_id", "title", "doc_no", "kind", "validity", "date_issued", "date_published"}

Failure = tuple[str, str]  # the name of a file, or of one in an archive, and why it could not be read


@dataclass(frozen=True, slots=True)
class Read:
    """What reading a file gave; `crash` is the traceback of an error that no reader foresaw."""

    name: str
    documents: tuple[Entry, ...] = ()
    failures: tuple[Failure, ...] = ()
    crash: str = ""


def read_documents(path: Path) -> tuple[list[Entry], list[Failure]]:
    """Return the documents of a file, and what in it could not be read; raises UserError if that is all of it."""
    sources, failures = read_file(path)
    entries: list[Entry] = []
    for source in sources:
        try:
            entries += documents_of(source, _manifest_row(path))
        except UserError as exc:
            failures.append((source.name, str(exc)))
    if not entries:
        raise UserError("; ".join(reason for _, reason in failures))
    return entries, failures


def read_document(path: Path) -> Entry:
    """Return the first document of a file, with its clauses."""
    return read_documents(path)[0][0]


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files named, and those in the folders named, sorted; raises UserError if one is missing."""
    files: dict[Path, Path] = {}
    for path in paths:
        try:
            path.stat()
        except OSError as exc:
            raise UserError(f"找不到文件或文件夹: {path} ({exc.strerror})。请检查路径。") from exc
        for file in _inside(path) if path.is_dir() else [path]:
            files.setdefault(
                Path(os.path.abspath(file)), file
            )  # a file may be named twice, by itself and by its folder
    return list(files.values())


def _inside(folder: Path) -> Iterator[Path]:
    """Return the documents in a folder and those below it, sorted."""
    for path in sorted(folder.rglob("*")):
        if path.name not in _NOT_DOCUMENTS and not path.name.startswith(_NOT_BEGINNINGS) and path.is_file():
            yield path


def printable(name: str) -> str:
    """Return a file's name as text: a name that is not UTF-8 reaches Python with lone surrogates."""
    return name.encode("utf-8", "replace").decode("utf-8")


def read_corpus(files: Sequence[Path], log: Path) -> list[Read]:
    """Read the files in their order; what no reader foresaw goes to the log, and costs only the file it is about."""
    from tqdm import tqdm

    reads: list[Read] = []
    for parts in tqdm(_read_all(files), total=len(files), desc="读取文件", unit="件", disable=None):
        reads += [_logged(read, log) if read.crash else read for read in parts]
    return reads


def _read_all(files: Sequence[Path]) -> Iterator[list[Read]]:
    """Read in this process, or in helpers; a file that kills its helper is found by reading the rest one by one."""
    if len(files) < _MANY or (os.cpu_count() or 1) == 1:
        yield from map(_read_parts, files)
        return
    done = 0
    try:
        with _helpers(os.cpu_count()) as pool:
            for read in pool.map(_read_parts, files, chunksize=_CHUNK):
                done += 1
                yield read
    except BrokenProcessPool:
        yield from _read_apart(files[done:]) if _helpers_start() else map(_read_parts, files[done:])


def _read_apart(files: Sequence[Path]) -> Iterator[list[Read]]:
    pool = _helpers(1)
    for path in files:
        try:
            yield pool.submit(_read_parts, path).result()
        except BrokenProcessPool as exc:
            yield [Read(printable(path.name), crash=f"读取进程中断: {path}\n{exc}\n")]
            pool = _helpers(1)
    pool.shutdown()


def _helpers_start() -> bool:
    """False where no helper can start, as under a script without `if __name__ == "__main__"`."""
    try:
        with _helpers(1) as pool:
            return pool.submit(os.getpid).result() > 0
    except BrokenProcessPool:
        return False


def _helpers(count: int | None) -> ProcessPoolExecutor:
    # Spawned, for a fork would copy locks that the vector libraries' threads hold.
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_end_with_parent)


def _end_with_parent() -> None:
    """Have a helper end when its parent is killed: it would wait for work for ever."""
    parent = parent_process()
    if parent is None:
        return

    def end() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()


def _read_parts(path: Path) -> list[Read]:
    """Return what a file gave, and apart from it what each document text in it gave."""
    name = printable(path.name)
    sources: list[Source] = []

    def open_file() -> tuple[list[Entry], list[Failure]]:
        found, failures = read_file(path)
        sources.extend(found)
        return [], failures if found or failures else [(name, f"{path} 里没有可以读取的文件。")]

    reads = [_contained(name, path, open_file)]
    return reads + [_contained(source.name, path, partial(_parsed, source, path)) for source in sources]


def _parsed(source: Source, path: Path) -> tuple[list[Entry], list[Failure]]:
    return documents_of(source, _manifest_row(path)), []


def _contained(name: str, path: Path, work: Callable[[], tuple[list[Entry], list[Failure]]]) -> Read:
    try:
        documents, failures = work()
    except UserError as exc:
        return Read(name, failures=((name, str(exc)),))
    except Exception:  # one bad file of a thousand must not cost the others: logged with its traceback
        return Read(name, crash=f"{printable(str(path))} {name}\n{traceback.format_exc()}\n")
    return Read(name, tuple(documents), tuple(failures))


def _logged(read: Read, log: Path) -> Read:
    """Write a crash to the log, and return it as a failure that names the log."""
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {read.crash}")
    return replace(read, failures=((read.name, f"程序未能处理 (已记录到 {log}), 请把该记录发给维护人员。"),))


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
