"""How the threshold of confidence trades refusals: of what has no answer, of what has one, of what lost its evidence."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from eval.golden import Golden, load_golden
from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex
from rag.answer.refuse import refuse_words
from rag.answer.turn import Part
from rag.chain import Finder
from rag.clock import Clock
from rag.question.understand import understand
from rag.retrieval.rank import Ranker, Weights
from rag.types import Question

_STEPS = 100
_NEVER, _ALWAYS = -1.0, math.inf


@dataclass(frozen=True, slots=True)
class Point:
    """What is refused at a threshold, as shares: of the unanswerable, the answerable, those whose evidence is gone."""

    threshold: float
    refusal_recall: float
    false_refusal: float
    removed: float


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The highest threshold at which each question is still answered; -1 if it never is, infinite if it always is."""

    unanswerable: list[float]
    answerable: list[float]
    removed: list[float]

    def at(self, threshold: float) -> Point:
        """Return what is refused at a threshold."""
        refused = (_share(group, threshold) for group in (self.unanswerable, self.answerable, self.removed))
        return Point(threshold, *refused)

    def points(self) -> list[Point]:
        return [self.at(step / _STEPS) for step in range(_STEPS + 1)]


class Prober:
    """Finds the ceilings of questions, with the clauses of the index or without some of them."""

    def __init__(self, index: ClauseIndex, settings: Settings) -> None:
        ranker = Ranker(index, Weights.load())
        self._index = index
        self._ids = frozenset(clause.clause_id for _, held in index.corpus() for clause in held)
        self._lenient, self._strict = (
            Finder(index, ranker, settings.model_copy(update={"min_confidence": limit})) for limit in (0.0, 1.0)
        )

    def ceiling(self, golden: Golden, gone: Sequence[str] = ()) -> float:
        """Return the highest threshold at which a question is answered when the clauses `gone` are not there."""
        question = Question(golden.question, golden.history)
        if refuse_words(question.text):
            return _NEVER
        query = understand(question, self._index)
        if gone:
            query = query.narrowed(replace(query.named, within=self._ids - set(gone)))
        answered = [part for part in self._lenient.parts(query, Clock()) if not part.refusal]
        # What a question names by its place may be told even where the search is refused.
        if any(part.told for part in answered) and _is_answered(self._strict.parts(query, Clock())):
            return _ALWAYS
        return max((part.ranked.confidence for part in answered if part.ranked), default=_NEVER)

    def names_place(self, golden: Golden) -> bool:
        """True if a question is answered by the place that it names: its evidence is asked for, and is not searched."""
        query = understand(Question(golden.question, golden.history), self._index)
        return any(part.told for part in self._lenient.parts(query, Clock()))


def measure(settings: Settings, name: str) -> Ceilings:
    """Return the ceilings of a golden set; each answerable question is asked once more without its clauses."""
    from tqdm import tqdm

    prober = Prober(ClauseIndex.open(settings), settings)
    ceilings = Ceilings([], [], [])
    for golden in tqdm(load_golden(name), desc="阈值", unit="问", disable=None):
        group = ceilings.answerable if golden.answerable else ceilings.unanswerable
        group.append(prober.ceiling(golden))
        if golden.answerable and not prober.names_place(golden):
            ceilings.removed.append(prober.ceiling(golden, (*golden.gold, *golden.also)))
    return ceilings


def table(ceilings: Ceilings, setting: float) -> str:
    """Return the curve as lines for people, every twentieth and the setting in use."""
    lines = ["阈值   应拒则拒   误拒   抽去依据则拒"]
    for threshold in sorted({step / 20 for step in range(21)} | {setting}):
        point = ceilings.at(threshold)
        mark = "  <- 现用" if threshold == setting else ""
        lines.append(
            f"{threshold:.2f}   {point.refusal_recall:.3f}      {point.false_refusal:.3f}  {point.removed:.3f}{mark}"
        )
    counts = len(ceilings.unanswerable), len(ceilings.answerable), len(ceilings.removed)
    lines.append("不可答 {} 问, 可答 {} 问, 抽去依据 {} 问".format(*counts))
    return "\n".join(lines)


def save(path: Path, ceilings: Ceilings, name: str) -> None:
    """Write the ceilings of a golden set, so that the report need not ask its questions anew."""
    groups = {group: [_written(each) for each in held] for group, held in asdict(ceilings).items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"set": name, **groups}) + "\n", "utf-8")


def load(path: Path) -> Ceilings:
    """Read what `save` wrote; raises UserError if there is nothing of the kind in the file."""
    try:
        record = json.loads(path.read_text("utf-8"))
        groups = (record[field.name] for field in fields(Ceilings))
        return Ceilings(*([_ALWAYS if each is None else float(each) for each in group] for group in groups))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise UserError(f"{path} 不是阈值曲线的数值, 请用 python -m eval curve --json {path} 重新生成") from exc


def write_plot(path: Path, ceilings: Ceilings, setting: float, name: str) -> None:
    """Write the curve as an SVG file that needs nothing beside it."""
    from eval.plot import draw

    path.write_text(draw(ceilings, setting, name), "utf-8")


def _written(ceiling: float) -> float | None:
    return None if ceiling == _ALWAYS else round(ceiling, 4)  # JSON has no infinity


def _share(group: Sequence[float], threshold: float) -> float:
    return sum(ceiling < threshold for ceiling in group) / len(group) if group else 0.0


def _is_answered(parts: Sequence[Part]) -> bool:
    return any(not part.refusal for part in parts)
