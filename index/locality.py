"""The place that a document governs: its issuers', else its 机关代字's, else its title's; never one that could be two."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from index.bodies import is_central, is_short
from index.doc_numbers import DocNumber
from index.regions import (
    COUNTRY_CODE,
    Mention,
    Region,
    contains,
    find_regions,
    region_by_adcode,
    regions_for_agency_code,
)
from index.types import Line

_OPENS = re.compile(
    r"^[《〈“]*(?:(?:19|20)\d{2}年(?:度)?)?(?:关于)?(?:修订|重新)?(?:印发|公布|发布|颁布|调整|修改|实施)?[《〈“]*"
)
_COUNTIES = ("区", "县")
_TOWNSHIP = re.compile(r"[\u4e00-\u9fff](?:镇|乡|苏木)(?:党委|人民政府)?$")
_SUB_COUNTY = re.compile(r"(?:镇|乡|街道|苏木|开发区|高新区|新区|管委会|园区)")


def find_region(
    issuers: Sequence[str], number: DocNumber | None, title: str, around: Sequence[Line], prose: Sequence[Line]
) -> Region | None:
    """Return the place a document governs, the whole country for a central body's, None where that is not sure."""
    texts = [line.text for line in (*around, *prose)]
    for issuer in issuers:
        if region := _of_name(issuer, texts):
            return region
    if any(is_central(issuer) for issuer in issuers):
        return region_by_adcode(COUNTRY_CODE)
    code = number.agency if number else ""
    if code.endswith(("令", "公告", "通告")) and (place := _of_name(code, texts)):
        return place
    if code and number and number.year and (region := _of_code(code, texts)):
        return region
    if region := _of_title(title, texts):
        return region
    return _of_label(issuers, around) or _of_county(issuers, prose)


def _of_name(name: str, texts: Sequence[str]) -> Region | None:
    """Return the place in a body's name, the innermost of 辽宁省沈阳市; an open one (朝阳区) as the page tells it."""
    mentions = find_regions(name)
    if not mentions or (is_short(name) and mentions[0].start):
        return None
    sure = [_sure(mention, texts) for mention in mentions]
    found: Region | None = None
    for region in sure:
        if region is None or (found and not contains(found, region)):
            break
        found = region
    return found


def _sure(mention: Mention, texts: Sequence[str]) -> Region | None:
    if len(mention.candidates) == 1:
        return mention.candidates[0]
    told = {m.candidates[0].adcode for m in _mentions(texts) if m.text == mention.text and len(m.candidates) == 1}
    told &= {region.adcode for region in mention.candidates}
    return region_by_adcode(told.pop()) if len(told) == 1 else None


def _mentions(texts: Sequence[str]) -> Iterator[Mention]:
    for text in texts:
        yield from find_regions(text)


def _of_code(agency: str, texts: Sequence[str]) -> Region | None:
    """Return the region that both the 机关代字 allows and the text names, the highest if several."""
    allowed = set(regions_for_agency_code(agency))
    if len(allowed) == 1:
        return allowed.pop()
    if not allowed:
        return None
    named = Counter(m.candidates[0] for m in _mentions(texts) if len(m.candidates) == 1 and m.candidates[0] in allowed)
    top = [r for r in named if not any(o != r and contains(o, r) for o in named)]
    return max(top, key=lambda r: named[r], default=None)


def _of_title(title: str, texts: Sequence[str]) -> Region | None:
    """Return the place that a title begins with: 沈阳市…规定; 关于支持沈阳市…的意见 may be the province's."""
    opens = _OPENS.match(title)
    start = opens.end() if opens else 0
    mentions = find_regions(title)
    at = next((i for i, m in enumerate(mentions) if m.start == start), None)
    if at is None:
        return None
    run = [mentions[at]]
    while at + len(run) < len(mentions) and mentions[at + len(run)].start == run[-1].end:
        run.append(mentions[at + len(run)])
    return _of_name("".join(m.text for m in run), texts)


def _of_label(issuers: Sequence[str], around: Sequence[Line]) -> Region | None:
    """Return the place where the page writes a short name in full: X县Y镇人民政府."""
    for issuer in issuers:
        for line in around:
            at = line.text.find(issuer)
            if at > 0 and (is_short(issuer) or _SUB_COUNTY.search(issuer)):
                before = [m for m in find_regions(line.text[max(0, at - 20) : at + 1]) if len(m.candidates) == 1]
                if before and before[-1].end >= min(20, at):
                    return before[-1].candidates[0]
    return None


def _of_county(issuers: Sequence[str], prose: Sequence[Line]) -> Region | None:
    """Return the one county that a township's text names: 某镇人民政府, 某县气象局预计降水偏少."""
    if not any(_TOWNSHIP.search(issuer) for issuer in issuers):
        return None
    named = {m.candidates[0] for m in _mentions([line.text for line in prose]) if len(m.candidates) == 1}
    return named.pop() if len(named) == 1 and all(region.level in _COUNTIES for region in named) else None
