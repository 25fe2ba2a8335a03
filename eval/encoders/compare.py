"""All ways to run the encoder side by side: texts a second, how near float32 the vectors are, and what they find alone."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from eval.encoders.ways import WAYS, Way
from eval.external.stard import Stard, recall
from eval.golden import load_golden
from index.encoder import DEFAULT_ENCODER, Encoder, OnnxEncoder, Vectors
from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex
from index.views import context_text
from rag.question.understand import understand
from rag.types import Question

_AT_ONCE = 64  # texts, in turn by the way that is measured and by the one in use
_TIMED = 64
_FOUND = 10


@dataclass(frozen=True, slots=True)
class Trial:
    """Texts under their names, and questions with the names of those that answer them."""

    texts: dict[str, str]
    questions: list[tuple[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Measured:
    """A way: texts for each second on the processors, the same of the one in use in between, cosines, and recalls."""

    way: Way
    speed: float
    beside: float
    cosines: tuple[float, float]  # with float32: mean and least
    recalls: dict[str, float]


def compare(settings: Settings, laws: Path | None, articles: int, names: Sequence[str] = ()) -> Iterator[Measured]:
    """Yield what each way measures; without a STARD folder on the golden questions alone."""
    model = settings.models_dir / DEFAULT_ENCODER
    trials = {"dev": golden_trial(settings)} | ({"STARD": stard_trial(Stard.load(laws), articles)} if laws else {})
    texts = [text for trial in trials.values() for text in trial.texts.values()]
    in_use, exact = OnnxEncoder(model), None
    with TemporaryDirectory(prefix="clause-encoders-") as folder:
        for way in WAYS:
            if names and way.name not in names and way is not WAYS[0]:
                continue
            encoder = way.open(model, Path(folder) / way.name)
            vectors = encoder.encode_passages(texts)
            exact = vectors if exact is None else exact
            cosines = (vectors * exact).sum(axis=1)
            speeds = beside(encoder, in_use, texts)
            yield Measured(
                way, *speeds, (float(cosines.mean()), float(cosines.min())), _recalls(encoder, trials, vectors)
            )


def beside(encoder: Encoder, other: Encoder, texts: Sequence[str]) -> tuple[float, float]:
    """Return texts a second on the processors of two encoders, in turn on the same texts."""
    step = max(len(texts) // _TIMED, 1)
    sample = list(texts[::step])[:_TIMED]
    seconds = [0.0, 0.0]
    for start in range(0, len(sample), _AT_ONCE):
        for at, each in enumerate((encoder, other)):
            before = time.process_time()
            each.encode_passages(sample[start : start + _AT_ONCE])
            seconds[at] += time.process_time() - before
    return len(sample) / seconds[0], len(sample) / seconds[1]


def golden_trial(settings: Settings) -> Trial:
    """Return the clauses held under their headings, and the golden `dev` questions without their places and years."""
    index = ClauseIndex.open(settings)
    texts = {clause.clause_id: context_text(clause) for _, clause in index.searchable_clauses()}
    asked = [golden for golden in load_golden("dev") if golden.answerable and set(golden.gold) & set(texts)]
    if not asked:
        raise UserError("索引里没有评测集 dev 的文件: 请先运行 python -m index build。")
    topics = [understand(Question(golden.question, golden.history), index).topic for golden in asked]
    return Trial(texts, [(topic, golden.gold) for topic, golden in zip(topics, asked, strict=True)])


def stard_trial(stard: Stard, articles: int) -> Trial:
    """Return lay questions, and so many articles: those that answer them, and others drawn from all laws."""
    every = {f"{law}{name}": f"{law} {name} {text}" for law, held in stard.laws.items() for name, text in held}
    rng, chosen = random.Random(0), dict[str, str]()
    questions: list[tuple[str, tuple[str, ...]]] = []
    for name in rng.sample(stard.splits["dev"], len(stard.splits["dev"])):
        if len(questions) * 10 >= articles:
            break
        questions.append((stard.questions[name], stard.gold[name]))
        chosen |= {article: every[article] for article in stard.gold[name] if article in every}
    others = [article for article in every if article not in chosen]
    drawn = rng.sample(others, min(max(articles - len(chosen), 0), len(others)))
    return Trial(chosen | {article: every[article] for article in drawn}, questions)


def _recalls(encoder: Encoder, trials: dict[str, Trial], vectors: Vectors) -> dict[str, float]:
    found, start = {}, 0
    for name, trial in trials.items():
        part = vectors[start : start + len(trial.texts)]
        found[name], start = recall_of(encoder, trial, part), start + len(trial.texts)
    return found


def recall_of(encoder: Encoder, trial: Trial, vectors: Vectors) -> float:
    """Return recall@10 of the nearest vectors alone."""
    names = list(trial.texts)
    scores = encoder.encode_queries([text for text, _ in trial.questions]) @ vectors.T
    best = np.argsort(-scores, axis=1, kind="stable")[:, :_FOUND]
    asked = zip(best, trial.questions, strict=True)
    return float(np.mean([recall([names[at] for at in rows], gold, _FOUND) for rows, (_, gold) in asked]))
