"""Texts in a form that is compared, of the same length, so that what is found in one stands there in the other."""

from __future__ import annotations

import unicodedata


class _Folded(dict[int, str]):
    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(code)).lower()
        self[code] = plain if len(plain) == 1 else chr(code).lower() if len(chr(code).lower()) == 1 else chr(code)
        return self[code]


_FOLDED = _Folded()


def fold(text: str) -> str:
    """Return a text with full-width forms and capitals made plain, character by character."""
    return text.translate(_FOLDED)
