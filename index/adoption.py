"""The note under a law's title: who passed it, who gave it out, under what number, and when it was revised.

(2001年10月31日国务院第46次常务会议通过 2001年12月10日国务院令第332号公布 根据2018年3月19日《…的决定》修订)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.bodies import is_body, split_bodies, without_session
from index.doc_numbers import DocNumber, find_numbers
from index.figures import find_dates
from index.types import Line

_ACTS = re.compile(r"通过|批准|公布|发布|颁布|印发|修订|修正|修改|施行|实施|签署|备案")
_OPENS = re.compile(
    r"^\W*(?:根据|自|经|于|[\u4e00-\u9fff]{2,20}?(?=[12１２一二]))?\s*[12１２一二][0-9０-９零〇○O一二三四五六七八九]{3}\s*年"
)
_QUOTED = re.compile(r"《(?:[^《》]|《[^《》]*》)*》")
_MEETING = re.compile(
    r"(?P<body>(?:中华人民共和国)?[\u4e00-\u9fff]{0,16}?(?:第?[一二三四五六七八九十百\d]+届)?[\u4e00-\u9fff]{0,10}?"
    r"(?:人民代表大会(?:常务委员会)?|人大(?:常委会)?|人民政府|国务院|委员会|总局|[部署局厅委院]))"
    r"(?:审判委员会|检察委员会)?(?:\d{4}年(?:度)?)?第[一二三四五六七八九十百\d]+[次届]"
)
_CONGRESS = re.compile(r"人民代表大会|人大")
_FORCE = re.compile(
    r"[自从][^自从《》]{2,30}?(?:施行|实施|执行|生效)|(?<![自从])[12][0-9]{3}年\d{1,2}月\d{1,2}日\s*起?\s*(?:施行|生效)"
)
_VOID = re.compile(r"(?:废止|失效)\W*$")  # 根据1997年…的通知失效 tells what became of it
_PROSE_END = re.compile(r"[。；;：:]$")
_LONGEST = 160  # of a note without brackets; 2021年5月6日，市里印发了… is a sentence
_MAX_LINES = 8  # that a note runs over


@dataclass(frozen=True, slots=True)
class Event:
    """What was done with a law on a day: its acts in order (通过, 公布 …), by whom, under what number."""

    date: str
    acts: tuple[str, ...]
    bodies: tuple[str, ...]
    number: DocNumber | None
    text: str
    line: Line
    amends: bool = False

    @property
    def gives_out(self) -> bool:
        """True for the act by which the text at hand became known: 国务院令第805号修订 is one, 根据《…的决定》修正 not."""
        said = any(act in ("公布", "发布", "颁布", "印发") for act in self.acts)
        return not self.amends and (said or (self.number is not None and "修订" in self.acts))


def read_events(head: Sequence[Line]) -> list[Event]:
    """Return the events of the notes in a head, in the order they stand; 自…起施行 is none."""
    return [event for line in _notes(head) for event in _events(line)]


def adopters(events: Sequence[Event]) -> tuple[str, ...]:
    """Return the bodies whose act a law is: the congress that passed it, else those that gave it out."""
    for event in events:
        if "通过" in event.acts and any(_CONGRESS.search(body) for body in event.bodies) and not event.amends:
            return tuple(without_session(body) for body in event.bodies)
    given = next((event.bodies for event in events if event.gives_out and event.bodies), ())
    passed = next((event.bodies for event in events if "通过" in event.acts and event.bodies), ())
    return given or passed


def own_number(events: Sequence[Event]) -> tuple[DocNumber, Event] | None:
    """Return the number under which a law was given out, the last if it was given out anew."""
    numbered = [(event.number, event) for event in events if event.gives_out and event.number]
    return numbered[-1] if numbered else None


def given_out_on(events: Sequence[Event]) -> str | None:
    """Return the day from which 自公布之日起 counts: of the last act that is not an amendment."""
    given = [event.date for event in events if event.gives_out] or [event.date for event in events if not event.amends]
    return max(given, default=None)


def noted_force(head: Sequence[Line]) -> tuple[str, Line] | None:
    """Return the last words of a note that say from when the law holds: 自2002年1月1日起施行, 1995年9月1日 施行."""
    found = None
    for line in _notes(head):
        for match in _FORCE.finditer(line.text):
            found = (match[0] if match[0][0] in "自从" else f"自{match[0]}", line)
    return found


def _notes(head: Sequence[Line]) -> Iterator[Line]:
    """Yield the notes, each as one line; one that runs over several is joined."""
    at = 0
    while at < len(head):
        text, end = head[at].text, at + 1
        if not head[at].is_row and _OPENS.match(text):
            while end < min(len(head), at + _MAX_LINES) and _is_open(text) and not head[end].is_row:
                text += head[end].text
                end += 1
            prose = text[:1] not in "（(" and (len(text) > _LONGEST or _PROSE_END.search(text))
            if _ACTS.search(_QUOTED.sub("", text)) and not _VOID.search(text) and not prose:
                yield Line(text, tuple(piece for line in head[at:end] for piece in line.pieces))
        at = end


def _is_open(text: str) -> bool:
    opened = len(re.findall(r"[（(]", text)) - len(re.findall(r"[）)]", text))
    return text.lstrip()[:1] in "（(" and opened > 0


def _events(line: Line) -> Iterator[Event]:
    masked = _QUOTED.sub(lambda match: "\0" * len(match[0]), line.text)
    dates = find_dates(masked)
    bounds = [start for start, _, _ in dates] + [len(masked)]
    before = 0
    for (start, after, date), end in zip(dates, bounds[1:], strict=True):
        lead, said = masked[before:start], masked[after:end]
        before = end
        if re.search(r"(?:自|从)\s*$", lead):
            continue
        said = re.split(r"(?:自|从)\s*$|(?:自|从)(?:公布|发布|颁布|印发|通过|批准)之日", said)[0]
        acts = tuple(act for act in _ACTS.findall(said) if act not in ("施行", "实施"))
        if acts:
            number = next(iter(find_numbers(said)), None)
            by_decision = bool(re.search(r"根据\s*$", lead)) or "\0" in said
            amends = bool({"修正", "修改"} & set(acts)) or (by_decision and bool({"修订", "通过"} & set(acts)))
            words = line.text[start:end].strip(" 　,，;；)）")
            yield Event(date, acts, _bodies(said, lead, number), number, words, line, amends)


def _bodies(said: str, lead: str, number: DocNumber | None) -> tuple[str, ...]:
    """Return the bodies that acted: by their meeting, the number's, or as named before 公布 or before the date."""
    plain = said.replace("\0", "").strip(" 　,，由经")
    meeting = _MEETING.match(plain)
    if meeting:
        return (meeting["body"].removeprefix("中华人民共和国"),)
    if number:
        name = re.sub(r"(?:公告|通告|令)$", "", number.agency)
        return split_bodies(name) or ((name,) if is_body(name) else ())
    named = re.match(r"([\u4e00-\u9fff、 ]{2,60}?)(?:通过|批准|公布|发布|颁布|印发)", plain)
    if named and (bodies := split_bodies(named[1])):
        return bodies
    return split_bodies(re.sub(r"^.*[\s（(，,]", "", lead.replace("\0", "")).strip("（( 　"))
