"""How a trace is told to people, in a terminal and on the page; a name that is not listed stands for itself."""

from __future__ import annotations

from collections.abc import Iterator

from rag.question.periods import say_years
from rag.trace import PartTrace, Trace, Words
from rag.types import Answer

_WORDS = 8
_TOLD = 5

STAGES = {
    "understand": "理解", "place": "定位", "embed": "编码", "search": "检索", "rank": "排序", "compose": "作答", "model": "模型",
}  # fmt: skip
VIEWS = {
    "question": "题意", "question sentence": "意句",
    "context": "语境", "clause": "条款", "sentence": "句子", "bm25": "词语", "bm25 sentence": "句词",
}  # fmt: skip
CHECKS = {
    "numbers": "数字", "places": "地名", "scope": "范围", "words": "用词", "quoted": "引语", "bound": "所属", "sense": "原意",
}  # fmt: skip
ASKS = {
    "department": "责任部门", "percent": "比例", "amount": "金额", "date": "时间", "duration": "时长", "count": "数量",
    "yesno": "是否", "definition": "定义", "how": "做法", "why": "原因", "list": "名单", "comparison": "比较",
}  # fmt: skip


def ordered(found: dict[str, float], names: dict[str, str]) -> list[tuple[str, float]]:
    """Return values under what people call them, in the order of `names`, then those that it does not have."""
    keys = [*(key for key in names if key in found), *(key for key in found if key not in names)]
    return [(names.get(key, key), found[key]) for key in keys]


def verdict(checks: dict[str, str]) -> str:
    """Return how the checks of a statement came out: `数字 相符  地名 相符`."""
    return "  ".join(f"{CHECKS.get(key, key)} {'相符' if said == 'ok' else said}" for key, said in checks.items())


def conclusion(confidence: float, threshold: float, refused: bool) -> str:
    """Say what followed from a confidence: `0.87, 不低于阈值 0.36, 可以作答`."""
    if confidence < threshold:
        return f"{confidence:.2f}, 低于阈值 {threshold:.2f}, 不作答"
    return f"{confidence:.2f}, 不低于阈值 {threshold:.2f}, {'但疑点不容作答' if refused else '可以作答'}"


def understood(trace: Trace) -> str:
    """Say what was read into a question besides its words; empty if nothing."""
    notes = [
        "承接上文" if trace.inherited else "",
        "分别比较" if trace.compared else "",
        f"问句里的数: {'、'.join(trace.figures)}" if trace.figures else "",
    ]
    return "  ".join(filter(None, notes))


def side(part: PartTrace, n: int) -> str:
    """Return what the n-th part of a question is about, as far as that has a name: 某市2012年."""
    return part.side or f"第{n}部分"


def subject(part: PartTrace) -> str:
    """Return what was searched for and the kind of answer that is wanted."""
    return part.topic + (f"  (问{ASKS.get(part.asks, part.asks)})" if part.asks != "other" else "")


def scope(part: PartTrace) -> str:
    """Return the places, years and documents of a part, what of them is not held, and how many clauses are left."""
    names = "、".join(part.regions), say_years(part.years), "、".join(part.documents)
    named = "  ".join(filter(None, names)) or "未限定"
    missing = f"  未收录: {'、'.join(part.missing)}" if part.missing else ""
    return named + missing + ("" if part.eligible is None else f"  {part.eligible} 条")


def words_of(words: Words) -> Iterator[str]:
    """Yield the words with their weights, then their other forms, then those that no clause has."""
    if words.weights:
        yield "  ".join(f"{word} {weight:.1f}" for word, weight in list(words.weights.items())[:_WORDS])
    for name, table in (("近义", words.synonyms), ("公文用语", words.official)):
        if table:
            yield f"{name}: " + "; ".join(f"{word} = {'、'.join(forms)}" for word, forms in table.items())
    if words.unknown:
        yield f"库中没有: {'、'.join(words.unknown)}"


def told(part: PartTrace) -> str:
    """Name the clauses that are told because the question names their place; empty if it names none."""
    more = f" 等{len(part.told)}条" if len(part.told) > _TOLD else ""
    return f"按位置取原文: {'、'.join(part.told[:_TOLD])}{more}" if part.told else ""


def refusal(part: PartTrace) -> str:
    """Return why a part is not answered, where that is not one of its doubts."""
    return part.refusal if part.refusal and part.refusal not in part.doubts else ""


def made(answer: Answer) -> str:
    """Say how an answer was written, and what a model took for it; empty for a refusal that asked no model."""
    usage = answer.usage or {}
    tokens = (
        f"模型 {usage.get('calls', 1)} 次, 读 {usage.get('input', 0)} 写 {usage.get('output', 0)} 词元" if usage else ""
    )
    if answer.status == "refused":
        return tokens
    way = f"模型归纳 ({answer.model})" if answer.mode == "generative" else "原文摘录"
    return "  ".join(filter(None, [way, tokens]))


def number(score: float | None) -> str:
    return "-" if score is None else f"{score:.3f}" if abs(score) < 1 else f"{score:.2f}"
