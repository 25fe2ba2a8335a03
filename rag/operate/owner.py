"""Who may put things into the data folder: its owner, as what another makes there the service could not change."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from index.errors import UserError
from index.settings import Settings


def check_owner(settings: Settings) -> None:
    """Raise UserError where root would write into another's folders: the service would be locked out of them."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return
    for folder in (settings.records_dir, settings.index_dir):
        owner = _first_there(folder).stat().st_uid
        if owner != 0:
            raise UserError(
                f"{folder} 属于另一个用户。请用那个用户运行: sudo -u {_name(owner)} python -m rag restore …"
            )


def _first_there(folder: Path) -> Path:
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())


def _name(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"
