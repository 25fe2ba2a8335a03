"""Learn from STARD's train split what lay questions want: low-rank weights for the encoder's last layers, and the sieve.

Only the questions' side is learnt: the clauses keep their vectors, and each question is to be nearer to
its articles than to any other clause (softmax over hard and random ones). eval/README.md has the commands.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.external.stard import Stard, recall
from eval.fit import LAWS_EXAMPLES, fit_listwise
from eval.golden import load_golden
from eval.lessons import Lessons, clause_examples, save_lessons, search_all, sureness_of
from index.e5_tuning import TUNING_FILE
from index.encoder import DEFAULT_ENCODER
from index.settings import Settings
from index.store import ClauseIndex
from rag.question.colloquial import formal_wording
from rag.question.understand import understand
from rag.retrieval.rank import Weights
from rag.retrieval.search import QuestionVectors, find_pool
from rag.retrieval.sieve import FEATURES, SIEVE_FILE, Matrix
from rag.types import Question

_LAYERS, _RANK, _DROPOUT = (
    6,
    16,
    0.1,
)  # recall@10 on held-out questions, dense alone: .601, of three layers .598, of none .534
_EPOCHS, _BATCH, _RATE = 4, 32, 1e-3
_TEMPERATURE = 0.02
_KEEP = 2.0  # weight of the cosine with the untuned vector: with 0 a vector drifts to .36, and finds no more
_HARD, _RANDOM = 150, 6000  # clauses a question must keep away from: its nearest, and any
_HELD_OUT = 250  # questions of train that the sieve learns from and the encoder has not seen
# Weights that are tuned, by their names in the tuning file and in transformers' BertModel.
_TUNED = {
    "q": "attention.self.query",
    "v": "attention.self.value",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}


class Corpus:
    """The clauses of an index as vectors, and for each question its words, its vector and its clauses' places."""

    def __init__(self, index: ClauseIndex, stard: Stard, names: Sequence[str]) -> None:
        rows = index.searchable_rows
        self.vectors = index.dense["context"].vectors(rows)
        places: dict[str, list[int]] = {}
        for place, row in enumerate(rows):
            places.setdefault(stard.article_of(index.clause(int(row))), []).append(place)
        self.texts = {name: self._wording(index, stard.questions[name]) for name in names}
        self.plain = {name: index.encoder.encode_query(text) for name, text in self.texts.items()}
        self.gold = {name: [places[a] for a in stard.gold[name] if a in places] for name in names}

    @staticmethod
    def _wording(index: ClauseIndex, text: str) -> str:
        query = understand(Question(text), index)
        return formal_wording(query.topic or query.text)

    def rivals(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return the clauses that compete in training, sorted: the nearest of each question, the right ones, some at random."""
        chosen = set(
            np.random.default_rng(0).choice(len(self.vectors), min(_RANDOM, len(self.vectors)), False).tolist()
        )
        for name, vector in self.plain.items():
            chosen |= set(np.argpartition(-(self.vectors @ vector), _HARD)[:_HARD].tolist())
            chosen |= {place for group in self.gold[name] for place in group}
        return np.array(sorted(chosen))


def tune_encoder(corpus: Corpus, model_folder: Path) -> dict[str, Any]:
    """Return the low-rank factors by name (LoRA, Hu et al. 2021), as the tuning file has them."""
    import torch
    from torch.nn import functional

    torch.manual_seed(0)
    tower = _Tower(model_folder, corpus.texts)
    rivals = corpus.rivals()
    clauses = torch.tensor(corpus.vectors[rivals])
    optimiser = torch.optim.AdamW(tower.parameters, lr=_RATE, weight_decay=0.01)
    names = [name for name, groups in corpus.gold.items() if groups]
    steps = _EPOCHS * -(-len(names) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps, pct_start=0.1)
    for batch in _batches(names):
        vectors = tower.encode(batch)
        logits = vectors @ clauses.T / _TEMPERATURE
        losses = []
        for row, name in enumerate(batch):
            groups = [torch.tensor(np.searchsorted(rivals, group)) for group in corpus.gold[name]]
            best = torch.stack([logits[row][group].max() for group in groups])
            losses.append(torch.logsumexp(logits[row], 0) - torch.logsumexp(best, 0))
        plain = torch.tensor(np.stack([corpus.plain[name] for name in batch]))
        loss = torch.stack(losses).mean() + _KEEP * (1 - functional.cosine_similarity(vectors, plain)).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return tower.factors()


class _Tower:
    """The model's last layers with trainable additions, over what the frozen layers give for each question."""

    def __init__(self, folder: Path, texts: dict[str, str]) -> None:
        import torch
        from tokenizers import Tokenizer
        from transformers import BertModel

        self._torch = torch
        model = BertModel.from_pretrained(folder, dtype=torch.float32, add_pooling_layer=False)
        model.requires_grad_(False)
        model.train(False)
        first = model.config.num_hidden_layers - _LAYERS
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        with torch.no_grad():
            self._below = {
                name: self._through(
                    model.encoder.layer[:first],
                    model.embeddings(input_ids=torch.tensor([tokenizer.encode(f"query: {text}").ids[:512]])),
                )[0]
                for name, text in texts.items()
            }
        self._layers = model.encoder.layer[first:]
        self._added: dict[str, Any] = {}
        for at, layer in enumerate(self._layers, first):
            for short, path in _TUNED.items():
                linear = layer.get_submodule(path)
                self._added[f"l{at}.{short}"] = added = _low_rank(linear.in_features, linear.out_features)
                linear.register_forward_hook(lambda _, given, out, added=added: out + added(given[0]))
        self.parameters = [p for added in self._added.values() for p in added.parameters()]

    def encode(self, names: Sequence[str]) -> Any:
        """Return the unit vectors (n, d) of questions, with dropout on what comes from below."""
        torch = self._torch
        below = torch.nn.utils.rnn.pad_sequence([self._below[name] for name in names], batch_first=True)
        lengths = torch.tensor([len(self._below[name]) for name in names])
        mask = (torch.arange(below.shape[1]) < lengths[:, None]).float()
        hidden = torch.nn.functional.dropout(below, _DROPOUT)
        hidden = self._through(self._layers, hidden, (1 - mask)[:, None, None, :] * -1e9)
        return torch.nn.functional.normalize((hidden * mask[..., None]).sum(1), dim=-1)

    @staticmethod
    def _through(layers: Any, hidden: Any, mask: Any = None) -> Any:
        for layer in layers:
            out = layer(hidden, mask)
            hidden = out[0] if isinstance(out, tuple) else out
        return hidden

    def factors(self) -> dict[str, Any]:
        """Return what was learnt as float16 arrays: `l9.q.down` (rank, k), `l9.q.up` (n, rank)."""
        halves = {}
        for name, (down, up) in self._added.items():
            halves[f"{name}.down"] = down.weight.detach().numpy().astype(np.float16)
            halves[f"{name}.up"] = up.weight.detach().numpy().astype(np.float16)
        return halves


def _low_rank(wide: Any, out: Any) -> Any:
    from torch import nn

    down, up = nn.Linear(wide, _RANK, bias=False), nn.Linear(_RANK, out, bias=False)
    nn.init.normal_(down.weight, std=0.02)
    nn.init.zeros_(up.weight)
    return nn.Sequential(down, up)


def _batches(names: Sequence[str]) -> Iterator[list[str]]:
    from tqdm import tqdm

    rng = np.random.default_rng(0)
    order = [name for _ in range(_EPOCHS) for name in _chunks(rng.permutation(np.array(names)).tolist())]
    yield from tqdm(order, desc="调整编码器", unit="批", disable=None)


def _chunks(names: list[str]) -> list[list[str]]:
    return [names[at : at + _BATCH] for at in range(0, len(names), _BATCH)]


def learn_encoder(settings: Settings, stard: Stard, all_questions: bool) -> None:
    """Write the tuning file; the model's folder must then be deleted, and is built with it at the next start."""
    from safetensors.numpy import save_file

    index = ClauseIndex.open(settings)
    held_out, rest = _divided(stard)
    corpus = Corpus(index, stard, [*held_out, *rest] if all_questions else rest)
    save_file(tune_encoder(corpus, settings.models_dir / DEFAULT_ENCODER), TUNING_FILE)
    TUNING_FILE.chmod(0o644)


def learn_sieve(settings: Settings, stard: Stard) -> None:
    """Write the sieve's weights, from questions that the encoder was not tuned on; print what each feature adds on `dev`."""
    index = ClauseIndex.open(settings)
    train, dev = (_pools(index, stard, names) for names in (_divided(stard)[0], stard.splits["dev"]))
    weights = _fit(train, list(range(len(FEATURES))))
    print(f"两路相加: recall@10 {_recall(dev, np.eye(len(FEATURES))[0]):.3f}; 筛选后 {_recall(dev, weights):.3f} (dev)")
    for left_out, name in enumerate(FEATURES):
        columns = [column for column in range(len(FEATURES)) if column != left_out]
        print(f"  不用 {name:<16} {_recall(dev, np.insert(_fit(train, columns), left_out, 0.0)):.3f}")
    record = {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)}
    SIEVE_FILE.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def learn_examples(settings: Settings, stard: Stard) -> None:
    """Write what `fit` learns from laws besides: from the questions of eval/laws/dev.jsonl and the articles found for them."""
    questions = load_golden(str(LAWS_EXAMPLES.with_name("dev.jsonl")))
    index, weights = ClauseIndex.open(settings), Weights.load()
    searched = search_all(index, questions, stard.article_of)
    sureness = sureness_of(searched, index, weights.clause, weights.sentence)
    save_lessons(LAWS_EXAMPLES, Lessons(clause_examples(searched), [], sureness))


def _divided(stard: Stard) -> tuple[list[str], list[str]]:
    """Return the questions of train that are held out for the sieve, and the rest."""
    names = list(stard.splits["train"])
    np.random.default_rng(0).shuffle(names)
    return names[:_HELD_OUT], names[_HELD_OUT:]


Pooled = tuple[tuple[str, ...], list[str], Matrix]  # gold articles, the articles of the pool, features


def _pools(index: ClauseIndex, stard: Stard, names: Sequence[str]) -> list[Pooled]:
    pools = []
    for name in names:
        query = understand(Question(stard.questions[name]), index)
        pool = find_pool(index, query, QuestionVectors.of(index, query), index.searchable_rows)
        articles = [stard.article_of(index.clause(int(row))) for row in pool.rows]
        pools.append((stard.gold[name], articles, pool.features))
    return pools


def _fit(pools: Sequence[Pooled], columns: list[int]) -> Matrix:
    examples = [(features[:, columns], np.isin(found, gold)) for gold, found, features in pools]
    return fit_listwise([example for example in examples if example[1].any()])


def _recall(pools: Sequence[Pooled], weights: Matrix) -> float:
    shares = []
    for gold, found, features in pools:
        order = np.argsort(-(features @ weights), kind="stable")
        shares.append(recall(list(dict.fromkeys(found[at] for at in order)), gold))
    return float(np.mean(shares))
