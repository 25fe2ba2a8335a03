"""What a short follow-up takes of the turn before: all of its subject, all but the word it puts another for, or nothing.

`那2016年呢`        the whole subject
`那二级医院呢`      the subject with 二级医院 for 三级医院
`廉租房的租金呢`    nothing, after 公租房租金是多少: what is asked is said again, of another
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.tokens import cut, words
from rag.question.asks import ASKING, what_is_asked
from rag.question.subjects import schemes_in

_EVERYWHERE_FILE = Path(__file__).parent.parent / "data" / "everywhere.txt"
# A follow-up of no more content words than this is about the subject of the turn before: 到什么时候要完成?
# The best of 0 to 9 on dev; a longer one has a subject of its own.
_FEW_WORDS = 6
_FEWER_WORDS = 0  # if it names a place of its own: 那安徽2021年呢?
# Words that point back to the turn before, at the start or as the whole subject.
_POINTS_BACK = re.compile(
    r"^(?:那么|那|这个|这项|这|其中|该|其|它|他们|上述|此|再|还有|另外|同样|换成|and |what about|how about)",
    re.IGNORECASE,
)
_PARTICLES = re.compile(
    r"[呢吗么吧啊呀嘛的了呗哦,，。?？!！、\s]|请问|你好|您好|我想(?:问|知道|了解)(?:一下)?|麻烦|告诉我|一下"
)
_QUESTION_END = re.compile(r"[?？。呢吗\s]+$")
_LENGTHS = re.compile(r"(?:几|多少)个?(?:工作日|小时|日|天|年|月|周)以?内?|第?[上下前后次翌]一?年度?")
_UNIT = 3  # characters behind an asking word that may still say what is asked: 多少元, 几个月
_LITTLE = 4  # words of a follow-up that only names another thing: 那城市公立医院呢
_ONLY_NAMED = re.compile(r"呢[?？。!！\s]*$|^(?:那么?|换成|改成|如果是|要是)")


def is_elliptical(topic: str, names_place: bool = False) -> bool:
    """True if too little is left without places, years and asking words to be a subject of its own: 那2016年呢?"""
    bare = ASKING.sub("", _PARTICLES.sub("", _POINTS_BACK.sub("", topic)))
    content = words(bare)
    return len(content) <= (_FEWER_WORDS if names_place else _FEW_WORDS)


def asks_everywhere(text: str) -> bool:
    """True if a question asks of all places or documents, so that it takes over none: 全国公厕几点开放."""
    return bool(_everywhere().search(text))


@dataclass(frozen=True, slots=True)
class Followed:
    """The topic of a follow-up, filled in; `alone` if it needed nothing; `asks` is the kind asked where it says none."""

    topic: str
    asks: str
    alone: bool = False


def follow(before: str, topic: str) -> Followed:
    """Return the topic of a follow-up with what it leaves out taken from that of the turn before."""
    if _says_it_again(before, topic) or _names_another(before, topic):
        asking = ASKING.search(before)
        return Followed(topic, what_is_asked(before[: asking.end() + _UNIT] if asking else before), alone=True)
    return Followed(_exchanged(before, topic) or _joined(before, topic), what_is_asked(before))


def _joined(before: str, now: str) -> str:
    """Put the subject of the turn before ahead of what is asked now."""
    return f"{_QUESTION_END.sub('', _POINTS_BACK.sub('', before))} {_POINTS_BACK.sub('', now)}".strip()


def _says_it_again(before: str, topic: str) -> bool:
    """True if a follow-up asks for the same as the turn before of another thing, or something else of one thing in it.

    廉租房的租金呢 after 公租房租金多少; 几日内备案 after 未备案的怎么罚.
    """
    own, earlier = _content(topic), _content(before)
    asked = _asked_word(before)
    if asked in own and len(own) > 1 and set(own) - set(earlier):
        return True
    kinds = what_is_asked(topic), what_is_asked(before)
    return bool(own) and all(word in before for word in own) and "other" not in kinds and kinds[0] != kinds[1]


def _names_another(before: str, topic: str) -> bool:
    """True if a follow-up names a scheme of which the turn before says nothing, and asks something of it."""
    return len(_content(topic)) > 1 and any(name not in before for name in schemes_in(topic))


def _asked_word(text: str) -> str:
    """Return the word that an asking word follows: 租金 of 公租房租金是多少."""
    asking = ASKING.search(text)
    content = _content(text[: asking.start()]) if asking else []
    return content[-1] if content else ""


def _exchanged(before: str, topic: str) -> str:
    """Return the turn before with the thing that a follow-up names in place of the one of its kind; empty if there is none."""
    named = _PARTICLES.sub("", _POINTS_BACK.sub("", topic)).strip("的")
    new = cut(named)
    if not _ONLY_NAMED.search(topic) or not 0 < len(new) <= _LITTLE or ASKING.search(named) or named in before:
        return ""
    old = cut(before)
    for at in range(len(old) - len(new) + 1):
        window = old[at : at + len(new)]
        if _of_a_kind(window, new):
            return "".join([*old[:at], *new, *old[at + len(new) :]])
    return ""


def _of_a_kind(old: list[str], new: list[str]) -> bool:
    """True if words name things of one kind: 三级/医院 and 二级/医院, 中职 and 高职."""
    if len("".join(new)) < 2 or old == new:
        return False
    if len(new) == 1:
        return len(old[0]) == len(new[0]) and len(new[0]) > 1 and old[0][-1] == new[0][-1]
    return old[1:] == new[1:] and abs(len(old[0]) - len(new[0])) < 2


def _content(text: str) -> list[str]:
    bare = _LENGTHS.sub(" ", text)
    return words(ASKING.sub(" ", _PARTICLES.sub(" ", _POINTS_BACK.sub("", bare))))


@cache
def _everywhere() -> re.Pattern[str]:
    lines = _EVERYWHERE_FILE.read_text("utf-8").splitlines()
    return re.compile("|".join(line for line in lines if line and line[0] != "#"))
