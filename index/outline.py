"""The tree of one document's clauses, and which of them a place (`index/place.py`) names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from index.marks import mark_at
from index.place import Place, Step
from index.place_words import plain
from index.types import Clause

# The units of `place.py` by the style of a clause's own mark.
_UNITS = {
    "part": "编", "chapter": "章", "section": "节", "article": "条", "han": "一、", "bracketed_han": "(一)",
    "arabic": "1", "bare": "1", "decimal": "1", "bracketed_arabic": "(1)", "half_bracketed": "(1)", "circled": "①",
}  # fmt: skip
_DIVISIONS = {"p": "编", "c": "章", "s": "节"}
_OWN_STEP = re.compile(r"([a-z]*)(\d+)(?:_(\d+))?(?:-\d+)?$")
_LONGEST_LABEL = 40
_BARE_LABEL = re.compile(r"[\d一二三四五六七八九十A-Za-z]$")
_LABEL_END = re.compile(r"\s*(?:$|[的是讲说规写提呢吗里中内原全具?.,。;:!”\"」)]|什么|怎么|怎样|如何|有)")
_ALIKE = {"(一)": ("(一)", "(1)"), "(1)": ("(1)", "(一)"), "1": ("1", "(1)")}  # (三) is written (3) by many


@dataclass(slots=True, eq=False)
class Node:
    """A clause in its tree, or the first 款 of an article of several: `unit` and `number` say which of its kind."""

    clause: Clause | None
    unit: str
    number: int
    suffix: int = 0
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)

    @property
    def numbered(self) -> list[Node]:
        return [child for child in self.children if child.unit not in ("引言", "附件")]

    def walk(self) -> Iterator[Node]:
        """Yield the nodes below, in document order; an annex has numbers of its own and is left out."""
        for child in self.children:
            if child.unit != "附件":
                yield child
                yield from child.walk()

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The clause and those below it; for the first 款 of an article, without the other 款."""
        own = (self.clause,) if self.clause else ()
        return own + tuple(node.clause for node in self.walk() if node.clause)

    @property
    def text(self) -> str:
        """What it is called: 第三条, 二、(一)3."""
        if not self.clause:
            return "全文"
        text = self.clause.path_text or self.clause.path
        return text.removesuffix("第一款") if self.unit == "条" else text


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a place names: `nodes`, or none and then the `siblings` that there are `within` a node.

    `others` are what it could mean besides; `loose` says that the document's clauses are not
    called so: the 第三条 of a notice is its 三、 or its item 3.
    """

    nodes: tuple[Node, ...]
    within: Node
    siblings: tuple[Node, ...] = ()
    step: Step | None = None
    others: tuple[Node, ...] = ()
    loose: bool = False

    @property
    def is_ambiguous(self) -> bool:
        """True if one number names several clauses: each section of a chapter has its 第一节."""
        return len(self.nodes) > 1 and not (self.step and self.step.until)


class Outline:
    """The clauses of one document as a tree; `resolve` finds a place in it."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self.root = Node(None, "", 0)
        self.by_path: dict[str, Node] = {}
        division = self.root
        for clause in clauses:
            node = _node(clause)
            parent = self._parent(clause.path)
            if node.unit == "条" and parent.unit in ("", "附件"):
                parent = division if _annex_of(division) is _annex_of(parent) else parent
            node.parent = parent
            if parent.unit == "条" and (not node.unit or clause.path_text.endswith("款")):
                node.unit = "款"
            parent.children.append(node)
            self.by_path[clause.path] = node
            if node.unit in ("编", "章", "节", "附件"):
                division = node

    def resolve(self, place: Place) -> Resolved:
        """Return what a place names in this document."""
        if place.path:
            at = self.by_path.get(place.path)
            own = _OWN_STEP.search(place.path)
            return Resolved(
                (at,) if at else (), self.root, tuple(self.count("条")), Step("条", int(own[2]) if own else 0)
            )
        current: list[Node] = [self.root]
        loose, step = False, None
        others: list[Node] = []
        siblings: list[Node] = []
        for step in place.steps:
            found, siblings, others, is_loose = _step_from(current, step)
            if not found:
                return Resolved((), current[0], tuple(siblings), step)
            loose = loose or is_loose
            current = found
        return Resolved(tuple(current), current[0].parent or self.root, tuple(siblings), step, tuple(others), loose)

    def labelled(self, text: str) -> Node | None:
        """Return the clause whose own label a text is (二、(一)3, with any spaces and brackets), or None."""
        return self._labels.get(plain(text).replace(" ", ""))

    def label_at(self, text: str, start: int) -> tuple[Node, int] | None:
        """Return the clause whose label stands in a text at `start`, the longest if several, and where it ends.

        It reaches what no grammar knows: 第2问, 表1第13行, 3.1.1(3). A bare number must stand alone: 8 is not in 8个.
        """
        said = plain(text)
        ends = [i + 1 for i in range(start, min(len(said), start + _LONGEST_LABEL)) if said[i] != " "]
        for end in reversed(ends):
            node = self._labels.get(said[start:end].replace(" ", ""))
            if node and (not _BARE_LABEL.search(said[start:end]) or _LABEL_END.match(said, end)):
                return node, end
        return None

    @cached_property
    def _labels(self) -> dict[str, Node]:
        """Return the clauses by their labels; one that two clauses bear, in a text numbered amiss, names neither."""
        named = [(plain(n.clause.path_text).replace(" ", ""), n) for n in self.by_path.values() if n.clause]
        borne = Counter(label for label, _ in named)
        return {label: node for label, node in named if label and borne[label] == 1}

    def count(self, unit: str, within: Node | None = None) -> list[Node]:
        """Return all of one unit (条, 章, 款 …) within a node; of a notice, what its 条 are by number."""
        node = within or self.root
        if unit == "附件":
            return [n for n in self.root.children if n.unit == "附件"]
        for tier in _tiers(node, Step(unit, 1)):
            if tier:
                return tier
        return []

    def _parent(self, path: str) -> Node:
        """Return the node whose path leads to this one; the 12.1 of an item 12.1.3 is the article 12 itself."""
        steps = path.split(".")
        above = (self.by_path.get(".".join(steps[:n])) for n in range(len(steps) - 1, 0, -1))
        return next(filter(None, above), self.root)


def _node(clause: Clause) -> Node:
    own = _OWN_STEP.search(clause.path.rsplit(".", 1)[-1])
    if clause.path == "0":
        return Node(clause, "引言", 0)
    if not own:
        return Node(clause, "", 0)
    letter, number, suffix = own[1], int(own[2]), int(own[3] or 0)
    if letter:
        return Node(clause, {"a": "附件"}.get(letter) or _DIVISIONS.get(letter, letter), number, suffix)
    mark = mark_at(clause.text)
    return Node(clause, _UNITS.get(mark.style, mark.style) if mark else "", number, suffix)


def _annex_of(node: Node | None) -> Node | None:
    while node and node.unit != "附件":
        node = node.parent
    return node


def _step_from(current: Sequence[Node], step: Step) -> tuple[list[Node], list[Node], list[Node], bool]:
    """Return the nodes one step below, what there is of their kind, what else it could mean, and if it is loosely said."""
    found: list[Node] = []
    others: list[Node] = []
    siblings: list[Node] = []
    loose = False
    for node in current:
        tiers = [tier for tier in _tiers(node, step) if tier]
        siblings = siblings or (tiers[0] if tiers else node.numbered)
        picks = [picked for tier in tiers if (picked := _pick(tier, step))]
        if picks:
            found += [n for n in picks[0] if n not in found]
            others += [n for picked in picks[1:] for n in picked if n not in found]
            loose = loose or (step.unit in ("条", "章", "节") and any(n.unit != step.unit for n in picks[0]))
    return found, siblings, others, loose


def _pick(tier: Sequence[Node], step: Step) -> list[Node]:
    """Return those of a run of siblings that a step's number means."""
    if step.number == 0:
        return list(tier) if len(tier) == 1 or step.unit == "引言" else []
    first, last = _at(tier, step.number), _at(tier, step.until) if step.until else None
    if last is None:
        return [n for n in tier if first == n.number and n.suffix == step.suffix]
    return [n for n in tier if first is not None and first <= n.number <= last]


def _at(tier: Sequence[Node], number: int) -> int | None:
    if number > 0:
        return number
    return tier[number].number if -number <= len(tier) else None


def _tiers(node: Node, step: Step) -> list[list[Node]]:
    """Return the runs of clauses that a step's unit can mean below a node, likeliest first."""
    below = list(node.walk())
    if step.unit == "附件":
        return [[n for n in node.children if n.unit == "附件"]]
    if step.unit == "条":
        articles = [n for n in below if n.unit == "条"]
        return [articles] if articles else _loosely(node, below, step, run_first=True)
    if step.unit == "款" and node.unit == "条":
        return [_paragraphs(node)]
    if step.unit in ("项", "(一)", "(1)") and node.unit in ("条", "款"):
        return [_items(node)]
    if step.unit in ("项", "点"):
        return _loosely(node, below, step, run_first=not node.parent or node.unit == "附件")
    if step.unit == "部分":
        return [[n for n in node.numbered if n.unit != "条"]]
    if step.unit in ("款", "目", "小点"):
        return [node.numbered] if node.parent else []
    if step.unit == "节" and step.style == "en" and not any(n.unit == "节" for n in below):
        return [node.numbered]
    units = _ALIKE.get(step.unit, (step.unit,))
    return [group for unit in units for group in _by_depth([n for n in below if n.unit == unit], node)]


def _loosely(node: Node, below: Sequence[Node], step: Step, run_first: bool) -> list[list[Node]]:
    """Return what a number without its own unit can mean: the run of items, the first level, then what is deeper."""
    items = [n for n in below if n.unit not in ("编", "章", "节", "条", "款", "引言")]
    first, run = [[n for n in items if n.parent is node]], [_run(items)]
    deeper = _by_depth([n for n in items if n.parent is not node], node)
    tiers = [*run, *first, *deeper] if run_first else [*first, *run, *deeper]
    if step.style not in _ALIKE:
        return tiers
    styled = [[n for n in tier if n.unit == unit] for unit in _ALIKE[step.style] for tier in tiers]
    return [tier for tier in styled if tier] or tiers


def _run(below: Sequence[Node]) -> list[Node]:
    """Return the items whose numbers run on through the sections, 1 … 56; none if each section begins anew."""
    for unit in ("1", "(一)", "(1)"):
        nodes = [n for n in below if n.unit == unit and not _in_item(n, unit)]
        numbers = [n.number for n in nodes]
        if len({id(n.parent) for n in nodes}) > 1 and numbers == list(range(1, len(numbers) + 1)):
            return nodes
    return []


def _in_item(node: Node, unit: str) -> bool:
    return bool(node.parent and (node.parent.unit == unit or _in_item(node.parent, unit)))


def _by_depth(nodes: Sequence[Node], top: Node) -> list[list[Node]]:
    groups: dict[int, list[Node]] = {}
    for node in nodes:
        depth, above = 0, node
        while above.parent and above is not top:
            depth, above = depth + 1, above.parent
        groups.setdefault(depth, []).append(node)
    return [groups[depth] for depth in sorted(groups)]


def _paragraphs(article: Node) -> list[Node]:
    """Return the 款 of an article; its own line with the items under it is the first."""
    rest = [child for child in article.children if child.unit == "款"]
    if not rest:
        return [Node(article.clause, "款", 1, 0, article, article.children)]
    own = [child for child in article.children if child.unit != "款"]
    return [Node(article.clause, "款", 1, 0, article, own), *rest]


def _items(node: Node) -> list[Node]:
    """Return the 项 of an article or 款, whichever 款 they stand in."""
    if node.unit == "款":
        return [child for child in node.children if child.unit != "款"]
    return [child for paragraph in _paragraphs(node) for child in paragraph.children if child.unit != "款"]
