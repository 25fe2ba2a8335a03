"""The annexes of a document: `附件1` above its text, not the list of annexes above the signature."""

from __future__ import annotations

from itertools import pairwise

from index.layout import ANNEX_LIST_ITEM, NOTICE_ONLY, SIGNATURE, annex_at, is_dated, is_text
from index.opening import body_start
from index.types import Line

_MOST = 300  # headings of annexes in one file; what has more is a list


def cut_annexes(lines: list[Line]) -> tuple[list[Line], list[list[Line]]]:
    """Cut the annexes off; a list that only names them stays with the document."""
    begun = min(body_start(lines), next((i for i, line in enumerate(lines) if is_text(line)), len(lines)))
    found = [i for i in range(begun + 1, len(lines)) if annex_at(lines[i])]
    starts: list[int] = []
    for i in found if len(found) <= _MOST else ():
        match = annex_at(lines[i])
        if match and starts and match["kind"] in ("表", "录"):
            continue  # the 附表 of an 附件 is a table in it
        if _starts_annex(lines, i):
            starts.append(i)
    bounds = [*starts, len(lines)]
    return lines[: bounds[0]], [lines[a:b] for a, b in pairwise(bounds)]


def _starts_annex(lines: list[Line], i: int) -> bool:
    """True for `附件1` above its text; false for the list of annexes above the signature."""
    match = annex_at(lines[i])
    if match is None:
        return False
    following = next((j for j in range(i + 1, len(lines)) if not _is_listed(lines[j])), len(lines))
    if following == len(lines):
        return match.end() == len(lines[i].text) and i + 1 < len(lines) and not annex_at(lines[i + 1])
    if _signs(lines, following):
        return False
    if match.end() < len(lines[i].text) and ANNEX_LIST_ITEM.match(lines[i].text[match.end() :]):
        return False  # 附件:1.申报表
    return not (match.end() < len(lines[i].text) and _again(lines, i))


def _again(lines: list[Line], i: int) -> bool:
    """True if what a line names as an annex is set out later, under the same words or under its title."""
    match = annex_at(lines[i])
    whole = lines[i].text.replace(" ", "")
    title = lines[i].text[match.end() :].replace(" ", "") if match else whole
    return any(line.text.replace(" ", "") in (whole, title) for line in lines[i + 1 :])


def _is_listed(line: Line) -> bool:
    return bool(annex_at(line)) or (not line.is_row and bool(ANNEX_LIST_ITEM.match(line.text)))


def _signs(lines: list[Line], i: int) -> bool:
    """True if a signature and a date stand here."""
    window = lines[i : i + 4]
    dated = next((k for k, line in enumerate(window) if is_dated(line)), None)
    return dated is not None and all(
        SIGNATURE.match(line.text) or NOTICE_ONLY.match(line.text) for line in window[:dated]
    )
