"""Ray Data hands the stages to the workers of a cluster, or of this machine, and brings the vectors back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from index.bulk.stages import Embed, texts_of_file
from index.corpus import find_files
from index.dense import Vectors
from index.encoder import Encoder
from index.errors import UserError
from index.settings import Settings
from index.store import encoder_of
from index.vector_cache import VectorCache

_ROOT = Path(__file__).resolve().parent.parent.parent
_WINDOW = 50_000  # texts that are here at a time, handed out and saved together: what a kill can lose
_BATCH = 256  # texts that a worker gets at a time
_STORE_BYTES = 512 * 2**20  # of Ray's shared memory, where it is started here: its own default is 30 % of the machine
_NEEDED = (
    '多台机器一起算向量要用 Ray: 请运行 pip install "ray[data]==2.60.0" 后重试; '
    "只有一台机器时不需要, 用 python -m index build 即可。"
)


@dataclass(slots=True)
class Done:
    """How many files were read and texts met, how many of these were new, and what could not be read."""

    files: int = 0
    texts: int = 0
    embedded: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)


def embed_files(settings: Settings, paths: Sequence[Path], workers: int) -> Done:
    """Put the vectors of all that a build of the files would embed into its table; what is there already is not embedded again.

    Raises UserError if Ray is not installed, no cluster answers, or there is nothing to read.
    """
    files = find_files(paths)
    if not files:
        raise UserError("没有可以读取的文件: 请在命令后写出文件或文件夹。")
    done = Done(files=len(files))
    with _ray() as ray:
        encoder = RayEncoder(ray, settings, workers)
        cache = VectorCache(settings.index_dir / "vectors.sqlite", encoder, _WINDOW)
        try:
            for texts in _windows(_read(ray, files, done)):
                done.texts += len(texts)
                cache.encode(texts)
        finally:
            cache.close()
        done.embedded = encoder.embedded
    return done


class RayEncoder(Encoder):
    """The encoder of the settings, in as many workers as are asked for; the vectors come back in the order of the texts."""

    def __init__(self, ray: Any, settings: Settings, workers: int) -> None:
        own = encoder_of(settings)
        self.name, self.dimension, self.embedded = own.name, own.dimension, 0
        self._ray, self._settings, self._workers = ray, settings, workers

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        data, vectors = self._ray.data, np.empty((len(texts), self.dimension), np.float32)
        rows = data.from_items([{"at": at, "text": text} for at, text in enumerate(texts)])
        found = rows.map_batches(
            _Worker,
            fn_constructor_args=(self._settings, self.name),
            batch_size=_BATCH,
            compute=data.ActorPoolStrategy(size=self._workers),
        )
        for batch in found.iter_batches(batch_size=_BATCH):
            vectors[batch["at"]] = np.stack(batch["vector"])
        self.embedded += len(texts)
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        raise NotImplementedError("only passages are embedded in bulk")


class _Worker:
    """A stage of Ray Data that embeds; raises UserError where a machine has another model than the one that asks."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._embed = Embed(settings)
        if self._embed.name != name:
            raise UserError(f"这台机器的编码器是 {self._embed.name}, 发起的机器是 {name}: 请在各台机器上安装同一版本。")

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        return {"at": batch["at"], "vector": self._embed.vectors(list(batch["text"]))}


def _read(ray: Any, files: Sequence[Path], done: Done) -> Iterator[str]:
    """Yield the texts of the files as the workers read them, and note the files that none could be had of."""
    rows = ray.data.from_items(
        [{"path": str(path.resolve())} for path in files], override_num_blocks=_blocks(len(files))
    )
    for row in rows.map(_texts_of_row).iter_rows():
        if row["failure"]:
            done.failures.append((Path(row["path"]).name, row["failure"]))
        yield from row["texts"]


def _texts_of_row(row: dict[str, Any]) -> dict[str, Any]:
    texts, failure = texts_of_file(Path(row["path"]))
    return row | {"texts": texts, "failure": failure}


def _blocks(files: int) -> int:
    """Return in how many parts files are handed out: some a worker, so that a slow one holds up little."""
    return min(files, max(files // 16, 8))


def _windows(texts: Iterator[str]) -> Iterator[list[str]]:
    """Yield texts that differ, so many at a time."""
    window: dict[str, None] = {}
    for text in texts:
        window[text] = None
        if len(window) >= _WINDOW:
            yield list(window)
            window = {}
    if window:
        yield list(window)


@contextmanager
def _ray() -> Iterator[Any]:
    """Yield Ray, joined to the cluster of RAY_ADDRESS, or started here for as long as it is used; raises UserError."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would tell its makers
    try:
        import ray
        import ray.data
    except ImportError as exc:
        raise UserError(_NEEDED) from exc
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    own: dict[str, Any] = {} if os.environ.get("RAY_ADDRESS") else {"object_store_memory": _STORE_BYTES}
    try:
        ray.init(include_dashboard=False, log_to_driver=False, runtime_env={"env_vars": {"PYTHONPATH": path}}, **own)
    except (ConnectionError, RuntimeError, ValueError) as exc:
        raise UserError(f"连不上 Ray 集群 ({exc}): 请检查 RAY_ADDRESS, 或去掉它在本机运行。") from exc
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        yield ray
    except ray.exceptions.RayError as exc:
        reason = str(exc).strip().splitlines()[-1]
        raise UserError(f"Ray 上的计算中断 ({reason})。已算好的向量已保留: 处理后再运行同一条命令。") from exc
    finally:
        ray.shutdown()
