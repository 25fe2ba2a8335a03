"""Which of the numbers in a head is the document's own: one that stands alone, not one that a sentence or a link quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.bodies import split_bodies
from index.doc_numbers import DocNumber, find_numbers, read_number
from index.figures import find_dates
from index.frame import Frame
from index.types import Line

OwnNumber = tuple[DocNumber, str, str, Line]  # the number, as it stands, the words around it, their line

_AROUND = re.compile(
    r"[\s\u3000（()）〔〕\[\]【】★*●·|｜,，;；。:：]|签发人[:：]?[\u4e00-\u9fff·]{2,8}(?:\s[\u4e00-\u9fff]{2,4})*|[\u4e00-\u9fff]?[密急]件?|文号|发文字号|编号"
)
_SIGNED_BY = re.compile(r"[\s\u3000]*签发人?[：:].*$")
_TRAIL = re.compile(r"[›»]|\s[>＞]\s")
# 国务院令 and, on the next line, 第709号 or （第709号）.
_ORDER_HEAD = re.compile(r"(?:令|公告|通告)$")
_SERIAL = re.compile(
    r"^[（(〔\[]?\s*(?:[〔（(\[]?(?:19|20)\d{2}[〕）)\]]?年?|[〔（(\[]?第?[一二三四五六七八九十]{1,3}届[〕）)\]]?)?\s*第?\s*[0-9０-９一二三四五六七八九十百零〇]{1,7}\s*号\s*[)）〕\]]?$"
)
_LISTED = re.compile(r"^\W*(?:相关|上一|下一|链接|附件|废止|依据|参见|解读|关联|来源|原文)|废止|同时")


def head_number(frame: Frame, title: str) -> OwnNumber | None:
    """Return the document's own number: on a line of its own, before or after the title, or below the text."""
    head = [line for line in frame.head if not line.is_row]
    opening = [*frame.preamble[:1], *frame.body[:1]]  # （84）国发27号 opens as a clause (84) does
    ways = (_order(head), _alone(head), _with_title(head, title), _alone(opening), _alone(_near_signature(frame.foot)))
    return next(filter(None, ways), None)


def _order(head: Sequence[Line]) -> OwnNumber | None:
    """Read the number of an order that stands under its name."""
    for line, after in zip(head, head[1:], strict=False):
        name = re.sub(r"[\s\u3000]", "", line.text)
        if _ORDER_HEAD.search(name) and len(name) < 60 and _SERIAL.match(after.text.strip()):
            number = read_number(name + re.sub(r"[\s\u3000]", "", after.text))
            if number:
                words = f"{line.text} {after.text}"
                return number, words, words, Line(words, (*line.pieces, *after.pieces))
    return None


def _alone(lines: Sequence[Line]) -> OwnNumber | None:
    """Read the number of a line that holds, besides it, no more than a date, a body, 签发人 and brackets."""
    for line in lines:
        text = line.text.strip()
        if len(text) > 90 or _LISTED.match(text) or _TRAIL.search(text):
            continue
        number = read_number(_SIGNED_BY.sub("", text))
        if number:
            return number, text[number.start : number.end], text, line
        numbers = find_numbers(text)
        if numbers and _is_bare(text, numbers):
            last = numbers[-1]
            return last, text[last.start : last.end], text, line
    return None


def _is_bare(text: str, numbers: Sequence[DocNumber]) -> bool:
    spans = [(n.start, n.end) for n in numbers] + [(start, end) for start, end, _ in find_dates(text)]
    chars = list(text)
    for start, end in spans:
        chars[start:end] = " " * (end - start)
    rest = re.sub(r"[〔\[(（](?:19|20)\d{2}[〕\])）]\d{1,4}号", " ", "".join(chars))
    rest = _AROUND.sub(" ", rest).strip()
    return not rest or bool(split_bodies(rest))


def _with_title(head: Sequence[Line], title: str) -> OwnNumber | None:
    """Read the number that a line says before the title (国发〔2012〕3号 国务院关于…) or after it in brackets."""
    plain = re.sub(r"[\s\u3000《》]", "", title)
    for line in head:
        text = line.text.strip()
        for number in find_numbers(text):
            before, after = text[: number.start], text[number.end :]
            opens = not before.strip(" \u3000（(【[") and len(after) > 4
            closes = before.rstrip().endswith(("（", "(", "〔", "[")) and re.match(r"\s*[）)〕\]]\W*$", after)
            said = re.sub(r"[\s\u3000《》]", "", after if opens else before)
            if (
                (opens or closes)
                and plain
                and (said.startswith(plain[:12]) or plain.endswith(said.rstrip("（([")[-12:]))
            ):
                return number, text[number.start : number.end], text, line
    return None


def _near_signature(foot: Sequence[Line]) -> list[Line]:
    """Return the lines beside the first date of a foot: some sign with number and day."""
    at = next((i for i, line in enumerate(foot) if find_dates(line.text)), None)
    return [] if at is None else [line for line in foot[max(0, at - 2) : at + 2] if not line.is_row]
