"""STARD (arXiv 2406.15313): lay people's questions, and the statute articles that answer them.

The folder holds `corpus.jsonl` ({"id": "某法第一条", "text"}), `queries.jsonl` ({"id", "text"}),
`qrels.tsv` (question, article, 1) and `splits.json` ({"train", "dev"}: question ids).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from eval.external.records import Record, read_records
from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex
from index.types import Clause
from rag.question.understand import understand
from rag.retrieval.features import Asked
from rag.retrieval.rank import Ranker, Weights
from rag.retrieval.search import search
from rag.types import Question

_ARTICLE_ID = re.compile(r"(?s)(.*?)(第[一二三四五六七八九十百千零〇]+条)(.*)")
_ARTICLE = re.compile(r"第[^条款项目章节编]+条(?:之[一二三四五六七八九十]+)?")
_DEPTH = 60  # clauses searched for ten articles: an article may be many clauses


@dataclass(frozen=True)
class Stard:
    """Questions and gold articles by question id, and the articles of each law in order: (第X条, text)."""

    questions: dict[str, str]
    gold: dict[str, tuple[str, ...]]
    splits: dict[str, list[str]]
    laws: dict[str, list[tuple[str, str]]]

    @classmethod
    def load(cls, folder: Path) -> Stard:
        """Read the set's folder; raises UserError if a file is missing or is not what it should be."""
        try:
            questions = {row.text("id"): row.text("text") for row in read_records(folder / "queries.jsonl")}
            gold = _gold(folder / "qrels.tsv")
            laws: dict[str, list[tuple[str, str]]] = {}
            for row in read_records(folder / "corpus.jsonl"):
                law, number, rest = _split_id(row)
                laws.setdefault(law, []).append((number + rest, row.text("text")))
            return cls(questions, gold, json.loads((folder / "splits.json").read_text("utf-8")), laws)
        except (OSError, ValueError, KeyError, UserError) as exc:
            raise UserError(f"{folder} 不是 STARD 数据文件夹: {exc}") from exc

    def ask(self, path: Path) -> Stard:
        """Return the same laws with the questions of a file, {"id", "question", "gold": [article]}, as the split `asked`."""
        rows = [row for row in read_records(path) if row.values.get("gold")]
        questions = {row.text("id"): row.text("question") for row in rows}
        gold = {row.text("id"): row.texts("gold") for row in rows}
        return Stard(questions, gold, {"asked": list(questions)}, self.laws)

    def write_texts(self, folder: Path) -> None:
        """Write each law as a text file, ready for `python -m index build`."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, (law, articles) in enumerate(self.laws.items()):
            body = "\n".join(f"{name}\u3000{text.strip()}" for name, text in articles)
            (folder / f"{number:04d}.txt").write_text(f"{law}\n{body}\n", "utf-8")

    def article_of(self, clause: Clause) -> str:
        """Return the id of the article that a clause of `write_texts` is or lies in; empty for none."""
        found = _ARTICLE.search(clause.path_text)
        return f"{self._names[int(Path(clause.doc.source).stem)]}{found[0]}" if found else ""

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self.laws)


def recall(found: Sequence[str], gold: Sequence[str], k: int = 10) -> float:
    """Return recall@k: the share of the gold articles among the first k found."""
    return len(set(found[:k]) & set(gold)) / len(gold)


def measure_stard(settings: Settings, stard: Stard, split: str) -> dict[str, float]:
    """Return recall@10 of the search, and how often the first clause and the first five of the ranking hold a gold article."""
    from tqdm import tqdm

    index = open_index(settings, stard)
    ranker = Ranker(index, Weights.load())
    rows = []
    for name in tqdm(stard.splits[split], desc="检索", unit="问", disable=None):
        query, gold = understand(Question(stard.questions[name]), index), stard.gold[name]
        hits = search(index, query, _DEPTH)
        found = articles_of(stard, [hit.clause for hit in hits.hits])
        best = ranker.rank(Asked.of(query, index), hits).hits[:5]
        ranked = articles_of(stard, [hit.clause for hit in best])
        rows.append((recall(found, gold), ranked[:1] != [] and ranked[0] in gold, not set(gold).isdisjoint(ranked)))
    values = np.mean(np.array(rows, float), axis=0)
    return dict(zip(("recall@10", "first", "among five"), map(float, values), strict=True))


def open_index(settings: Settings, stard: Stard) -> ClauseIndex:
    """Return the index in use; raises UserError if it is not of these laws."""
    index = ClauseIndex.open(settings)
    if len(index.documents) < 0.9 * len(stard.laws):
        raise UserError("索引里不是这些法律: 请先用 --texts 写出法律文本, 再以 CLAUSE_INDEX_DIR 指定的文件夹建索引。")
    return index


def articles_of(stard: Stard, clauses: Iterable[Clause]) -> list[str]:
    """Return the articles that some clauses are or lie in, each once, in order."""
    return list(dict.fromkeys(filter(None, map(stard.article_of, clauses))))


def _gold(path: Path) -> dict[str, tuple[str, ...]]:
    gold: dict[str, tuple[str, ...]] = {}
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            cells = line.rstrip("\n").split("\t")
            if len(cells) < 2:
                raise UserError(f"{path.name} 第 {number} 行应是以制表符分开的问题、条文和 1。")
            gold[cells[0]] = (*gold.get(cells[0], ()), cells[1])
    return gold


def _split_id(row: Record) -> tuple[str, str, str]:
    found = _ARTICLE_ID.fullmatch(row.text("id"))
    if not found:
        raise row.error(f"条文编号无法识别: {row.values['id']}")
    return found[1], found[2], found[3]
