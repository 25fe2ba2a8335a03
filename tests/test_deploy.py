"""What is given to run the service with: the files say what they should, and the commands of the manuals work."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
import yaml

from index.__main__ import _parser as index_parser
from index.settings import Settings
from rag.__main__ import _parser as rag_parser

_ROOT = Path(__file__).resolve().parent.parent
_DEPLOY = _ROOT / "deploy"
_MANUALS = tuple(_ROOT / "docs" / name for name in ("install.md", "operate.md"))
_KEY = re.compile(r"\bCLAUSE_([A-Z_]*[A-Z])\b")
_BLOCK = re.compile(
    r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL
)  # those marked `shell` need root, a service or a network
_COMMAND = re.compile(r"python(?:3\.11)? -m (index|rag) ([a-z]+)")
_LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def _instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile: their names and what follows."""
    text = re.sub(r"^#.*\n", "", (_DEPLOY / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]  # type: ignore[misc]


def _copied() -> list[str]:
    """Return what is copied from the tree into the image."""
    found = [shlex.split(rest)[:-1] for name, rest in _instructions() if name == "COPY" and "--from" not in rest]
    return [source for sources in found for source in sources]


# --- the image ---


def test_the_image_is_built_apart_and_runs_as_nobody_in_particular() -> None:
    stages = [rest for name, rest in _instructions() if name == "FROM"]
    assert len(stages) == 2 and stages[0].endswith(" AS build") and not any("latest" in stage for stage in stages)
    last = _instructions()[max(i for i, (name, _) in enumerate(_instructions()) if name == "FROM") :]
    names = [name for name, _ in last]
    (user,) = (rest for name, rest in last if name == "USER")
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)
    assert names.index("USER") < names.index("CMD") and "RUN" not in names[names.index("USER") :]
    told = dict(last)
    assert told["VOLUME"] == "/data" and told["CMD"] == '["python", "app.py"]' and "/healthz" in told["HEALTHCHECK"]
    assert "CLAUSE_DATA_DIR=/data" in "".join(rest for name, rest in last if name == "ENV")


def test_the_image_has_all_that_the_program_needs_and_nothing_else(tmp_path: Path, settings: Settings) -> None:
    """The program runs out of what the image takes, told a data folder, with its own tree not to be written."""
    ignored = (_ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_in = [line[1:] for line in ignored if line.startswith("!")]
    assert ignored[1] == "*" and not {"data", ".env", ".git", ".venv"} & set(let_in)
    for source in _copied():
        assert any(fnmatch(name, source) for name in let_in), source
        for path in _ROOT.glob(source):
            target = tmp_path / "tree" / path.name
            target.parent.mkdir(exist_ok=True)
            leave = shutil.ignore_patterns("__pycache__", "built", "runs")
            shutil.copytree(path, target, ignore=leave) if path.is_dir() else shutil.copy(path, target)
    given = {key: value for key, value in os.environ.items() if not key.startswith(("CLAUSE_", "PYTHON"))}
    given |= {"CLAUSE_DATA_DIR": str(tmp_path / "data"), "CLAUSE_INDEX_DIR": str(settings.index_dir)}
    given |= {"CLAUSE_MODELS_DIR": str(settings.models_dir), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
    page = "from rag.page.desk import Desk; from rag.page import layout; import app"
    for command in (["-c", page], ["-m", "rag", "ask", "长春2012年新农合补助标准?"]):
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path / "tree", env=given, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    assert "240元" in done.stdout


def test_what_is_installed_is_what_is_pinned() -> None:
    pins = _pins("requirements.txt")
    told = {kind: _selected(kind) for kind in ("default", "full")}
    assert pins == told["full"]
    assert _selected("default", "milvus") - told["default"] == _pins("requirements-milvus.txt", "pymilvus")
    assert {pin.split("==")[0] for pin in pins - told["default"]} == {"torch", "sentence-transformers"}
    assert subprocess.run(["sh", "deploy/select.sh", "x"], cwd=_ROOT, capture_output=True).returncode == 2


def _pins(name: str, package: str = "") -> set[str]:
    return {
        line for line in (_ROOT / name).read_text("utf-8").splitlines() if "==" in line and line.startswith(package)
    }


def _selected(*wish: str) -> set[str]:
    done = subprocess.run(["sh", "deploy/select.sh", *wish], cwd=_ROOT, capture_output=True, text=True, check=True)
    return {line for line in done.stdout.splitlines() if "==" in line}


# --- compose ---


def _compose() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load((_DEPLOY / "compose.yaml").read_text("utf-8"))
    return told


def test_every_container_has_a_read_only_tree_and_no_privilege() -> None:
    for name, service in _compose()["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"] and "no-new-privileges:true" in service["security_opt"], name
        assert not {"privileged", "cap_add", "devices", "network_mode", "pid"} & service.keys(), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name


def test_the_model_has_no_way_out() -> None:
    told = _compose()
    assert told["networks"]["inside"]["internal"] is True
    assert told["services"]["model"]["networks"] == ["inside"] and told["services"]["model"]["profiles"] == ["model"]
    (weights,) = told["services"]["model"]["volumes"]
    assert weights.endswith(":ro")


# --- systemd and the proxy ---


@pytest.mark.parametrize("name", ["clause-qa.service", "clause-qa-backup.service"])
def test_a_unit_writes_its_folders_and_nothing_else(name: str) -> None:
    unit = _unit(name)
    for key, value in (
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("UMask", "0077"),
    ):
        assert unit[key] == [value]
    assert unit["User"] == ["clause-qa"] and unit["CapabilityBoundingSet"] == [""]
    assert all(path.startswith("/var/") for path in unit["ReadWritePaths"][0].split())
    assert unit["ExecStart"][0].startswith("/opt/clause-qa/.venv/bin/python ")


def _unit(name: str) -> dict[str, list[str]]:
    """Return the settings of a unit, each with all its values."""
    lines = (
        line.split("=", 1) for line in (_DEPLOY / name).read_text("utf-8").splitlines() if re.match(r"[A-Z]\w*=", line)
    )
    told: dict[str, list[str]] = {}
    for key, value in lines:
        told.setdefault(key, []).append(value)
    return told


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not there")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    units = [path for path in _DEPLOY.iterdir() if path.suffix in (".service", ".timer")]
    assert len(units) == 3
    for path in units:
        text = path.read_text("utf-8").replace("/opt/clause-qa/.venv/bin/python", sys.executable)
        (tmp_path / path.name).write_text(text, "utf-8")
    paths = [str(tmp_path / path.name) for path in units]
    done = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True)
    assert [line for line in done.stderr.splitlines() if "clause-qa" in line] == []


def test_the_proxy_lets_in_what_the_page_does() -> None:
    text = (_DEPLOY / "nginx.conf").read_text("utf-8")
    assert f"client_max_body_size {Settings.model_fields['upload_mb'].default}m;" in text
    for needed in (
        "proxy_buffering off;",
        "Host $host",
        "X-Forwarded-Proto $scheme",
        "location = /metrics { deny all; }",
    ):
        assert needed in text
    assert text.count("{") == text.count("}")


# --- the manuals ---


def test_only_settings_that_exist_are_named() -> None:
    for path in (*_MANUALS, *_DEPLOY.iterdir()):
        named = {name.lower() for name in _KEY.findall(path.read_text("utf-8"))}
        assert named <= set(Settings.model_fields), path.name


def test_only_commands_and_files_that_exist_are_named() -> None:
    known = {"index": index_parser().format_help(), "rag": rag_parser().format_help()}
    for path in _MANUALS:
        text = path.read_text("utf-8")
        for program, command in _COMMAND.findall(text):
            assert re.search(rf"\b{command}\b", known[program]), f"{path.name}: {program} {command}"
        for target in _LINK.findall(text):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_table_of_wheels_is_of_the_pins() -> None:
    """Of packages that are not Python alone, the manual says for which machines they can be had: of the versions pinned."""
    told = dict(
        re.findall(
            r"([a-z0-9-]+) (\d[\w.]*)", (_ROOT / "docs" / "install.md").read_text("utf-8").partition("| aarch64")[2]
        )
    )
    for pin in _pins("requirements.txt"):
        name, version = pin.split("==")
        if name.lower() in told or not _is_pure(name):
            assert told.get(name.lower()) == version, name


def _is_pure(name: str) -> bool:
    try:
        return "Root-Is-Purelib: true" in (distribution(name).read_text("WHEEL") or "")
    except PackageNotFoundError:
        return True


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> tuple[Path, dict[str, str]]:
    """A folder to type commands in, as the manuals have it: `.venv/bin/python`, and vectors that were worked out before."""
    folder = tmp_path_factory.mktemp("office")
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
    python.chmod(0o755)
    (folder / "data" / "index").mkdir(parents=True)
    if (known := settings.index_dir / "vectors.sqlite").exists():
        shutil.copy(known, folder / "data" / "index")
    given = {key: value for key, value in os.environ.items() if not key.startswith("CLAUSE_")}
    given |= {"CLAUSE_DATA_DIR": str(folder / "data"), "CLAUSE_MODELS_DIR": str(settings.models_dir)}
    given |= {"PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1", "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    return folder, given


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are a shell's")
def test_the_commands_of_the_manuals_work_in_the_order_they_stand(office: tuple[Path, dict[str, str]]) -> None:
    folder, given = office
    blocks = [block for path in _MANUALS for block in _BLOCK.findall(path.read_text("utf-8"))]
    assert len(blocks) >= 5
    done = subprocess.run(["sh", "-eux"], input="".join(blocks), cwd=folder, env=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    for words in ("索引完好", "牵头", "已备份到", "备份完好", "已恢复索引"):
        assert words in done.stdout
    assert {path.name for path in folder.iterdir()} == {".venv", "data", "备份", "演练"}
