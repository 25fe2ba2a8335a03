"""Why a question failed: the first stage of the way from question to answer at which it went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eval.brief import withheld_in
from eval.metrics import document_of
from eval.report.runs import Asked, Part

STAGES = {
    "scope": "范围",
    "retrieval": "检索",
    "ranking": "排序",
    "refusal": "拒答",
    "extraction": "摘录",
    "verification": "核对",
}
_WRONG_PLACE = {"wrong_place": "地区", "wrong_year": "年份"}


@dataclass(frozen=True, slots=True)
class Failure:
    """A stage of `STAGES` and what went wrong there, as a sentence for people."""

    stage: str
    why: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a document is from, as far as the answers of a run say."""

    region: str
    year: int | None


Places = Mapping[str, Place]


def places_of(part: Part) -> dict[str, Place]:
    """Return the place and year of every document that an answer of this part cites or shows as near."""
    shown = (each for asked in part.asked for each in _shown(asked))
    return {each["doc_id"]: Place(each["region"] or "", each["year"]) for each in shown}


def find_failure(asked: Asked, places: Places, titles: Mapping[str, str]) -> Failure | None:
    """Return where a question failed first; None if everything about its answer is right."""
    found = _of_answerable(asked, places, titles) if asked.answerable else _of_unanswerable(asked)
    return next(found, None)


def _of_unanswerable(asked: Asked) -> Iterator[Failure]:
    if asked.refused:
        return
    if asked.kind in _WRONG_PLACE and asked.cited:
        yield Failure(
            "scope", f"所问的{_WRONG_PLACE[asked.kind]}没有收录, 却引用了别的{_WRONG_PLACE[asked.kind]}的文件"
        )
    yield Failure("refusal", "文件里没有答案, 应当拒答而作了回答")


def _of_answerable(asked: Asked, places: Places, titles: Mapping[str, str]) -> Iterator[Failure]:
    """Yield what went wrong, the earliest stage first."""
    if asked.score("wrong_region") or asked.score("wrong_year"):
        yield Failure("scope", "引用了别的地区或年份的文件")
    if asked.score("first_citation") != 1 and _is_shut_out(asked, places, titles):
        yield Failure("scope", "问句里的地区、年份或文件理解得不对, 标准条款所在的文件没有进入检索范围")
    rank = next((at for at, name in enumerate(asked.retrieved, 1) if name in asked.right), None)
    if asked.refused:
        yield _of_refusal(asked, rank)
    if asked.score("first_citation") == 0:
        yield _of_first(asked, rank)
    yield from _of_others(asked)
    if asked.score("figure_error"):
        yield Failure("verification", "回答里有数字不在所引条款中, 而核对没有拦住")
    if asked.score("answer_accuracy") == 0:
        yield _of_words(asked)


def _of_refusal(asked: Asked, rank: int | None) -> Failure:
    if rank is None and asked.retrieved:
        return Failure("retrieval", "检索结果里没有标准条款, 于是拒答")
    if asked.answer["reason"] == "out_of_scope":
        return Failure("scope", "被当作超出收录范围而拒答")
    return Failure("refusal", f"标准条款{_ranked(rank)}, 却因把握不足或有疑点而拒答")


def _of_first(asked: Asked, rank: int | None) -> Failure:
    if rank is None and asked.retrieved:
        return Failure("retrieval", f"标准条款不在检索结果的前 {len(asked.retrieved)} 条里")
    if rank == 1:
        return Failure("extraction", "标准条款排在检索结果第 1 位, 作答时却先引了别的条款")
    return Failure("ranking", f"标准条款{_ranked(rank)}, 首条引用的是别的条款")


def _of_others(asked: Asked) -> Iterator[Failure]:
    """Yield what is wrong with the citations after a right first one."""
    missing = [name for name in asked.gold if name not in asked.cited]
    if (asked.score("citation_recall") or 0) < 1 and missing:
        found = all(name in asked.retrieved for name in missing) or not asked.retrieved
        yield Failure("ranking" if found else "retrieval", f"该引的 {len(asked.gold)} 条中缺 {len(missing)} 条")
    extra = [name for name in asked.cited if name not in asked.right]
    if extra:
        yield Failure("ranking", f"多引了 {len(extra)} 条不相干的条款")


def _of_words(asked: Asked) -> Failure:
    checks = [result for statement in asked.answer["statements"] for result in statement["checks"].values()]
    if withheld_in(asked.answer["answer"]) or any(result != "ok" for result in checks):
        return Failure("verification", "引对了条款, 但有语句没有通过核对而未给出")
    if asked.answer["status"] == "partial":
        return Failure("refusal", "问的几件事里有一件没有作答")
    return Failure("extraction", "引对了条款, 但回答没有说到要求的字句")


def _is_shut_out(asked: Asked, places: Places, titles: Mapping[str, str]) -> bool:
    """True if what was understood of place, year or document leaves out every document that answers."""
    homes = {document_of(name, titles) for name in asked.right}
    if homes & {document_of(name, titles) for name in asked.retrieved}:
        return False
    return all(_leaves_out(asked.answer["scope"], home, places.get(home)) for home in homes)


def _leaves_out(scope: Mapping[str, Any], doc_id: str, place: Place | None) -> bool:
    if scope["doc_ids"] and doc_id not in scope["doc_ids"]:
        return True
    if place is None:
        return False
    other_year = scope["years"] and place.year is not None and place.year not in scope["years"]
    return bool(other_year or (scope["regions"] and not place.region.endswith(tuple(scope["regions"]))))


def _ranked(rank: int | None) -> str:
    return f"排在检索结果第 {rank} 位" if rank else "的名次没有记录"


def _shown(asked: Asked) -> Iterable[Mapping[str, Any]]:
    return (*asked.answer["citations"], *asked.answer["nearest"])
