"""The house keeps its order: imports flow one way, a heavy library has one home, no seed is named in code."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from index.build import read_document
from index.regions import region_by_adcode

_ROOT = Path(__file__).resolve().parent.parent
_FILES = [_ROOT / "app.py", *(f for d in ("index", "rag", "eval") for f in sorted((_ROOT / d).rglob("*.py")))]
_MAY_IMPORT = {"index": {"index"}, "rag": {"rag", "index"}, "eval": {"eval", "rag", "index"}}
_HEAVY = (
    "jieba", "faiss", "onnxruntime", "sentence_transformers", "tantivy", "tiktoken", "langchain_openai", "selectolax",
    "opencc", "gradio", "argon2", "openpyxl", "prometheus_client", "mcp",
)  # fmt: skip


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def _strings(path: Path) -> list[str]:
    """Return the string constants of a file that are not docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    said = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    constants = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return [str(node.value) for node in constants if id(node) not in said]


@pytest.mark.parametrize("path", [p for p in _FILES if p.parent != _ROOT], ids=lambda p: str(p.relative_to(_ROOT)))
def test_imports_flow_one_way(path: Path) -> None:
    package = path.relative_to(_ROOT).parts[0]
    assert _imports(path) & {"index", "rag", "eval", "app", "tests"} <= _MAY_IMPORT[package]


def test_the_parts_of_an_answer_form_no_circle() -> None:
    needs: dict[str, set[str]] = {}
    for path in sorted((_ROOT / "rag").rglob("*/*.py")):
        package = path.relative_to(_ROOT / "rag").parts[0]
        used = re.findall(r"from rag\.(\w+)\.[\w.]+ import", path.read_text("utf-8"))
        needs.setdefault(package, set()).update(name for name in used if name != package)
    assert list(TopologicalSorter(needs).static_order())


@pytest.mark.parametrize("package", ["index", "rag", "eval"])
def test_packages_import_nothing(package: str) -> None:
    assert not _imports(_ROOT / package / "__init__.py")


@pytest.mark.parametrize("library", _HEAVY)
def test_a_heavy_library_has_one_home(library: str) -> None:
    homes = [str(path.relative_to(_ROOT)) for path in _FILES if library in _imports(path)]
    if library == "gradio":  # the page is its home
        assert all(home == "app.py" or home.startswith("rag/page/") for home in homes)
    elif library == "onnxruntime":  # the encoder, and the check of its model's build
        assert set(homes) <= {"index/encoder.py", "index/e5.py"}
    elif library == "sentence_transformers":  # two kinds of models: of one text, and of a pair
        assert set(homes) <= {"index/encoder.py", "rag/retrieval/rerank.py"}
    else:
        assert len(homes) <= 1


def test_nothing_is_pickled() -> None:
    assert not [path for path in _FILES if _imports(path) & {"pickle", "dill", "joblib", "shelve", "marshal"}]


def test_no_seed_is_named_in_code() -> None:
    names: set[str] = set()
    for path in sorted((_ROOT / "seeds").glob("*.txt")):
        doc, _ = read_document(path)
        names |= {doc.doc_id, doc.title, *(filter(None, (doc.doc_no, doc.interprets))), path.name, *doc.issuers}
        names |= {*doc.region, region_by_adcode(doc.adcode).short if doc.adcode else doc.doc_id}
    spoken = {
        (path, text)
        for path in _FILES
        if path.relative_to(_ROOT).parts[0] in ("rag", "index")
        for text in _strings(path)
    }
    named = {(str(path.relative_to(_ROOT)), name) for path, text in spoken for name in names if name in text}
    # The names that a nation's own name leads, all over China; and a sample that only checks the model's tokeniser.
    named -= {("index/regions.py", "内蒙古"), ("index/regions.py", "内蒙古自治区")}
    assert not named


def test_no_golden_question_is_in_code() -> None:
    golden = "\n".join(path.read_text("utf-8") for path in sorted((_ROOT / "eval" / "golden").glob("*.jsonl")))
    questions = {q for q in re.findall(r'"question": ?"([^"]+)"', golden) if len(q) >= 6}
    assert questions
    spoken = {
        text for path in _FILES if path.relative_to(_ROOT).parts[0] in ("rag", "index") for text in _strings(path)
    }
    assert not {question for question in questions for text in spoken if question in text}
