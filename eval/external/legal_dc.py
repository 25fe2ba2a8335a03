"""Legal-DC (Li et al. 2026, arXiv 2603.11772; github.com/legal-dc/Legal-DC): questions on regulations, with evidence passages.

The repository has no licence file: download it for measuring, and pass nothing of it on. It holds the regulations as .docx,
named by title, and `pro_LawQA.json`, an array of {"query", "answer", "document": [evidence], "title": of the regulation,
"document_start", "document_end", "class"}. A passage is a paragraph, an article or several, its line ends taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from eval.external.records import Record, read_records
from eval.external.result import Result, Row, told
from eval.external.rouge import rouge_l
from eval.external.scratch import scratch_index
from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex
from index.types import Clause
from rag.chain import build_chain
from rag.types import Answer, Question

_QUESTIONS = "pro_LawQA.json"
# Of 20,000 pairs of different articles of one statute (STARD's), 1.2 % are as alike as this, .4 % at .7, .1 % at .8.
_ALIKE = 60.0
_SHORTEST = 8  # characters: `(一)警告;` is in many passages
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the set: its reference answer, the regulation it is about, and the passages that bear it out."""

    question: str
    answer: str
    title: str
    passages: tuple[str, ...]

    @classmethod
    def of(cls, record: Record) -> Asked:
        """Read a record; raises UserError naming its line."""
        passages = tuple(map(_squeezed, record.texts("document")))
        return cls(record.text("query"), record.text("answer"), _squeezed(record.text("title")), passages)


@dataclass(frozen=True)
class Laws:
    """Which clauses of an index are of which regulation, by the name of its file."""

    index: ClauseIndex

    def has(self, title: str) -> bool:
        return title in self._doc_ids

    def bears_out(self, clause: Clause, asked: Asked, passage: str) -> bool:
        """True if a clause is of the regulation asked about and is in a passage, or a passage in it."""
        return title_of(clause) == asked.title and is_alike(_squeezed(clause.text), passage)

    def can_bear_out(self, asked: Asked) -> bool:
        """True if any clause of the regulation is in a passage, or a passage in it: what no search can do better than."""
        clauses = [clause for doc_id in self._doc_ids.get(asked.title, ()) for clause in self.index.clauses_of(doc_id)]
        return any(self.bears_out(clause, asked, passage) for passage in asked.passages for clause in clauses)

    @cached_property
    def _doc_ids(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for doc in self.index.documents:
            found.setdefault(_squeezed(Path(doc.source).stem), []).append(doc.doc_id)
        return found


def title_of(clause: Clause) -> str:
    """Return the title of the regulation that a clause is of: the name of its file."""
    return _squeezed(Path(clause.doc.source).stem)


def is_alike(clause: str, passage: str) -> bool:
    """True if the shorter of two texts is like some stretch of the longer one: rapidfuzz's partial_ratio of 0.6 or more."""
    from rapidfuzz import fuzz

    return min(len(clause), len(passage)) >= _SHORTEST and fuzz.partial_ratio(clause, passage) >= _ALIKE


def measure_legal_dc(settings: Settings, folder: Path, kept: Path | None = None, limit: int | None = None) -> Result:
    """Ask the set's questions of an index of its regulations; raises UserError if the folder is not the set's."""
    from tqdm import tqdm

    questions, documents = _files(folder)
    with scratch_index(settings, kept, lambda _: documents) as index:
        chain, laws = build_chain(index, settings), Laws(index)
        rows, missing = [], 0
        for record in tqdm(islice(read_records(questions), limit), desc="提问", unit="问", disable=None):
            asked = Asked.of(record)
            missing += not laws.has(asked.title)
            rows.append(score(str(record.line), asked, chain.invoke(Question(asked.question)), laws))
    notes = [f"{missing} 问的法规不在索引里, 按没有找到计。"] if missing else []
    return Result("Legal-DC", rows, notes)


def score(name: str, asked: Asked, answer: Answer, laws: Laws) -> Row:
    """Score one answer: what it cites comes first, then what is nearest."""
    cited = {c.clause.clause_id: c.clause for c in (*answer.citations, *answer.nearest)}
    shown = list(cited.values())[:_SHOWN]
    found = [[laws.bears_out(clause, asked, passage) for clause in shown] for passage in asked.passages]
    refused = answer.status == "refused"
    scores: dict[str, float | None] = {
        "recall@1": float(any(row[:1] == [True] for row in found)),
        "recall@5": float(any(map(any, found))),
        "all passages@5": float(all(map(any, found)) and bool(found)),
        "law@1": float(bool(shown) and title_of(shown[0]) == asked.title),
        "reachable": float(laws.can_bear_out(asked)),
        "refused": float(refused),
        "answer ROUGE-L": None if refused else rouge_l(answer.answer, asked.answer),
    }
    return Row(name, asked.question, scores, told(answer) | {"title": asked.title})


def _files(folder: Path) -> tuple[Path, Sequence[Path]]:
    questions = sorted(folder.rglob(_QUESTIONS)) if folder.is_dir() else []
    documents = sorted(path for path in folder.rglob("*.docx") if not path.name.startswith("~$")) if questions else []
    if not documents:
        lacking = ".docx 法规" if questions else _QUESTIONS
        raise UserError(
            f"{folder} 里没有 {lacking}。请给出下载的 Legal-DC 文件夹, 含 {_QUESTIONS} 和各部法规的 .docx。"
        )
    return questions[0], documents


def _squeezed(text: str) -> str:
    return "".join(text.split())
