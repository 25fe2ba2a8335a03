"""LawBench 1-1, article recitation (Fei et al. 2023, arXiv 2309.16289; github.com/open-compass/LawBench, `data/zero_shot/1-1.json`).

Its README states no licence (see the repository); the texts are statutes, which are under no copyright. An array of {"instruction",
"question": "民法商法某某法第三条的内容是什么？", "answer": "答案:…"}: the group of the statute stands before its title, and
paragraphs are joined by a comma. Each article is asked for by its statute's own title, as people do, and once more as written:
there the group and the title read as one title, which nobody holds. A model is asked to recite; here the article is looked up,
so that no score compares with that of a model, which has only its memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from eval.external.records import Record, read_records
from eval.external.result import Result, Row, told
from eval.external.rouge import rouge_l
from eval.external.scratch import scratch_index
from index.errors import UserError
from index.place_words import number_of
from index.settings import Settings
from index.types import Clause
from rag.chain import build_chain
from rag.types import Answer, Question

_CATEGORIES = Path(__file__).parent / "data" / "lawbench_categories.txt"
_ASKED = re.compile(
    r"(?P<title>.+?)(?P<article>第(?P<number>[^第条]{1,9})条(?:之[一二三四五六七八九十]+)?)的内容是什么[?？]?"
)
_ARTICLE = re.compile(r"第[^条款项目章节编]+条(?:之[一二三四五六七八九十]+)?")
_ANSWER = re.compile(r"^答案[:：]")
_PARAGRAPH = re.compile(r"(?<=[。；;：:”]),")  # 应当…。,清算组…
_TITLE = re.compile(r"(?!修正案).+(?:法|法典|条例|规定|办法|决定|解释|章程|准则|方案|公约)")
_EXACT = 0.99


@dataclass(frozen=True, slots=True)
class Recited:
    """A question for an article: the statute's title, the article's number, and its text, a line a paragraph."""

    question: str
    title: str
    article: str
    number: int
    text: str

    @classmethod
    def of(cls, record: Record) -> Recited:
        """Read a record; raises UserError naming its line."""
        question = record.text("question")
        asked = _ASKED.fullmatch(question)
        if not asked:
            raise record.error("question 不是“某法第几条的内容是什么？”的形式, 不是 LawBench 1-1")
        text = _PARAGRAPH.sub("\n", _ANSWER.sub("", record.text("answer")))
        return cls(question, _title(asked["title"]), asked["article"], number_of(asked["number"]), text)

    @property
    def plain(self) -> str:
        """The question by the statute's own title."""
        return f"{self.title}{self.article}的内容是什么？"


def measure_lawbench(settings: Settings, path: Path, kept: Path | None = None, limit: int | None = None) -> Result:
    """Ask for each article; in an index of whole statutes if `kept` holds one, else of the articles asked for alone."""
    from tqdm import tqdm

    def asked() -> Iterator[Recited]:
        return map(Recited.of, islice(read_records(path), limit))

    with scratch_index(settings, kept, lambda folder: write_statutes(folder, asked())) as index:
        chain = build_chain(index, settings)
        rows = [
            score(str(number), one, chain.invoke(Question(one.plain)), chain.invoke(Question(one.question)))
            for number, one in enumerate(tqdm(asked(), desc="提问", unit="问", disable=None), 1)
        ]
        held = [doc.title for doc in index.documents]
        missing = sum(not any(_is_of(title, row.answer["title"]) for title in held) for row in rows)
    notes = [f"{missing} 问的法律不在索引里, 按没有找到计。"] if missing else []
    return Result("LawBench 1-1", rows, notes)


def write_statutes(folder: Path, asked: Iterable[Recited]) -> Sequence[Path]:
    """Write the articles of each statute, in order, as a text; of an article asked for twice the first text is taken."""
    statutes: dict[str, dict[tuple[int, str], str]] = {}
    for one in asked:
        statutes.setdefault(one.title, {}).setdefault((one.number, one.article), one.text)
    paths = []
    for number, (title, articles) in enumerate(statutes.items()):
        body = "\n".join(f"{article}\u3000{text}" for (_, article), text in sorted(articles.items()))
        paths.append(folder / f"{number:05d}.txt")
        paths[-1].write_text(f"{title}\n{body}\n", "utf-8")
    if not paths:
        raise UserError("文件里没有问题。请给出 LawBench 的 1-1.json。")
    return paths


def score(name: str, asked: Recited, answer: Answer, as_written: Answer) -> Row:
    """Score what is shown: the text of the article's clauses that are cited, without its number."""
    cited = [citation.clause for citation in answer.citations]
    right = _of_article(answer, asked)
    shown = "".join(clause.text for clause in cited).replace(asked.article, "", 1)
    likeness = rouge_l(shown, asked.text)
    scores: dict[str, float | None] = {
        "right article": float(bool(right)),
        "only that article": float(bool(right) and len(right) == len(cited)),
        "shown ROUGE-L": likeness,
        "shown exactly": float(likeness >= _EXACT),
        "answer ROUGE-L": 0.0 if answer.status == "refused" else rouge_l(answer.answer, asked.text),
        "refused": float(answer.status == "refused"),
        "right, as written": float(bool(_of_article(as_written, asked))),
    }
    return Row(name, asked.plain, scores, told(answer) | {"title": asked.title, "article": asked.article})


def _of_article(answer: Answer, asked: Recited) -> list[Clause]:
    cited = [citation.clause for citation in answer.citations]
    return [clause for clause in cited if _is_of(clause.doc.title, asked.title) and article_of(clause) == asked.article]


def article_of(clause: Clause) -> str:
    """Return the article that a clause is or lies in, as 第三条; empty for none."""
    found = _ARTICLE.search(clause.path_text)
    return found[0] if found else ""


def _is_of(held: str, title: str) -> bool:
    """True for a title as it is held, with the country's name before it or without."""
    return held.removeprefix("中华人民共和国") == title.removeprefix("中华人民共和国")


def _title(said: str) -> str:
    """Return a title without the group before it; 刑法 alone is a title, and so is 刑法修正案."""
    rests = [said.removeprefix(group) for group in _categories() if said.startswith(group)]
    return next((rest for rest in rests if _TITLE.fullmatch(rest)), said)


@cache
def _categories() -> tuple[str, ...]:
    lines = _CATEGORIES.read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))
