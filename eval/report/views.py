"""The sections of the report: what each golden set's newest run says, ready to be written out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from eval.curve import Ceilings, Point
from eval.golden import ANSWERABLE
from eval.report import charts
from eval.report.calibration import Calibration, calibrate, wilson
from eval.report.evidence import QuestionView, cell_of
from eval.report.failures import STAGES, find_failure, places_of
from eval.report.names import Measure, all_measures, kind_title, percent, set_title, table
from eval.report.runs import Asked, Interval, Part
from eval.report.threshold import ceilings_of, measured

_EXAMPLE_CHARS = 60
_SEEN = 0.0005  # a difference that a tenth of a percent would show
_TOLD = tuple(step / 10 for step in range(11))  # thresholds in the table of the curve


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure's value in the newest run of a set, and in the accepted run where there is one."""

    measure: Measure
    value: Interval
    accepted: Interval | None

    @property
    def moved(self) -> bool:
        """True if the accepted run measured something else."""
        return self.accepted is not None and abs(self.accepted.mean - self.value.mean) >= _SEEN

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval; where all scores are the same, that none differed does not say that none ever will."""
        value = self.value
        return wilson(round(value.mean * value.n), value.n) if value.low == value.high else (value.low, value.high)


@dataclass(frozen=True, slots=True)
class Row:
    """The share of a group of questions that came out right, with its interval."""

    title: str
    about: str
    right: int
    n: int
    said: float | None = None  # the share of answers that say what they must

    @property
    def share(self) -> float:
        return self.right / self.n

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.right, self.n)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one measure."""

    title: str
    measure: str
    rows: tuple[Row, ...]

    @property
    def says(self) -> bool:
        return all(row.said is not None for row in self.rows)


@dataclass(frozen=True, slots=True)
class Cell:
    """One of the four ways in which a question may be met: its key, its name, how many, whether it is right."""

    key: str
    title: str
    n: int
    good: bool


class SetView:
    """All that is told of one golden set: its newest run in full, the earlier ones by their scores."""

    def __init__(
        self, key: str, parts: Sequence[Part], accepted: Part | None, show_questions: bool, curves: Path
    ) -> None:
        self.key = key
        self.all_parts = parts
        self.part = _leading(parts)
        self.history = [part for part in parts if part.run.way == self.part.run.way]
        self._accepted = accepted
        self._curves = curves
        self.shows_questions = bool(self.part.asked) and show_questions

    @property
    def title(self) -> str:
        return set_title(self.part.name)[0]

    @property
    def about(self) -> str:
        return set_title(self.part.name)[1]

    @cached_property
    def measures(self) -> list[Measured]:
        held = self.part.summary
        accepted: Mapping[str, Interval] = self._accepted.summary if self._accepted else {}
        return [Measured(m, held[m.name], accepted.get(m.name)) for m in all_measures() if m.name in held]

    @property
    def has_accepted(self) -> bool:
        return self._accepted is not None

    @property
    def sentence(self) -> str:
        """The first things to know, in words: how often it is right, how it refuses, what never happened."""
        held = self.part.summary
        said = [form.format(percent(held[name].mean)) for name, form in _SENTENCE.items() if name in held]
        clean = [m.title for m in all_measures() if m.name in _NEVER and m.name in held and held[m.name].mean == 0]
        return "; ".join([*said, f"{'、'.join(clean)}没有发生" if clean else ""]).removesuffix("; ") + "。"

    @property
    def history_chart(self) -> charts.Chart:
        return charts.over_time(self.history, {measure.name: measure.title for measure in all_measures()})

    @cached_property
    def kinds(self) -> list[Group]:
        """The questions by kind: those with an answer by their first citation, the others by being refused."""
        by_kind = _grouped(self.part.asked, lambda asked: asked.kind)
        answerable = {kind: held for kind, held in by_kind.items() if kind in ANSWERABLE}
        others = {kind: held for kind, held in by_kind.items() if kind not in ANSWERABLE}
        groups = (
            Group("有答案的问题", "首条引用正确", _rows(answerable, "first_citation", kind_title)),
            Group("没有答案的问题", "应拒则拒", _rows(others, "refusal_recall", kind_title)),
        )
        return [group for group in groups if group.rows]

    @cached_property
    def documents(self) -> Group:
        titles = self.part.run.titles
        return Group(
            "按文件", "首条引用正确",
            _rows(self.part.documents, "first_citation", lambda doc_id: (titles.get(doc_id, doc_id), "")),
        )  # fmt: skip

    @cached_property
    def difficulties(self) -> Group:
        names = {"easy": "容易", "medium": "中等", "hard": "难"}
        by_difficulty = _grouped([a for a in self.part.asked if a.answerable], lambda asked: asked.difficulty)
        return Group("按难度", "首条引用正确", _rows(by_difficulty, "first_citation", lambda d: (names.get(d, d), "")))

    @cached_property
    def cells(self) -> list[Cell]:
        counts = Counter(map(cell_of, self.part.asked))
        return [Cell(key, title, counts[key], good) for key, (title, good) in _CELLS.items()]

    @cached_property
    def questions(self) -> list[QuestionView]:
        places = places_of(self.part)
        return [
            QuestionView(asked, kind_title(asked.kind)[0], find_failure(asked, places, self.part.run.titles))
            for asked in self.part.asked
        ]

    @property
    def failed(self) -> list[QuestionView]:
        order = list(STAGES)
        failed = [view for view in self.questions if view.failure]
        return sorted(failed, key=lambda view: order.index(view.failure.stage) if view.failure else 0)

    @property
    def passed(self) -> list[QuestionView]:
        return [view for view in self.questions if not view.failure]

    @property
    def stages(self) -> list[Row]:
        counts = Counter(view.failure.stage for view in self.failed if view.failure)
        total = len(self.failed)
        return [Row(title, _STAGE_ABOUT[key], counts[key], total) for key, title in STAGES.items() if counts[key]]

    @property
    def example(self) -> QuestionView | None:
        """A question answered as it should be, of middling length, for somebody who has not seen one."""
        right = [view for view in self.passed if view.asked.answerable and len(view.asked.cited) == 1]
        return min(right, key=lambda view: abs(len(view.asked.answer["answer"]) - _EXAMPLE_CHARS), default=None)

    @cached_property
    def calibration(self) -> Calibration | None:
        return calibrate(self.part.asked)

    @cached_property
    def reliability_chart(self) -> charts.Chart | None:
        return charts.reliability(self.calibration) if self.calibration else None

    @cached_property
    def curve(self) -> Ceilings | None:
        """What `eval curve` measured of this run, where it was kept."""
        return measured(self.part, self._curves)

    @cached_property
    def _ceilings(self) -> Ceilings:
        return self.curve or ceilings_of(self.part)

    @property
    def refusal_chart(self) -> charts.Chart:
        return charts.refusals(self._ceilings, self.part.run.threshold)

    @property
    def refusal_points(self) -> list[Point]:
        now = self.part.run.threshold
        return [self._ceilings.at(threshold) for threshold in sorted({*_TOLD, *([] if now is None else [now])})]

    @cached_property
    def latency(self) -> charts.Latency:
        return charts.latency(self.part.asked)


_SENTENCE = {
    "first_citation": "有答案的问题, {} 首条就引对了",
    "refusal_recall": "没有答案的问题, {} 明说没有",
    "false_refusal": "有答案而误拒的占 {}",
}
_NEVER = ("wrong_region", "wrong_year", "figure_error")
_STAGE_ABOUT = {
    "scope": "问句里的地区、年份、文件理解错了",
    "retrieval": "没有找到标准条款",
    "ranking": "找到了, 但没有排在前面, 或多引、少引",
    "refusal": "该答的拒了或没有答全, 该拒的答了",
    "extraction": "找对了条款, 却引了别的, 或没有说到要求的字句",
    "verification": "数字、地区等核对出了差错",
}
_CELLS = {
    "answered-answerable": ("有答案, 作了回答", True),
    "refused-answerable": ("有答案, 却拒答 (误拒)", False),
    "answered-unanswerable": ("没有答案, 却作了回答", False),
    "refused-unanswerable": ("没有答案, 拒答", True),
}


def example_of(sets: Iterable[SetView]) -> QuestionView | None:
    """Return a question to begin with, of the first set whose questions may be shown."""
    return next((one.example for one in sets if one.shows_questions and one.example), None)


def kinds_of(sets: Iterable[SetView]) -> list[tuple[str, str]]:
    """Return the kinds of question that these sets ask, with their names."""
    kinds = dict.fromkeys(asked.kind for one in sets for asked in one.part.asked)
    return [(kind, title) for kind, (title, _) in table("kinds").items() if kind in kinds]


def _leading(parts: Sequence[Part]) -> Part:
    """Return the newest part that keeps its questions and has nothing switched off, else the newest."""
    whole = [part for part in parts if part.asked and not part.run.ablate]
    return (whole or [part for part in parts if part.asked] or list(parts))[-1]


def _grouped(asked: Iterable[Asked], key: Any) -> dict[str, list[Asked]]:
    groups: dict[str, list[Asked]] = {}
    for each in asked:
        groups.setdefault(key(each), []).append(each)
    return groups


def _rows(groups: Mapping[str, Sequence[Asked]], measure: str, named: Any) -> tuple[Row, ...]:
    """Return a row a group, the weakest first: that is where to look."""
    rows = []
    for key, held in groups.items():
        scores = [score for asked in held if (score := asked.score(measure)) is not None]
        if scores:
            title, about = named(key)
            rows.append(Row(title, about, int(sum(scores)), len(scores), _mean(held, "answer_accuracy")))
    return tuple(sorted(rows, key=lambda row: (row.share, -row.n)))


def _mean(asked: Iterable[Asked], measure: str) -> float | None:
    scores = [score for each in asked if (score := each.score(measure)) is not None]
    return sum(scores) / len(scores) if scores else None
