"""A reader in a process of its own: a library in C++ that crashes or loops takes only that process with it."""

from __future__ import annotations

import faulthandler
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from index.errors import UserError

_ROOT = Path(__file__).resolve().parents[2]
_OK, _REFUSED = 0, 3
_MAX_MEMORY = 4 * 2**30  # address space, not memory in use: recognition maps 1.5 GB of it
_PATIENCE = 20.0  # seconds to open a file of 64 MB on a busy machine


def read_contained(module: str, data: bytes, broken: str) -> str:
    """Return what `python -m module` makes of `data`.

    Raises the UserError that it raised there, or UserError(broken) when it crashed or was stopped.
    """
    command = [sys.executable, "-X", "utf8", "-m", module]
    try:
        done = subprocess.run(command, input=data, capture_output=True, cwd=_ROOT, check=False)
    except OSError as exc:  # no memory for one more process
        raise UserError(broken) from exc
    if done.returncode == _OK:
        return done.stdout.decode("utf-8")
    if done.returncode == _REFUSED:
        raise UserError(done.stdout.decode("utf-8"))
    raise UserError(broken)


def serve(read: Callable[[bytes], str]) -> None:
    """The child's side: read standard input, write the text or the refusal, leave."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    _limit_memory()
    allow(_PATIENCE)
    try:
        status, answer = _OK, read(sys.stdin.buffer.read())
    except UserError as refusal:
        status, answer = _REFUSED, str(refusal)
    answers.write(answer.encode("utf-8", "replace"))
    answers.flush()
    os._exit(status)  # a library that holds a damaged file may crash while it is torn down


def allow(seconds: float) -> None:
    """Let this process live that much longer; it ends itself then, even inside C++."""
    faulthandler.dump_traceback_later(seconds, exit=True)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    within = _MAX_MEMORY if hard == resource.RLIM_INFINITY else min(_MAX_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (within, hard))
