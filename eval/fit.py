"""Learn the ranker's weights from the golden questions of every `dev`, and write them to rag/data/ranker.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from eval.corpora import settings_of
from eval.golden import load_golden
from eval.lessons import (
    ANSWERED,
    AWAY,
    UNANSWERABLE,
    Example,
    Sureness,
    clause_examples,
    load_lessons,
    search_all,
    sentence_examples,
    sureness_of,
)
from index.settings import Settings
from index.store import ClauseIndex
from rag.retrieval.confidence import CONFIDENCE_FEATURES
from rag.retrieval.features import CLAUSE_FEATURES, SENTENCE_FEATURES
from rag.retrieval.rank import WEIGHTS_FILE

Matrix = npt.NDArray[np.float64]

LAWS_EXAMPLES = Path(__file__).parent / "laws" / "examples.npz"  # written by `python -m eval tune examples`
_SETS = ("dev", "documents-dev")
_L2 = 0.01  # for the rankers: best of 0.005 to 0.3 by six-fold cross-validation on dev
_L2_CONFIDENCE = 0.0003  # likewise, of 0.0001 to 0.02
_FOLDS = 6
# How much a corpus counts for confidence, and cases whose evidence was taken away among the unanswerable. On folds not
# seen, where 3 % of the first corpus's answerable questions are refused: with it alone .90 of its unanswerable ones and
# 10 % of the other two's answerable; so .87, 8 % and 4 %.
_CORPUS_WEIGHTS = (1.0, 0.2, 0.2)
_AWAY_SHARE = 0.05


def fit(settings: Settings) -> None:
    """Learn all weights, print how they do on folds they did not see, write them."""
    corpora = [_Corpus(settings, name) for name in _SETS]
    laws = load_lessons(LAWS_EXAMPLES)
    clauses = [clause_examples(corpus.searched) for corpus in corpora]
    clause = fit_listwise([example for examples in (*clauses, laws.clauses) for example in examples])
    for name, examples in zip(_SETS, clauses, strict=True):
        others = [e for group in (*clauses, laws.clauses) if group is not examples for e in group]
        print(f"条款排序 {name}: 首条正确 {_cross_validate(examples, others):.3f} (六折, 未见过的折)")
    sentences = [e for corpus in corpora for e in sentence_examples(corpus.searched, corpus.index)]
    sentence = fit_listwise(sentences)
    print(f"句子选择: 首句含答案 {_cross_validate(sentences):.3f} (六折, 未见过的折)")
    sure = [sureness_of(corpus.searched, corpus.index, clause, sentence) for corpus in corpora]
    confidence = _fit_sureness([*sure, laws.sureness])
    _print_sureness([*sure, laws.sureness])
    write_weights({"clause": clause, "sentence": sentence, "confidence": confidence})


class _Corpus:
    """A corpus with its questions searched."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.index = ClauseIndex.open(settings_of(settings, name))
        self.searched = search_all(self.index, load_golden(name))


def write_weights(weights: dict[str, Matrix]) -> None:
    names = {"clause": CLAUSE_FEATURES, "sentence": SENTENCE_FEATURES, "confidence": (*CONFIDENCE_FEATURES, "bias")}
    record = {part: _named(names[part], values) for part, values in weights.items()}
    WEIGHTS_FILE.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")


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


def _fit_sureness(corpora: Sequence[Sureness]) -> Matrix:
    """Logistic regression; within a corpus what is answered and what is not weigh alike. The last weight is the bias."""
    rows = np.concatenate([corpus.rows for corpus in corpora])
    x = np.hstack([rows, np.ones((len(rows), 1))])
    kinds = [kind for corpus in corpora for kind in corpus.kinds]
    sign = np.array([1.0 if kind == ANSWERED else -1.0 for kind in kinds])
    weight = np.concatenate([share * _weights_of(c) for share, c in zip(_CORPUS_WEIGHTS, corpora, strict=True)])
    weight /= weight.sum()

    def loss(w: Matrix) -> tuple[float, Matrix]:
        z = sign * (x @ w)
        penalty = np.append(w[:-1], 0.0)
        value = float(weight @ np.logaddexp(0, -z)) + _L2_CONFIDENCE * float(penalty @ penalty)
        return value, -(x.T @ (weight * sign / (1 + np.exp(z)))) + 2 * _L2_CONFIDENCE * penalty

    return _minimum(loss, x.shape[1])


def _weights_of(corpus: Sureness) -> Matrix:
    kinds = np.array(corpus.kinds)
    shares = {ANSWERED: 0.5, UNANSWERABLE: 0.5 * (1 - _AWAY_SHARE), AWAY: 0.5 * _AWAY_SHARE}
    weights = np.zeros(len(kinds))
    for kind, share in shares.items():
        if (of_kind := kinds == kind).any():
            weights[of_kind] = share / of_kind.sum()
    return weights


def _print_sureness(corpora: Sequence[Sureness]) -> None:
    """Print, from folds not seen in fitting, what each threshold refuses in each corpus."""
    sure = list(_unseen(corpora))
    first = sure[0][np.array(corpora[0].kinds) == ANSWERED]
    for rate in (0.01, 0.02, 0.03, 0.05, 0.08):
        threshold = np.quantile(first, rate)
        cells = []
        for probabilities, corpus in zip(sure, corpora, strict=True):
            kinds = np.array(corpus.kinds)
            shares = (np.mean(probabilities[kinds == kind] < threshold) for kind in (ANSWERED, UNANSWERABLE, AWAY))
            cells.append(" / ".join(f"{share:.3f}" for share in shares))
        print(f"把握阈值 {threshold:.2f}: 拒答 可答 / 不可答 / 抽去依据  " + "   ".join(cells))


def _unseen(corpora: Sequence[Sureness]) -> Iterator[Matrix]:
    """Yield each corpus's probabilities, every row's from weights that did not see it."""
    folds = [np.random.default_rng(0).permutation(len(corpus.kinds)) % _FOLDS for corpus in corpora]
    weights = [
        _fit_sureness([_part(corpus, of != fold) for corpus, of in zip(corpora, folds, strict=True)])
        for fold in range(_FOLDS)
    ]
    for corpus, of in zip(corpora, folds, strict=True):
        logits = np.array(
            [row @ weights[fold][:-1] + weights[fold][-1] for row, fold in zip(corpus.rows, of, strict=True)]
        )
        yield 1 / (1 + np.exp(-logits))


def _part(corpus: Sureness, kept: npt.NDArray[np.bool_]) -> Sureness:
    return Sureness(corpus.rows[kept], [kind for kind, keep in zip(corpus.kinds, kept, strict=True) if keep])


def _minimum(loss: Callable[[Matrix], tuple[float, Matrix]], size: int) -> Matrix:
    return np.asarray(minimize(loss, np.zeros(size), jac=True, method="L-BFGS-B").x)


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
