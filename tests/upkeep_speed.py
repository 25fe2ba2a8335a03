"""What upkeep costs beside embedding: python tests/upkeep_speed.py [--documents 1000] [--clauses 10] [--fast]

Makes documents of varied clauses in a temporary folder, adds them, and then adds them again, adds, changes and removes
one. CPU seconds are of all threads and helpers, so that other work on the machine does not count. With `--fast` the
vectors are drawn by the hash of their text: everything but the embedding is the same.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from index import build, store  # noqa: E402
from index.encoder import Encoder  # noqa: E402
from index.settings import Settings, load_settings  # noqa: E402
from index.version import current_folder  # noqa: E402

_HAN = "一二三四五六七八九十"
_WORDS = Path(__file__).resolve().parent.parent / "index" / "data" / "policy_words.txt"


class Timed(Encoder):
    """An encoder that keeps how long it took."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dimension, self._encoder = encoder.name, encoder.dimension, encoder
        self.texts, self.wall, self.cpu = 0, 0.0, 0.0

    def encode_passages(self, texts, progress=False):  # type: ignore[no-untyped-def]
        wall, cpu = time.perf_counter(), _cpu()
        vectors = self._encoder.encode_passages(texts, progress)
        self.texts += len(texts)
        self.wall += time.perf_counter() - wall
        self.cpu += _cpu() - cpu
        return vectors

    def encode_queries(self, texts):  # type: ignore[no-untyped-def]
        return self._encoder.encode_queries(texts)


class Hashed(Encoder):
    """Unit vectors that depend on the text alone."""

    name, dimension = "hashed", 384

    def encode_passages(self, texts, progress=False):  # type: ignore[no-untyped-def]
        seeds = (int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") for text in texts)
        vectors = np.stack([np.random.default_rng(seed).standard_normal(self.dimension, np.float32) for seed in seeds])
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def encode_queries(self, texts):  # type: ignore[no-untyped-def]
        return self.encode_passages(texts)


def _cpu() -> float:
    parts = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in parts)


def write_documents(folder: Path, count: int, clauses: int) -> None:
    """Write documents whose clauses differ: words of the policy dictionary in sentences of 40 to 120 characters."""
    lines = _WORDS.read_text("utf-8").splitlines()
    words = [line.split(" ")[0] for line in lines if line and line[0] != "#"]
    for number in range(count):
        choose = random.Random(number)
        body = "".join(_section(choose, words, i) for i in range(clauses))
        title = f"宁波市人民政府办公室关于{''.join(choose.sample(words, 3))}工作的通知"
        (folder / f"{number:05}.txt").write_text(
            f"甬政办发〔{2010 + number % 15}〕{number + 1}号\n{title}\n{body}", "utf-8"
        )


def _section(choose: random.Random, words: list[str], number: int) -> str:
    """Return a clause: 一、 opens a section of ten, （一） and so on its items."""
    head = f"{_HAN[number // 10 % 10]}、{''.join(choose.sample(words, 2))}。\n" if number % 10 == 0 else ""
    sentences = [
        f"{choose.choice(words)}由{choose.choice(words)}负责{choose.choice(words)}，每{choose.choice('年月季')}"
        f"安排{choose.randint(2, 900)}万元用于{choose.choice(words)}和{choose.choice(words)}。"
        for _ in range(choose.randint(1, 4))
    ]
    return f"{head}（{_HAN[number % 10]}）{''.join(sentences)}\n"


@contextmanager
def _timed(what: str, encoder: Timed) -> Iterator[None]:
    wall, cpu, texts, embedding = time.perf_counter(), _cpu(), encoder.texts, encoder.cpu
    yield
    wall, cpu, embedding = time.perf_counter() - wall, _cpu() - cpu, encoder.cpu - embedding
    ratio = f", {cpu / embedding:.3f} of the embedding" if embedding > 1 else ""
    print(f"{what}: {wall:.1f} s, CPU {cpu:.1f} s, embedding {embedding:.1f} s of {encoder.texts - texts} texts{ratio}")


def measure(settings: Settings, folder: Path, encoder: Timed) -> None:
    def add(*paths: Path) -> Callable[[], object]:
        return lambda: build.add_documents(settings, paths)

    one = folder.parent / "one.txt"
    files = sorted(folder.glob("*.txt"))
    for what, work in (
        (f"add {len(files)}", add(folder)),
        ("add them again", add(folder)),
        ("add one more", add(one)),
        ("change one", lambda: _change(settings, files[len(files) // 2])),
        ("remove one", lambda: build.remove_document(settings, "yongzhengbanfa-2012-3")),
        ("check", lambda: print(build.check_index(settings))),
    ):
        with _timed(what, encoder):
            work()
    size = sum(path.stat().st_size for path in current_folder(settings.index_dir).rglob("*") if path.is_file())
    counts = store.ClauseIndex.open_clauses(settings).manifest.counts
    print(f"index of {size / 1e6:.0f} MB: {counts}")


def _change(settings: Settings, file: Path) -> None:
    file.write_text(file.read_text("utf-8").replace("万元", "亿元", 3), "utf-8")
    build.add_documents(settings, [file])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--clauses", type=int, default=10)
    parser.add_argument("--fast", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        given = {"index_dir": Path(folder) / "index", "seeds_dir": Path(folder) / "none"}
        settings = load_settings().model_copy(update=given)
        (Path(folder) / "in").mkdir()
        write_documents(Path(folder) / "in", args.documents, args.clauses)
        write_documents(Path(folder), 1, args.clauses)
        text = (Path(folder) / "00000.txt").read_text("utf-8").replace("〕1号", "〕9001号").replace("每年", "每两年")
        (Path(folder) / "one.txt").write_text(text, "utf-8")
        encoder = Timed(Hashed() if args.fast else store.encoder_of(settings))
        for module in (build, store):
            module.encoder_of = lambda _: encoder  # type: ignore[attr-defined]
        measure(settings, Path(folder) / "in", encoder)


if __name__ == "__main__":
    main()
