"""RGB, Chinese part (Chen et al. 2024, AAAI, arXiv 2309.01431; github.com/chen700564/RGB, CC BY-NC-SA 4.0): noise and rejection.

`data/zh.json`, `zh_refine.json`, `zh_int.json` and `zh_fact.json` are JSON lines: {"id", "query", "answer", "positive": [passage],
"negative": [passage]}. An answer is a text, or a list of what must all be said, each a text or a list of its forms. In `zh_int` the
positive passages are grouped by what they bear out; `zh_fact` has `positive_wrong`, the same passages with a false answer put in.

As in the paper each question sees five passages of its own, `ceil(5 * noise)` of them noise, the rest positive; with noise alone
the right answer is to refuse. A question's passages are the articles of one document, and the scope of the question is those
that it may see. What the words of a question name beside it, a year, still narrows the scope, as it does for users.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, starmap, zip_longest
from pathlib import Path

from eval.external.records import Record, read_records
from eval.external.result import Result, Row, told
from eval.external.scoped import ScopedChain
from eval.external.scratch import scratch_index
from eval.golden import holds
from index.settings import Settings
from rag.types import Answer

_SEEN = 5  # passages a question sees
_NOISE = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_FALSE = "false"  # the passages of zh_fact with a false answer in them


@dataclass(frozen=True, slots=True)
class Case:
    """A question with its passages; `answer` holds what must be said, each in its forms."""

    number: int
    question: str
    answer: tuple[tuple[str, ...], ...]
    positive: tuple[str, ...]
    negative: tuple[str, ...]
    wrong: tuple[str, ...] = ()
    groups: int = 0  # of positive passages, each needed for the answer; 0 where they are not grouped

    @classmethod
    def of(cls, number: int, record: Record) -> Case:
        """Read the record that is the set's so manieth; raises UserError naming its line."""
        wrong = record.texts("positive_wrong") if "positive_wrong" in record.values else ()
        positive, groups = _positive(record)
        return cls(number, record.text("query"), _answer(record), positive, record.texts("negative"), wrong, groups)

    @property
    def passages(self) -> tuple[str, ...]:
        """The passages that it may ever see, in the order in which they are the articles of its document."""
        return self.positive[:_SEEN] + self.negative[:_SEEN] + self.wrong[:_SEEN]

    def seen(self, noise: float) -> list[int]:
        """Return which of its passages it sees, five if there are as many; a lack of one kind is made up by the other."""
        positive, negative = min(_SEEN, len(self.positive)), min(_SEEN, len(self.negative))
        if noise == 1:
            return list(range(positive, positive + negative))
        noisy = min(negative, max(math.ceil(_SEEN * noise), _SEEN - positive), max(0, _SEEN - self.groups))
        clean = min(positive, _SEEN - noisy)
        return [*range(clean), *range(positive, positive + noisy)]

    def seen_false(self) -> list[int]:
        """Return the passages that say the false answer."""
        before = len(self.passages) - len(self.wrong[:_SEEN])
        return list(range(before, len(self.passages)))

    def is_answered(self, text: str) -> bool:
        """True if a text says all that it must, in any form, blanks left out; a number counts only whole."""
        plain = "".join(text.split())
        return all(any(holds(plain, "".join(form.split())) for form in forms) for forms in self.answer)


def measure_rgb(settings: Settings, path: Path, kept: Path | None = None, limit: int | None = None) -> Result:
    """Ask each question with each share of noise; raises UserError naming the line of what is not as it should be."""
    from tqdm import tqdm

    def cases() -> Iterator[Case]:
        return starmap(Case.of, enumerate(islice(read_records(path), limit), 1))

    with scratch_index(settings, kept, lambda folder: [_write(folder, case) for case in cases()]) as index:
        scoped = ScopedChain(index, settings)
        documents = {doc.source: doc for doc in index.documents}
        rows, unread = [], 0
        for case in tqdm(cases(), desc="提问", unit="问", disable=None):
            if (doc := documents.get(_file(case))) is None:
                unread += 1
                continue
            for name, seen in _conditions(case):
                rows.append(score(case, name, scoped.ask(case.question, doc, [str(at + 1) for at in seen])))
    outside = sum(row.answer["reason"] == "out_of_scope" for row in rows)
    notes = [f"{outside} 次因问句写明的年份不在所给的资料里而拒答。"] if outside else []
    notes += [f"{unread} 问的资料不在索引里, 没有问。"] if unread else []
    return Result(f"RGB {path.name}", rows, notes)


def score(case: Case, condition: str, answer: Answer) -> Row:
    """Score one answer: with noise alone whether it refuses, else whether it is right; a refusal is not right."""
    refused = answer.status == "refused"
    right = float(not refused and case.is_answered(answer.answer))
    if condition == f"{1.0:.1f}":
        scores: dict[str, float | None] = {"rejection, noise 1.0": float(refused)}
    else:
        label = "false passages" if condition == _FALSE else f"noise {condition}"
        scores = {f"accuracy, {label}": right, f"refused, {label}": float(refused)}
    return Row(f"{case.number}@{condition}", case.question, scores, told(answer))


def _conditions(case: Case) -> Iterator[tuple[str, list[int]]]:
    for noise in _NOISE:
        if seen := case.seen(noise):
            yield f"{noise:.1f}", seen
    if case.wrong:
        yield _FALSE, case.seen_false()


def _file(case: Case) -> str:
    return f"rgb-{case.number:06d}.txt"


def _write(folder: Path, case: Case) -> Path:
    """Write a question's passages as the articles of a document; each is one line, so that no mark in it begins a clause."""
    path = folder / _file(case)
    lines = (f"第{number}条\u3000{' '.join(passage.split())}" for number, passage in enumerate(case.passages, 1))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def _answer(record: Record) -> tuple[tuple[str, ...], ...]:
    value = record.values.get("answer")
    needed = [value] if isinstance(value, str) else value
    if not isinstance(needed, list) or not needed:
        raise record.error("缺少 answer, 或者它不是文字或列表")
    forms = [[one] if isinstance(one, str) else one for one in needed]
    if not all(
        isinstance(some, list) and some and all(isinstance(one, str) and one.strip() for one in some) for some in forms
    ):
        raise record.error("answer 里有空的或不是文字的答案")
    return tuple(tuple(some) for some in forms)


def _positive(record: Record) -> tuple[tuple[str, ...], int]:
    """Return the positive passages and their groups, if they are grouped: the first of each group, then the second."""
    value = record.values.get("positive")
    if not isinstance(value, list) or not any(isinstance(one, list) for one in value):
        return record.texts("positive"), 0
    groups: Sequence[Sequence[str]] = [one if isinstance(one, list) else [one] for one in value]
    passages = [one for one in chain.from_iterable(zip_longest(*groups)) if one is not None]
    if not all(isinstance(one, str) for one in passages):
        raise record.error("positive 里有不是文字的段落")
    return tuple(one.strip() for one in passages if one.strip()), len(groups)
