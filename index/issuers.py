"""Who issued a document: as its title begins, as its letterhead, its label, the note under the title or its signature say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.adoption import Event, adopters
from index.bodies import full_name, is_short, split_bodies, without_session
from index.doc_numbers import DocNumber
from index.fields import Field, labelled_bodies
from index.signature import Signature, body_and_date
from index.types import Line

_PREFIX = re.compile(
    r"^[《〈]?(?P<issuer>[\u4e00-\u9fff、 ]{2,90}?)(?=(?:关于|印发|转发|批转|发布|公布|颁布|颁发|公告|通告|令)(?!中心|局|办))"
)
_AND_OTHERS = re.compile(
    r"^(?P<issuer>[\u4e00-\u9fff、 ]{2,60}?)等(?:[一二三四五六七八九十\d]{0,3}个?)?(?:部门|部委|单位|机关|委局)"
)
_LETTERHEAD = re.compile(r"^(?P<issuer>[\u4e00-\u9fff、 ]{2,90}?)\s*(?:文件|令|公告|通告|(?:颁布|发布|公布)[：:]?)$")


@dataclass(frozen=True, slots=True)
class Issued:
    """The bodies that issued a document, the words that say so and their line; `way` is how they were read."""

    bodies: tuple[str, ...]
    words: str = ""
    line: Line | None = None
    way: str = ""


@dataclass(frozen=True, slots=True)
class Clues:
    """What a page holds about its issuers."""

    title: str
    head: Sequence[Line]
    title_lines: Sequence[Line]
    fields: Sequence[Field]
    events: Sequence[Event]
    signature: Signature
    number: DocNumber | None
    explains: bool = False  # a 解读 is by the body that its page names as the source


def find_issuers(clues: Clues) -> Issued:
    """Return who issued a document, nobody if the page does not say."""
    named = [issued for issued in _ways(clues) if issued.bodies]
    if not named:
        return Issued(())
    best = _widest(named)
    others = [body for issued in named[1:] for body in issued.bodies]
    bodies = tuple(full_name(body, others) for body in best.bodies)
    if any(map(is_short, bodies)):  # 省政府 of a letterhead that says 江苏省人民政府
        fuller = next((i for i in named[1:] if len(i.bodies) == len(bodies) and not any(map(is_short, i.bodies))), None)
        if fuller and fuller.way != "byline" and not all(body in others for body in bodies):
            bodies = tuple(full_name(body, fuller.bodies) for body in bodies)
    bodies = tuple(body.removeprefix("中华人民共和国") for body in bodies)
    return Issued(tuple(dict.fromkeys(bodies)), best.words, best.line, best.way)


def _widest(named: Sequence[Issued]) -> Issued:
    """Return the surest way, or the signature or label that adds to its bodies: a title may bear one of several."""
    first = named[0]
    if first.way != "title":
        return first
    wider = (i for i in named[1:] if i.way in ("signature", "label") and set(i.bodies) > set(first.bodies))
    return next(wider, first)


def _ways(clues: Clues) -> Iterator[Issued]:
    """Yield what each place on the page says, the surest first."""
    known = _known(clues)
    title_line = clues.title_lines[0] if clues.title_lines else None
    prefix = _PREFIX.match(clues.title)
    if prefix:
        yield Issued(split_bodies(prefix["issuer"], known), prefix["issuer"], title_line, "title")
    signed = Issued(clues.signature.bodies, "、".join(clues.signature.bodies), clues.signature.bodies_line, "signature")
    label = labelled_bodies(clues.fields, "issuer")
    labelled = Issued(label[0], label[1].words, label[1].line, "label") if label else Issued(())
    if others := _AND_OTHERS.match(clues.title):
        yield labelled
        yield signed
        yield Issued(split_bodies(others["issuer"], known), others["issuer"], title_line, "title")
    adopted = next((event for event in clues.events), None)
    yield Issued(adopters(clues.events), adopted.text if adopted else "", adopted.line if adopted else None, "note")
    yield labelled
    yield from _letterheads(clues, known)
    yield signed
    yield from _by_number(clues)
    yield from _bylines(clues, known)
    for line in clues.head:
        if found := body_and_date(line):
            yield Issued(split_bodies(found, known), line.text, line, "dated")
    for name in ("source", "origin") if clues.explains else ("source",):
        if source := labelled_bodies(clues.fields, name):
            yield Issued(source[0], source[1].words, source[1].line, "source")


def _known(clues: Clues) -> tuple[str, ...]:
    """Return the names said apart on the page, by which names written together are parted."""
    labels = [
        body for field in clues.fields if field.name in ("issuer", "source") for body in split_bodies(field.value)
    ]
    return (*labels, *clues.signature.bodies)


def _letterheads(clues: Clues, known: Sequence[str]) -> Iterator[Issued]:
    for line in clues.head:
        match = None if line.is_row else _LETTERHEAD.match(line.text.strip())
        if match:
            bodies = split_bodies(match["issuer"], known)
            yield Issued(tuple(map(without_session, bodies)), line.text, line, "letterhead")


def _by_number(clues: Clues) -> Iterator[Issued]:
    """Yield the body whose name an order bears: 国务院令第709号."""
    if clues.number and (order := re.fullmatch(r"(.+?)(?:令|公告|通告)", clues.number.agency)):
        bodies = split_bodies(order[1])
        yield Issued(tuple(map(without_session, bodies)), clues.number.value, None, "number")


def _bylines(clues: Clues, known: Sequence[str]) -> Iterator[Issued]:
    """Yield the bodies on a line of their own right above or under the title, as collections of laws print them."""
    places = {line.pieces for line in clues.title_lines}
    text = re.sub(r"\s", "", clues.title)
    at_title = [i for i, line in enumerate(clues.head) if line.pieces in places or re.sub(r"\s", "", line.text) == text]
    near = sorted({i + step for i in at_title for step in (1, -1, 2)} - set(at_title))
    for i in near:
        if (
            0 <= i < len(clues.head)
            and not clues.head[i].is_row
            and (bodies := split_bodies(clues.head[i].text, known))
        ):
            yield Issued(bodies, clues.head[i].text, clues.head[i], "byline")
