"""What the code never does: run what is data. Pickles, eval and the like stand in no file of the program."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_FILES = [
    _ROOT / "app.py",
    *(file for part in ("index", "rag", "eval") for file in sorted((_ROOT / part).rglob("*.py"))),
]
_MODULES = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "code",
    "commands",
    "pty",
    "telnetlib",
}
_CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.execl", "os.execv", "os.spawnl",
    "yaml.load", "yaml.unsafe_load", "yaml.full_load", "torch.load", "pandas.read_pickle", "pd.read_pickle",
    "tempfile.mktemp", "subprocess.getoutput", "subprocess.getstatusoutput",
}  # fmt: skip
# A value that makes a call unsafe, by the name of its argument.
_VALUES = {"shell": True, "allow_pickle": True, "trust_remote_code": True, "verify": False, "autoescape": False}


def _found(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.partition(".")[0] in _MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in _MODULES and not node.level:
            yield f"from {node.module}"
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in _CALLS:
                yield name
            for given in node.keywords:
                if (
                    given.arg in _VALUES
                    and isinstance(given.value, ast.Constant)
                    and given.value.value is _VALUES[given.arg]
                ):
                    yield f"{name}({given.arg}={given.value.value})"
            if name.endswith("Environment") and not any(given.arg == "autoescape" for given in node.keywords):
                yield f"{name} without autoescape"


def test_no_file_runs_what_is_data() -> None:
    assert len(_FILES) > 300
    found = {str(file.relative_to(_ROOT)): list(_found(file.read_text("utf-8"))) for file in _FILES}
    assert {file: what for file, what in found.items() if what} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from joblib import load", "eval('1')", "import os\nos.system('ls')", "np.load(f, allow_pickle=True)",
        "subprocess.run('ls', shell=True)", "yaml.load(f)", "httpx.get(u, verify=False)", "jinja2.Environment(loader=x)",
        "AutoModel.from_pretrained(n, trust_remote_code=True)",
    ],
)  # fmt: skip
def test_this_test_finds_what_it_looks_for(source: str) -> None:
    assert list(_found(source))
