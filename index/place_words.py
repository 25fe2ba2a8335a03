"""The words that name a place in a document: 第十二条第二款第(三)项, 二、(一)3, 附件1第三条, clause 12."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.place import Place, Step

_UNITS: dict[str, str] = {
    "部分": r"大?部分|大(?:点|条|项|块|类|方面)",
    "小点": r"小(?:点|条|项)",
    "编": r"分?编(?![制写辑号委办码])",
    "章": r"章(?!程)",
    "节": r"节(?![能约假目日点省水课育])",
    "条": r"条款|条(?![例件约幅理])",
    "款": r"款(?![待式])",
    "项": r"项(?!目)",
    "目": r"目(?![标录前])",
    "点": r"点(?![钟半])",
}
_ENGLISH = {
    "条": r"clauses?|articles?|arts?\.?", "节": r"sections?|secs?\.?", "章": r"chapters?", "款": r"paragraphs?|paras?\.?",
    "项": r"sub-?paragraphs?|(?:sub-?)?items?", "点": r"points?", "部分": r"parts?", "附件": r"annex(?:es)?|appendi(?:x|ces)",
}  # fmt: skip
_HAN = "〇零一二两三四五六七八九十百千廿卅壹贰叁肆伍陆柒捌玖拾佰"
_ENCLOSED = "①-⑳㈠-㈩⑴-⒇"
_HAN_NUMBER = rf"[{_HAN}](?:\s?[{_HAN}]){{0,8}}"
_NUMBER = rf"(?:\d{{1,4}}|{_HAN_NUMBER})"
_ITEM = rf"(?:\(?\s*{_NUMBER}\s*\)?|[{_ENCLOSED}])"
_AND = r"\s*(?:、|,|和|与|及|以及|跟|同|或|&|and)\s*"
_TO = r"\s*(?:至|到|-{1,2}|to)\s*"
_UNIT = "|".join(f"(?:{pattern})" for pattern in _UNITS.values())
# A list is read once and for all ((?>): a long row of digits can be cut into numbers in more ways than can be tried.
_STEP = re.compile(
    rf"第\s*(?P<list>(?>{_ITEM}(?:(?:{_AND}|{_TO})?第?\s*{_ITEM})*))\s*个?(?P<unit>{_UNIT})(?:之(?P<suffix>[{_HAN}]+))?"
)
_FROM_END = re.compile(
    rf"倒数第\s*(?P<nth>{_NUMBER})\s*个?(?P<unit1>{_UNIT})|(?:最后|末尾|结尾)的?\s*(?P<last>{_NUMBER})?\s*个?(?P<unit2>{_UNIT})"
    rf"|末(?P<unit3>条|款|项|章|节)|(?:开头|最前面?的?|(?<![目之以当])前|(?<![街口])头)(?P<first>{_NUMBER})个?(?P<unit4>{_UNIT})"
    rf"|(?<![以之今])后(?P<tail>{_NUMBER})个?(?P<unit5>{_UNIT})"
)
# 下一条, and 该条: about the place that the turn before named.
_RELATIVE = re.compile(
    rf"(?P<way>上|前|下|后)(?:(?:一|1)个?(?={_UNIT})|(?<![以之目当随]上|[以之目当随]前|[以之目当随]下|[以之目当随]后)(?=[条款章节]))(?P<unit>{_UNIT})|(?<![基原日根])(?:该|本|这一?|此|上述|前述)(?P<same>条款|条(?![例件约款])|款|章(?!程)|节|部分)"
)
_ANNEX = re.compile(
    rf"附\s?件\s*(?P<n>\(?\s*{_NUMBER}\s*\)?)(?:号)?(?!份|个|年|月)|(?<![个份几些多少])附件(?=(?:[的中里]|里的|中的)?第|\s*$|[的中里是讲说])"
)
_FOREWORD = re.compile(r"(?:引言|序言|前言|导言)(?:部分)?")
_ENGLISH_STEP = re.compile(
    r"(?<![a-z])(?:(?P<last>last)\s+)?(?:" + "|".join(f"(?:{p})" for p in _ENGLISH.values()) + r")(?![a-z])"
    r"\s*(?:no\.?\s*)?(?P<list>\(?\d{1,4}\)?(?:\s*(?:,|and|&|to|-)\s*\(?\d{1,4}\)?(?![\d.%]))*)?",
    re.IGNORECASE,
)
# Marks without 第 are read only where a place may stand: after a document's name or another step, or alone.
_BARE = re.compile(
    rf"(?P<han>{_HAN_NUMBER})\s*(?:、(?![{_HAN}]+[级类甲乙等])|(?=\(\s*{_NUMBER}\s*\)))|\(\s*(?P<bracketed>{_NUMBER})\s*\)"
    rf"|(?P<enclosed>[{_ENCLOSED}])|(?P<arabic>\d{{1,3}})(?=\s*(?:[.、](?!\d)|[点项条的是呢讲说规内写由怎有如什原全具中里,?？。(]|$))(?:\s*[.、])?[点项]?"
)
_BY_SHORTHAND = re.compile(rf"(?P<n>\d{{1,3}}|{_HAN_NUMBER})(?P<unit>条(?![例件约幅理]))")  # 劳动法12条
_AGAIN = re.compile(rf"(?P<n>{_NUMBER})\s*(?P<unit>{_UNIT})")  # 第55条和56条
# 救助通知二(一)2: a mark of two levels after the last word of a title that is not held as such.
_AFTER_KIND = re.compile(rf"(?<=[法例定则知见案施划要点排])(?={_HAN_NUMBER}\s*、?\s*\(\s*{_NUMBER}\s*\))")
_DOTTED = re.compile(r"\d{1,3}(?:\.\d{1,3})+(?![\d%])")
_GAP = re.compile(
    r"[\s:,、]*(?:[的之中里内下]|里面|下面|项下|规定|所列)?的?[\s:,、]*(?:以及|和|与|及|跟|至|到|-|of(?: the)?|and|to)?\s*"
)
_JOINS = re.compile(r"[、,和与及跟至到-]|and|to")
_TELLS = re.compile(r"规定|所列")
_NAME = "\0"  # stands for the characters of a document's name
_AFTER_NAME = re.compile(
    _NAME + r"+\s*(?:文件|文(?![\u4e00-\u9fff]*[化物体]))?[\s的之中里内:,]*(?:里面的?)?\s*[“\"「‘']?\s*"
)
_LEAD_IN = re.compile(r"[\s,。?!]*(?:请问|那么?|还有|再看看?|看看?|查看?|其中)*[\s,:的]*")
_TABLE = str.maketrans(
    {chr(c): chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F)}
    | dict.fromkeys("【〔﹝［〖[", "(") | dict.fromkeys("】〕﹞］〗]", ")") | dict.fromkeys("—–－~～﹣‐", "-")
    | {"\u3000": " ", "，": ",", "：": ":", "笫": "第", "條": "条", "項": "项", "節": "节", "編": "编", "點": "点"}
)  # fmt: skip

Found = tuple[list[Step], int]  # the steps read, and where they end


def plain(text: str) -> str:
    """Return a text of the same length with full-width digits, brackets and signs made plain."""
    return text.translate(_TABLE)


def read_places(text: str, names: Sequence[tuple[int, int]] = ()) -> list[Place]:
    """Return the places that a text names, in order; `names` are the spans of the documents' names in it."""
    chars = list(plain(text))
    for start, end in names:
        chars[start:end] = _NAME * (end - start)
    said = "".join(chars)
    places: list[Place] = []
    end = 0
    for start, after_name in sorted(_openings(said).items()):
        if start < end:
            continue
        if after_name and (dotted := _DOTTED.match(said, start)):
            places.append(Place((), start, dotted.end(), dotted[0]))
            end = dotted.end()
        elif chain := _chain(said, start, after_name):
            end = chain[-1][2]
            places += [Place(tuple(steps), start, end) for steps in _fold(chain)]
    return places


def number_of(digits: str) -> int:
    """Return the value of a numeral in any of its forms, 0 for what is none."""
    digits = re.sub(r"[\s()]", "", digits)
    if len(digits) == 1 and re.match(f"[{_ENCLOSED}]", digits):
        return next(ord(digits) - ord(first) + 1 for first in "⑴①㈠" if 0 <= ord(digits) - ord(first) < 20)
    if digits.isdecimal():
        return int(digits)
    import cn2an

    try:
        return int(cn2an.cn2an(digits.replace("廿", "二十").replace("卅", "三十").replace("〇", "零"), "smart"))
    except ValueError:
        return 0


def _openings(said: str) -> dict[int, bool]:
    """Return where a place may begin, and whether a document's name stands before it."""
    patterns = (_STEP, _FROM_END, _RELATIVE, _ANNEX, _ENGLISH_STEP)
    starts = {match.start(): False for pattern in patterns for match in pattern.finditer(said)}
    if lead := _LEAD_IN.match(said):
        starts.setdefault(lead.end(), False)
    starts |= {match.end(): True for match in _AFTER_KIND.finditer(said)}
    return starts | {match.end(): True for match in _AFTER_NAME.finditer(said)}


def _chain(said: str, start: int, after_name: bool) -> list[tuple[list[Step], str, int]]:
    """Return the steps that follow one another from a start: each with the words before it and its end."""
    chain: list[tuple[list[Step], str, int]] = []
    opens = after_name or _LEAD_IN.fullmatch(said, 0, start) is not None
    found = _step_at(said, start) or (_opening_at(said, start, after_name) if opens else None)
    at, gap = start, ""
    while found:
        chain.append((found[0], gap, found[1]))
        match = _GAP.match(said, found[1])
        gap, at = (match[0], match.end()) if match else ("", found[1])
        found = _step_at(said, at) or _again_at(said, at, gap) or (None if _TELLS.search(gap) else _bare_at(said, at))
    return chain


def _again_at(said: str, at: int, gap: str) -> Found | None:
    """Read a number that goes on a list without its 第: 第55条和56条."""
    match = _AGAIN.match(said, at) if _JOINS.search(gap) else None
    return ([Step(_unit(match["unit"]), number_of(match["n"]))], match.end()) if match else None


def _step_at(said: str, at: int) -> Found | None:
    return next(
        (found for read in (_numbered, _from_end, _relative, _annex, _english) if (found := read(said, at))), None
    )


def _opening_at(said: str, at: int, after_name: bool) -> Found | None:
    """Read what may only open a place: a bare mark; 劳动法12条 and a foreword need the document's name before them."""
    if after_name and (match := _BY_SHORTHAND.match(said, at)):
        return [Step("条", number_of(match["n"]))], match.end()
    if after_name and (match := _FOREWORD.match(said, at)):
        return [Step("引言", 0)], match.end()
    match = _BARE.match(said, at)
    if not match or match["arabic"]:
        return None
    rest = said[match.end() :].strip(" 呢?吗的是讲说啥什么.。")
    if after_name or match["han"] or not rest or rest[0] == "第" or _BARE.match(rest):
        return _bare_at(said, at)
    return None


def _bare_at(said: str, at: int) -> Found | None:
    match = _BARE.match(said, at)
    if not match:
        return None
    kind = next(name for name in ("han", "bracketed", "enclosed", "arabic") if match[name])
    number = number_of(match[kind])
    unit = {"han": "一、", "arabic": "1"}.get(kind) or _brackets(match[0]) or "(1)"
    return ([Step(unit, number)], match.end()) if number else None


def _numbered(said: str, at: int) -> Found | None:
    match = _STEP.match(said, at)
    if not match:
        return None
    unit = _unit(match["unit"])
    suffix = number_of(match["suffix"]) if match["suffix"] else 0
    steps = _listed(match["list"], unit)
    return ([replace(step, suffix=suffix) for step in steps], match.end()) if steps else None


def _listed(text: str, unit: str, style: str = "") -> list[Step]:
    """Read 三, (三), 三、五, 3至5 into steps of one unit."""
    steps: list[Step] = []
    gap = ""
    at = 0
    for match in re.finditer(rf"\(?\s*(?:\d{{1,4}}|{_HAN_NUMBER})\s*\)?|[{_ENCLOSED}]", text):
        gap, at = text[at : match.start()], match.end()
        number = number_of(match[0])
        if not number:
            return []
        if steps and re.search(r"至|到|-|to", gap):
            steps[-1] = replace(steps[-1], until=number)
        else:
            steps.append(Step(unit, number, style=style or _brackets(match[0])))
    return steps


def _brackets(item: str) -> str:
    if re.match(r"[㈠-㈩]", item):
        return "(一)"
    if re.match(r"[①-⑳]", item):
        return "①"
    if "(" not in item and ")" not in item:
        return ""
    return "(1)" if re.search(r"\d", item) else "(一)"


def _from_end(said: str, at: int) -> Found | None:
    match = _FROM_END.match(said, at)
    if not match:
        return None
    unit = _unit(next(match[f"unit{i}"] for i in range(1, 6) if match[f"unit{i}"]))
    if match["nth"]:
        return [Step(unit, -number_of(match["nth"]))], match.end()
    if match["first"]:
        return [Step(unit, 1, until=number_of(match["first"]))], match.end()
    count = number_of(match["last"] or match["tail"] or "1")
    if match["tail"] and count < 2:  # 后一条 is the next one
        return None
    return [Step(unit, -count, until=-1 if count > 1 else 0)], match.end()


def _relative(said: str, at: int) -> Found | None:
    match = _RELATIVE.match(said, at)
    if not match:
        return None
    if match["same"]:
        return [Step(_unit(match["same"]), 0, style="same")], match.end()
    return [Step(_unit(match["unit"]), 0, style="next" if match["way"] in "下后" else "before")], match.end()


def _annex(said: str, at: int) -> Found | None:
    match = _ANNEX.match(said, at)
    return ([Step("附件", number_of(match["n"]) if match["n"] else 0)], match.end()) if match else None


def _english(said: str, at: int) -> Found | None:
    match = _ENGLISH_STEP.match(said, at)
    if not match or not (match["list"] or match["last"]):
        return None
    word = re.sub(r"^last\s+", "", match[0], flags=re.IGNORECASE)
    unit = next(unit for unit, pattern in _ENGLISH.items() if re.match(rf"(?:{pattern})(?![a-z])", word, re.IGNORECASE))
    if match["last"]:
        return [Step(unit, -1, style="en")], match.end()
    return _listed(match["list"], unit, "en"), match.end()


def _unit(word: str) -> str:
    return next(unit for unit, pattern in _UNITS.items() if re.fullmatch(pattern, word))


def _goes_down(current: Sequence[Step], step: Step, gap: str) -> bool:
    """True for the second of 第二点第三点: it is in the first; but 第十三条第(一)项第(三)项 are two of one article."""
    in_law = any(one.unit in ("条", "款") for one in current)
    return step.unit in ("项", "点", "小点") and not in_law and not _JOINS.search(gap)


def _fold(chain: Sequence[tuple[list[Step], str, int]]) -> Iterator[list[Step]]:
    """Put the steps of a chain together into places: 第三条第一款和第二款 are two, 第一条至第三条 is one."""
    current: list[Step] = []
    for steps, gap, _ in chain:
        for i, step in enumerate(steps):
            last = current[-1] if current else None
            if last and current[0].style == "en" and step.unit == "(1)":  # article 12(2)(3)
                step = replace(step, unit={"条": "款", "款": "项"}.get(last.unit, "目"))
            same = last is not None and last.unit == step.unit and not _goes_down(current, step, gap)
            if last and same and i == 0 and re.search(r"至|到|-|\bto\b", gap):
                current[-1] = replace(last, until=step.number)
            elif last and re.search(r"\bof\b", gap):
                current.insert(0, step)
            elif last and (same or re.search(r"[、,和与及跟]|and", gap) and step.level <= last.level):
                yield current
                current = [s for s in current if s.level < step.level] + [step]
            elif last and re.search(r"[和与及跟]|and", gap):
                yield current
                current = [*current, step]
            else:
                current = [*current, step]
    if current:
        yield current
