"""Who is responsible for a clause, from the bracket that closes its paragraphs."""

from __future__ import annotations

import re

_CLOSING = re.compile(r"[（(]([^（()）]{2,200}?(?:负责|参与|牵头|配合|落实)[^（()）]{0,60})[）)]\s*$")
_ROLE = re.compile(r"(?:按照?职责分工|分别|共同|等?按职责)?(?:牵头)?(?:负责|参与|配合|落实)(?:落实)?|牵头$")
# The 和 of 人力资源和社会保障局 joins no two departments; the one after a department's last word does.
_NAME_END = re.compile(r"、|(?<=[局委厅办部会院府署处队组室司站])(?:和|及|与|以及)")
_LEVEL = re.compile(r"^(?:自治区|省|市|州|盟|县|区)(?=.{2,})")
_ABOUT = re.compile(r"部门为牵头|单位为牵头|^下同$")
_LEADING = re.compile(r"^(.{2,20}?)(?:负责)?牵头")
# Said once, it holds for every clause from there on: 排在第一位的部门为牵头部门,下同
_FIRST_LEADS = re.compile(r"(?:排|列)(?:在)?(?:第一|首)位的?(?:部门|单位)?为牵头")


def responsible_departments(text: str) -> tuple[str, ...]:
    """Return the departments named in the closing brackets of a clause's paragraphs, in order."""
    names: dict[str, str] = {}  # 市卫生局 and 卫生局 in one clause are the same body
    for note in _notes(text):
        for part in re.split(r"[,，;；。]", note):
            if _ABOUT.search(part):
                continue
            for name in _NAME_END.split(_ROLE.sub("", part)):
                if 2 <= len(name.strip()) <= 30:
                    names.setdefault(_LEVEL.sub("", name.strip()), name.strip())
    return tuple(names.values())


def first_department_leads(text: str) -> bool:
    """True where the clause says that the department named first is the lead."""
    return any(_FIRST_LEADS.search(note) for note in _notes(text))


def named_lead(text: str) -> str | None:
    """Return the department that a closing bracket itself calls the lead (`X牵头`)."""
    for note in _notes(text):
        match = _LEADING.match(note)
        if match and not _FIRST_LEADS.search(match[0]):
            return _NAME_END.split(match[1])[0]
    return None


def _notes(text: str) -> list[str]:
    return [match[1] for line in text.split("\n") if (match := _CLOSING.search(line.rstrip("。 ")))]
