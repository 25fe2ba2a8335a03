"""The places of its own that a text points to: 本办法第十二条第二款, 前款, 第(一)至(三)项, 附件2."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.figures import integer
from index.marks import mark_at
from index.outline import Node, Outline
from index.place import Place, Step
from index.types import Clause, Link

_NUMERAL = r"[一二三四五六七八九十百零〇两\d]{1,6}"
_ITEM = rf"(?:[（(]\s*{_NUMERAL}\s*[)）]|{_NUMERAL}|[①-⑳㈠-㈩⑴-⒇])"
_AND = r"\s*(?:、|，|和|与|及|以及|或者|或)\s*"
_TO = r"\s*(?:至|到|-|—|－|~)\s*"
_UNIT = r"(?:条(?![例件约幅理])|款(?![待式])|项(?!目)|目(?![标录前的])|章(?!程)|节(?![能约假目日点省水])|编(?![制写辑号])|部分)"
# What is ahead is read once and for all ((?>): a long row of numerals can be cut in more ways than can be tried.
_STEP = re.compile(
    rf"第\s*(?P<list>(?>{_ITEM}(?:(?:{_AND}|{_TO})第?\s*{_ITEM}(?=(?>(?:{_AND}|{_TO}|第?\s*{_ITEM}|\s)*){_UNIT}))*))\s*(?P<unit>{_UNIT})(?:之(?P<suffix>[一二三四五六七八九十]))?"
)
_CHAIN = re.compile(
    rf"(?:{_STEP.pattern.replace('?P<list>', '?:').replace('?P<unit>', '?:').replace('?P<suffix>', '?:')}\s*(?:中|的)?)+"
)
_BEFORE = re.compile(r"前(?P<count>[一二两三四五]?)(?P<unit>款|条|项)(?![件例待式目])")
_SELF = re.compile(r"本(?P<unit>条|款|章|节)(?![例件约款式程能])")
_ANNEX = re.compile(r"附件\s*(?P<number>[0-9]{1,2}|[一二三四五六七八九十]{1,2})(?![\u4e00-\u9fff]*[：:])")
# 依照刑法第二百六十条: the name of a law without 书名号; 本办法 and 该条例 are told apart.
_FOREIGN = re.compile(
    r"(?:法|条例|办法|规定|细则|规则|决定|通知|意见|章程|解释|预案|方案|规程|通则|标准|规范|准则|》|〉|号|文件)(?:[（(][^（()）]{0,40}[)）])?\s*(?:的)?$"
)
_OWN = re.compile(
    r"(?:本|该)(?:[\u4e00-\u9fff]{0,6}?)(?:法|条例|办法|规定|细则|规则|决定|通知|意见|章程|解释|预案|方案|规程|通则|标准|规范|准则)(?:[（(][^（()）]{0,8}[)）])?\s*(?:的)?$"
)
_JOINS = re.compile(r"\s*(?:(?P<range>至|到|—|-)|、|，|和|与|及|以及|或者|或)\s*")


def find_inner(
    text: str, clauses: Sequence[Clause], foreign: Sequence[tuple[int, int]], amending: bool = False
) -> list[Link]:
    """Return the links of a text to its own clauses; `foreign` are spans that name places of other documents.

    In a text that amends others a bare 第三条 is theirs, and only 本决定第三条 its own.
    """
    outline = Outline(clauses)
    links = []
    for clause in clauses:
        node = outline.by_path.get(clause.path)
        if node is None:
            continue
        for start, end in clause.spans:
            chars = list(text[start:end])
            for a, b in foreign:
                if a < end and start < b:
                    at, to = max(a, start) - start, min(b, end) - start
                    chars[at:to] = "》" * (to - at)
            links += [
                replace(link, start=link.start + start, end=link.end + start)
                for link in _of_span("".join(chars), node, outline, amending)
            ]
    return links


def _of_span(text: str, node: Node, outline: Outline, amending: bool) -> Iterator[Link]:
    text = _without_own_mark(text, node)
    foreign_to = -1  # where the places of another document ended
    last: tuple[Step, ...] = ()
    last_end = -1
    for match in _CHAIN.finditer(text):
        before = text[max(0, match.start() - 60) : match.start()]
        own = bool(_OWN.search(before[-20:]))
        if not own and (amending or _joint(text, foreign_to, match.start()) or _FOREIGN.search(before)):
            foreign_to = match.end()
            continue
        steps = _steps(match[0])
        if not steps:
            continue
        joint = _joint(text, last_end, match.start())
        above = last if joint else _pointed(before, node)
        if joint and joint["range"] and (until := _range(last, steps[0])):
            steps[0] = until
        whole = [_under(chain, above, node) for chain in steps]
        for chain in whole:
            yield from _links(chain, match, outline)
        last, last_end, foreign_to = whole[-1], match.end(), -1
    if not amending:
        yield from _relative(text, node)
    yield from _annexes(text, node, outline)


def _pointed(before: str, node: Node) -> tuple[Step, ...]:
    """Return the way to what 前条 or 前款 names right before a place: 前条第一款 is not of the same article."""
    match = re.search(r"前(条|款)(?:的)?$", before)
    article = _ancestor(node, "条")
    if not match or article is None:
        return ()
    if match[1] == "条":
        alike = _siblings(article)
        at = alike.index(article) - 1 if article in alike else -1
        return (Step("条", alike[at].number, suffix=alike[at].suffix),) if at >= 0 else ()
    paragraph = _ancestor(node, "款")
    here = (Step("条", article.number, suffix=article.suffix),)
    return (*here, Step("款", paragraph.number - 1)) if paragraph and paragraph.number > 1 else here


def _joint(text: str, end: int, start: int) -> re.Match[str] | None:
    """Return the 、 or 和 or 至 that alone stands between two places, or None."""
    return _JOINS.fullmatch(text, end, start) if 0 <= end <= start else None


def _range(last: tuple[Step, ...], chain: tuple[Step, ...]) -> tuple[Step, ...] | None:
    """Return what 第二条至第四条 adds to its beginning: the third and the fourth."""
    if not last or len(chain) != 1 or last[-1].unit != chain[0].unit or chain[0].number <= last[-1].number:
        return None
    return (replace(chain[0], number=last[-1].number + 1, until=chain[0].number),)


def _steps(said: str) -> list[tuple[Step, ...]]:
    """Return the ways down that a chain says: 第三条第(一)、(二)项 is two, 第五条至第七条 one with an end."""
    chains: list[tuple[Step, ...]] = [()]
    for match in _STEP.finditer(said):
        unit = match["unit"]
        items = [
            Step(
                unit,
                _number(first),
                _number(until) if until else 0,
                _style(first),
                _number(match["suffix"] or ""),
            )
            for first, until in _listed(match["list"])
        ]
        if not chains[-1] or items[0].level > chains[-1][-1].level:
            chains = [*chains[:-1], *((*chains[-1], item) for item in items)]
        else:
            chains += [(*(s for s in chains[-1] if s.level < items[0].level), item) for item in items]
    return [chain for chain in chains if chain and all(step.number for step in chain)]


def _listed(said: str) -> Iterator[tuple[str, str]]:
    for part in re.split(_AND, said):
        ends = re.split(_TO, part)
        first, until = ends[0], ends[1] if len(ends) > 1 else ""
        yield re.sub(r"[第\s]", "", first), re.sub(r"[第\s]", "", until)


def _number(item: str) -> int:
    """Return the value of 三, 12, (三) or ③; 0 for what is no number."""
    digits = re.sub(r"[（()）\s]", "", item)
    if len(digits) == 1 and not digits.isascii() and unicodedata.category(digits) == "No":
        return int(unicodedata.numeric(digits))
    try:
        return integer(digits) if digits else 0
    except ValueError:
        return 0


def _style(item: str) -> str:
    return "(" if item[:1] in "（(" else ""


def _without_own_mark(text: str, node: Node) -> str:
    """Blank the number that a clause itself opens with: 第十一条 第九条第二款规定的行为…"""
    mark = mark_at(text)
    if (
        mark is None
        or mark.number != node.number
        or node.unit not in ("条", "章", "节", "编", "一、", "(一)", "1", "(1)")
    ):
        return text
    return "\0" * mark.end + text[mark.end :]


def _under(chain: tuple[Step, ...], above: tuple[Step, ...], node: Node) -> tuple[Step, ...]:
    """Return the whole way down: below 条 the steps before, else the clause where it is said, say of what."""
    top = chain[0]
    if top.unit in ("款", "项", "目"):
        higher = tuple(replace(step, until=0) for step in above if step.level < top.level)
        article = _ancestor(node, "条")
        if higher:
            chain = (*higher, *chain)
        elif article:
            steps = [Step("条", article.number, suffix=article.suffix)]
            paragraph = _ancestor(node, "款")
            if top.unit == "项" and paragraph and _has_items(paragraph):
                steps.append(Step("款", paragraph.number))
            chain = (*steps, *chain)
    annex = _ancestor(node, "附件")
    return (Step("附件", annex.number), *chain) if annex and chain[0].unit != "附件" else chain


def _has_items(node: Node) -> bool:
    return any(child.unit in ("(一)", "1", "(1)") for child in node.children)


def _ancestor(node: Node | None, unit: str) -> Node | None:
    while node is not None and node.unit != unit:
        node = node.parent
    return node


def _links(chain: tuple[Step, ...], match: re.Match[str], outline: Outline) -> Iterator[Link]:
    found = outline.resolve(Place(chain))
    for node in found.nodes:
        if path := _path(node):
            yield Link(
                "clause", path, match[0].rstrip("中的 "), match.start(), match.start() + len(match[0].rstrip("中的 "))
            )


def _path(node: Node | None) -> str | None:
    """Return a node's path; the first 款 of an article is the article's own clause."""
    if node is None:
        return None
    return node.clause.path if node.clause else _path(node.parent) if node.unit == "款" else None


def _relative(text: str, node: Node) -> Iterator[Link]:
    for match in _BEFORE.finditer(text):
        count = _number(match["count"]) if match["count"] else 1
        for path in _preceding(node, match["unit"], count):
            yield Link("clause", path, match[0], match.start(), match.end())
    for match in _SELF.finditer(text):
        if text.startswith("第", match.end()):  # 本条第(一)项 is read with its steps
            continue
        if own := _path(_ancestor(node, match["unit"])):
            yield Link("clause", own, match[0], match.start(), match.end())


def _preceding(node: Node, unit: str, count: int) -> list[str]:
    """Return the paths of the 款, 条 or 项 right before the one where 前款 is said."""
    if unit == "款":
        article, paragraph = _ancestor(node, "条"), _ancestor(node, "款")
        if article is None or paragraph is None:
            return []
        numbers = range(max(1, paragraph.number - count), paragraph.number)
        below = {child.number: child for child in article.children if child.unit == "款"}
        return [path for n in numbers if (path := _path(below.get(n, article if n == 1 else None)))]
    at = _ancestor(node, "条") if unit == "条" else _item(node)
    if at is None or at.parent is None:
        return []
    alike = [child for child in _siblings(at) if child.unit == at.unit]
    here = alike.index(at) if at in alike else 0
    return [path for sibling in alike[max(0, here - count) : here] if (path := _path(sibling))]


def _item(node: Node | None) -> Node | None:
    while node is not None and node.unit not in ("(一)", "1", "(1)"):
        node = node.parent
    return node


def _siblings(node: Node) -> list[Node]:
    """Return the nodes beside one; articles run on through the chapters."""
    if node.unit != "条":
        return node.parent.children if node.parent else []
    top = node
    while top.parent is not None and top.parent.unit in ("编", "章", "节", ""):
        top = top.parent
    return [child for child in top.walk() if child.unit == "条"]


def _annexes(text: str, node: Node, outline: Outline) -> Iterator[Link]:
    for match in _ANNEX.finditer(text):
        path = f"a{_number(match['number'])}"
        if path in outline.by_path and not (match.start() == 0 and node.unit == "附件"):
            yield Link("clause", path, match[0], match.start(), match.end())
