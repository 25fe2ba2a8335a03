"""Learn the ranker's weights from the golden questions of `dev`, and write them to rag/data/ranker.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from eval.golden import Golden, load_golden
from index.store import ClauseIndex
from rag.confidence import CONFIDENCE_FEATURES, judge
from rag.features import (
    CLAUSE_FEATURES,
    SENTENCE_FEATURES,
    Asked,
    clause_features,
    sentence_features,
)
from rag.rank import WEIGHTS_FILE, margin
from rag.reading import Reading, choose_sentences
from rag.search import Found, search
from rag.types import Question
from rag.understand import understand

Matrix = npt.NDArray[np.float64]
Example = tuple[Matrix, npt.NDArray[np.bool_]]

LAWS_EXAMPLES = Path(__file__).parent / "laws" / "examples.npz"  # written by `python -m eval tune examples`
_POOL = 12
_L2 = 0.01  # for the rankers: best of 0.005 to 0.3 by six-fold cross-validation on dev
_L2_CONFIDENCE = 0.0003  # likewise, of 0.0001 to 0.02
_FOLDS = 6


@dataclass(frozen=True, slots=True)
class Searched:
    golden: Golden
    asked: Asked
    found: Found
    readings: list[Reading]
    features: Matrix
    right: npt.NDArray[np.bool_]


def fit(index: ClauseIndex) -> dict[str, dict[str, float]]:
    """Learn all weights, print how they do on folds they did not see, write them."""
    searched = [s for golden in load_golden("dev") if (s := _search(golden, index))]
    clause_examples = [(s.features, s.right) for s in searched if s.right.any()]
    laws = load_examples(LAWS_EXAMPLES)
    clause = fit_listwise([*clause_examples, *laws])
    print(
        f"条款排序: 首条正确 {_cross_validate(clause_examples, laws):.3f} (六折, 未见过的折; 另有法规 {len(laws)} 问)"
    )
    sentence_examples = [e for s in searched if s.right.any() for e in _sentence_examples(s, index)]
    sentence = fit_listwise(sentence_examples)
    print(f"句子选择: 首句含答案 {_cross_validate(sentence_examples):.3f} (六折, 未见过的折)")
    clear = [s for s in searched if _is_clear(s, clause)]
    rows = np.array([_confidence_row(s, clause, sentence, index) for s in clear])
    answerable = np.array([s.golden.answerable for s in clear])
    confidence = _fit_logistic(rows, answerable)
    _print_confidence(rows, answerable)
    weights = {
        "clause": _named(CLAUSE_FEATURES, clause),
        "sentence": _named(SENTENCE_FEATURES, sentence),
        "confidence": _named((*CONFIDENCE_FEATURES, "bias"), confidence),
    }
    WEIGHTS_FILE.write_text(json.dumps(weights, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return weights


def _search(golden: Golden, index: ClauseIndex) -> Searched | None:
    """Search for a question; None where the scope leaves nothing to rank, or two places are compared."""
    query = understand(Question(golden.question, golden.history), index)
    if query.named.compared or query.named.missing:
        return None
    found = search(index, query, _POOL)
    if not found.hits:
        return None
    asked = Asked.of(query, index)
    readings = [Reading.of(hit.clause) for hit in found.hits]
    right = np.array([hit.clause.clause_id in (*golden.gold, *golden.also) for hit in found.hits])
    return Searched(golden, asked, found, readings, clause_features(asked, found.hits, readings), right)


def _sentence_examples(s: Searched, index: ClauseIndex) -> list[Example]:
    """Return the gold clause's sentences, right where they hold a required string."""
    examples = []
    for at in np.flatnonzero(s.right):
        reading = s.readings[at]
        right = np.array(
            [any(form in p.text for a in s.golden.answer for form in a.split("|")) for p in reading.sentences]
        )
        if right.any() and not right.all():
            cosines = index.sentence_cosines(s.found.rows[at], s.found.vector)
            examples.append((sentence_features(s.asked, reading, cosines), right))
    return examples


def _is_clear(s: Searched, weights: Matrix) -> bool:
    """An unanswerable question, or one whose clause came first: what came wrong teaches nothing of confidence."""
    return not s.golden.answerable or bool(s.right[np.argmax(s.features @ weights)])


def _confidence_row(s: Searched, clause: Matrix, sentence: Matrix, index: ClauseIndex) -> Matrix:
    scores = s.features @ clause
    best = int(np.argmax(scores))
    reading = s.readings[best]
    cosines = index.sentence_cosines(s.found.rows[best], s.found.vector)
    chosen = choose_sentences(reading.sentences, sentence_features(s.asked, reading, cosines) @ sentence)
    evidence = [reading.sentences[i] for i in chosen]
    return judge(s.asked, s.found.hits[best], s.features[best], reading, evidence, margin(scores)).features


def _print_confidence(rows: Matrix, answerable: npt.NDArray[np.bool_]) -> None:
    """Print, from folds not seen in fitting, how many unanswerable questions each rate of false refusals refuses."""
    order = np.random.default_rng(0).permutation(len(rows))
    p = np.zeros(len(rows))
    for fold in range(_FOLDS):
        held = order[fold::_FOLDS]
        weights = _fit_logistic(np.delete(rows, held, 0), np.delete(answerable, held))
        p[held] = 1 / (1 + np.exp(-(rows[held] @ weights[:-1] + weights[-1])))
    for rate in (0.01, 0.02, 0.03, 0.05, 0.08):
        threshold = np.quantile(p[answerable], rate)
        print(
            f"把握阈值 {threshold:.2f}: 误拒 {rate:.0%}, 应拒则拒 {np.mean(p[~answerable] < threshold):.3f} (范围内的问题)"
        )


def fit_listwise(examples: list[Example]) -> Matrix:
    """Minimise the negative log softmax probability of the right items (ListNet's top-one loss)."""

    def loss(w: Matrix) -> tuple[float, Matrix]:
        value, gradient = _L2 * float(w @ w), 2 * _L2 * w
        for features, right in examples:
            scores = features @ w
            p = np.exp(scores - scores.max())
            p /= p.sum()
            mass = float(p[right].sum())
            value -= np.log(mass) / len(examples)
            gradient -= features.T @ (p * right / mass - p) / len(examples)
        return value, gradient

    return _minimum(loss, examples[0][0].shape[1])


def _fit_logistic(features: Matrix, labels: npt.NDArray[np.bool_]) -> Matrix:
    """Logistic regression with classes weighted alike; the last weight is the bias."""
    x = np.hstack([features, np.ones((len(features), 1))])
    sign = np.where(labels, 1.0, -1.0)
    weight = np.where(labels, 0.5 / labels.sum(), 0.5 / (~labels).sum())

    def loss(w: Matrix) -> tuple[float, Matrix]:
        z = sign * (x @ w)
        penalty = np.append(w[:-1], 0.0)
        value = float(weight @ np.logaddexp(0, -z)) + _L2_CONFIDENCE * float(penalty @ penalty)
        return value, -(x.T @ (weight * sign / (1 + np.exp(z)))) + 2 * _L2_CONFIDENCE * penalty

    return _minimum(loss, x.shape[1])


def _minimum(loss: Callable[[Matrix], tuple[float, Matrix]], size: int) -> Matrix:
    return np.asarray(minimize(loss, np.zeros(size), jac=True, method="L-BFGS-B").x)


def save_examples(path: Path, examples: Sequence[Example]) -> None:
    """Keep what the ranker may learn from another corpus, for `fit` to be run without it."""
    features, right = (np.concatenate(parts) for parts in zip(*examples, strict=True))
    sizes = [len(right) for _, right in examples]
    np.savez_compressed(
        path, names=np.array(CLAUSE_FEATURES), features=features.astype(np.float16), right=right, sizes=sizes
    )


def load_examples(path: Path) -> list[Example]:
    """Return the examples kept; none, and a word about it, if they are of other features than today's."""
    kept = np.load(path, allow_pickle=False)
    if tuple(kept["names"]) != CLAUSE_FEATURES:
        print(f"{path.name} 的特征已过时, 不用它。")
        return []
    ends = np.cumsum(kept["sizes"])[:-1]
    features, right = np.split(kept["features"].astype(np.float64), ends), np.split(kept["right"], ends)
    return list(zip(features, right, strict=True))


def _cross_validate(examples: list[Example], more: Sequence[Example] = ()) -> float:
    order = np.random.default_rng(0).permutation(len(examples))
    hits: list[bool] = []
    for fold in range(_FOLDS):
        held = set(order[fold::_FOLDS].tolist())
        weights = fit_listwise([*(e for i, e in enumerate(examples) if i not in held), *more])
        hits += [bool(examples[i][1][np.argmax(examples[i][0] @ weights)]) for i in held]
    return float(np.mean(hits))


def _named(names: tuple[str, ...], weights: Matrix) -> dict[str, float]:
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}
