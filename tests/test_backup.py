"""A backup comes back as it was, into a service that runs; half a backup, or a changed one, changes nothing."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.build import add_documents, remove_document
from index.errors import UserError
from index.local import LocalIndex
from index.settings import Settings
from index.store import ClauseIndex
from index.version import CURRENT
from index.write import writer
from rag.__main__ import main
from rag.access.database import FILE_NAME as USERS
from rag.access.gate import Attempt
from rag.access.open_gate import open_gate
from rag.operate import restore as restoring
from rag.operate.archive import DOCUMENTS, MANIFEST, writing
from rag.operate.backup import back_up, describe
from rag.operate.restore import ONLY_INDEX, ONLY_RECORDS, restore
from rag.page.library.library import OpenLibrary
from rag.records.audit import Entry
from rag.records.records import Records
from rag.records.store import FILE_NAME as RECORDS
from rag.types import Question

_ROOT = Path(__file__).resolve().parent.parent
_TEXT = "甬政办发〔2022〕{n}号\n宁波市人民政府关于社区服务的通知\n一、新建驿站{n}0处，每处补助{n}万元。\n二、由民政局负责{word}验收。\n"
_WORDS = ("", "养老", "托育", "供水", "路灯")
_SEED = 20261122


@dataclass(frozen=True)
class _Made:
    """A data folder, the backup of it, and the folder again after documents and questions came and went: made once."""

    before: Settings
    backup: Path
    after: Settings


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> _Made:
    """Two documents, a conversation, an audit entry, and a user who is logged in."""
    folder = tmp_path_factory.mktemp("made")
    before = settings.model_copy(update={"index_dir": folder / "index", "records_dir": folder / "records"})
    add_documents(before, [_file(folder, n) for n in (1, 2)])
    _ask(before, "原来的问题")
    gate = open_gate(before)
    gate.users.add("王主任", "correct horse battery", "admin")
    gate.log_in(Attempt("王主任", "correct horse battery", "127.0.0.1"))
    gate.close()
    path, _ = back_up(before, folder / "b.zip")
    after = _copy(before, folder / "after")
    _change(after, folder)
    return _Made(before, path, after)


def _copy(settings: Settings, folder: Path) -> Settings:
    names = ("index_dir", "records_dir")
    return settings.model_copy(
        update={name: Path(shutil.copytree(getattr(settings, name), folder / name)) for name in names}
    )


@pytest.fixture
def place(tmp_path: Path, made: _Made) -> Settings:
    """A data folder of its own, as it was when the backup was made."""
    return _copy(made.before, tmp_path)


@pytest.fixture
def changed(tmp_path: Path, made: _Made) -> Settings:
    """A data folder of its own that changed since."""
    return _copy(made.after, tmp_path)


@pytest.fixture
def path(tmp_path: Path, made: _Made) -> Path:
    """The backup."""
    return Path(shutil.copy(made.backup, tmp_path / "b.zip"))


def _file(folder: Path, n: int) -> Path:
    path = folder / f"{n}.txt"
    path.write_text(_TEXT.format(n=n, word=_WORDS[n]), "utf-8")
    return path


def _ask(settings: Settings, words: str) -> None:
    records = Records.open(settings.records_dir)
    records.conversations.add_turn(records.conversations.start("王"), "王", {"text": words}, {"answer": "答"})
    records.audit.add(Entry("王", words, "refused"))


def _asked(settings: Settings) -> list[str]:
    records = Records.open(settings.records_dir)
    kept = [entry.question for entry in records.audit.list()]
    assert len(records.conversations.list("王")) == len(kept)
    return kept


def _held(settings: Settings) -> set[str]:
    index = ClauseIndex.open_clauses(settings)
    assert index.problems() == []
    return {doc.doc_no or "" for doc in index.documents}


def _state(settings: Settings) -> object:
    """Return what people would notice: what is asked and held, and what lies in the folders."""
    folders = (settings.index_dir, settings.records_dir)
    names = {path.name for folder in folders for path in folder.iterdir() if path.suffix[-4:] not in ("-wal", "-shm")}
    return _asked(settings), _held(settings), names


_OLD, _NEW = {"甬政办发〔2022〕1号", "甬政办发〔2022〕2号"}, {"甬政办发〔2022〕2号", "甬政办发〔2022〕3号"}


def _change(settings: Settings, folder: Path) -> None:
    add_documents(settings, [_file(folder, 3)])
    remove_document(settings, "甬政办发〔2022〕1号")
    _ask(settings, "后来的问题")


def _environment(settings: Settings) -> dict[str, str]:
    given = {key: value for key, value in os.environ.items() if not key.startswith("CLAUSE_")}
    folders = {f"CLAUSE_{name.upper()}": str(getattr(settings, name)) for name in ("index_dir", "records_dir")}
    return given | folders | {"PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1"}


def _run(settings: Settings, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rag", *command], env=_environment(settings), cwd=_ROOT, capture_output=True, text=True
    )


def test_a_running_service_goes_on_with_what_was_backed_up(place: Settings, tmp_path: Path) -> None:
    library, records, gate = OpenLibrary(place), Records.open(place.records_dir), open_gate(place)
    done = _run(place, "backup", str(tmp_path / "b.zip"))
    assert done.returncode == 0 and "2 份文件" in done.stdout, done.stderr
    _change(place, tmp_path)
    library.refresh()
    assert {doc.doc_no for doc in library.index.documents} == _NEW  # type: ignore[union-attr]
    done = _run(place, "restore", str(tmp_path / "b.zip"))
    assert done.returncode == 0, done.stderr
    library.refresh()
    assert {doc.doc_no for doc in library.index.documents} == _OLD  # type: ignore[union-attr]
    assert library.chain.invoke(Question("宁波市2022年驿站每处补助多少?")).citations
    assert [entry.question for entry in records.audit.list()] == [
        "原来的问题"
    ]  # the connection that was open all the time
    assert [user.name for user in gate.users.list()] == ["王主任"]
    assert _held(place) == _OLD
    records.audit.add(Entry("王", "恢复后的问题", "refused"))
    assert [entry.question for entry in Records.open(place.records_dir).audit.list()][0] == "恢复后的问题"


def test_what_was_there_before_a_restore_can_be_had_back(changed: Settings, tmp_path: Path, path: Path) -> None:
    done = restore(changed, path)
    assert done.before and _asked(changed) == ["原来的问题"]
    assert describe(done.before).index_version == ""
    restore(changed, done.before)
    assert _asked(changed) == ["后来的问题", "原来的问题"]


@pytest.mark.parametrize(
    ("only", "asked", "held"),
    [(ONLY_INDEX, ["后来的问题", "原来的问题"], _OLD), (ONLY_RECORDS, ["原来的问题"], _NEW)],
)
def test_one_half_can_be_restored_alone(
    changed: Settings, tmp_path: Path, path: Path, only: str, asked: list[str], held: set[str]
) -> None:
    restore(changed, path, only)
    assert (_asked(changed), _held(changed)) == (asked, held)


def test_a_backup_made_while_people_write_is_of_one_moment(place: Settings, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            _ask(place, f"第{(number := number + 1)}问")

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    paths = [back_up(place, tmp_path / f"{n}.zip", with_index=False)[0] for n in range(4)]
    stop.set()
    for thread in threads:
        thread.join()
    for n, path in enumerate(paths):
        into = place.model_copy(update={"records_dir": tmp_path / f"records{n}"})
        restore(into, path, ONLY_RECORDS)
        assert "原来的问题" in _entries(into)


def _entries(settings: Settings) -> list[str]:
    """Return the questions of the audit; each turn stands before its entry, so one may be without."""
    records = Records.open(settings.records_dir)
    kept = [entry.question for entry in records.audit.list(limit=-1)]
    assert 0 <= len(records.conversations.list("王", limit=-1)) - len(kept) <= 2
    return kept


def test_who_was_logged_in_is_not_so_after_a_restore(place: Settings, tmp_path: Path, path: Path) -> None:
    with closing(sqlite3.connect(place.records_dir / USERS)) as db:
        ((token,),) = db.execute("select token from sessions").fetchall()
    with zipfile.ZipFile(path) as archive:
        assert token not in archive.read(f"records/{USERS}")
        assert "王主任".encode() in archive.read(f"records/{USERS}")
    assert path.stat().st_mode & 0o077 == 0
    restore(place, path)
    with closing(sqlite3.connect(place.records_dir / USERS)) as db:
        assert db.execute("select count(*) from sessions").fetchone() == (0,)


def test_half_a_backup_and_a_changed_one_are_refused_and_change_nothing(
    changed: Settings, tmp_path: Path, path: Path
) -> None:
    before, whole, choose = _state(changed), path.read_bytes(), random.Random(_SEED)
    cut = [whole[: choose.randrange(len(whole))] for _ in range(6)]
    flipped = [_flipped(whole, start, choose) for start in _data_of(path, choose, 10)]
    for data in (b"", b"no archive", *cut, *flipped):
        path.write_bytes(data)
        with pytest.raises(UserError, match="不完整或已损坏"):
            restore(changed, path)
    assert _state(changed) == before


def _data_of(path: Path, choose: random.Random, count: int) -> Iterator[int]:
    """Yield places in the data of files of an archive: in its headers a bit may mean nothing."""
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
    for info in choose.sample(infos, count):
        yield info.header_offset + 30 + len(info.filename) + 20 + choose.randrange(max(1, info.compress_size - 1))


def _flipped(data: bytes, at: int, choose: random.Random) -> bytes:
    return data[:at] + bytes([data[at] ^ (1 << choose.randrange(8))]) + data[at + 1 :]


def _with(source: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write a backup anew with other files in it and a manifest that fits them."""
    with zipfile.ZipFile(source) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    told = json.loads(files.pop(MANIFEST))
    change(files)
    with writing(target) as backup:
        for name, data in files.items():
            (target.parent / "file").write_bytes(data)
            backup.put(name, target.parent / "file")
        backup.sign(told["made"], told["program"], told["index_version"], told["counts"])
    return target


def test_a_name_that_leads_out_of_the_folder_is_refused(place: Settings, tmp_path: Path, path: Path) -> None:
    before = _state(place)
    names = ("../evil", "/tmp/evil", "index/../../evil", "index\\..\\evil", "C:evil", "./evil", "a//evil", "a/../evil")
    for number, name in enumerate(names):
        bad = _with(path, tmp_path / f"{number}.zip", lambda files, name=name: files.update({name: b"evil"}))
        with pytest.raises(UserError, match="不完整或已损坏"):
            restore(place, bad)
    assert _state(place) == before and not list(tmp_path.rglob("*evil"))


def test_an_index_of_another_format_is_built_anew_from_the_documents(
    changed: Settings, tmp_path: Path, path: Path, made: _Made
) -> None:
    def age(files: dict[str, bytes]) -> None:
        files["index/manifest.json"] = json.dumps({"format": 1, "of": "old"}).encode()

    done = restore(changed, _with(path, tmp_path / "old.zip", age))
    assert done.rebuilt and done.index_version == describe(path).index_version
    assert _held(changed) == _OLD and _texts(changed) == _texts(made.before)


def _texts(settings: Settings) -> dict[str, list[str]]:
    index = _index(settings)
    return {doc.doc_id: [clause.text for clause in index.clauses_of(doc.doc_id)] for doc in index.documents}


def _index(settings: Settings) -> ClauseIndex:
    return ClauseIndex.open_clauses(settings)


def test_documents_that_this_program_cannot_read_are_refused_with_the_remedy(
    place: Settings, tmp_path: Path, path: Path
) -> None:
    before = _state(place)

    def age(files: dict[str, bytes]) -> None:
        files["index/manifest.json"] = b'{"format": 1}'
        files[DOCUMENTS] = b'[{"name": "of another program"}]\n'

    with pytest.raises(UserError, match="index build"):
        restore(place, _with(path, tmp_path / "old.zip", age))
    assert _state(place) == before


def test_a_version_that_is_there_already_comes_back_under_a_new_name(
    place: Settings, tmp_path: Path, path: Path
) -> None:
    contents = describe(path)
    (damaged,) = (place.index_dir / contents.index_version).glob("seg-*/clauses.sqlite")
    library = OpenLibrary(place)
    with damaged.open("r+b") as file:
        file.seek(damaged.stat().st_size // 2)
        file.write(b"\xa5" * 64)
    assert _index(place).problems() != []
    with pytest.raises(UserError, match="已损坏, 没有备份"):
        back_up(place, tmp_path / "damaged.zip")
    assert not (tmp_path / "damaged.zip").exists()
    restore(place, path)
    assert _held(place) == _OLD
    library.refresh()
    assert library.index and library.index.version == _index(place).version != contents.index_version


def test_a_damaged_database_is_set_aside_and_told_of(place: Settings, tmp_path: Path, path: Path) -> None:
    for companion in place.records_dir.glob(f"{RECORDS}*"):
        companion.unlink()
    (place.records_dir / RECORDS).write_bytes(b"no database " * 999)
    with pytest.raises(UserError, match="不能读取"):
        back_up(place, tmp_path / "c.zip")
    done = restore(place, path)
    assert done.damaged == (RECORDS,) and _asked(place) == ["原来的问题"]
    (aside,) = place.records_dir.glob(f"{RECORDS}.damaged-*")
    assert aside.read_bytes().startswith(b"no database ")


def test_where_a_part_cannot_be_put_back_all_is_as_before(
    changed: Settings, tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_back, version = restoring.put_back, _index(changed).version

    def failing(source: Path, target: Path) -> bool:
        if target.name == USERS and source.parent.name.startswith(".restore-") and not failing.done:  # type: ignore[attr-defined]
            failing.done = True  # type: ignore[attr-defined]
            raise UserError("磁盘已满")
        return put_back(source, target)

    failing.done = False  # type: ignore[attr-defined]
    monkeypatch.setattr(restoring, "put_back", failing)
    with pytest.raises(UserError, match="磁盘已满"):
        restore(changed, path)
    assert (_asked(changed), _held(changed)) == (["后来的问题", "原来的问题"], _NEW)
    assert _index(changed).version == version


_KILLER = """
import os, signal, sys
from rag.operate import put_index, restore
owner, name, when = {"swap": put_index, "put_back": restore, "put_notes": restore}[sys.argv[1]], sys.argv[1], sys.argv[2]
work = getattr(owner, name)
def deadly(*args, **options):
    if when == "before": os.kill(os.getpid(), signal.SIGKILL)
    work(*args, **options)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name, deadly)
from rag.__main__ import main
sys.exit(main(["restore", sys.argv[3]]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process")
@pytest.mark.parametrize(("name", "when"), [("swap", "before"), ("swap", "after"), ("put_back", "after")])
def test_a_restore_that_is_killed_leaves_each_part_whole_and_can_be_run_again(
    changed: Settings, tmp_path: Path, path: Path, name: str, when: str
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", _KILLER, name, when, str(path)], env=_environment(changed), cwd=_ROOT
    )
    assert killed.returncode == -signal.SIGKILL
    assert _held(changed) in (_OLD, _NEW)
    assert _asked(changed) in (["原来的问题"], ["后来的问题", "原来的问题"])
    restore(changed, path)
    assert (_asked(changed), _held(changed)) == (["原来的问题"], _OLD)
    with writer(changed):  # the next one to write, who clears up
        pass
    assert not [path for path in changed.index_dir.iterdir() if path.name.startswith(".new-")]


def test_a_backup_goes_into_a_new_data_folder(place: Settings, tmp_path: Path) -> None:
    path, _ = back_up(place, tmp_path)
    assert path.name.startswith("backup-") and path.suffix == ".zip"
    empty = place.model_copy(update={"index_dir": tmp_path / "n" / "index", "records_dir": tmp_path / "n" / "records"})
    done = restore(empty, path)
    assert done.before is None and (_asked(empty), _held(empty)) == (["原来的问题"], _OLD)
    assert (empty.records_dir / USERS).stat().st_mode & 0o077 == 0


def test_the_commands_say_what_is_wrong_in_one_line(
    place: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("index_dir", "records_dir"):
        monkeypatch.setenv(f"CLAUSE_{name.upper()}", str(getattr(place, name)))
    assert main(["backup", str(tmp_path / "b.zip")]) == 0
    assert main(["restore", str(tmp_path / "b.zip"), "--check"]) == 0
    assert "备份完好" in capsys.readouterr().out
    for command in (
        ["backup", str(tmp_path / "b.zip")],  # is there already
        ["backup", str(tmp_path / "no" / "b.zip")],
        ["restore", str(tmp_path / "none.zip")],
        ["restore", str(tmp_path)],
    ):
        assert main(command) == 2
        assert capsys.readouterr().err.count("\n") == 1
    monkeypatch.setenv("CLAUSE_INDEX_DIR", str(tmp_path / "empty"))
    monkeypatch.setenv("CLAUSE_RECORDS_DIR", str(tmp_path / "empty"))
    assert main(["backup", str(tmp_path / "c.zip")]) == 2
    assert "没有可备份的内容" in capsys.readouterr().err and not list(tmp_path.glob("*c.zip*"))


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root is asked to be another")
def test_root_does_not_lock_the_service_out_of_its_folder(place: Settings, tmp_path: Path) -> None:
    path, _ = back_up(place, tmp_path / "b.zip")
    os.chown(place.records_dir, 12345, 12345)
    with pytest.raises(UserError, match="sudo -u #12345"):
        restore(place, path)
    assert isinstance(_index(place), LocalIndex) and (place.index_dir / CURRENT).exists()
