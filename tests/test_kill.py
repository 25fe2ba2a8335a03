"""A writer killed at any moment, or out of disk, leaves the old index or the new; run again, it goes on where it stopped."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.build import add_documents, build_index
from index.check import check_index
from index.encoder import Encoder, load_encoder
from index.settings import Settings
from index.store import ClauseIndex

resource = pytest.importorskip("resource")  # POSIX: these tests kill and limit processes

_ROOT = Path(__file__).resolve().parent.parent
_HAN = "一二三四五六七八九十"
_OLD, _NEW, _CLAUSES = 2, 6, 10
_MOMENTS = 20
# Kills its own process at the n-th call of a function, before or after it: python -c CODE module name n when args...
_KILLER = """
import importlib, os, signal, sys
module, name, count, when, *args = sys.argv[1:]
owner = importlib.import_module(module)
*path, name = name.split(".")
for part in path:
    owner = getattr(owner, part)
work, left = getattr(owner, name), [int(count)]
def deadly(*args, **options):
    left[0] -= 1
    if not left[0] and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = work(*args, **options)
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return result
setattr(owner, name, deadly)
from index.__main__ import main
sys.exit(main(args))
"""


@dataclass(frozen=True)
class _Place:
    """An index of two documents, and a folder of six more to add."""

    folder: Path
    settings: Settings

    @property
    def incoming(self) -> Path:
        return self.folder / "in"

    def run(self, *command: str, limit: int | None = None) -> subprocess.Popen[str]:
        given = {key: value for key, value in os.environ.items() if not key.startswith("CLAUSE_")}
        given |= {"CLAUSE_INDEX_DIR": str(self.settings.index_dir), "PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1"}
        limits = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit else None
        return subprocess.Popen(
            [sys.executable, *command], cwd=self.folder, env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, preexec_fn=limits,
        )  # fmt: skip

    def held(self) -> int:
        """Return how many documents the index holds, once it is found whole and either old or new."""
        assert check_index(self.settings) == []
        count = len(ClauseIndex.open_clauses(self.settings).documents)
        assert count in (_OLD, _OLD + _NEW)
        return count

    def vectors(self) -> int:
        with closing(sqlite3.connect(self.settings.index_dir / "vectors.sqlite")) as db:
            return int(db.execute("select count(*) from vectors").fetchone()[0])


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> _Place:
    folder = tmp_path_factory.mktemp("origin")
    for number in range(_OLD + _NEW):
        path = folder / ("seeds" if number < _OLD else "in") / f"{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(_document(number), "utf-8")
    place = _Place(folder, settings.model_copy(update={"index_dir": folder / "index", "seeds_dir": folder / "seeds"}))
    build_index(place.settings)
    return place


def _document(number: int) -> str:
    choose = random.Random(number)
    words = "养老 托育 供水 供热 菜场 公厕 路灯 绿化 驿站 书屋 食堂 岗亭 车棚 步道 广场 泵站".split()  # noqa: SIM905
    clauses = [
        f"{_HAN[i]}、{'、'.join(choose.sample(words, 6))}项目新建{choose.randint(2, 99)}处，每处补助{choose.randint(2, 99)}万元。"
        f"由第{choose.randint(2, 999)}工作组牵头，{choose.choice(words)}办配合。\n"
        for i in range(_CLAUSES)
    ]
    return f"甬政办发〔2022〕{number + 1}号\n宁波市人民政府关于便民服务的第{number + 1}个通知\n{''.join(clauses)}"


@pytest.fixture
def fresh(origin: _Place, tmp_path: Path) -> Callable[[], _Place]:
    """Return a maker of copies of the index with its files to add."""

    def make() -> _Place:
        folder = tmp_path / "place"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(origin.folder, folder)
        update = {"index_dir": folder / "index", "seeds_dir": folder / "seeds"}
        return _Place(folder, origin.settings.model_copy(update=update))

    return make


class _Counting(Encoder):
    """The real encoder, counting what it is given."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dimension, self._encoder, self.seen = encoder.name, encoder.dimension, encoder, 0

    def encode_passages(self, texts, progress=False):  # type: ignore[no-untyped-def]
        self.seen += len(texts)
        return self._encoder.encode_passages(texts, progress)

    def encode_queries(self, texts):  # type: ignore[no-untyped-def]
        return self._encoder.encode_queries(texts)


@pytest.fixture
def counting(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> _Counting:
    """Return the encoder that this process uses, loaded once."""
    counting = _Counting(load_encoder(settings.encoder, settings.models_dir))
    monkeypatch.setattr("index.build.encoder_of", lambda _: counting)
    monkeypatch.setattr("index.store.encoder_of", lambda _: counting)
    return counting


@dataclass(frozen=True)
class _Finished:
    """What an add leaves that nobody disturbed: its vectors, its largest file, and the seconds it took."""

    vectors: int
    largest: int
    took: float


@pytest.fixture(scope="module")
def finished(origin: _Place, tmp_path_factory: pytest.TempPathFactory) -> _Finished:
    folder = tmp_path_factory.mktemp("finished")
    place = _Place(folder, origin.settings.model_copy(update={"index_dir": folder / "index"}))
    shutil.copytree(origin.settings.index_dir, place.settings.index_dir)
    started = time.monotonic()
    done = place.run("-m", "index", "add", str(origin.incoming))
    said = done.communicate()
    took = time.monotonic() - started
    assert (done.returncode, place.held()) == (0, _OLD + _NEW), said
    sizes = (path.stat().st_size for path in place.settings.index_dir.rglob("*") if path.is_file())
    return _Finished(place.vectors(), max(sizes), took)


def _finish(place: _Place, counting: _Counting, finished: _Finished) -> None:
    """Run the add again: it embeds only what the killed one had not, and leaves nothing of it behind."""
    before, counting.seen = place.vectors(), 0
    index, outcomes = add_documents(place.settings, [place.incoming])
    assert counting.seen == finished.vectors - before
    assert place.vectors() == finished.vectors
    assert place.held() == _OLD + _NEW
    assert {outcome.status for outcome in outcomes} <= {"新增", "没有变化"}
    names = {path.name for path in place.settings.index_dir.iterdir()}
    assert not [name for name in names if name.startswith(".new") or name == "CURRENT.new"]
    assert index.version in names


def test_a_writer_killed_at_random_moments_leaves_the_old_index_or_the_new(
    fresh: Callable[[], _Place], counting: _Counting, finished: _Finished
) -> None:
    choose = random.Random(2022)
    for moment in range(_MOMENTS):
        place = fresh()
        process = place.run("-m", "index", "add", str(place.incoming))
        time.sleep(
            finished.took * (0.2 + 0.9 * (moment + choose.random()) / _MOMENTS)
        )  # the start only loads libraries
        process.kill()
        process.communicate()
        place.held()
        if moment % 10 == 9:
            _finish(place, counting, finished)


_POINTS = [
    ("index.corpus", "read_corpus", 1, "after"),
    ("index.vector_cache", "VectorCache._save", 1, "after"),
    ("index.vector_cache", "VectorCache._insert", 2, "before"),
    ("index.vector_cache", "VectorCache._save", 2, "after"),
    ("index.rows", "insert", 1, "after"),
    ("index.write", "write_segment", 1, "after"),
    ("index.write", "join_segments", 1, "after"),
    ("index.sparse", "SparseWriter.close", 1, "after"),
    ("index.write", "_sign", 1, "after"),
    ("index.version", "swap", 1, "before"),
    ("index.version", "os.replace", 2, "before"),
    ("index.version", "os.replace", 2, "after"),
    ("index.version", "_discard", 2, "before"),
    ("index.version", "swap", 1, "after"),
]


@pytest.mark.parametrize("point", _POINTS, ids=lambda point: f"{point[3]} {point[1]} {point[2]}")
def test_a_writer_killed_at_a_point_leaves_the_old_index_or_the_new(
    fresh: Callable[[], _Place], counting: _Counting, finished: _Finished, point: tuple[str, str, int, str]
) -> None:
    module, name, count, when = point
    place = fresh()
    first = place.vectors()
    process = place.run("-c", _KILLER, module, name, str(count), when, "add", str(place.incoming))
    said = process.communicate()
    assert process.returncode == -signal.SIGKILL, said
    swapped = (name, when) in (("os.replace", "after"), ("_discard", "before"), ("swap", "after"))
    assert place.held() == (_OLD + _NEW if swapped else _OLD)
    embedded = place.vectors()
    if "VectorCache" in name:  # in the middle: what was embedded is kept
        assert first < embedded < finished.vectors
    else:
        assert embedded == (first if name in ("read_corpus", "insert") else finished.vectors)
    _finish(place, counting, finished)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.98])
def test_a_full_disk_is_one_clear_line_and_the_old_index_stays(
    fresh: Callable[[], _Place], counting: _Counting, finished: _Finished, share: float
) -> None:
    place = fresh()
    before = ClauseIndex.open_clauses(place.settings).version
    process = place.run("-m", "index", "add", str(place.incoming), limit=int(finished.largest * share))
    out, err = process.communicate()
    lines = [line for line in err.splitlines() if line]
    assert (process.returncode, out, len(lines)) == (2, "", 1), err
    assert lines[0].startswith("错误: 无法写入索引")
    assert "原来的索引没有改动" in lines[0]
    assert place.held() == _OLD
    assert ClauseIndex.open_clauses(place.settings).version == before
    _finish(place, counting, finished)  # there is room again


def test_the_lexical_index_says_that_it_could_not_be_written(origin: _Place, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import numpy as np; from index.sparse import SparseWriter\n"
        "try:\n"
        " writer = SparseWriter(Path(sys.argv[1]), None, np.empty(0, np.int64), True)\n"
        " writer.add(range(3000), range(3000), [f'第{i}条 文字{i * 7}' for i in range(3000)])\n"
        " writer.close()\n"
        "except OSError as exc: print(str(exc)[:8])"
    )
    process = origin.run("-c", code, str(tmp_path / "view"), limit=4096)
    out, err = process.communicate()
    assert (process.returncode, out.strip()) == (0, "词语索引写入失败"), err


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads /proc")
def test_the_helpers_of_a_killed_reader_end(fresh: Callable[[], _Place]) -> None:
    place = fresh()
    for number in range(300):
        (place.incoming / f"more-{number}.txt").write_text(_document(number + 100) * 20, "utf-8")
    process = place.run("-m", "index", "add", str(place.incoming))
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 60
    helpers: list[str] = []
    while len(helpers) < 2 and time.monotonic() < deadline and process.poll() is None:
        helpers = children.read_text().split()
        time.sleep(0.05)
    assert len(helpers) >= 2
    time.sleep(1)
    process.kill()
    process.communicate()
    while any(_is_alive(helper) for helper in helpers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [helper for helper in helpers if _is_alive(helper)]
    assert place.held() == _OLD


def _is_alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
