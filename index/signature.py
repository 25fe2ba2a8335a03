"""Who signs a document and when: the names above the date at its end, or on one line with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.bodies import split_bodies
from index.doc_numbers import find_numbers
from index.fields import is_field_line
from index.figures import find_dates
from index.types import Line

_SEAL = re.compile(r"[（(]\s*(?:代?盖?章|公?章|印章?|代章|签章|印)\s*[）)]")
_PRINTED = re.compile(r"印\s*发|印制|打字|校对|共印")
_SENT_TO = re.compile(r"^\W*(?:抄\s*[送报]|主\s*送|分\s*送|主\s*办|承\s*办|版权|网站)")
# 国务院总理 李克强, 省 长 毛伟民: a person signs for the body whose order it is.
_PERSON = re.compile(
    r"^(?:[\u4e00-\u9fff]{0,16}?)(?:总理|主席|省长|市长|州长|盟长|县长|区长|旗长|镇长|乡长|部长|局长|署长|厅长|主任|院长|检察长|行长|会长|书记|司令员?|政委)"
    r"[：:]?(?P<name>[\u4e00-\u9fff·]{2,12})?$"
)
_STATE = {"国务院总理": "国务院", "总理": "国务院"}
_REACH = 12  # lines above the date: as many bodies may sign
_CLOCK = re.compile(r"\d{1,2}\s*[:：时]\s*\d{1,2}")


@dataclass(frozen=True, slots=True)
class Signature:
    """The bodies that sign, and the day; `printed` is the day of 印发 at the very end, a last resort."""

    bodies: tuple[str, ...] = ()
    bodies_line: Line | None = None
    date: str | None = None
    date_line: Line | None = None
    printed: str | None = None
    printed_line: Line | None = None


def date_of_line(text: str) -> tuple[str, str] | None:
    """Return the date that a line ends with or is, and what stands before it; None for a clock time or a sentence."""
    plain = re.sub(r"[\s\u3000]+", " ", text).strip()
    packed = plain.replace(" ", "")
    dates = find_dates(packed) if len(packed) < 16 else find_dates(plain)
    plain = packed if len(packed) < 16 else plain
    if not dates:
        return None
    start, end, value = dates[-1]
    after, before = plain[end:].strip(" ）)。"), plain[:start].strip(" （(")
    if _CLOCK.search(plain) or (after and not _SEAL.fullmatch(after)) or re.search(r"[。，,；;:：《》]", before):
        return None
    return value, before


def body_and_date(line: Line) -> str | None:
    """Return the body on a line that holds it, a date and perhaps a number, and nothing else: `国务院 国发〔1981〕36号 1981年3月14日`."""
    if line.is_row or is_field_line(line):
        return None
    text = line.text
    for number in reversed(find_numbers(text)):
        text = f"{text[: number.start]} {text[number.end :]}"
    found = date_of_line(text)
    return found[1] if found and split_bodies(found[1]) else None


def read_signature(foot: Sequence[Line], known: Sequence[str] = ()) -> Signature:
    """Return who signs in the lines after a text, and when; what follows 抄送 is not signed."""
    signed = Signature()
    foot = sorted(foot, key=lambda line: line.pieces[:1])
    end = next((i for i, line in enumerate(foot) if _SENT_TO.match(line.text)), len(foot))
    for at, line in enumerate(foot[:end]):
        found = None if line.is_row or is_field_line(line) or _PRINTED.search(line.text) else date_of_line(line.text)
        if found and (not found[1] or _bodies(found[1], known)):
            own = _bodies(found[1], known)
            bodies, where = (own, line) if own else _above(foot[:at], known)
            if not bodies:  # the date first and the name under it
                bodies, where = _first_bodies(foot[at + 1 : end], known)
            signed = Signature(bodies, where, found[0], line)
            break
    if not signed.date:
        signed = Signature(*_first_bodies(foot[:end], known))
    printed = _printed(foot)
    return Signature(signed.bodies, signed.bodies_line, signed.date, signed.date_line, *printed)


def _bodies(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return the bodies that a text lists and nothing else; 国务院总理 is 国务院."""
    plain = _SEAL.sub("", text).strip(" \u3000")
    packed = re.sub(r"[\s\u3000]", "", plain)
    person = _PERSON.match(packed)
    if person and not split_bodies(plain, known):
        title = packed[: len(packed) - len(person["name"] or "")].rstrip("：:")
        return (_STATE[title],) if title in _STATE else ()
    return split_bodies(plain, known)


def _is_person(text: str) -> bool:
    return bool(_PERSON.match(re.sub(r"[\s\u3000]", "", text)))


def _above(lines: Sequence[Line], known: Sequence[str]) -> tuple[tuple[str, ...], Line | None]:
    """Return the bodies on the lines right above a date, in order, and the first of those lines."""
    names: list[str] = []
    where: Line | None = None
    for line in reversed(lines[-_REACH:]):
        bodies = _bodies(line.text, known) if not is_field_line(line) else ()
        if bodies:
            names, where = [*bodies, *names], line
        elif not _is_person(line.text) and date_of_line(line.text) is None:
            break
    return tuple(dict.fromkeys(names)), where


def _first_bodies(lines: Sequence[Line], known: Sequence[str]) -> tuple[tuple[str, ...], Line | None]:
    """Return the bodies that sign without a date: the first lines after the text."""
    names: list[str] = []
    for line in lines:
        bodies = _bodies(line.text, known) if len(line.text) <= 60 and not is_field_line(line) else ()
        if not bodies:
            break
        names += bodies
    return (tuple(dict.fromkeys(names)), lines[0]) if names else ((), None)


def _printed(foot: Sequence[Line]) -> tuple[str | None, Line | None]:
    for line in foot:
        dates = find_dates(line.text) if re.search(r"日\s*印\s*发", line.text) else []
        if dates:
            return dates[-1][2], line
    return None, None
