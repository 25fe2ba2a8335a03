"""Our search tokens as a text that Milvus's BM25 function counts, and how many texts have each.

A token becomes its CRC-32 in base 36, so that any analyser that splits at spaces gives it back, and a long table fits.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from index.milvus.schema import WORDS_LENGTH
from index.tokens import tokenize

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_HALF = 2  # a query says a token twice for weight 1, once for a half
_NOTHING = "0"  # what a text without any token is made of; no token is


@lru_cache(maxsize=200_000)
def coded(token: str) -> str:
    """Return a token as a short word of ASCII letters and digits."""
    number, code = zlib.crc32(token.encode("utf-8", "surrogatepass")), ""
    while number:
        number, digit = divmod(number, 36)
        code = _DIGITS[digit] + code
    return f"t{code}"


def text_of(tokens: Sequence[str]) -> str:
    """Return the tokens of a clause as one text; of one too long for a field, what each token is said more often is left out.

    What is lost is how often, never that: BM25 hardly counts the tenth time.
    """
    for most in (len(tokens), 8, 4, 2, 1):
        text = " ".join(coded(token) for token in _at_most(tokens, most))
        if len(text) <= WORDS_LENGTH:
            return text or _NOTHING
    return text[:WORDS_LENGTH].rpartition(" ")[0]  # a clause of more than 7,000 different words


def query_of(tokens: Iterable[tuple[str, float]]) -> str:
    """Return weighted tokens as the text of a query: BM25 counts how often a query says a word."""
    return " ".join(coded(token) for token, weight in tokens for _ in range(max(1, round(weight * _HALF))))


def score_of(distance: float) -> float:
    """Return a BM25 score for tokens of weight 1: milvus-lite gives it below 0, Milvus above."""
    return abs(distance) / _HALF


def frequencies(texts: Iterable[str]) -> Counter[str]:
    """Return of each token in how many of the texts it is."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update(set(tokenize(text)))
    return found


def _at_most(tokens: Sequence[str], most: int) -> Iterable[str]:
    said: Counter[str] = Counter()
    for token in tokens:
        said[token] += 1
        if said[token] <= most:
            yield token
