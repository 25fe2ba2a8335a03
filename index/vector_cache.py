"""Embeddings by content hash, so that only texts not seen before are embedded; survives a kill."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.dense import Vectors
from index.encoder import Encoder

_BATCH = 256  # embedded and committed together: what a kill can lose


class VectorCache:
    """A table (encoder, sha256 of the text) -> vector beside the index."""

    def __init__(self, path: Path, encoder: Encoder) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._encoder = encoder
        try:
            self._db = _open(path)
        except sqlite3.DatabaseError:  # damaged, and only a cache
            path.unlink()
            self._db = _open(path)

    def encode(self, texts: Sequence[str], progress: bool = True) -> Vectors:
        """Return the passage vectors (n, d) of the texts, embedding only what is new."""
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        known = self._known()
        missing = list({key: text for key, text in zip(keys, texts, strict=True) if key not in known}.items())
        missing.sort(key=lambda item: len(item[1]))  # like lengths together: less padding
        from tqdm import tqdm

        with tqdm(total=len(missing), desc="向量化", unit="段", disable=not progress or not missing) as bar:
            for start in range(0, len(missing), _BATCH):
                batch = missing[start : start + _BATCH]
                vectors = self._encoder.encode_passages([text for _, text in batch])
                self._save([key for key, _ in batch], vectors)
                known.update(zip((key for key, _ in batch), vectors, strict=True))
                bar.update(len(batch))
        return np.stack([known[key] for key in keys]) if keys else np.empty((0, self._encoder.dimension), np.float32)

    def close(self) -> None:
        self._db.close()

    def _known(self) -> dict[bytes, Vectors]:
        query = "select sha256, vector from vectors where encoder = ?"
        rows = self._db.execute(query, (self._encoder.name,))
        whole = self._encoder.dimension * np.dtype(np.float32).itemsize
        return {key: np.frombuffer(blob, np.float32) for key, blob in rows if len(blob) == whole}

    def _save(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        rows = [(self._encoder.name, key, v.astype(np.float32).tobytes()) for key, v in zip(keys, vectors, strict=True)]
        with self._db:
            self._db.executemany("insert or replace into vectors values (?, ?, ?)", rows)


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path)
    db.execute(
        "create table if not exists vectors (encoder text, sha256 blob, vector blob, primary key (encoder, sha256))"
    )
    (state,) = db.execute("pragma quick_check(1)").fetchone()
    if state != "ok":
        db.close()
        raise sqlite3.DatabaseError(state)
    return db
