"""The ASCII name and the year of a document, from what it says of itself."""

from __future__ import annotations

import hashlib
import re

from index.doc_numbers import parse_number
from index.regions import Region

_YEAR = re.compile(r"(?<![\d—－-])((?:19|20)\d{2})年(?!\s*[—－-])")
_MAX_ID = 60  # characters of an agency's name: five ministries may give out one order


def policy_year(title: str, doc_no: str | None, issued: str | None) -> int | None:
    """Return the year a document is about: its title's, else its 文号's, else its date's."""
    years = _YEAR.findall(title)
    if len(set(years)) == 1:
        return int(years[0])
    number = parse_number(doc_no or "")
    if number and number.year:
        return number.year
    return int(issued[:4]) if issued else None


def doc_id_of(doc_no: str | None, region: Region | None, year: int | None, kind: str, title: str) -> str:
    """Return an ASCII name that the same document always gets, wherever its file lies."""
    number = parse_number(doc_no or "")
    if number:
        parts = (_agency_pinyin(number.agency, region)[:_MAX_ID], str(number.year or year or ""), str(number.serial))
        return "-".join(filter(None, parts))
    place = _pinyin(region.short) if region else "weizhi"
    digest = hashlib.sha256(title.encode()).hexdigest()[:6]
    return f"{place}-{year or 'wunian'}-{_pinyin(kind)}-{digest}"


def _agency_pinyin(agency: str, region: Region | None) -> str:
    """Read a 机关代字 with its first character as the place's name reads it: 长府办发 is chang, not zhang."""
    if region and agency[0] in region.short:
        from pypinyin import lazy_pinyin

        return _pinyin(lazy_pinyin(region.short)[region.short.index(agency[0])] + _pinyin(agency[1:]))
    return _pinyin(agency)


def _pinyin(text: str) -> str:
    from pypinyin import lazy_pinyin

    return re.sub(r"[^a-z0-9]", "", "".join(lazy_pinyin(text)).lower()) or "wenjian"
