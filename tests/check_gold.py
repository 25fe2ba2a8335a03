"""Check tests/documents/gold.jsonl against its files, without any code of the project: python tests/check_gold.py."""

import hashlib
import html
import json
import re
import sys
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "documents"
_DATES = ("date_issued", "date_published", "date_effective", "date_expires")
_PATH = re.compile(r"(?:[acpstuq]?\d+(?:-\d+)?)(?:\.[acpstuq]?\d+(?:-\d+)?)*")


def visible(path: Path) -> str:
    """Return a file's text as a reader sees it: tags dropped, entities resolved (twice: some copies are escaped)."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    if path.suffix == ".html":
        text = re.sub(r"<[^>]*>", " ", html.unescape(re.sub(r"<[^>]*>", " ", text)))
    return html.unescape(text)


def bare(text: str) -> str:
    """Return text without whitespace, Markdown and table signs, in half width."""
    return re.sub(r"[\s|│*#\\]", "", unicodedata.normalize("NFKC", text))


def check_document(doc: dict[str, Any], text: str, start: int) -> tuple[list[str], int]:
    """Return the faults of one document and where its last unit begins."""
    faults: list[str] = []
    paths = [path for path, _ in doc["units"]]
    faults += [f"路径重复 {path}" for path in set(paths) if paths.count(path) > 1]
    faults += [f"路径不合规 {path}" for path in paths if not _PATH.fullmatch(path)]
    for path, words in doc["units"]:
        found = text.find(bare(words), start)
        if found < 0:
            faults.append(f"{path} 不在原文或次序不对: {words}")
        else:
            start = found
    for key in _DATES:
        if doc[key] is not None:
            date.fromisoformat(doc[key])
    numbers = [n for n in [doc["doc_no"], *doc["cites"]] if n and "〔" in n]
    for number in numbers:
        _, year, serial = re.split(r"[〔〕]", number)
        # 桂法备函【2011】6 号, 国发〔1984〕第27号, (89)国税地字第32号: the number alone is asked for
        if re.sub(r"\D", "", serial) not in text or year[2:] not in text:
            faults.append(f"文号不在原文 {number}")
    return faults, start


def check(row: dict[str, Any]) -> list[str]:
    """Return the faults of one line of the gold."""
    seen = visible(_FOLDER / row["file"])
    text, start, faults = bare(seen), 0, []
    for doc in row["documents"]:
        more, start = check_document(doc, text, start)
        faults += more
    faults += [f"never 不在原文: {words}" for words in row["never"] if bare(words) not in text]
    parity = hashlib.sha256(row["file"].encode()).digest()[0] % 2
    if row["set"] != ("dev", "test")[parity]:
        faults.append("set 与文件名不符")
    return faults


def main() -> int:
    """Print every fault, or the totals; exit 1 when there is a fault."""
    rows = [json.loads(line) for line in (_FOLDER / "gold.jsonl").read_text(encoding="utf-8").splitlines()]
    faults = [f"{row['file']}: {fault}" for row in rows for fault in check(row)]
    listed = {row["file"] for row in rows} | {"gold.jsonl", "README.md"}
    faults += [f"{path.name}: 不在 gold.jsonl" for path in _FOLDER.iterdir() if path.name not in listed]
    units = sum(len(doc["units"]) for row in rows for doc in row["documents"])
    print("\n".join(faults) or f"{len(rows)} 个文件, {units} 个单元, 无误")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
