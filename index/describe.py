"""What a document says of itself: title, 文号, issuer, region, year, dates, kind.

Nothing is guessed: a field that the text does not state stays empty.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from index.figures import DOC_NO, iso_date, normal_doc_no
from index.frame import Frame
from index.marks import starts_with_mark
from index.regions import Region, contains, find_regions, regions_for_agency_code
from index.types import Document

_KINDS_FILE = Path(__file__).parent / "data" / "kinds.tsv"
_ORGAN = r"(?:人民政府|办公厅|办公室|委员会|行政公署|国务院|[\u4e00-\u9fff]{2,}(?:厅|局|委|部|院|署|会|府))"
_ISSUER_OF_TITLE = re.compile(rf"^(?P<issuer>[\u4e00-\u9fff、 ]{{2,60}}?{_ORGAN})(?=关于|印发|转发|批转)")
_SIGNATURE = re.compile(rf"^[\u4e00-\u9fff ]{{2,40}}{_ORGAN}$|^{_ORGAN}$")
_RED_HEAD = re.compile(rf"^(?P<issuer>[\u4e00-\u9fff]{{2,40}}?{_ORGAN})文件$")
_HAN = "一二三四五六七八九十"
_DATE_LINE = re.compile(rf"^[（(]?[\d零〇○ＯO{_HAN}\s]+年[\d{_HAN}\s]+月[\d{_HAN}\s]+日[）)]?$")
_TRIAL = re.compile(r"[（(](?:试行|暂行|修订|征求意见稿|\d{4}年?(?:修订|修正)?)[）)]$")
_SITE_TAIL = re.compile(r"[-_—|·]\s*[\u4e00-\u9fff]{2,14}$")
_YEAR = re.compile(r"(?<![\d—－-])((?:19|20)\d{2})年(?!\s*[—－-])")
_NOT_TITLE = re.compile(r"[。；;：:|]|^\W*$")
_PUBLISHED = re.compile(r"(?:公开|发布|发文|生成|印发|成文)?(?:日期|时间)\s*[:：]?\s*(?=\d{4})")
_PUBLISHER = re.compile(r"(?:公开责任部门|发布机构|信息来源单位)\s*[:：]?\s*(\S{2,30})")
_VALIDITY = re.compile(r"(?:信息有效性|有效性|时效性?|效力状态)\s*[:：]?\s*(现行有效|有效|失效|废止|已修改|尚未施行)")
_MAX_TITLE_LINES = 4
_JOIN_COST = 1.5  # a line more must win a 关于 or an issuer, or it is the site's and not the title's


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document came from: the name shown to users, and the hash of the file's bytes."""

    name: str
    sha256: str


def describe(frame: Frame, text: str, source: Source, cleaning: tuple[str, ...] = ()) -> Document:
    """Return the document that the frame's lines describe; `text` is its cleaned body."""
    around = (*frame.head, *frame.foot)
    doc_no, agency = _own_doc_no(frame.head)
    title = _title(frame) or Path(source.name).stem
    kind = _kind(title) or "未知"
    interprets = _interpreted(kind, title, frame)
    issuers = _issuers(title, around)
    region = _region(issuers, agency, title, (*around, text))
    issued = next((iso_date(line) for line in around if _DATE_LINE.match(line)), None)
    published = next((iso_date(line) for line in around if _PUBLISHED.search(line)), None)
    year = _policy_year(title, doc_no or interprets, issued or published)
    fields = "\n".join(around)
    validity = _VALIDITY.search(fields)
    publisher = _PUBLISHER.search(fields)
    return Document(
        doc_id=_doc_id(doc_no, region, year, kind, title),
        title=title,
        text=text,
        source=source.name,
        sha256=source.sha256,
        doc_no=doc_no,
        interprets=interprets,
        issuers=issuers,
        publisher=publisher[1] if publisher else None,
        region=region.path if region else (),
        adcode=region.adcode if region else None,
        year=year,
        date_issued=issued or published,
        date_published=published,
        kind=kind,
        validity={"有效": "现行有效"}.get(validity[1], validity[1]) if validity else "未知",
        cleaning=cleaning,
    )


@cache
def _kinds() -> dict[str, str]:
    rows = (line.split("\t") for line in _KINDS_FILE.read_text("utf-8").splitlines() if line and line[0] != "#")
    return dict(rows)


def _kind(title: str) -> str | None:
    """Return the 文种 that the title ends with."""
    bare = _TRIAL.sub("", title)
    return next((kind for ending, kind in _kinds().items() if bare.endswith(ending)), None)


def _own_doc_no(head: tuple[str, ...]) -> tuple[str | None, str]:
    """Return the 文号 that opens a line of the head, and its 机关代字; one in a sentence is another's."""
    for line in head:
        match = DOC_NO.match(re.sub(r"^\W*(?:文号|发文字号|文件编号)\s*[:：]?\s*", "", line.strip()))
        if match:
            return normal_doc_no(match), match["agency"]
    return None, ""


def _title(frame: Frame) -> str | None:
    """Return the best title among the head's lines and runs of lines, or None."""
    lines = [_bare_line(line) for line in frame.head]
    quoted = set(re.findall(r"《([^《》]{4,120})》", "".join(frame.preamble)))
    candidates: Counter[str] = Counter()
    joins: dict[str, int] = {}
    for start in range(len(lines)):
        for end in range(start + 1, min(len(lines), start + _MAX_TITLE_LINES) + 1):
            part = lines[start:end]
            if any(_NOT_TITLE.search(line) or _DATE_LINE.match(line) or starts_with_mark(line) for line in part):
                break
            candidates["".join(part)] += 1
            joins.setdefault("".join(part), len(part) - 1)
    titles = [
        (_title_score(text, count, quoted) - _JOIN_COST * joins[text], text)
        for text, count in candidates.items()
        if _kind(text)
    ]
    return max(titles, default=(0, None))[1]


def _bare_line(line: str) -> str:
    """Drop what sites put around a title: the trail of links before it, the site's name after it."""
    line = re.split(r"[›»>]", line)[-1]
    line = DOC_NO.sub("", line, count=1) if DOC_NO.match(line.strip()) else line
    line = re.sub(r"[（(]此件[^（()）]*[）)]", "：", line)
    tail = _SITE_TAIL.search(line)
    return (line[: tail.start()] if tail and _kind(line[: tail.start()].strip()) else line).replace(" ", "")


def _title_score(text: str, count: int, quoted: set[str]) -> float:
    score = 3.0 * ("关于" in text) + 2.0 * bool(_ISSUER_OF_TITLE.match(text)) + min(count, 3)
    score += 3.0 * (text in quoted) + 2.0 * text.startswith("《")
    return score - (4.0 if not 8 <= len(text) <= 120 else 0.0)


def _interpreted(kind: str, title: str, frame: Frame) -> str | None:
    """Return the 文号 of the document that a 解读 explains."""
    if kind != "政策解读":
        return None
    match = DOC_NO.search("\n".join((title, *frame.preamble)))
    return normal_doc_no(_without_verbs(match)) if match else None


def _without_verbs(match: re.Match[str]) -> re.Match[str]:
    return DOC_NO.search(re.sub(r"^.*?(?:印发|发布|《[^》]*》)", "", match[0])) or match


def _issuers(title: str, around: tuple[str, ...]) -> tuple[str, ...]:
    """Return the issuing bodies: as the title names them, else as they sign above the date."""
    match = _ISSUER_OF_TITLE.match(title)
    if match:
        return tuple(filter(None, re.split(r"[、 ]", match["issuer"])))
    heads = [m["issuer"] for line in around if (m := _RED_HEAD.match(line.replace(" ", "")))]
    signed = [
        line.replace(" ", "")
        for line, after in pairwise(around)
        if _DATE_LINE.match(after) and _SIGNATURE.match(line)
    ]
    return tuple(dict.fromkeys(heads or signed))


def _region(issuers: tuple[str, ...], agency: str, title: str, texts: tuple[str, ...]) -> Region | None:
    """Return the place a document governs: its issuer's, else its 机关代字's, else its title's."""
    for issuer in issuers:
        if issuer.startswith(("国务院", "中共中央", "全国")):
            return regions_for_agency_code("国发")[0]
        for mention in find_regions(issuer):
            if len(mention.candidates) == 1:
                return mention.candidates[0]
    if agency:
        region = _by_agency_code(agency, texts)
        if region:
            return region
    sure = [m.candidates[0] for m in find_regions(title) if len(m.candidates) == 1]
    return sure[0] if sure else None


def _by_agency_code(agency: str, texts: tuple[str, ...]) -> Region | None:
    """Return the region that both the 机关代字 allows and the text names, the highest if several."""
    allowed = set(regions_for_agency_code(agency))
    if len(allowed) == 1:
        return allowed.pop()
    mentions = (m.candidates[0] for text in texts for m in find_regions(text) if len(m.candidates) == 1)
    named = Counter(region for region in mentions if region in allowed)
    top = [r for r in named if not any(o != r and contains(o, r) for o in named)]
    return max(top, key=lambda r: named[r], default=None)


def _policy_year(title: str, doc_no: str | None, issued: str | None) -> int | None:
    """Return the year a document is about: its title's, else its 文号's, else its date's."""
    years = _YEAR.findall(title)
    if len(set(years)) == 1:
        return int(years[0])
    match = DOC_NO.search(doc_no or "")
    if match:
        return int(match["year"])
    return int(issued[:4]) if issued else None


def _doc_id(doc_no: str | None, region: Region | None, year: int | None, kind: str, title: str) -> str:
    """Return an ASCII name that the same document always gets, wherever its file lies."""
    match = DOC_NO.search(doc_no or "")
    if match:
        return f"{_agency_pinyin(match['agency'], region)}-{match['year']}-{match['serial']}"
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
