"""Packages that only the comparison needs: they are in requirements-eval.txt, so that the program itself stays light."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from index.errors import UserError


def load(module: str, package: str) -> Any:
    """Return a module; raises UserError with the pip line if its package is not installed."""
    try:
        return import_module(module)
    except ImportError as exc:
        raise UserError(f"缺少对照库 {package}: 请运行 pip install -r requirements-eval.txt 后重试。") from exc


def titled(package: str) -> str:
    """Return a package with its version: `haystack-ai 3.4.0`; without, where it is not installed."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return package
