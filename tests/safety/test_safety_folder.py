"""The program as another user, with a tree that it cannot write and one folder that it can: it builds, answers, takes files."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from browser import free_port

from index.settings import Settings
from index.store import ClauseIndex

_ROOT = Path(__file__).resolve().parents[2]
_USER = 64_321  # nobody's: every file of this user is one that the program made
_LOOKED = ("/tmp", "/var/tmp", "/dev/shm", "/run", str(_ROOT))


@pytest.fixture
def folder(index: ClauseIndex, settings: Settings) -> Iterator[Path]:
    """A data folder of that user, with the index, and the model where it stands."""
    with TemporaryDirectory(prefix="clause-qa-") as made:  # pytest's own folders are root's alone
        Path(made).chmod(0o755)
        data = Path(made) / "data"
        shutil.copytree(settings.index_dir, data / "index", ignore=shutil.ignore_patterns(".new-*", "writer.lock"))
        (data / "models").mkdir()
        (data / "models" / settings.encoder).symlink_to(settings.models_dir / settings.encoder)
        for path in (data, *data.rglob("*")):
            os.chown(path, _USER, _USER, follow_symlinks=False)
        yield data


@contextmanager
def _running(folder: Path, *command: str) -> Iterator[subprocess.Popen[str]]:
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "CLAUSE_DATA_DIR": str(folder), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, *command], cwd=_ROOT, env=env, user=_USER, group=_USER, extra_groups=[], umask=0o022, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user; without root this is how it runs anyway")
def test_one_folder_is_all_that_is_written(folder: Path) -> None:
    with _running(folder, "app.py", "--port", str(free_port())) as process:
        assert process.stdout is not None
        started = process.stdout.readline()
        address = re.search(r"http://\S+", started)
        assert address, (started, process.communicate())
        with httpx.Client(base_url=address[0], trust_env=False, timeout=60) as client:
            _use(client)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, ""), err
    kept = folder / "records"
    assert {"records.sqlite3", "sent"} <= {path.name for path in kept.iterdir()}
    assert [path for path in (kept, kept / "sent", *kept.glob("*.sqlite3*")) if path.stat().st_mode & 0o077] == []
    assert _made_elsewhere(folder) == []


def _use(client: httpx.Client) -> None:
    """Ask, add a document, find it, take it out again, and send a file to the page."""
    answer = client.post("/api/ask", json={"question": "新农合补助标准是多少?"}).json()
    assert answer["status"] in ("grounded", "partial", "refused")
    notice = "某县人民政府关于试行的通知\n某政发〔2031〕7号\n一、试行期间每月报送不少于3次。\n"
    files = {"files": ("通知.txt", notice.encode())}
    (outcome,) = client.post("/api/documents", files=files).json()["outcomes"]
    assert client.get(f"/api/documents/{outcome['doc_id']}").json()["doc_no"] == "某政发〔2031〕7号"
    assert client.delete(f"/api/documents/{outcome['doc_id']}").status_code == 200
    assert client.post("/gradio_api/upload", files=files).status_code == 200


def _made_elsewhere(folder: Path) -> list[str]:
    """Return what the user owns outside the folder."""
    found = subprocess.run(
        ["find", *_LOOKED, "-xdev", "-path", str(folder), "-prune", "-o", "-uid", str(_USER), "-print"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return found.stdout.splitlines()


def test_a_tree_that_cannot_be_read_back_is_not_needed(tmp_path: Path) -> None:
    """Started from any folder: nothing is looked for, or left, where the program happens to stand."""
    said = subprocess.run(
        [sys.executable, str(_ROOT / "app.py"), "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0 and list(tmp_path.iterdir()) == []
