"""axe-core, the accessibility checker, from npm: what is wrong with a page as a screen reader or a weak eye meets it."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from browser import Tab

_PACKAGE = "axe-core@4.14.1"
_KEPT = Path(__file__).parent / ".cache" / f"{_PACKAGE}.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def serious_findings(tab: Tab) -> list[str]:
    """Return what axe finds serious or critical on the page as it stands: rule, words, the elements.

    Nothing where axe cannot be had: `why_missing` says so, and one test tells it.
    """
    if why_missing():
        return []
    tab.js(_KEPT.read_text("utf-8"))
    tab.driver.set_script_timeout(120)  # it takes a core for seconds where there is one
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
def why_missing() -> str:
    """Return why axe cannot be had, fetching it at first; empty if it is here."""
    if _KEPT.exists():
        return ""
    npm = shutil.which("npm")
    _KEPT.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_KEPT.parent) as folder:
        command = [npm or "npm", "pack", "--silent", _PACKAGE]
        done = npm and subprocess.run(command, cwd=folder, capture_output=True, check=False, encoding="utf-8")
        if not done or done.returncode:
            return f"axe-core 未取得, 没有检查无障碍(需要 npm 和软件包源): {done.stderr[-300:] if done else '没有 npm'}"
        _unpack(Path(folder) / done.stdout.split()[-1])
    return ""


def _unpack(archive: Path) -> None:
    with tarfile.open(archive) as packed:
        member = packed.extractfile("package/axe.min.js")
        assert member
        part = archive.with_suffix(".js")
        part.write_bytes(member.read())
    part.replace(_KEPT)
