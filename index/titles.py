"""The forms in which people say a document's title, and which of several versions of it is meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from index.figures import DOC_NO
from index.place_words import plain
from index.regions import region_by_adcode
from index.types import Document
from index.validity import OUT_OF_FORCE

QUOTED = re.compile(r"《(?:[^《》]|《[^《》]*》){2,100}》")
_STATE = "中华人民共和国"
_MARKS = re.compile(r"[《》〈〉<>\"“”\s]")
# (试行), (2018年修订), (2010修正): a law on trial, or in another year's wording.
_TRIAL = r"试行|暂行|草案|征求意见稿"
VERSION = re.compile(
    rf"\((?:{_TRIAL}|(?:(?:19|20)\d{{2}}年?(?:\d+月(?:\d+日)?)?(?:第.{{1,3}}次)?)?(?:修订|修正|修改)?(?:版|本|案|文本|稿)?)\)"
)
_VERSION_YEAR = re.compile(r"\(((?:19|20)\d{2})年?[^()]*\)$")
# 关于印发《X办法》的通知 is asked for by the name of what it sends.
_SENDS = re.compile(r"关于(?:修订)?(?:印发|发布|公布|下发|颁布|颁发|转发|批转)(.+)的(?:通知|公告|通告|决定|函|令)$")
_MIN_FORM = 4  # what is left of a title without its place; 条例 alone names nothing
_GENERIC = re.compile(
    r"^(?:暂行|管理|实施|工作|试行|若干|有关)*(?:办法|条例|规定|细则|规则|方案|意见|通知|要点|安排|任务|措施)$"
)
Status = Callable[[Document], str]  # whether a document is in force, in one word of index/validity.py
STRICT = re.compile(
    r"(?:法|条例|办法|规定|细则|规则|规程|章程|准则|通则|守则)$"
)  # what is named exactly, or is another
KIND = re.compile(
    rf"(?:{STRICT.pattern[3:-2]}|决定|通知|意见|方案|措施|规划|计划|纲要|要点|公告|通告|批复|解读|安排|任务|标准|目录|指南)$"
)


def normal_title(title: str) -> str:
    """Return a title without 书名号, quotes and spaces, in half-width signs."""
    return _MARKS.sub("", plain(title))


def core_title(title: str) -> str:
    """Return a normal title without what tells its versions apart: (试行), (2018年修订)."""
    while last := [m for m in VERSION.finditer(title) if m.start() and m.end() == len(title)]:
        title = title[: last[-1].start()]
    return title


def asked_forms(name: str) -> dict[str, int]:
    """Return the forms of a title as a question gives it, each with how far it is from what was said."""
    said = normal_title(name)
    forms = {said: 0}
    forms.setdefault(core_title(said), 1)
    for form, far in list(forms.items()):
        forms.setdefault(form.removeprefix(_STATE), far + 1)
        if match := _SENDS.search(form):
            forms.setdefault(match[1], far + 2)
    return forms


def title_forms(doc: Document) -> dict[str, int]:
    """Return the forms that name a held document, each with how far it is from the title itself."""
    return dict(_forms(doc.title, _place_names(doc)))


@lru_cache(maxsize=65536)
def _forms(title: str, places: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    full = normal_title(title)
    forms = {full: 0}
    forms.setdefault(core_title(full), 0)
    forms.setdefault(core_title(full).removeprefix(_STATE), 1)
    if match := _SENDS.search(core_title(full)):
        forms.setdefault(match[1], 2)
        forms.setdefault(core_title(match[1]).removeprefix(_STATE), 2)
    about = core_title(full).find("关于")
    if about >= 0:  # without the body that issues it
        forms.setdefault(core_title(full)[about:], 2)
        forms.setdefault(core_title(full)[about + 2 :], 3)
    for form, far in list(forms.items()):
        for short in _without_place(form, places):
            forms.setdefault(short, far + 3)
    return tuple((form, far) for form, far in forms.items() if far == 0 or not _GENERIC.match(form))


def _without_place(form: str, places: Sequence[str]) -> Iterator[str]:
    """Yield 养犬管理条例 for 长春市养犬管理条例, and 长春养犬管理条例."""
    for name in places:
        rest = form.removeprefix(name)
        if rest != form and len(rest) >= _MIN_FORM:
            yield rest
            yield from (f"{other}{rest}" for other in places if other != name)
            return


def _place_names(doc: Document) -> tuple[str, ...]:
    """Return the ways to write a document's place, longest first: 吉林省长春市, 长春市, 长春."""
    if not doc.region or not doc.adcode:
        return ()
    try:
        short = region_by_adcode(doc.adcode).short
    except KeyError:
        return ()
    names = {"".join(doc.region), doc.region[-1], short, "自治区" if doc.region[-1].endswith("自治区") else ""}
    return tuple(sorted(filter(None, names), key=len, reverse=True))


def starts_with_place(doc: Document, form: str) -> bool:
    return any(form.startswith(name) for name in _place_names(doc)) or form.startswith(_STATE)


def version_year(title: str) -> int | None:
    """Return the year by which a title tells its version: 2018 of X条例(2018年修订)."""
    match = _VERSION_YEAR.search(normal_title(title))
    return int(match[1]) if match else None


def years_of(doc: Document) -> set[int]:
    """Return the years that a version of a document may be called by: those of its title, 文号 and dates."""
    dates = (doc.date_issued, doc.date_published, doc.date_effective)
    years = {version_year(doc.title), doc.year, *(int(date[:4]) for date in dates if date)}
    years |= {int(match["year"]) for match in DOC_NO.finditer(doc.doc_no or "")}
    return {year for year in years if year}


def work_of(doc: Document) -> tuple[str, str | None]:
    """Return what the versions of one document share: the title but for its version, and the place."""
    return core_title(normal_title(doc.title)), doc.adcode


def by_preference(versions: Sequence[Document], name: str, status: Status) -> list[Document]:
    """Return versions of one document in the order to answer from: in force, titled as asked, newest."""
    asked = normal_title(name)

    def rank(doc: Document) -> tuple[bool, bool, int]:
        trial = bool(re.search(_TRIAL, normal_title(doc.title).removeprefix(core_title(normal_title(doc.title)))))
        own = version_year(doc.title) or max(years_of(doc), default=0)
        return status(doc) in OUT_OF_FORCE, trial and normal_title(doc.title) != asked, -own

    return sorted(versions, key=rank)
