"""Programs that start at once: forked from a process that has loaded the libraries and the model, and run no thread yet."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from functools import cache
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from tests.faults.place import Place, look


@cache
def _context() -> Any:
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.preload"])
    return context


def start(place: Place, *command: str) -> BaseProcess:
    """Start `python -m index COMMAND` in a place; its words go to out.txt there."""
    process: BaseProcess = _context().Process(target=_run, args=(place, command), daemon=True)
    process.start()
    return process


def run(place: Place, *command: str) -> tuple[int, str]:
    """Return the status and the words of a command that nobody disturbs."""
    process = start(place, *command)
    process.join(120)
    return process.exitcode if process.exitcode is not None else -1, said(place)


def said(place: Place) -> str:
    return (place.folder / "out.txt").read_text("utf-8", "replace")


def looked(place: Place, seed: int = 0) -> dict[str, Any]:
    """Return what `look` finds in a process of its own; fails with its traceback."""
    ours, theirs = _context().Pipe()
    process = _context().Process(target=_tell, args=(theirs, place, seed), daemon=True)
    process.start()
    theirs.close()
    try:
        found: dict[str, Any] = ours.recv()
    except EOFError:
        process.join()
        raise AssertionError(f"whoever looked died ({process.exitcode})") from None
    process.join()
    assert "error" not in found, found["error"]
    return found


def _run(place: Place, command: tuple[str, ...]) -> None:
    from index.__main__ import main

    words = os.open(place.folder / "out.txt", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    os.dup2(words, 1)
    os.dup2(words, 2)
    os.chdir(place.folder)
    os.environ.update(place.environment)
    sys.exit(main(list(command)))


def _tell(pipe: Any, place: Place, seed: int) -> None:
    try:
        pipe.send(look(place, seed))
    except BaseException:
        pipe.send({"error": traceback.format_exc()})


def watch(process: BaseProcess, seen: Callable[[], bool]) -> bool:
    """Return at the moment something is seen, False if the process ended first."""
    while not seen():
        if not process.is_alive():
            return False
    return True


def has_draft(place: Place) -> bool:
    """True while a version that is written has its manifest: the swap is near."""
    return any(
        Path(entry.path, "manifest.json").exists() for entry in os.scandir(place.index_dir) if ".new" in entry.name
    )
