"""Which places, years and documents a question names, and which clauses may answer it.

The filter is decided here, in code, from the question's words: never by similarity.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.errors import UserError
from index.figures import DOC_NO, find_figures, normal_doc_no
from index.regions import Mention, Region, contains, find_regions, region_by_adcode, region_by_name
from index.store import ClauseIndex
from index.types import Clause, Document

_ENGLISH_FILE = Path(__file__).parent / "data" / "region_english.tsv"
_YEAR = re.compile(r"(?<![\d.])((?:19|20)\d{2})(?!\s*[\d%元万人个名])(?:\s*年(?:度)?)?")
# 24年 is 2024; but 3年内, 5年制 and 10年以上 are durations.
_SHORT_YEAR = re.compile(r"(?<![\d.第])([012]\d)\s*年(?!内|以|期|制|后|来|间|的时间)")
_HAN_YEAR = re.compile(r"([一二][〇零○九][〇零○一二三四五六七八九]{2})年(?:度)?")  # 二〇一五年
_HAN_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_BARE_SERIAL = re.compile(r"(?<!\d)0*(\d{1,4})\s*号(?:文件|文|通知|意见|方案|办法|规定)")
_YEAR_SERIAL = re.compile(r"[〔\[［(（【]\s*((?:19|20)\d{2})\s*[〕\]］)）】]\s*0*(\d{1,4})\s*号")
_TITLE = re.compile(r"《([^《》]{4,100})》")
_QUOTED = re.compile(r"《[^《》]*》")
_JOINED = re.compile(r"^\s*(?:和|与|跟|同|及|以及|还有|、|,|,|对比|相比|比|vs|VS|and|versus)\s*$")
_MIN_TITLE_SHARED = 12  # characters of a title that a question must repeat to mean that document


@dataclass(frozen=True, slots=True)
class Named:
    """What a question names. `missing` holds the documents named that are not held."""

    regions: tuple[Region, ...] = ()
    years: tuple[int, ...] = ()
    documents: tuple[Document, ...] = ()
    missing: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()  # where in the words the names stand
    compared: bool = False

    def __bool__(self) -> bool:
        return bool(self.regions or self.years or self.documents or self.missing)


# 持香港行医资格, 台湾大夫: what somebody brings from there is not where the policy is asked of.
_ORIGIN_BEFORE = re.compile(r"(?:持有?|来自|在|的)$")
_ORIGIN_AFTER = re.compile(r"的?(?:人|户口|户籍|籍|大夫|医生|医师|同胞|居民|护照|身份|行医|执业|资格|医疗机构|资本|企业)")


def find_named(text: str, documents: Sequence[Document]) -> Named:
    """Read the places, years and documents that a text names."""
    docs, missing, doc_spans = _documents(text, documents)
    # A title that held documents quote is a matter they speak of; any other may name a place, but no year.
    quoted = [m.span() for m in _QUOTED.finditer(text) if any(m[0] in doc.text for doc in documents)]
    bare = _blank(text, doc_spans + quoted)
    mentions = _outermost_first([*_leading_region(bare), *find_regions(bare), *_english_regions(bare)])
    mentions = [m for m in mentions if not _is_origin(m, bare)]
    regions, compared = _deepest(mentions, bare)
    years, year_spans = _years(_blank(bare, [m.span() for m in _QUOTED.finditer(bare)]))
    spans = [(m.start, m.end) for m in mentions] + year_spans + doc_spans
    return Named(regions, years, docs, missing, tuple(spans), compared or len(years) > 1)


def regions_of_names(names: Sequence[str]) -> tuple[Region, ...]:
    """Return the regions that filters name, in full or short; raises UserError for a name that is none."""
    found: list[Region] = []
    for name in names:
        mentions = find_regions(name)
        meant = region_by_name(name)[:1] or (mentions[-1].candidates[:1] if mentions else ())
        if not meant:
            raise UserError(f"没有叫“{name}”的地区。请用行政区划的名称, 即省、市、县的全称或简称。")
        found += meant
    return tuple(dict.fromkeys(found))


def fits_place(doc: Document, regions: Sequence[Region]) -> bool:
    """True if a document is of one of the places, or of a place that one of them lies in."""
    return _place_fits(doc, regions) is not None


def eligible_rows(index: ClauseIndex, named: Named) -> npt.NDArray[np.int64]:
    """Return the rows of the searchable clauses that the named places, years and documents allow.

    A document's own place and years admit all its clauses. A part of its territory, or a year
    that is not its own, admits only the clauses that speak of it (`到2020年…`, `临翔区…`). A
    document named as such needs no place.
    """
    wanted = {doc.doc_id for doc in named.documents}
    rows: list[int] = []
    for doc in index.documents:
        place = "own" if doc.doc_id in wanted else None if wanted else _place_fits(doc, named.regions)
        if place is None:
            continue
        of_year = _year_fits(doc, named.years)
        for row in index.rows_by_document.get(doc.doc_id, []):
            clause = index.clause(row)
            if place == "part" and not _speaks_of_place(clause, named.regions):
                continue
            if of_year or _speaks_of_year(clause, named.years):
                rows.append(row)
    return np.array(rows, np.int64)


def _place_fits(doc: Document, regions: Sequence[Region]) -> str | None:
    """Return "own" if the document is of a named place, "part" if the place lies inside its own, or None."""
    own = region_by_adcode(doc.adcode) if doc.adcode else None
    if not regions or own in regions:
        return "own"
    return "part" if own and any(contains(own, region) for region in regions) else None


def _year_fits(doc: Document, years: Sequence[int]) -> bool:
    own = {doc.year, *(int(date[:4]) for date in (doc.date_issued, doc.date_published) if date)}
    return not years or not own.isdisjoint(years)


@cache
def _places_spoken_of(text: str) -> frozenset[Region]:
    return frozenset(region for mention in find_regions(text) for region in mention.candidates)


def _speaks_of_place(clause: Clause, regions: Sequence[Region]) -> bool:
    return not _places_spoken_of(clause.text).isdisjoint(regions)


@cache
def _years_spoken_of(text: str) -> frozenset[int]:
    """Return the years a clause itself sets; those in titles and 文号 that it quotes are others'."""
    figures = find_figures(_QUOTED.sub("", text))
    return frozenset(int(figure.value[:4]) for figure in figures if figure.kind == "date")


def _speaks_of_year(clause: Clause, years: Sequence[int]) -> bool:
    return clause.path != "0" and not _years_spoken_of(clause.text).isdisjoint(years)


def _documents(
    text: str, documents: Sequence[Document]
) -> tuple[tuple[Document, ...], tuple[str, ...], list[tuple[int, int]]]:
    """Return the held documents named by 文号, serial, title or ID; those not held; and where."""
    found: dict[str, Document] = {}
    missing: list[str] = []
    spans: list[tuple[int, int]] = []

    def take(span: tuple[int, int], name: str, matches: list[Document]) -> None:
        if any(start < span[1] and span[0] < end for start, end in spans):
            return
        spans.append(span)
        found.update({doc.doc_id: doc for doc in matches})
        if not matches:
            missing.append(name)

    for match in DOC_NO.finditer(text):
        suffix = (match["year"], match["serial"])
        by_year = [d for d in documents if suffix in _numbers(d)]
        agency = match["agency"]
        take(match.span(), normal_doc_no(match), [d for d in by_year if any(agency.endswith(a) for a in _agencies(d))])
    for match in _YEAR_SERIAL.finditer(text):
        take(match.span(), match[0], [d for d in documents if (match[1], match[2]) in _numbers(d)])
    for match in _BARE_SERIAL.finditer(text):
        take(match.span(), match[0], [d for d in documents if any(n[1] == match[1] for n in _numbers(d))])
    for match in _TITLE.finditer(text):
        held = [d for d in documents if match[1] in d.title or d.title in match[1]]
        if held:
            take(match.span(), match[0], held)
    for doc in documents:
        if doc.doc_id in text:
            start = text.index(doc.doc_id)
            take((start, start + len(doc.doc_id)), doc.doc_id, [doc])
    if shared := _shared_title(text, documents):
        take(*shared)
    return tuple(found.values()), tuple(missing), spans


def _shares_title(text: str, title: str) -> tuple[int, int] | None:
    """Return where a text repeats a long run of a title."""
    from difflib import SequenceMatcher

    if len(text) < _MIN_TITLE_SHARED:
        return None
    match = SequenceMatcher(None, text, title, autojunk=False).find_longest_match()
    return (match.a, match.a + match.size) if match.size >= _MIN_TITLE_SHARED else None


def _shared_title(text: str, documents: Sequence[Document]) -> tuple[tuple[int, int], str, list[Document]] | None:
    """Return the document whose title a text repeats the longest run of; none if two titles share that run."""
    found = [(span, doc) for doc in documents if (span := _shares_title(text, doc.title))]
    longest = max((end - start for (start, end), _ in found), default=0)
    best = [(span, doc) for span, doc in found if span[1] - span[0] == longest]
    return (best[0][0], best[0][1].title, [best[0][1]]) if len(best) == 1 else None


def _numbers(doc: Document) -> list[tuple[str, str]]:
    return [(m["year"], m["serial"]) for name in (doc.doc_no, doc.interprets) if name for m in DOC_NO.finditer(name)]


def _agencies(doc: Document) -> list[str]:
    return [m["agency"] for name in (doc.doc_no, doc.interprets) if name for m in DOC_NO.finditer(name)]


@cache
def _english() -> tuple[re.Pattern[str], dict[str, tuple[str, ...]]]:
    codes: dict[str, tuple[str, ...]] = {}
    for line in _ENGLISH_FILE.read_text("utf-8").splitlines():
        if line and line[0] != "#":
            adcode, names = line.split("\t")
            for name in names.split(" | "):
                codes[name] = (*codes.get(name, ()), adcode)
    names = "|".join(sorted(map(re.escape, codes), key=len, reverse=True))
    return re.compile(rf"(?<![a-z])({names})(?![a-z])", re.I), codes


def _english_regions(text: str) -> list[Mention]:
    if not re.search(r"[A-Za-z]{4}", text):
        return []
    pattern, codes = _english()
    return [
        Mention(m.start(), m.end(), m[0], tuple(region_by_adcode(code) for code in codes[m[0].lower()]))
        for m in pattern.finditer(text)
    ]


def _is_origin(mention: Mention, text: str) -> bool:
    abroad = all(region.level == "省" and region.adcode[:1] in "78" for region in mention.candidates)
    before, after = text[: mention.start], text[mention.end :]
    return abroad and bool(_ORIGIN_BEFORE.search(before) or _ORIGIN_AFTER.match(after))


def _leading_region(text: str) -> list[Mention]:
    """Return the place that opens a question even if its name is a common word: 安康新农合补助多少."""
    found = find_regions(f"在{text}")[:1]
    return [Mention(0, m.end - 1, m.text, m.candidates) for m in found if m.start == 1]


def _outermost_first(mentions: list[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.start, -m.end)):
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


def _deepest(mentions: list[Mention], text: str) -> tuple[tuple[Region, ...], bool]:
    """Return the places meant: 内蒙古呼伦贝尔 is 呼伦贝尔 alone, 内蒙古和呼伦贝尔 is both."""
    joined = {
        region
        for left, right in zip(mentions, mentions[1:], strict=False)
        if _JOINED.match(_QUOTED.sub("", re.sub(_YEAR, "", text[left.end : right.start])))
        for region in (*left.candidates, *right.candidates)
    }
    named = list(dict.fromkeys(region for mention in mentions for region in mention.candidates))
    kept = [r for r in named if r in joined or not any(o != r and contains(r, o) for o in named)]
    return tuple(kept), len(mentions) > 1 and len(kept) > 1


def _years(text: str) -> tuple[tuple[int, ...], list[tuple[int, int]]]:
    text = unicodedata.normalize("NFKC", text)
    full = [(int(m[1]), m.span()) for m in _YEAR.finditer(text)]
    full += [(int(m[1].translate(_HAN_DIGITS)), m.span()) for m in _HAN_YEAR.finditer(text)]
    short = [(2000 + int(m[1]), m.span()) for m in _SHORT_YEAR.finditer(text)]
    found = sorted(full + short, key=lambda item: item[1])
    return tuple(dict.fromkeys(year for year, _ in found)), [span for _, span in found]


def _blank(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return the text with the spans made blank, so that offsets stay."""
    chars = list(text)
    for start, end in spans:
        chars[start:end] = " " * (end - start)
    return "".join(chars)
