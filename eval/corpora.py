"""The corpora that golden questions are about: the documents held, and the invented ones of tests/documents."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from index.settings import Settings

_FOLDERS = {"documents": Path(__file__).parent.parent / "tests" / "documents"}


def corpus_of(name: str) -> str | None:
    """Return the corpus that a golden set is about; None for the one of the settings."""
    return next((corpus for corpus in _FOLDERS if name.startswith(f"{corpus}-")), None)


def settings_of(settings: Settings, name: str) -> Settings:
    """Return the settings under which a golden set is asked; its corpus is indexed first where it is one of its own.

    The index lies beside that of the settings, and only what has changed is read anew. Raises UserError as a build does.
    """
    corpus = corpus_of(name)
    if corpus is None:
        return settings
    from index.build import build_index

    folder = settings.index_dir.parent / corpus
    prefix = f"{settings.milvus_prefix}_{corpus}"
    own = settings.model_copy(update={"index_dir": folder, "seeds_dir": _FOLDERS[corpus], "milvus_prefix": prefix})
    build_index(own)
    return own


def settings_of_each(settings: Settings, names: Iterable[str]) -> dict[str, Settings]:
    """Return the settings of each set; a corpus of several sets is indexed once."""
    own: dict[str | None, Settings] = {}
    for name in names:
        if (corpus := corpus_of(name)) not in own:
            own[corpus] = settings_of(settings, name)
    return {name: own[corpus_of(name)] for name in names}
