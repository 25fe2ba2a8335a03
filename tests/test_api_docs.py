"""docs/api.md: every example of it runs and shows what it is said to show."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving_api import Api, serve_api

from index.settings import Settings
from index.store import ClauseIndex

_TEXT = (Path(__file__).parent.parent / "docs" / "api.md").read_text("utf-8")
_EXAMPLES = re.findall(r"```(bash|python)\n(.*?)```", _TEXT, re.DOTALL)
_SHOWN = re.compile(r"```text\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def api(index: ClauseIndex, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with serve_api(settings, tmp_path_factory.mktemp("docs"), copies=True) as api:
        yield api


@pytest.mark.parametrize(("language", "code"), _EXAMPLES)
def test_an_example_runs_and_shows_what_it_says(
    api: Api, monkeypatch: pytest.MonkeyPatch, language: str, code: str
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    said = _SHOWN.search(_TEXT, _TEXT.index(code))
    program = ["bash", "-c"] if language == "bash" else [sys.executable, "-c"]
    if language == "bash" and not shutil.which("curl"):
        pytest.skip("no curl")
    done = subprocess.run(
        [
            *program,
            code.replace("http://127.0.0.1:7860/", api.url).replace("http://127.0.0.1:7860", api.url.rstrip("/")),
        ],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    for line in said[1].splitlines() if said else ():
        assert line in done.stdout


def test_the_page_names_every_path(api: Api) -> None:
    with api.client() as client:
        paths = client.get("api/openapi.json").json()["paths"]
    assert all(path.partition("/{")[0] in _TEXT for path in paths)
