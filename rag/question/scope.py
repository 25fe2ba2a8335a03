"""Which places, years and documents a question names, and which clauses may answer it.

The filter is decided here, in code, from the question's words: never by similarity.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from index.catalog import Mention as DocumentMention
from index.errors import UserError
from index.figures import DOC_NO, normal_doc_no
from index.named import find_documents, narrow, titles_before
from index.place_words import read_places
from index.regions import Mention, Region, contains, find_regions, region_by_adcode, region_by_name
from index.titles import QUOTED, STRICT, Status, normal_title
from index.types import Document
from rag.question.document_years import is_of_years
from rag.question.loose_numbers import with_loose_numbers
from rag.question.own_places import national_places
from rag.question.periods import limiting, read_periods
from rag.question.towns import documents_of_towns

Cites = Callable[[str], bool]

_ENGLISH_FILE = Path(__file__).parent.parent / "data" / "region_english.tsv"
_QUOTED = re.compile(r"《[^《》]*》")
_YEAR = re.compile(r"(?<![\d.])(?:19|20)\d{2}(?:\s*年(?:度)?)?")
_JOINED = re.compile(r"^\s*(?:和|与|跟|同|及|以及|还有|、|,|,|对比|相比|比|vs|VS|and|versus)\s*$")
# 《X条例》(X发〔2010〕5号): a title and its own 文号.
_ENDS = re.compile("[?？;；。!！]")
_IN_BRACKETS = re.compile(r"[\s(（,,]*")


@dataclass(frozen=True, slots=True)
class Named:
    """What a question names. `missing` holds the documents named that are not held.

    `periods` are the years by the words that named them: 2012年和十三五 are two. `plans` are those that were named as
    such, `issued` the years that are of printing and not of the policy (2012年印发). `mentions` says which words named
    which documents; those of an earlier turn stand nowhere (-1). `within` limits the search to the clauses of a place
    that the question names. `places` are the names of places in the words themselves. `this_year` is True if 今年 is
    the only year named; `assumed` says to people what was made of it. `of_towns` are the doc_ids of the documents of
    a town, street or village named.
    """

    regions: tuple[Region, ...] = ()
    years: tuple[int, ...] = ()
    documents: tuple[Document, ...] = ()
    missing: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()  # where in the words the names stand
    compared: bool = False
    mentions: tuple[DocumentMention, ...] = ()
    within: frozenset[str] | None = None
    periods: tuple[tuple[int, ...], ...] = ()
    plans: tuple[str, ...] = ()
    issued: frozenset[int] = frozenset()
    places: tuple[Mention, ...] = ()
    this_year: bool = False
    assumed: str = ""
    of_towns: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.regions or self.years or self.documents or self.missing)


# 持香港护照, 台湾学生: what somebody brings from there is not where the policy is asked of.
_ORIGIN_BEFORE = re.compile(r"(?:持有?|来自|在|的)$")
_ORIGIN_AFTER = re.compile(
    r"的?(?:人|青年|学生|师生|教师|专家|人才|农民|渔民|户口|户籍|籍|大夫|医生|医师|同胞|居民|护照|身份|行医|执业|资格|医疗机构|资本|企业)"
)


def find_named(
    text: str,
    documents: Sequence[Document],
    status: Status = lambda doc: doc.validity,
    now: date | None = None,
    cites: Cites = lambda term: False,
) -> Named:
    """Read the places, years and documents that a text names.

    `status` says which of several versions is in force; `cites` whether a held document quotes a title or a 文号
    (a term of `index.spoken`).
    """
    named = with_loose_numbers(text, find_documents(text, documents), documents)
    doc_spans = [(m.start, m.end) for m in named]
    # A title that held documents quote is a matter they speak of; any other may name a place, but no year.
    titles = [m for m in QUOTED.finditer(text) if not any(a < m.end() and m.start() < b for a, b in doc_spans)]
    quoted = [m for m in titles if cites(f"title:{m[0]}")]
    bare = blanked(text, doc_spans + [m.span() for m in quoted])
    mentions = _places(bare, documents)
    regions, compared = _deepest(mentions, bare)
    told = blanked(bare, [m.span() for m in _QUOTED.finditer(bare)])
    periods = limiting(read_periods(told, [at for m in mentions for at in (m.start, m.end)], now))
    if any(m.documents for m in named):  # 33号文里说今年: the document's own words
        periods = [period for period in periods if period.kind not in ("relative", "now")]
    years = tuple(dict.fromkeys(year for period in periods for year in period.years))
    named = _told_apart([narrow(m, status, regions, years) for m in named], text)
    if regions or any(m.documents for m in named):  # 某市方案里引用的另一文号: a matter that the plan speaks of
        named = [m for m in named if m.documents or not _is_cited(m.name, cites)]
        doc_spans = [(m.start, m.end) for m in named]
    docs = {doc.doc_id: doc for m in named for doc in m.documents}
    foreign = [m[0] for m in titles if m not in quoted and STRICT.search(normal_title(m[0]))]
    missing = [m.name for m in named if not m.documents] + foreign + _titles_not_held(text, named)
    spans = [(m.start, m.end) for m in mentions] + doc_spans
    spans += [(period.start, period.end) for period in periods if period.kind in ("year", "issued", "relative", "now")]
    apart = tuple(dict.fromkeys(period.years for period in periods))
    return Named(
        regions,
        years,
        tuple(docs.values()),
        tuple(dict.fromkeys(missing)),
        tuple(spans),
        compared or len(apart) > 1,
        tuple(named),
        periods=apart,
        plans=tuple(period.plan for period in periods if period.plan),
        issued=frozenset(year for period in periods if period.kind == "issued" for year in period.years),
        places=tuple(mentions),
        this_year=[period.kind for period in periods] == ["now"],
        of_towns=documents_of_towns(text, documents) if regions else frozenset(),
    )


def _places(text: str, documents: Sequence[Document]) -> list[Mention]:
    """Return the places that a text names, the longest at each place; what somebody brings from abroad is none."""
    named = [*_leading_region(text), *find_regions(text), *_english_regions(text)]
    mentions = [_with_old_name(m) for m in _outermost_first(named) if not _is_origin(m, text)]
    return sorted([*mentions, *national_places(text, mentions, documents)], key=lambda m: m.start)


def _is_cited(number: str, cites: Cites) -> bool:
    """True if a held document cites a 文号 that is not held, with or without the place before its 机关代字."""
    match = DOC_NO.search(number)
    whole = normal_doc_no(match) if match else ""
    return any(cites(f"number:{whole[at:]}") for at in range(whole.find("〔")))


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


def is_of(doc: Document, named: Named) -> bool:
    """True if a document is of a place named, and of a year named, itself."""
    return _place_fits(doc, named) == "own" and is_of_years(doc, named)


def fits_place(doc: Document, regions: Sequence[Region]) -> bool:
    """True if a document is of one of the places, or of a place that one of them lies in."""
    return _place_fits(doc, Named(regions=tuple(regions))) is not None


def _place_fits(doc: Document, named: Named) -> str | None:
    """Return "own" if the document is of a named place, "part" if the place lies inside its own, or None.

    A town's document is of the county or city that it lies in where the question names the town too.
    """
    own = region_by_adcode(doc.adcode) if doc.adcode else None
    if not named.regions or own in named.regions:
        return "own"
    if doc.doc_id in named.of_towns and own_of_town(doc, named):
        return "own"
    return "part" if own and any(contains(own, region) for region in named.regions) else None


def own_of_town(doc: Document, named: Named) -> bool:
    """True if a document of a town named may lie in a place named: the table of places knows no town."""
    own = region_by_adcode(doc.adcode) if doc.adcode else None
    return own is None or any(contains(region, own) for region in named.regions)


def _titles_not_held(text: str, mentions: Sequence[DocumentMention]) -> list[str]:
    """Return the titles before a place (海洋环境保护法第三条) that are no document held; 方案 may only describe one."""
    places = read_places(text, [(m.start, m.end) for m in mentions])
    found = titles_before(text, mentions, places).values() if places else ()
    return [
        title if title[0] == "《" else f"《{title}》" for title in found if title[0] == "《" or STRICT.search(title)
    ]


def _told_apart(mentions: Sequence[DocumentMention], text: str) -> list[DocumentMention]:
    """Let the names of one document help each other: a title borne by several, and the 文号 of one of them."""
    sure = {m.documents[0].doc_id for m in mentions if len(m.documents) == 1}
    told: list[DocumentMention] = []
    for mention in mentions:
        both = tuple(doc for doc in mention.documents if doc.doc_id in sure)
        before = told[-1] if told and _IN_BRACKETS.fullmatch(text, told[-1].end, mention.start) else None
        if mention.is_ambiguous and both:
            mention = replace(mention, documents=both)
        elif before and not mention.documents and not any(doc.doc_no for doc in before.documents):
            mention = replace(mention, documents=before.documents)  # held, but without its 文号
        told.append(mention)
    return told


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
    """Return the places meant: 广东中山 is 中山 alone, 广东和中山 is both."""
    joined = {
        region
        for left, right in zip(mentions, mentions[1:], strict=False)
        if _JOINED.match(_QUOTED.sub("", re.sub(_YEAR, "", text[left.end : right.start])))
        for region in (*left.candidates, *right.candidates)
    }
    named = {region: mention for mention in mentions for region in mention.candidates}
    kept = [r for r in named if r in joined or not any(_narrows(other, named, r, text) for other in named)]
    return tuple(kept), len({named[r] for r in kept}) > 1


def _narrows(other: Region, named: Mapping[Region, Mention], region: Region, text: str) -> bool:
    """True if one sentence names a place inside another by other words: 内蒙古呼伦贝尔, not the two that 思茅 may be."""
    one, two = sorted((named[other], named[region]), key=lambda mention: mention.start)
    return other != region and contains(region, other) and one is not two and not _ENDS.search(text, one.end, two.start)


def _with_old_name(mention: Mention) -> Mention:
    """Let the name of a district that was its city's mean both: 思茅 is a district of 普洱, which was 思茅地区."""
    districts = [r for r in mention.candidates if r.level == "县" and r.name == f"{mention.text}区"]
    once = [city for suffix in ("市", "地区") for city in region_by_name(mention.text + suffix)]
    above = tuple(dict.fromkeys(city for city in once if any(city != d and contains(city, d) for d in districts)))
    return replace(mention, candidates=above + mention.candidates) if above else mention


def blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return the text with the spans made blank, so that offsets stay."""
    chars = list(text)
    for start, end in spans:
        chars[start:end] = " " * (end - start)
    return "".join(chars)
