"""What a document points to: its own clauses, and other documents that it cites, rests on, repeals or amends.

    根据《X条例》第十二条…制定本办法      based_on (in the preamble, or where the reason is given)
    《Y办法》（Z发〔2010〕5号）同时废止     repeals; so are the entries under 下列文件予以废止
    关于修改《X条例》的决定              amends
    按照本办法第三条第(一)项            clause, of this document

A target is the 文号 where it is given, else the title.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from index.inner_links import find_inner
from index.references import Reference, find_references, titles_in_list
from index.title_key import title_key
from index.types import Clause, Document, Link

_ENDS = r"(?:废止|停止执行|停止施行|停止使用|停止实施|失效|不再执行|终止执行|作废|取消)"
_LIST = r"[\0、，,和及与以\s]*+(?:等.{0,14})?(?:[一二三四五六七八九十\d]+[件个部项])?(?:的)?(?:通知|规定|办法|文件|规章|法规|决定|文)?"
# 《甲》《乙》(同时)废止; what stands between is no more than the rest of the list and the day.
_ENDED = re.compile(
    rf"^{_LIST}[，,]?\s*+(?:自.{{2,24}}?(?:起|日|时)|从.{{2,16}}?起)?[，,]?\s*+(?:均|也|亦|一律|相应|同时|一并|予以|即行|即|自行|随之|随即|宣布|已|全文|\s)*{_ENDS}(?!的|前|后|和失效)"
)
_ENDING = re.compile(
    r"(?:废止|停止执行|宣布失效|撤销|代替|替代|取代)(?:了|下列|以下)?(?:文件|规章)?[：:]?\s*[\0、，,和及与以\s]*(?:原|[\u4e00-\u9fff]{2,16}(?:印发|发布|公布|制定)的)?$"
)
_NOT_ENDED = re.compile(r"继续有效|不予废止|尚未|保留|未被?废止|废止后|废止前")
# Under these words every entry is repealed.
_LISTS_ENDED = re.compile(
    rf"(?:下列|以下|如下|附件|目录|清单|一批|部分).{{0,30}}{_ENDS}|{_ENDS}.{{0,24}}(?:目录|清单|如下|文件|规章|法规|规定|决定)|^\W*(?:[一二三四五六七八九十]、|[（(].{{1,3}}[)）])?\s*(?:决定|予以|宣布)?{_ENDS}"
)
_LISTS_KEPT = re.compile(r"修改|修订|继续有效|保留|有效的|现行有效|延长")
_BASES = re.compile(
    r"(?:根据|依据|依照|按照|遵照|(?:为|为了|以)?(?:深入|全面|认真|进一步|切实|坚决)?(?:贯彻|落实|实施|执行|细化)(?:落实|执行|实施|好)?)(?:(?!制定|印发|形成了|出台|起草|编制)[^。；;])*$"
)
_PURPOSE = re.compile(
    r"制定本|特制定|提出(?:以下|如下|本)|(?:通知|公告|决定|规定|批复|通告|意见)如下|作如下|结合.{0,12}实际|现就|现将"
)
_CHANGES = re.compile(
    r"修改为|作(?:出)?(?:如下|以下)修改|予以修改|修改如下|删去|删除|增加一[条款项]|作出修改|修订为|调整为"
)
_AMENDING = re.compile(r"(?:修改|修正|修订|调整|补充)")
_REACH = 1500  # characters of a sentence that are read on either side
_SENTENCE_END = re.compile(r"[。；;！!？?]|(?<=[：:。；;])\n")


def find_links(doc: Document, clauses: Sequence[Clause]) -> tuple[Link, ...]:
    """Return the references of a document in the order they stand; offsets are into its text."""
    own = (doc.title, *(line for c in clauses if re.fullmatch(r"a\d+", c.path) for line in c.text.split("\n")[:3]))
    references = find_references(doc.text)
    selves = {at for at, ref in enumerate(references) if _is_self(ref, doc, own)}
    owner = _Owner(clauses)
    outer = [link for at in _documents(references) if _counts(link := _outer(at, doc, owner, references), at in selves)]
    listed = [link for clause in clauses if _ends_list(clause, doc) for link in _entries(clause, doc, references)]
    heads = list(_amended_headings(doc, clauses))
    foreign = [(ref.start, ref.end) for at, ref in enumerate(references) if at not in selves]
    inner = find_inner(doc.text, clauses, foreign, bool(re.search(r"修改|修正", doc.title)))
    return tuple(sorted({*outer, *listed, *heads, *inner}, key=lambda link: (link.start, link.end, link.target)))


def _counts(link: Link, is_self: bool) -> bool:
    """A document does not refer to itself, but may repeal what bore its title before it."""
    return not is_self or link.kind == "repeals"


def _documents(references: Sequence[Reference]) -> list[int]:
    return [at for at, ref in enumerate(references) if ref.is_document]


def _is_self(ref: Reference, doc: Document, own: Sequence[str]) -> bool:
    """True where a document names itself, the one that it sends, or an annex."""
    if ref.number:
        return ref.number == doc.doc_no and (not ref.title or _same_title(ref.title, doc.title))
    return any(_same_title(ref.title, title) for title in own)


def _same_title(title: str, own: str) -> bool:
    said, held = title_key(title), title_key(own)
    sent = re.search(r"关于(?:印发|发布|公布|下发|转发|批转)(.+)的(?:通知|公告|通告|决定|函)$", held)
    return said in (held, sent[1] if sent else held) or bool(re.fullmatch(re.escape(said) + r"\([^()]{1,12}\)", held))


def _outer(at: int, doc: Document, owner: _Owner, references: Sequence[Reference]) -> Link:
    ref = references[at]
    before, after = _sentence(doc.text, at, references, owner.span_at(ref.start))
    return Link(
        _kind(ref, doc, owner.clause_at(ref.start), before, after),
        ref.target,
        doc.text[ref.start : ref.end],
        ref.start,
        ref.end,
    )


class _Owner:
    """Which clause a character of the text is in."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self._spans = sorted((start, end, i) for i, clause in enumerate(clauses) for start, end in clause.spans)
        self._starts = [start for start, _, _ in self._spans]
        self._clauses = clauses

    def clause_at(self, at: int) -> Clause | None:
        found = self._at(at)
        return self._clauses[found[2]] if found else None

    def span_at(self, at: int) -> tuple[int, int]:
        """Return the piece of a clause around a character, the line's worth of it where it is in none."""
        found = self._at(at)
        return found[:2] if found else (max(0, at - 400), at + 2000)

    def _at(self, at: int) -> tuple[int, int, int] | None:
        i = bisect_right(self._starts, at) - 1
        return self._spans[i] if i >= 0 and at < self._spans[i][1] else None


def _kind(ref: Reference, doc: Document, clause: Clause | None, before: str, after: str) -> str:
    if not _NOT_ENDED.search(after[:20]):
        if _ENDED.match(after) or _ENDING.search(before):
            return "repeals"
        if clause and _ends_list(clause, doc) and not _BASES.search(before):
            return "repeals"
    if _amends(ref, doc, before, after):
        return "amends"
    if _BASES.search(before) and _gives_reason(clause, before + after):
        return "based_on"
    return "cites"


def _sentence(text: str, at: int, references: Sequence[Reference], span: tuple[int, int]) -> tuple[str, str]:
    """Return the sentence around a reference, before and after it, other references made `\\0`."""
    ref = references[at]
    low, high = max(span[0], ref.start - _REACH), min(span[1], ref.end + _REACH)
    starts = [match.end() for match in _SENTENCE_END.finditer(text, low, ref.start)]
    end = _SENTENCE_END.search(text, ref.end, max(high, ref.end))
    low, high = (starts[-1] if starts else low), (end.start() if end else high)
    chars = list(text[low:high])
    for step in (-1, 1):
        i = at + step
        while 0 <= i < len(references) and low <= references[i].start < high:
            a, b = references[i].start - low, min(references[i].end, high) - low
            chars[a:b] = "\0" * (b - a)
            i += step
    said = "".join(chars)
    before, after = said[: ref.start - low], said[ref.end - low :]
    return before.replace("\n", ""), re.sub(r"\0+", "\0", after).replace("\n", "")


def _amends(ref: Reference, doc: Document, before: str, after: str) -> bool:
    """True if the document changes the one named: in its title, or in the sentence."""
    if not _AMENDING.search(doc.title):
        return False
    if ref.title and title_key(ref.title) in title_key(doc.title) and "修改" in doc.title:
        return True
    return bool(re.search(r"(?:对|将|把)[\0、和\s]*$", before) and _CHANGES.search(after))


def _gives_reason(clause: Clause | None, sentence: str) -> bool:
    """True in a preamble, in 第一条 and wherever a sentence says why the document is made."""
    if clause and (clause.path == "0" or clause.path_text.endswith(("第一条", "第一条第一款"))):
        return True
    return bool(_PURPOSE.search(sentence))


def _ends_list(clause: Clause, doc: Document) -> bool:
    """True for a clause in a list of what is repealed: by the heading nearest above it that says, else by the title."""
    own = re.split(r"\n", clause.text)[0] if "：" in clause.text[:80] or ":" in clause.text[:80] else ""
    for heading in (own, *reversed(clause.headings)):
        if _LISTS_ENDED.search(heading) or _LISTS_KEPT.search(heading):
            return bool(_LISTS_ENDED.search(heading)) and not _LISTS_KEPT.search(heading)
    listing = bool(re.search(rf"{_ENDS}", doc.title)) and not _LISTS_KEPT.search(doc.title)
    return listing and clause.path != "0"


def _entries(clause: Clause, doc: Document, references: Sequence[Reference]) -> Iterator[Link]:
    """Yield the entries of a list of repealed documents that stand without 书名号 and without a 文号."""
    for start, end in clause.spans:
        at = start
        for line in doc.text[start:end].split("\n"):
            stop = at + len(line)
            if not any(at <= ref.start < stop for ref in references) and not re.search(rf"下列|以下|{_ENDS}", line):
                for title, a, b in titles_in_list(line):
                    yield Link("repeals", title, doc.text[at + a : at + b], at + a, at + b)
            at = stop + 1


def _amended_headings(doc: Document, clauses: Sequence[Clause]) -> Iterator[Link]:
    """Yield the laws that a decision on several changes one by one under headings: 一、X办法 (一)将第三条修改为…"""
    if "修改" not in doc.title and "修订" not in doc.title:
        return
    for clause in clauses:
        start, end = clause.spans[0] if clause.spans else (0, 0)
        line = doc.text[start:end].split("\n")[0]
        below = (c for c in clauses if c.path.startswith(f"{clause.path}."))
        changes = _CHANGES.search(doc.text[start:end]) or any(_CHANGES.search(c.text) for c in below)
        if not clause.path.startswith("a") and changes and "《" not in line and len(line) <= 80:
            for title, a, b in titles_in_list(line):
                yield Link("amends", title, doc.text[start + a : start + b], start + a, start + b)
