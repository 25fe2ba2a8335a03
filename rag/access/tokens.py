"""Secrets given to a browser; only their hash is stored, so that the file opens no session."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """Return 256 random bits as a cookie can hold them."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """Return what is stored of a token. It needs no salt: nobody can guess 256 bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
