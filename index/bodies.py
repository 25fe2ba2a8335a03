"""Names of official bodies: is a text one, which ones are written together, which is the full name of another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from index.regions import find_regions

_DATA = Path(__file__).parent / "data"
_HAN = r"[\u4e00-\u9fff]"
_APART = re.compile(r"[、，,;；/\s\u3000]+")
_STATE = "中华人民共和国"
_SHORT = re.compile(
    rf"(?:[我本]?[省市县区州盟旗]|[我本]?自治[区州县旗]|地区)(?:{_HAN}{{0,12}}(?:局|厅|办|委|委员会|政府|政协|人大|常委会|办公厅|办公室))"
    r"|(?:人民)?政府(?:办公厅|办公室)?|办公厅|办公室"
)
_BUREAU = re.compile(rf"{_HAN}{{0,8}}(?:办公厅|办公室|司|局|处|办)")
_SESSION = re.compile(r"第?[一二三四五六七八九十百\d]+届")
# Their branches bear the name and a place: 国家税务总局X省税务局 is one body.
_BRANCHED = ("国家税务总局", "中国人民银行", "国家统计局", "国家外汇管理局", "国家矿山安全监察局", "国家金融监督管理总局", "中国银保监会",
             "中国证监会", "国家能源局", "中国银行保险监督管理委员会")  # fmt: skip


@cache
def _rows(name: str) -> frozenset[str]:
    return frozenset(row for row in (_DATA / name).read_text("utf-8").splitlines() if row and row[0] != "#")


@cache
def _organ() -> re.Pattern[str]:
    """A name of Chinese characters that ends as those of bodies do."""
    ends = "|".join(sorted(_rows("organs.txt"), key=len, reverse=True))
    return re.compile(rf"{_HAN}{{0,40}}(?:{ends})(?:[（(]{_HAN}{{2,20}}[）)])?")


def is_body(text: str) -> bool:
    """True for the name of a body: 绍兴市人民政府办公厅, 财政部."""
    name = text.removeprefix(_STATE)
    return (
        2 <= len(name) <= 42
        and not name.endswith(("网站", "门户"))
        and (name in _rows("central_bodies.txt") or bool(_organ().fullmatch(name)))
    )


def is_central(name: str) -> bool:
    """True for a body whose acts hold in the whole country."""
    bare = name.removeprefix(_STATE)
    central = _rows("central_bodies.txt")
    if bare in central or bare == "主席":
        return True
    parts = ((bare[:end], bare[end:]) for end in range(3, len(bare)))
    return any(body in central and _BUREAU.fullmatch(rest) and not _place_first(rest) for body, rest in parts)


def split_bodies(text: str, names: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the bodies that a text lists, apart or written together; empty if a part of it is no body.

    `names` are said elsewhere on the page, and tell where one ends.
    """
    known = frozenset(names)
    text = text.strip()
    whole = "".join(text.split())
    return _all_bodies(_parts(text), known) or (_all_bodies([whole], known) if whole != text else ())


def _all_bodies(parts: Sequence[str], known: frozenset[str]) -> tuple[str, ...]:
    bodies: list[str] = []
    for part in parts:
        cut = _cut(part, known)
        if not cut:
            return ()
        bodies += cut
    return tuple(dict.fromkeys(bodies))


def _parts(text: str) -> list[str]:
    """Return the parts of a list; 国 务 院 is one: single characters parted by spaces belong together."""
    parts: list[str] = []
    run = ""
    for word in filter(None, _APART.split(text)):
        if len(word) == 1 and re.match(_HAN, word):
            run += word
            continue
        if run and word in ("办公厅", "办公室"):
            word = run + word
        elif run:
            parts.append(run)
        parts.append(word)
        run = ""
    return [*parts, run] if run else parts


def _cut(name: str, known: frozenset[str]) -> tuple[str, ...]:
    """Cut names written together: 中共中央国务院 is two; 国家税务总局X市税务局 is one."""
    if not is_body(name):
        return ()
    for end in range(3, len(name) - 1):
        first, rest = name[:end], name[end:]
        if (
            _may_end(first, known)
            and _begins_body(rest, first, known)
            and not (first in _BRANCHED and _place_first(rest))
        ):
            others = _cut(rest, known)
            if others:
                return (first, *others)
    return (name,)


def _may_end(first: str, known: frozenset[str]) -> bool:
    return (
        first in known
        or first.removeprefix(_STATE) in _rows("central_bodies.txt")
        or bool(re.search(r"(?:人民政府|办公厅|办公室|委员会|厅|局|委|部|公署)$", first) and is_body(first))
    )


def _begins_body(rest: str, first: str, known: frozenset[str]) -> bool:
    """True if a name begins here: a central body, one said elsewhere, 中共…, a place and its body."""
    if rest in known or rest.startswith(("中共", _STATE)):
        return True
    if is_short(first) and rest[0] == first[0] and is_short(rest):
        return True
    central = _rows("central_bodies.txt")
    if any(rest[:n] in central and (n == len(rest) or is_body(rest)) for n in range(len(rest), 2, -1)):
        return True
    return _place_first(rest) and is_body(rest)


def _place_first(name: str) -> bool:
    return any(m.start == 0 and m.text[-1] in "省市县区州盟旗" for m in find_regions(name[:16]))


def without_session(name: str) -> str:
    """Return a congress's name without its number: X省第十三届人民代表大会 is X省人民代表大会."""
    return _SESSION.sub("", name)


def is_short(name: str) -> bool:
    """True for a name that leaves its place out: 省政府办公厅."""
    return bool(_SHORT.fullmatch(name)) and not _place_first(name) and not is_central(name)


def full_name(name: str, others: Sequence[str]) -> str:
    """Return the full name of a short one (省政府办公厅) if the others have it, else the name as it is."""
    if not is_short(name):
        return name
    wanted = _plain(name)
    fits = [other for other in others if not is_short(other) and _plain(other).endswith(wanted)]
    return fits[0] if len(set(fits)) == 1 else name


def _plain(name: str) -> str:
    short = name.replace("人民政府", "政府").replace("常务委员会", "常委会").replace("人民代表大会", "人大")
    return short.replace("委员会", "委")  # 市卫生健康委 is X市卫生健康委员会
