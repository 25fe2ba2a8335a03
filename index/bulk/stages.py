"""What a build does with a file up to its vectors: read, clean, describe, split, embed. The same functions, without an index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.corpus import read_documents
from index.dense import Vectors
from index.encoder import Encoder
from index.errors import UserError
from index.rows import Entry, is_searchable
from index.sentences import sentence_spans
from index.settings import Settings
from index.store import encoder_of
from index.views import embed_views


def texts_of_file(path: Path) -> tuple[list[str], str]:
    """Return each text that a build would embed of a file, once, and why none could be had if so."""
    try:
        entries, _ = read_documents(path)
    except UserError as exc:
        return [], str(exc)
    except Exception as exc:  # as a build has it: one bad file of a thousand must not cost the others
        return [], f"程序未能处理 ({type(exc).__name__}): {path.name}"
    return list(dict.fromkeys(text for entry in entries for text in texts_of(entry))), ""


def texts_of(entry: Entry) -> list[str]:
    """Return what the views embed of a document: they are asked, so that nothing here need know what they take."""
    clauses = [clause for clause in entry[1] if is_searchable(clause)]
    sentences = [clause.text[start:end] for clause in clauses for start, end in sentence_spans(clause.text)]
    asked: list[str] = []

    def note(texts: list[str]) -> Vectors:
        asked.extend(texts)
        return np.zeros((len(texts), 1), np.float32)

    embed_views(clauses, sentences, note)
    return asked


class Embed:
    """The encoder of one worker; loaded once, asked for many batches."""

    def __init__(self, settings: Settings) -> None:
        self._encoder: Encoder = encoder_of(settings)

    @property
    def name(self) -> str:
        return self._encoder.name

    def vectors(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.encode_passages(texts)
