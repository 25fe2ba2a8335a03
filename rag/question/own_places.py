"""Places that a question names without their names: 我市 is the place spoken of or the one held, 国家层面 the country."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from index.regions import COUNTRY_CODE, Mention, Region, contains, region_by_adcode
from index.types import Document

_NATIONAL_FILE = Path(__file__).parent.parent / "data" / "national.tsv"
# 国家和安徽: beside a place, the country is one too.
_BESIDE = re.compile(
    r"(国家|中央|全国)(?:(?:和|与|跟|同|、|及|比)\s*$|的?(?:规定|要求|标准|政策|文件)(?:和|与|跟|同|、|及|比)\s*$)"
)
_BESIDE_AFTER = re.compile(r"\s*(?:和|与|跟|同|、|及|比)(国家|中央|全国)(?!级|基本|重点)")
_OWN = re.compile(
    r"(?:我们|咱们|我|咱|本|^全)(?P<unit>自治区|省|市|县|区|旗|州|盟)(?!场|民|政府|委|级|财政|区|长|内|外|属|直)"
)


def national_places(text: str, places: Sequence[Mention], documents: Sequence[Document]) -> list[Mention]:
    """Return where a text asks of the country: 国家层面; words that may be a matter of their own only beside no place."""
    holds = any(doc.adcode == COUNTRY_CODE for doc in documents)
    found = [
        m for kind, pattern in _national() if kind == "always" or holds and not places for m in pattern.finditer(text)
    ]
    spans = [m.span() for m in found[:1]]
    for place in places:
        spans += [m.span(1) for m in (_BESIDE.search(text, 0, place.start), _BESIDE_AFTER.match(text, place.end)) if m]
    country = region_by_adcode(COUNTRY_CODE)
    return [Mention(start, end, text[start:end], (country,)) for start, end in spans[:1]]


def says_own_place(text: str) -> bool:
    """True if a text speaks of a place as its own: 我市, 本省."""
    return bool(_OWN.search(text))


def own_place(text: str, before: Sequence[Region], documents: Sequence[Document]) -> Mention | None:
    """Return the place that 我市 or 本省 means: one of the turn before, or what it lies in, else the only one held."""
    match = _OWN.search(text)
    if not match:
        return None
    held = [region_by_adcode(code) for code in dict.fromkeys(doc.adcode for doc in documents) if code]
    meant = _of_unit(before, match["unit"]) or _above(before, match["unit"]) or _of_unit(held, match["unit"])
    return Mention(*match.span(), match[0], tuple(meant)) if len(meant) == 1 else None


def _of_unit(regions: Sequence[Region], unit: str) -> list[Region]:
    return [region for region in dict.fromkeys(regions) if region.name.endswith(unit)]


def _above(regions: Sequence[Region], unit: str) -> list[Region]:
    """Return what the regions lie in and is called so: the province of a city spoken of."""
    codes = [code for r in regions for code in (f"{r.adcode[:2]}0000", f"{r.adcode[:4]}00") if code != r.adcode]
    above = [region for code in codes if (region := _known(code)) and any(contains(region, r) for r in regions)]
    return _of_unit(above, unit)


def _known(code: str) -> Region | None:
    try:
        return region_by_adcode(code)
    except KeyError:
        return None


@cache
def _national() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = (line.split("\t") for line in _NATIONAL_FILE.read_text("utf-8").splitlines() if line and line[0] != "#")
    return tuple((kind, re.compile(pattern)) for kind, pattern in rows)
