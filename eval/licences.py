"""The licences of what is installed with the program, as the packages themselves state them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from index.errors import UserError

_ROOT = Path(__file__).parent.parent
_RULES = Path(__file__).parent / "licences.toml"
_LONG = 60  # characters: a field that is longer holds a whole licence, and names none
REQUIREMENTS = _ROOT / "requirements.txt"
PAGE = _ROOT / "docs" / "licences.md"
_HEAD = """# 许可证

本程序是 MIT。下面是 `requirements.txt` 和它们所需要的包，许可证取自各包自己写的元数据。`python -m eval licences` 核对，
加 `--write` 重写本页。允许哪些：[eval/licences.toml](../eval/licences.toml)；出现别的，测试不通过。

没有 GPL、LGPL、AGPL 的包。numpy、scipy 的轮子里带着 libgfortran（GPL-3.0 附运行库例外，不影响使用它的程序）。
版本是写本页时这台机器（Linux x86_64）上的：没有在 `requirements.txt` 里写死的包，你的机器上可能更新；其他系统上可能多几个包。

"""


@dataclass(frozen=True, slots=True)
class Licence:
    """What a package may be used under, in SPDX's words; `note` says who found that out where the package does not."""

    package: str
    version: str
    expression: str
    note: str = ""

    @property
    def is_allowed(self) -> bool:
        """Whether the rules allow it: every part of A AND B, one of A OR B; or whether it was looked at by hand."""
        return bool(self.note) or _is_allowed(self.expression)


def licences(requirements: Path = REQUIREMENTS) -> list[Licence]:
    """Return the licence of each package that the requirements bring, by name; raises UserError if one is not installed."""
    found: dict[str, Distribution] = {}
    for line in requirements.read_text("utf-8").splitlines():
        if wanted := line.partition("#")[0].strip():
            _collect(wanted, found)
    return [_licence(name, found[name]) for name in sorted(found)]


def table(found: list[Licence]) -> str:
    """Return the page."""
    rows = [f"| {one.package} | {one.version} | {one.expression} | {one.note} |" for one in found]
    return _HEAD + "\n".join(["| 包 | 版本 | 许可证 | 说明 |", "|---|---|---|---|", *rows, ""])


def _collect(wanted: str, found: dict[str, Distribution]) -> None:
    """Add a package and all that it needs on this machine."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    requirement = Requirement(wanted)
    name = canonicalize_name(requirement.name)
    if name in found:
        return
    try:
        found[name] = distribution(name)
    except PackageNotFoundError as exc:
        raise UserError(f"没有安装 {name}, 不能核对许可证。请先运行 pip install -r requirements.txt。") from exc
    for needed in found[name].requires or ():
        marker = Requirement(needed).marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *requirement.extras)):
            _collect(needed, found)


def _licence(name: str, package: Distribution) -> Licence:
    stated = _rules()["stated"].get(name)
    expression, note = stated or (" AND ".join(dict.fromkeys(_stated(package))) or "未写明", "")
    return Licence(name, package.version, expression, note)


def _stated(package: Distribution) -> Iterator[str]:
    """Yield what the metadata states: an expression, else a name, else what the classifiers say."""
    metadata: Any = package.metadata
    said = metadata.get("License-Expression") or metadata.get("License") or ""
    if said and len(said) <= _LONG or metadata.get("License-Expression"):
        yield _rules()["named"].get(said, said)
        return
    for classifier in metadata.get_all("Classifier", []):
        if classifier.startswith("License ::"):
            last = classifier.rpartition(" :: ")[2]
            yield _rules()["named"].get(last, last)


def _is_allowed(expression: str) -> bool:
    while inner := re.search(r"\(([^()]*)\)", expression):
        expression = expression.replace(inner[0], "0BSD" if _is_allowed(inner[1]) else "-")
    return any(
        all(part.strip() in _rules()["allowed"] for part in way.split(" AND ")) for way in expression.split(" OR ")
    )


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads(_RULES.read_text("utf-8"))
