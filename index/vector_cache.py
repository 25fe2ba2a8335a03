"""Embeddings by content hash, so that only text that is new is embedded, and a killed run goes on where it stopped."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from index.dense import Vectors
from index.encoder import Encoder
from index.progress import EMBEDDING, Report, silent

_BATCH = 64  # embedded and committed together: what a kill can lose, a few seconds of work
_ASKED = 500  # keys in one query; SQLite allows 999 on old systems
_UNIT = 1e-3  # how far from 1 a length may be that is only rounded
_TABLE = "create table if not exists vectors (encoder text, sha256 blob, vector blob, primary key (encoder, sha256))"
_T = TypeVar("_T")


class VectorCache:
    """A table (encoder, sha256 of the text) -> vector beside the index; one that is damaged is begun anew."""

    def __init__(self, path: Path, encoder: Encoder, batch: int = _BATCH) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._encoder = encoder
        self._batch = batch
        self._db = sqlite3.connect(path)
        self._mended(lambda: self._db.execute(_TABLE))

    def encode(self, texts: Sequence[str], progress: bool = True, report: Report = silent) -> Vectors:
        """Return the passage vectors (n, d) of the texts, embedding only what is new."""
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        known = self._mended(lambda: self._known(dict.fromkeys(keys)))
        missing = list({key: text for key, text in zip(keys, texts, strict=True) if key not in known}.items())
        missing.sort(key=lambda item: len(item[1]))  # like lengths together: less padding
        from tqdm import tqdm

        chars = sum(len(text) for _, text in missing)  # a bar by texts would run ahead: the long ones come last
        hidden = None if progress and missing else True  # None: hidden unless on a terminal
        with tqdm(total=chars, desc="向量化", unit="字", unit_scale=True, disable=hidden) as bar:
            done = 0
            report(EMBEDDING, done, chars)
            for batch in _batches(missing, self._batch):
                vectors = self._encoder.encode_passages([text for _, text in batch])
                self._save([key for key, _ in batch], vectors)
                known.update(zip((key for key, _ in batch), vectors, strict=True))
                done += (size := sum(len(text) for _, text in batch))
                bar.update(size)
                report(EMBEDDING, done, chars)
        return np.stack([known[key] for key in keys]) if keys else np.empty((0, self._encoder.dimension), np.float32)

    def keep(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep the vectors (n, d) that texts were given elsewhere; those that are held already stay."""
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        known = self._mended(lambda: self._known(dict.fromkeys(keys)))
        new = {key: vector for key, vector in zip(keys, vectors, strict=True) if key not in known}
        lengths = (float(np.linalg.norm(vector)) for vector in new.values())
        self._save([*new], [vector / length for vector, length in zip(new.values(), lengths, strict=True)])

    def close(self) -> None:
        self._db.close()

    def _known(self, keys: Iterable[bytes]) -> dict[bytes, Vectors]:
        """Return the vectors held of the keys; one that was changed on the disk is as good as missing."""
        whole = self._encoder.dimension * np.dtype(np.float32).itemsize
        known = {}
        for part in _batches(list(keys), _ASKED):
            marks = ", ".join("?" * len(part))
            query = f"select sha256, vector from vectors where encoder = ? and sha256 in ({marks})"
            rows = self._db.execute(query, (self._encoder.name, *part)).fetchall()
            known.update({key: np.frombuffer(blob, np.float32) for key, blob in rows if len(blob) == whole})
        with np.errstate(invalid="ignore", over="ignore"):
            return {key: vector for key, vector in known.items() if abs(float(vector @ vector) - 1) < _UNIT}

    def _save(self, keys: Sequence[bytes], vectors: Iterable[Vectors]) -> None:
        rows = [(self._encoder.name, key, v.astype(np.float32).tobytes()) for key, v in zip(keys, vectors, strict=True)]
        self._mended(lambda: self._insert(rows))

    def _insert(self, rows: list[tuple[str, bytes, bytes]]) -> None:
        with self._db:
            self._db.executemany("insert or replace into vectors values (?, ?, ?)", rows)

    def _mended(self, work: Callable[[], _T]) -> _T:
        """Do some work on the table; a file that is no table of ours, or a broken one, is replaced and the work done again."""
        try:
            return work()
        except sqlite3.OperationalError:  # a full disk is no damage
            raise
        except sqlite3.DatabaseError:
            self._db.close()
            for end in ("", "-journal"):
                self._path.with_name(self._path.name + end).unlink(missing_ok=True)
            self._db = sqlite3.connect(self._path)
            self._db.execute(_TABLE)
            return work()


def _batches(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
