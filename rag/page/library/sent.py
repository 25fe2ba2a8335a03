"""Where files that a browser sends lie until they are staged: a folder of the records that nobody else can open.

Gradio's own choice is a fixed name in the system's temporary folder, which any user of the machine can read, or make first.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from index.settings import Settings
from rag.page.library.staging import KEPT

_log = logging.getLogger(__name__)
_FOLDER = "sent"
_SETTING = "GRADIO_TEMP_DIR"


def make_sent(settings: Settings) -> Path:
    """Return the folder, made if it is not there; raises OSError where that cannot be."""
    folder = settings.records_dir.resolve() / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def keep_sent(settings: Settings) -> None:
    """Tell Gradio the folder, unless one is set, and remove what a process that was killed has left in it."""
    try:
        folder = make_sent(settings)
    except OSError as exc:  # where nothing can be kept, questions are answered all the same
        _log.warning("files that are sent cannot be kept in %s: %s", settings.records_dir, exc)
        return
    os.environ.setdefault(_SETTING, str(folder))
    for left in folder.iterdir():
        with suppress(OSError):  # another process was quicker
            if time.time() - left.stat().st_mtime > KEPT:
                shutil.rmtree(left, ignore_errors=True)
