"""axe-core, the accessibility checker, from npm: what is wrong with a page as a screen reader or a weak eye meets it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from browser import Tab

_PACKAGE = "axe-core@4.14.1"
_KEPT = Path(__file__).parent / ".cache" / f"{_PACKAGE}.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def serious_findings(tab: Tab) -> list[str]:
    """Return what axe finds serious or critical on the page as it stands: rule, words, the elements."""
    tab.js(_script())
    tab.driver.set_script_timeout(60)
    found: dict[str, Any] = tab.driver.execute_async_script(
        "const done = arguments[1];"
        "axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}, resultTypes: ['violations']}).then(done, done)",
        _RULES,
    )
    assert "violations" in found, found
    return [
        f"{one['id']}: {one['help']}: {[(node['target'], node['any'][0]['message'] if node['any'] else '') for node in one['nodes']][:4]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@cache
def _script() -> str:
    if not _KEPT.exists():
        _fetch()
    return _KEPT.read_text("utf-8")


def _fetch() -> None:
    """Fetch the package; without npm skip and say so, but fail in CI."""
    npm = shutil.which("npm")
    _KEPT.parent.mkdir(exist_ok=True)
    command = [npm or "npm", "pack", "--silent", _PACKAGE]
    done = npm and subprocess.run(command, cwd=_KEPT.parent, capture_output=True, check=False, encoding="utf-8")
    if not done or done.returncode:
        reason = f"axe-core 未取得, 没有检查无障碍(需要 npm 和软件包源): {done.stderr[-300:] if done else '没有 npm'}"
        (pytest.fail if os.environ.get("CI", "").lower() == "true" else pytest.skip)(reason)
    archive = _KEPT.parent / done.stdout.split()[-1]
    with tarfile.open(archive) as packed:
        member = packed.extractfile("package/axe.min.js")
        assert member
        part = _KEPT.with_suffix(f".{os.getpid()}")
        part.write_bytes(member.read())
    part.replace(_KEPT)
    archive.unlink()
