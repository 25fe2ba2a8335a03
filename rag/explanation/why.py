"""Why an answer stands as it does, in one short clause: 数字和地区逐句与条款核对相符, 所问的年份未收录."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from index.errors import UserError
from index.types import Document
from rag.question.document_years import years_of
from rag.question.scope import fits_place, regions_of_names
from rag.types import Answer, Scope

_REASONS = {
    "no_match": "收录的条款都没有回答这一问",
    "unsupported": "最接近的条款没有写明所问的内容",
    "false_premise": "问题的前提与条款不符",
    "ambiguous": "所指的文件或条款不止一个",
    "instruction": "不是政策问题",
    "out_of_domain": "不是政策问题",
    "empty": "没有写出问题",
    "too_long": "问题过长",
}
_FEW = 3  # sentences left out that are told one by one


@dataclass(frozen=True, slots=True)
class Why:
    """Words for people; their {holes} are filled from `values` once they are told in a language."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format(**self.values)


def why(answer: Answer, documents: Sequence[Document]) -> Why:
    """Return why an answer is grounded, partial or refused; `documents` are those held."""
    if answer.status == "refused":
        return _why_refused(answer, documents)
    return _why_partial(answer) if answer.status == "partial" else _why_grounded(answer)


def _why_grounded(answer: Answer) -> Why:
    checks = [verdict for statement in answer.statements for verdict in statement.checks.values()]
    passed = bool(checks) and all(verdict == "ok" for verdict in checks)
    return Why("数字和地区已逐句与条款核对" if passed else "摘自条款原文")


def _why_partial(answer: Answer) -> Why:
    unanswered = [part.side for part in answer.trace.parts if part.refusal] if answer.trace else []
    if named := list(dict.fromkeys(filter(None, unanswered))):
        return Why("{names}没有找到依据", {"names": "、".join(named)})
    if unanswered:
        return Why("所问的有一部分没有找到依据")
    if answer.scope.missing:
        return Why("未收录{names}", {"names": "、".join(answer.scope.missing)})
    if 0 < len(answer.withheld) <= _FEW:
        return Why("第{n}句与条款核对不符,已略去", {"n": "、".join(map(str, answer.withheld))})
    if answer.withheld:
        return Why("有{n}句与条款核对不符,已略去", {"n": len(answer.withheld)})
    return Why("只找到部分内容的依据")


def _why_refused(answer: Answer, documents: Sequence[Document]) -> Why:
    if answer.reason == "out_of_scope":
        return _why_outside(answer.scope, documents)
    return Why(_REASONS.get(answer.reason or "", "没有找到依据"))


def _why_outside(scope: Scope, documents: Sequence[Document]) -> Why:
    """Say which of document, place and year is not held."""
    if scope.missing:
        return Why("所问的文件未收录")
    try:
        regions = regions_of_names(scope.regions)
    except UserError:
        return Why("超出已收录文件的范围")
    there = [doc for doc in documents if fits_place(doc, regions)] if regions else list(documents)
    if not there:
        return Why("所问的地区未收录")
    if scope.years and not any(set(scope.years) & years_of(doc) for doc in there):
        return Why("该地区这一年的文件未收录" if regions else "所问的年份未收录")
    return Why("收录的文件没有这一范围的条款")
