"""Files -> documents and clauses: which files, each read by itself, several at once when there are many."""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path

from index.document import documents_of
from index.errors import UserError
from index.given import given_of
from index.progress import READING, Report, silent
from index.read import Source, read_file
from index.rows import Entry

LOG = "errors.log"
_MANY = 64  # files; under that, starting the helpers (1.5 s) takes longer than they save
_CHUNK = 4  # files handed to a helper at a time
_NOT_DOCUMENTS = {"README.md", "manifest.csv", "Thumbs.db", "desktop.ini"}
_NOT_BEGINNINGS = (".", "~$")  # hidden; what Word keeps beside a file that is open

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
            entries += documents_of(source, given_of(path, source.name))
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


def read_corpus(files: Sequence[Path], log: Path, report: Report = silent) -> list[Read]:
    """Read the files in their order; what no reader foresaw goes to the log, and costs only the file it is about."""
    from tqdm import tqdm

    reads: list[Read] = []
    report(READING, 0, len(files))
    for done, parts in enumerate(tqdm(_read_all(files), total=len(files), desc="读取文件", unit="件", disable=None), 1):
        reads += [_logged(read, log) if read.crash else read for read in parts]
        report(READING, done, len(files))
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
    return documents_of(source, given_of(path, source.name)), []


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
    with suppress(OSError), log.open("a", encoding="utf-8") as file:  # a full disk: the file is named all the same
        file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {read.crash}")
    return replace(read, failures=((read.name, f"程序未能处理 (已记录到 {log}), 请把该记录发给维护人员。"),))
