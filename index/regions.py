"""China's administrative divisions, and where a text names one.

A name is a claim about which documents may answer, so an ordinary word must never pass
for a place (合作医疗 is not 合作市), and an ambiguous name keeps all its candidates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index import tokens

_DATA = Path(__file__).parent / "data"

COUNTRY_CODE = "100000"

_NATIONS = (
    "蒙古族|回族|藏族|维吾尔族|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|傣族|黎族|傈僳族|佤族|畲族|拉祜族"
    "|水族|东乡族|纳西族|景颇族|柯尔克孜族|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族|阿昌族|普米族|塔吉克族|怒族"
    "|俄罗斯族|鄂温克族|保安族|裕固族|京族|独龙族|鄂伦春族|各族|蒙古|维吾尔|哈萨克|柯尔克孜|塔吉克|锡伯|达斡尔|回"
)
# At least two characters stay; the names that a nation's own name leads are in _WHOLE.
_AUTONOMOUS = re.compile(
    rf"(?P<short>..+?)(?:{_NATIONS})+(?P<kind>自治区|自治州|自治县|自治旗|区)|(?P<plain>.+)自治(?:区|旗)"
)
_WHOLE = {"内蒙古自治区": "内蒙古", "鄂温克族自治旗": "鄂温克", "东乡族自治县": "东乡"}
_SUFFIX = re.compile(r"(?<=..)(?:特别行政区|地区|新区|林区|特区|矿区|省|市|县|区|旗|盟)$")
_SHORTLESS = re.compile(r"(?:[左右前后中]|联合)旗$")  # Nobody says 新巴尔虎左 for 新巴尔虎左旗.

_RANK = {"国家": 0, "省": 1, "市": 2, "县": 3}

_HAN = re.compile(r"[\u4e00-\u9fff]+")
_STREET = re.compile(r"[东西南北中]?(?:路(?![径线网政况段])|街(?!道)|大街|大道|胡同)")  # 长春路, 北京西路
_BODY = re.compile(
    r"[省市县区旗州盟](?!场)(?:(?:人民)?(?:政府|委|人大|政协|医院|法院)|.{1,7}局$)"
)  # 吉林/市政府 is 吉林市 all the same.
_LISTING = re.compile(r"[、,\uff0c和及与的\s/·()\uff08\uff09]{0,2}")  # What may stand between 长春市 and 朝阳区.
_YEAR_AFTER = re.compile(r"\s?(?:19|20)\d\d\s?年")
_PLACE_BEFORE = ("在", "到", "去", "来自", "位于")


@dataclass(frozen=True, slots=True)
class Region:
    """A division by its GB/T 2260 code; `path` is the official names from the province down."""

    adcode: str
    name: str
    level: str
    path: tuple[str, ...]

    @property
    def short(self) -> str:
        """What people say: 长春, 内蒙古, 双江; 云县 and 新巴尔虎左旗 have no shorter form."""
        return _short(self.name)


@dataclass(frozen=True, slots=True)
class Mention:
    """A place named in a text, with every division that it can mean there."""

    start: int
    end: int
    text: str
    candidates: tuple[Region, ...]


def find_regions(text: str) -> list[Mention]:
    """The places that a text names, left to right; 长春市朝阳区 is two, the second narrowed by the first."""
    found: list[Mention] = []
    for run in _HAN.finditer(text):
        for start, end in _spans(run.group()):
            _add(found, text, run.start() + start, run.start() + end)
    return found


def region_by_name(name: str) -> tuple[Region, ...]:
    """The regions of a full, short or old name; a short name means the highest level that has it."""
    table = _names()
    if name in table.full:
        return table.full[name]
    return _highest(table.short.get(name, ()))


def region_by_adcode(adcode: str) -> Region:
    """The region of a code; KeyError for one that is not in use."""
    return _regions()[adcode]


def all_regions() -> tuple[Region, ...]:
    """All divisions in use, the country first."""
    return tuple(_regions().values())


def contains(ancestor: Region, other: Region) -> bool:
    """Whether `other` is `ancestor` or lies within it."""
    return other.adcode.startswith(_prefix(ancestor.adcode))


# Codes of the State Council and the Central Committee: 国办发, 国函, 中发.
_CENTRAL = re.compile(r"国|中办|中发|中委")
_GOVERNMENT = re.compile(r"(.{1,3}?)[省市县区旗盟州]?(?:政|府|署)")
# A department's own code begins with its name: 财社, 人社部发; a local one has the place before it: 吉卫发.
_MINISTRY = re.compile(
    r"卫|医保|人社|财|教|民|建|农|发改|环|交|商|税|银|保监|药监|食药|公|司|科|工信|文|水|林|自然资|应急|市监|退役"
)


def regions_for_agency_code(code: str) -> tuple[Region, ...]:
    """The regions a 机关代字 can stand for, higher levels first: 呼政办字 is 呼和浩特, 呼伦贝尔, 呼玛 and so on."""
    if _CENTRAL.match(code):
        return (region_by_adcode(COUNTRY_CODE),)
    government = _GOVERNMENT.match(code)
    if government:
        return _abbreviated(government[1])
    return _abbreviated(code[0]) if code and not _MINISTRY.match(code) else ()


@dataclass(frozen=True, slots=True)
class _Names:
    """Every name that can stand in a text. `guarded` ones are ordinary words too; `starts` finds names by two characters."""

    full: dict[str, tuple[Region, ...]]
    short: dict[str, tuple[Region, ...]]
    guarded: frozenset[str]
    starts: dict[str, tuple[str, ...]]


def _spans(run: str) -> Iterator[tuple[int, int]]:
    """Possible names in a run of Chinese characters, longest first at each place, on whole words only."""
    starts = _names().starts
    places = [i for i in range(len(run) - 1) if run[i : i + 2] in starts]
    if not places:
        return
    bounds = _bounds(run)
    for start in places:
        if start in bounds:
            for name in starts[run[start : start + 2]]:
                if run.startswith(name, start) and start + len(name) in bounds:
                    yield start, start + len(name)


def _bounds(run: str) -> frozenset[int]:
    """Where jieba's words begin and end: 医保/定点 has no 保定, 管理/县级 no 理县."""
    bounds, at = [0], 0
    for word in tokens.cut(run):
        if _BODY.match(word):
            bounds.append(at + 1)
        at += len(word)
        bounds.append(at)
    return frozenset(bounds)


def _add(found: list[Mention], text: str, start: int, end: int) -> None:
    """Append the name at a span unless it overlaps the last one or is an ordinary word there."""
    if found and start < found[-1].end:
        return
    name = text[start:end]
    table = _names()
    is_short = name not in table.full
    candidates = table.short[name] if is_short else table.full[name]
    if is_short and _STREET.match(text, end):
        return
    near = _near(candidates, found[-1] if found else None, text, start)
    if name in table.guarded and not _is_place(near, candidates, found, text, start, end):
        return
    if found and found[-1].end == start:
        found[-1] = _narrowed_by_part(found[-1], near or candidates)
    meant = near or candidates
    found.append(Mention(start, end, name, _highest(meant) if is_short else meant))


def _near(candidates: Iterable[Region], last: Mention | None, text: str, start: int) -> tuple[Region, ...]:
    """The candidates inside the place just named, or beside it in a list (长春市南关区、朝阳区); else none."""
    if last is None or not _LISTING.fullmatch(text, last.end, start):
        return ()
    inside = tuple(r for r in candidates if any(r != held and contains(held, r) for held in last.candidates))
    if inside or last.end == start or len(last.candidates) > 1:
        return inside
    return tuple(r for r in candidates if r.level == "县" and r.path[:-1] == last.candidates[0].path[:-1])


def _is_place(
    near: tuple[Region, ...], candidates: tuple[Region, ...], found: list[Mention], text: str, start: int, end: int
) -> bool:
    """Whether an ordinary word stands for a place: 晋城市城区, 陕西安康, 在安康, 安康2012年; never 临夏合作医疗."""
    touching = bool(near) and found[-1].end == start
    if text[start:end] in _names().full:
        return touching
    is_city = any(region.level == "市" for region in candidates)
    return is_city and (touching or bool(_YEAR_AFTER.match(text, end)) or text.endswith(_PLACE_BEFORE, 0, start))


def _narrowed_by_part(mention: Mention, parts: tuple[Region, ...]) -> Mention:
    """朝阳区 stays open, but the 朝阳 of 朝阳建平县 is the city that holds the county."""
    if len(mention.candidates) == 1:
        return mention
    holding = tuple(r for r in mention.candidates if any(r != part and contains(r, part) for part in parts))
    return Mention(mention.start, mention.end, mention.text, holding or mention.candidates)


def _highest(regions: tuple[Region, ...]) -> tuple[Region, ...]:
    """A short name means the highest level that bears it: 吉林 is the province, 朝阳 the city."""
    best = min((_RANK[region.level] for region in regions), default=0)
    return tuple(region for region in regions if _RANK[region.level] == best)


def _abbreviated(place: str) -> tuple[Region, ...]:
    """Those listed for the abbreviation, then those whose short name begins with it."""
    regions = _regions()
    listed = [regions[adcode] for adcode in _agency_codes().get(place, ())]
    begins = [region for region in regions.values() if region.level != "国家" and region.short.startswith(place)]
    return tuple(sorted(dict.fromkeys(listed + begins), key=lambda region: _RANK[region.level]))


def _prefix(adcode: str) -> str:
    """The digits that all divisions within share: 220100 -> 2201; none for the country."""
    return "" if adcode == COUNTRY_CODE else re.sub(r"(?:00){1,2}$", "", adcode)


@cache
def _short(name: str) -> str:
    if name in _WHOLE:
        return _WHOLE[name]
    autonomous = _AUTONOMOUS.fullmatch(name)
    if autonomous:
        return autonomous["short"] or autonomous["plain"]
    return name if _SHORTLESS.search(name) else _SUFFIX.sub("", name)


@cache
def _regions() -> dict[str, Region]:
    """All divisions by code, each level before the next, and the country first."""
    regions = {COUNTRY_CODE: Region(COUNTRY_CODE, "全国", "国家", ())}
    rows = sorted(
        _rows("regions.tsv"), key=lambda row: (not row[0].endswith("0000"), not row[0].endswith("00"), row[0])
    )
    for adcode, name, parent in rows:
        level = "省" if adcode.endswith("0000") else "市" if adcode.endswith("00") else "县"
        regions[adcode] = Region(adcode, name, level, (*regions[parent].path, name))
    return regions


@cache
def _names() -> _Names:
    regions = _regions()
    divisions = [region for region in regions.values() if region.level != "国家"]
    full: dict[str, list[Region]] = {}
    short: dict[str, list[Region]] = {}
    for region in divisions:
        full.setdefault(region.name, []).append(region)
    official = frozenset(full)
    guarded = frozenset(row[0] for row in _rows("region_words.txt"))
    for region in divisions:
        for variant in _variants(region, guarded):
            if variant not in official:
                full.setdefault(variant, []).append(region)
        if region.short not in official:
            short.setdefault(region.short, []).append(region)
    for name, adcodes in _rows("region_aliases.tsv"):
        known = full.setdefault(name, [])
        known += [regions[adcode] for adcode in adcodes.split() if regions[adcode] not in known]
    return _Names(_frozen(full), _frozen(short), guarded, _starts([*full, *short], guarded, short))


def _variants(region: Region, guarded: frozenset[str]) -> Iterator[str]:
    """Names by rule: before 撤县设区 (九台市, 密云县), before 地改市 (临沧地区), without the nations (双江县, 延边州)."""
    name, short = region.name, region.short
    if name.endswith(("自治州", "自治县", "自治旗", "自治区")):
        yield from (short + name[-3:], short + name[-1:])
    elif region.level == "市" and name.endswith("市"):
        yield short + "地区"
    elif region.level == "县" and len(short) > 1 and name.endswith(("市", "区")):
        yield short + "县"
        if short not in guarded:
            yield short + "市"


def _starts(names: list[str], guarded: frozenset[str], short: dict[str, list[Region]]) -> dict[str, tuple[str, ...]]:
    """Names by their first two characters, longest first; a county's guarded short name never counts."""
    starts: dict[str, list[str]] = {}
    for name in sorted(set(names), key=len, reverse=True):
        is_county_word = name in guarded and name in short and all(region.level == "县" for region in short[name])
        if len(name) > 1 and not is_county_word:
            starts.setdefault(name[:2], []).append(name)
    return {start: tuple(group) for start, group in starts.items()}


def _frozen(names: dict[str, list[Region]]) -> dict[str, tuple[Region, ...]]:
    return {name: tuple(regions) for name, regions in names.items()}


@cache
def _agency_codes() -> dict[str, tuple[str, ...]]:
    return {code: tuple(adcodes.split()) for code, adcodes in _rows("agency_codes.tsv")}


def _rows(name: str) -> list[list[str]]:
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]
