"""A question that asks several things, cut into questions of their own: each with its subject, its places and its years.

`绍兴的租金标准和泸州的受理单位分别是什么`   a subject for each place
`公租房和廉租房的租金各是多少`               two subjects, one thing asked
`补助标准是多少?由哪个部门负责?`             two things asked; the second is of the first one's subject
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from index.figures import find_figures
from index.tokens import cut, words
from rag.question.scope import Named, blanked
from rag.question.understand import ASKING

_JOINTS_FILE = Path(__file__).parent.parent / "data" / "joints.tsv"
_MAX = 4  # parts of one question
_LABEL = 20  # characters by which a part is called; a longer one has its number
_SENTENCE = re.compile(r"[^?？;；。!！]+[?？;；。!！]*")
_PIECE = re.compile(r"[^,，]+[,，]?")
_AND = r"(?:和|与|跟|以及|及|同|、)"
_EACH = re.compile(
    r"分别|各自|各(?![个地种类级项县市省区方单])|有(?:什么|何|哪些|啥)(?:不同|区别|差别|不一样)"
    r"|哪个|谁(?:更|高|低|多|少)|差多少"
)

_CHAR = r"[\u4e00-\u9fffA-Za-z0-9Ⅰ-ⅻ①-⑳+]"  # Ⅰ级演练和Ⅱ级演练
_PAIR = re.compile(rf"(?P<left>{_CHAR}{{2,14}}){_AND}(?P<right>{_CHAR}{{2,20}})")
_AGAIN = re.compile(r"\s*[/／(（]")  # the same in other words: 合同有效吗?/合同是否成立?
_NUMERALS = "一二三四五六七八九"
_ASKED_LAST = re.compile(
    r"(?:各|分别)?(?:又|是|为|要|有|到|达到|能|会)*(?:多少|几|什么|谁|吗|呢|如何)(?:钱|元|人|家|个)?$"
)
_EDGES = re.compile(r"^[\s,，、:：的和与跟及]+|[\s,，、:：的和与跟及]+$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A question out of a question: its words, what it is called, and whether it goes on from the piece before.

    `apart` is True if a sentence ends before it: such a piece was meant as a question of its own. `bare` is one without
    a word of its own, 由谁负责: it is asked of what answers the piece before.
    """

    text: str
    label: str
    follows: bool = False
    apart: bool = False
    bare: bool = False


def pieces_of(text: str, named: Named) -> list[Piece]:
    """Return the questions that a question of one place and year may be made of; none if it seems to be one."""
    names = [text[start:end] for start, end in sorted(named.spans, key=lambda s: s[0] - s[1]) if start >= 0]
    return _in_turn(text, names) or _of_each(text, named)


def sides_of(text: str, named: Named) -> list[str]:
    """Return a question for each place or year that a question compares, where each has a subject of its own; else none.

    What stands before the first, and after a comma or 分别 behind the last, is of all.
    """
    marks = _marks(text, named)
    if len(marks) < 2:
        return []
    ends = [start for start, _ in marks[1:]] + [len(text)]
    own = [text[end:stop] for (_, end), stop in zip(marks, ends, strict=True)]
    shared = re.search(r"[,，;；]", own[-1]) or _tail().search(own[-1])
    cut_at = shared.start() if shared and not _asks(own[-1][: shared.start()]) else len(own[-1])
    tail, own[-1] = own[-1][cut_at:], own[-1][:cut_at]
    if not all(_says(piece) for piece in own):
        return []
    before = text[: marks[0][0]]
    sides = [f"{text[start:end]}{_EDGES.sub('', piece)}" for (start, end), piece in zip(marks, own, strict=True)]
    return [f"{before}{side}{'' if _asks(side) else tail}" for side in sides]


def stands_alone(text: str, before: str) -> bool:
    """True if a question has a subject of its own though it is short: it says again what the one before asked, of another.

    廉租房租金多少 after 公租房租金多少.
    """
    own, earlier = set(_words(text)), set(_words(before))
    return bool(own & earlier) and bool(own - earlier)


def count_asked(text: str) -> int:
    """Return how many words that ask a question has: 2018年是多少，2023年要达到多少 has two."""
    return len(_joint("ask").findall(text))


def _marks(text: str, named: Named) -> list[tuple[int, int]]:
    """Return where the places compared stand with the years beside them; the years, if one place is asked of."""
    years = [span for span in named.spans if re.match(r"[\d一二〇零]", text[span[0] : span[1]])]
    places = [(m.start, m.end) for m in named.places if not set(m.candidates).isdisjoint(named.regions)]
    if len(named.regions) < 2:
        return sorted(years)
    marks: list[tuple[int, int]] = []
    for start, end in sorted(places):
        start = next((s for s, e in years if re.fullmatch(r"[的,，\s]?", text[e:start]) and e <= start), start)
        end = next((e for s, e in years if re.fullmatch(r"[在,，\s]?", text[end:s]) and s >= end), end)
        marks.append((start, end))
    return marks


def _in_turn(text: str, names: Sequence[str]) -> list[Piece]:
    """Return the things asked one after another; words that ask nothing go with what follows them."""
    found: list[Piece] = []
    waiting = ""
    for sentence in _SENTENCE.finditer(text):
        for n, piece in enumerate(_PIECE.findall(sentence[0])):
            waiting += piece
            if _AGAIN.match(piece) and found and not waiting.removesuffix(piece):
                found[-1] = replace(found[-1], text=found[-1].text + piece)
                waiting = ""
            if not _asks(piece) or _echo().match(piece) or not waiting:
                continue
            told = _then().sub("", waiting)
            apart, bare = n == 0 or told != waiting, bool(found) and not _says(told)
            found.append(Piece(told, _label(told, names, len(found)), bool(found), apart, bare))
            waiting = ""
    if waiting and found:
        found[-1] = replace(found[-1], text=found[-1].text + waiting)
    return found[:_MAX] if len(found) > 1 else []


def _of_each(text: str, named: Named) -> list[Piece]:
    """Return a question for each of two subjects that one thing is asked of: all but the other's name."""
    each = _EACH.search(text)
    bare = blanked(text, named.spans)
    pair = _PAIR.search(bare, 0, each.start()) if each else None
    if not pair:
        return []
    ends = re.match(r"[,，]", text[pair.end() :])  # 图书采购和古籍修复基金,分别…: each name is whole
    left, right = (pair["left"], pair["right"]) if ends else _subjects_of(pair["left"], pair["right"])
    if not left or not right:
        return []
    at, end = pair.end("left") - len(left), pair.start("right") + len(right)
    rest = text[end:]
    return [
        Piece(f"{text[:at]}{name}{rest}", f"第{_NUMERALS[i]}问" if find_figures(name) else name)
        for i, name in enumerate((left, right))
    ]


def _subjects_of(left: str, right: str) -> tuple[str, str]:
    """Return the two subjects around 和: those that end alike (公租房, 廉租房), or are a word each (小学, 幼儿园)."""
    if "的" in right:
        name = right.split("的")[0]
        alike = left[-len(name) :] if len(left) > len(name) else left
        start = left.rfind("的") + 1
        return (left[start:] or alike, name) if _says(name) else ("", "")
    for size in (3, 2, 1):
        ending = left[-size:]
        at = right.find(ending, 1)
        if len(left) > size and at > 0:
            return left, right[: at + size]
    first, last = cut(right)[:1], cut(left)[-1:]
    return (last[0], first[0]) if first and last and len(first[0]) > 1 and len(last[0]) > 1 else ("", "")


def _label(piece: str, names: Sequence[str], number: int) -> str:
    """Return what a part is called: its words without places, years and the last 是多少; its number if it says a figure.

    A label stands in the answer beside a clause, and a figure of the question's own is not the clause's.
    """
    for name in names:
        piece = piece.replace(name, " ")
    said = _EDGES.sub("", re.sub(r"[?？。!！;；]", "", piece).split(" ")[-1])
    said = re.split(r"[,，]", said)[-1]  # 收上来的停车费，社区留多少: what it goes on from is no part of its name
    short = _ASKED_LAST.sub("", said)
    said = short if len(short) > 1 else said
    return f"第{_NUMERALS[number]}问" if not said or len(said) > _LABEL or find_figures(said) else said


def _says(text: str) -> bool:
    """True if a text has a word of its own beside names, joints and words of asking."""
    return bool(_words(text))


def _words(text: str) -> list[str]:
    return words(ASKING.sub(" ", re.sub(rf"\d+年?|{_AND}|的|与|对比|比", " ", text)))


def _asks(text: str) -> bool:
    return bool(_joint("ask").search(text))


def _tail() -> re.Pattern[str]:
    return _joint("tail")


def _then() -> re.Pattern[str]:
    return _joint("then")


def _echo() -> re.Pattern[str]:
    return _joint("none")


@cache
def _joint(kind: str) -> re.Pattern[str]:
    rows: Sequence[list[str]] = [line.split("\t") for line in _JOINTS_FILE.read_text("utf-8").splitlines()]
    return re.compile("|".join(row[1] for row in rows if row[0] == kind), re.IGNORECASE)
