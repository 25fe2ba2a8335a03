"""A disk that is full, for the index, the records and what is sent: told, with nothing lost, and well again with room."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from index.build import build_index
from index.settings import Settings
from tests.faults.place import ROOT, Place


def _namespace(folder: Path) -> list[str]:
    """Return the command that runs another where it may mount, skipping the test where nobody may."""
    for command in (["unshare", "-m"], ["unshare", "-rm"]):
        tried = [*command, "mount", "-t", "tmpfs", "none", str(folder)]
        try:
            if subprocess.run(tried, capture_output=True, timeout=60).returncode == 0:
                return command
        except (OSError, subprocess.TimeoutExpired):
            break
    pytest.skip("没有挂载小磁盘的权限, 磁盘写满的测试没有运行 (需要 root 或用户命名空间)")


def test_a_full_disk_is_told_loses_nothing_and_is_forgotten(settings: Settings, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    namespace = _namespace(disk)
    place = Place.make(tmp_path / "origin")
    build_index(settings.model_copy(update={"index_dir": place.index_dir, "seeds_dir": place.seeds}))
    command = [*namespace, sys.executable, "-m", "tests.faults.full", str(place.folder), str(disk)]
    done = subprocess.run(command, cwd=ROOT, env=place.environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("told, and nothing lost") == 3
