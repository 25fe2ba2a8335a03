"""The golden questions: what a user asks, which clauses a right answer cites, what it must say."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from index.errors import UserError
from index.store import ClauseIndex
from index.tokens import normalise
from index.types import Clause

GOLDEN_DIR = Path(__file__).parent / "golden"
CRITICAL = "critical"  # a set of its own, chosen from dev by ID
CANDIDATES = GOLDEN_DIR / "candidates.jsonl"
UNANSWERABLE = {"wrong_place", "wrong_year", "absent_topic", "near_miss", "false_premise", "out_of_domain", "injection"}
ANSWERABLE = {
    "amount", "percent", "date", "count", "department", "list", "how", "definition", "yesno",
    "comparison", "followup", "colloquial", "traditional", "english", "multipart", "typo", "reference", "why", "table",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Golden:
    """One question. Every clause of `gold` must be cited; `also` would do as well for the same fact.

    Each string of `answer` must be in the answer, in one of its forms (`A|B`). A question that
    the documents do not answer has no gold.
    """

    id: str
    question: str
    kind: str
    gold: tuple[str, ...]
    answer: tuple[str, ...]
    history: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    difficulty: str = "medium"
    note: str = ""

    @property
    def answerable(self) -> bool:
        return bool(self.gold)

    @property
    def right(self) -> frozenset[str]:
        """The clauses that it is right to cite."""
        return frozenset((*self.gold, *self.also))


def golden_sets() -> list[str]:
    """Return the names of all sets; what is only a candidate for one is in none."""
    return sorted(path.stem for path in GOLDEN_DIR.glob("*.jsonl") if path != CANDIDATES)


def load_golden(name: str) -> list[Golden]:
    """Read a set by name or path; raises UserError naming the line that is wrong."""
    if name == CRITICAL:
        return _critical()
    path = Path(name) if name.endswith(".jsonl") else GOLDEN_DIR / f"{name}.jsonl"
    if not path.is_file():
        raise UserError(f"没有评测集 {name}。现有: {', '.join(golden_sets())}")
    known = {field.name for field in fields(Golden)}
    questions = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            if not isinstance(record, dict):
                raise ValueError("不是一个对象")
            record = {k: tuple(v) if isinstance(v, list) else v for k, v in record.items() if k in known}
            questions.append(Golden(**record))
        except (ValueError, TypeError) as exc:
            raise UserError(f"{path.name} 第 {number} 行有误: {exc}") from exc
    return questions


def _critical() -> list[Golden]:
    """Return the plain questions of `dev` that must all be right; raises UserError if one is not there."""
    lines = (line.split("#")[0].strip() for line in (GOLDEN_DIR / f"{CRITICAL}.txt").read_text("utf-8").splitlines())
    wanted, held = [line for line in lines if line], {golden.id: golden for golden in load_golden("dev")}
    if missing := [name for name in wanted if name not in held]:
        raise UserError(f"{CRITICAL}.txt 写了 dev 里没有的编号: {', '.join(missing)}。请更正或删去。")
    return [held[name] for name in wanted]


def check_golden(questions: Sequence[Golden], index: ClauseIndex) -> list[str]:
    """Return what is wrong: a clause that does not exist, a string that its clauses do not hold."""
    clauses = {clause.clause_id: clause for _, held in index.corpus() for clause in held}
    seen: set[str] = set()
    problems = []
    for question in questions:
        problems += [f"{question.id}: {text}" for text in _problems(question, clauses)]
        if question.id in seen:
            problems.append(f"{question.id}: 编号重复")
        seen.add(question.id)
    return problems


def holds(text: str, string: str) -> bool:
    """True if a text has one of the forms `A|B`; a number counts only whole: 20元 is not in 420元."""
    plain = normalise(text)
    return any(re.search(_whole(normalise(form)), plain) for form in string.split("|"))


def _whole(form: str) -> str:
    head = r"(?<![\d.])" if form[:1].isdigit() else ""
    tail = r"(?![\d.]*\d)" if form[-1:].isdigit() else ""
    return f"{head}{re.escape(form)}{tail}"


def _problems(question: Golden, clauses: dict[str, Clause]) -> list[str]:
    kinds = ANSWERABLE if question.answerable else UNANSWERABLE
    found = [] if question.kind in kinds else [f"类别 {question.kind} 与有无答案不符"]
    missing = [name for name in (*question.gold, *question.also) if name not in clauses]
    if missing:
        return [*found, f"没有条款 {missing[0]}"]
    # The items of a list are clauses of their own: its heading is the gold one, and they say the words.
    texts = [clauses[name].text for name in question.right]
    for string in question.answer:
        if not any(holds(text, string) for text in texts):
            found.append(f"条款 {'、'.join(question.gold)} 里没有答案 {string!r}")
    if question.answerable and not question.answer:
        found.append("有条款而没有答案")
    return found
