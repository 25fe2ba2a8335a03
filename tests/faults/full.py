"""A full disk: python -m tests.faults.full PLACE FOLDER, where a small one may be mounted; ends with 0 if all held.

Run it in a mount namespace of its own (`unshare -m`): the disk goes with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from tests.faults.place import NEW, OLD, Place, left_over, look, must_be_whole
from tests.faults.seed import dice

_SIZE = "16m"


def main() -> None:
    origin, disk = Place(Path(sys.argv[1])), Path(sys.argv[2])
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "none", str(disk)], check=True)
    place = origin.copy(disk / "place")
    os.environ.update(place.environment)
    chance = dice("full")
    for left in (0, chance.randrange(4, 64), chance.randrange(64, 300)):  # kilobytes
        with _filled(disk, left):
            _writing_fails(place)
            _records_and_uploads_fail(place)
        print(left, "KB left: told, and nothing lost")
    assert _command("add", str(place.incoming))[0] == 0
    assert must_be_whole(look(place), OLD | NEW)
    assert left_over(place) == []


@contextmanager
def _filled(disk: Path, left: int) -> Iterator[None]:
    """Fill the disk but for some kilobytes."""
    free = os.statvfs(disk)
    filler = disk / "filler"
    filler.write_bytes(b"\0" * max(0, free.f_bavail * free.f_frsize - left * 1024))
    try:
        yield
    finally:
        filler.unlink()


def _writing_fails(place: Place) -> None:
    for command in (("add", str(place.incoming)), ("build", str(place.seeds), str(place.incoming))):
        status, words = _command(*command)
        assert (status, words.count("错误: ")) == (2, 1), words
        assert "磁盘空间不足" in words, words
    assert must_be_whole(look(place), OLD) == OLD
    assert left_over(place) == []


def _records_and_uploads_fail(place: Place) -> None:
    from index.errors import UserError
    from index.settings import load_settings
    from rag.page.library.staging import open_stage
    from rag.records.keep import keep_turn
    from rag.records.records import Records
    from rag.types import Answer, Question

    settings = load_settings()
    huge = Answer("grounded", "答" * 400_000)
    kept = keep_turn(Records.open(settings.records_dir), settings, "甲", "", Question("问?"), huge)
    assert "磁盘" in kept.complaint, kept
    sent = place.folder.parent.parent / "sent.txt"
    sent.write_bytes(b"a" * 400_000)
    with pytest.raises(UserError, match="没有完整传到"):
        open_stage(settings, "甲", [sent])


def _command(*command: str) -> tuple[int, str]:
    from index.__main__ import main as index_main

    words = BytesIO()
    with redirect_stdout(TextIOWrapper(words, "utf-8")) as out, redirect_stderr(out):
        status = index_main(list(command))
        out.flush()
    return status, words.getvalue().decode()


if __name__ == "__main__":
    main()
