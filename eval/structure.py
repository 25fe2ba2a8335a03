"""How well documents are read: units with their paths, and what is stated of each document, against tests/documents."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.clean import clean
from index.document import Entry
from index.errors import UserError
from index.types import Clause, Document

_FOLDER = Path(__file__).parent.parent / "tests" / "documents"
_SHOWN = 10  # characters of a unit that are compared
FIELDS = ("title", "doc_no", "issuers", "region", "date_issued", "date_published", "date_effective", "date_expires")


@dataclass(slots=True)
class Measured:
    """Counts over a set of files; `misses` says what was wrong, file by file."""

    counts: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    def share(self, name: str) -> float:
        total = self.counts[f"{name} of"]
        return self.counts[name] / total if total else 1.0

    def note(self, name: str, right: bool, what: str) -> None:
        self.counts[name] += right
        self.counts[f"{name} of"] += 1
        if not right:
            self.misses.append(f"{name}: {what}")


def measure(name: str, folder: Path = _FOLDER) -> Measured:
    """Read the files of a set (dev, test, all) and compare them with their gold."""
    measured = Measured()
    for line in (folder / "gold.jsonl").read_text("utf-8").split("\n"):
        gold = json.loads(line) if line else {}
        if gold and name in (gold["set"], "all", gold["file"]):
            _compare(measured, gold, folder)
    return measured


def table(measured: Measured) -> str:
    names = ("units found", "units right", "no chrome", *FIELDS)
    rows = [f"{name:16} {measured.share(name):.4f}  ({measured.counts[f'{name} of']})" for name in names]
    return "\n".join(rows)


def _compare(measured: Measured, gold: dict[str, Any], folder: Path) -> None:
    from index.corpus import read_documents

    file = gold["file"]
    try:
        entries = read_documents(folder / file)[0]
    except UserError as exc:
        measured.misses.append(f"{file}: {exc}")
        entries = []
    _compare_units(measured, gold, entries)
    text = "\n".join(clause.text for _, clauses in entries for clause in clauses)
    for chrome in gold["never"]:
        measured.note("no chrome", chrome not in text, f"{file}: {chrome}")
    if entries:
        _compare_fields(measured, gold, [doc for doc, _ in entries])


def _compare_units(measured: Measured, gold: dict[str, Any], entries: Sequence[Entry]) -> None:
    """Compare paths with the first characters: which document of the file a unit is in does not count."""
    wanted = [(path, _plain(text)) for doc in gold["documents"] for path, text in doc["units"]]
    found = [(clause.path, _plain(clause.text)) for _, clauses in entries for clause in clauses if _is_unit(clause)]
    for path, text in wanted:
        hit = next((unit for unit in found if unit[0] == path and _is_same(path, unit[1], text)), None)
        measured.note("units found", hit is not None, f"{gold['file']} {path} {text[:12]}")
        if hit:
            found.remove(hit)
    for path, text in found:
        measured.note("units right", False, f"{gold['file']} {path} {text[:20]}")
    right = sum(len(doc["units"]) for doc in gold["documents"])
    measured.counts["units right"] += right
    measured.counts["units right of"] += right


def _is_unit(clause: Clause) -> bool:
    return clause.path != "0" and not re.search(r"(?:^|\.)t\d+$", clause.path)


def _is_same(path: str, found: str, wanted: str) -> bool:
    # A row of a table says its header again between its cells.
    return "t" in path or found.startswith(wanted[:_SHOWN])


def _compare_fields(measured: Measured, gold: dict[str, Any], docs: Sequence[Document]) -> None:
    """Compare each document of the gold with the one of its title; what a notice and its annex share may be one document."""
    by_title = {_plain(doc.title): doc for doc in docs}
    wanted = [one for one in gold["documents"] if _plain(one["title"] or "") in by_title]
    measured.note(
        "title", bool(wanted) or not gold["documents"][0]["title"], f"{gold['file']}: {[doc.title for doc in docs]}"
    )
    for one in wanted or gold["documents"][:1]:
        doc = by_title.get(_plain(one["title"] or ""), docs[0])
        for name, right, said in _fields(one, doc):
            measured.note(name, right, f"{gold['file']}: {said!r}, 应为 {one[name]!r}")


def _fields(gold: dict[str, Any], doc: Document) -> Iterator[tuple[str, bool, Any]]:
    no = (doc.doc_no or "").removeprefix("中华人民共和国")
    allowed = {(gold["doc_no"] or "").removeprefix("中华人民共和国")} | ({""} if gold.get("wrapped") else set())
    yield "doc_no", no in allowed, doc.doc_no
    if gold["issuers"] != []:
        yield "issuers", set(doc.issuers) == set(gold["issuers"]), doc.issuers
    region = "".join(doc.region) or ("全国" if doc.adcode == "100000" else None)
    if gold["region"] is not None:
        yield "region", region == gold["region"], region
    yield "date_issued", doc.date_issued in (gold["date_issued"], *gold.get("date_issued_also", ())), doc.date_issued
    for name in ("date_published", "date_effective", "date_expires"):
        yield name, getattr(doc, name) == gold[name], getattr(doc, name)


def _plain(text: str) -> str:
    return re.sub(r"[\s|│:：,，.．。、;；\x1e\x1f《》]", "", unicodedata.normalize("NFKC", clean(text)[0]))
