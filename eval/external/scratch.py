"""An index of a set's texts, built by our own readers, apart from the one that is in use."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from index.build import build_index
from index.settings import Settings
from index.store import ClauseIndex
from index.version import CURRENT

_NAMED = 3  # files that could not be read, told by name


@contextmanager
def scratch_index(
    settings: Settings, kept: Path | None, write: Callable[[Path], Sequence[Path]]
) -> Iterator[ClauseIndex]:
    """Yield the index in the folder `kept`, built if it holds none, or one that is gone afterwards.

    `write` puts the texts into a folder that is gone afterwards, or returns where they are already.
    """
    with TemporaryDirectory(prefix="clause-external-") as temporary:
        own = settings.model_copy(update={"index_dir": kept or Path(temporary) / "index", "store": "local"})
        if (own.index_dir / CURRENT).exists():
            yield ClauseIndex.open(own)
            return
        texts = Path(temporary) / "texts"
        texts.mkdir()
        index, outcomes = build_index(own, write(texts))
        left = [outcome for outcome in outcomes if not outcome.doc_id]
        if left:
            names = ", ".join(outcome.name for outcome in left[:_NAMED])
            print(f"{len(left)} 份文件没有读入, 例如: {names} ({left[0].reason})", file=sys.stderr)
        yield index
