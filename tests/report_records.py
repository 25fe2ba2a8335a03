"""Records of runs as `python -m eval run` writes them, made by hand so that every figure of a report is known."""

from __future__ import annotations

from typing import Any

_TITLES = {"jia-2012-1": "甲市2012年工作安排", "yi-2016-2": "乙市2016年重点任务"}
_REGIONS = {"jia-2012-1": ("某省甲市", 2012), "yi-2016-2": ("某省乙市", 2016)}


def citation(clause_id: str, n: int = 1, text: str = "补助标准为240元。") -> dict[str, Any]:
    doc_id, _, path = clause_id.partition(".")
    region, year = _REGIONS[doc_id]
    return {
        "n": n, "clause_id": clause_id, "doc_id": doc_id, "title": _TITLES[doc_id], "label": f"{_TITLES[doc_id]} {path}",
        "region": region, "year": year, "cited_text": text, "clause_text": text, "start": 0, "end": len(text),
    }  # fmt: skip


def detail(
    id: str,
    *,
    kind: str = "amount",
    gold: tuple[str, ...] = (),
    cited: tuple[str, ...] = (),
    retrieved: tuple[str, ...] = (),
    said: bool = True,
    status: str = "grounded",
    confidence: float | None = 0.9,
    ms: float = 40.0,
    **more: Any,
) -> dict[str, Any]:
    """Return a question with its scores worked out from what it cites; `said` if the answer has the words required."""
    scope = {"regions": [], "years": [], "doc_ids": []} | more.pop("scope", {})
    reason, checks, question = more.pop("reason", None), more.pop("checks", {}), more.pop("question", f"问题{id}?")
    answer = {
        "id": id, "question": question, "status": status, "reason": reason, "answer": more.pop("answer", f"回答{id}。"),
        "statements": [{"text": "句", "citations": [1], "checks": checks}], "scope": scope, "elapsed_ms": ms,
        "citations": [citation(name, n) for n, name in enumerate(cited, 1)],
        "nearest": [citation(name) for name in more.pop("nearest", ())],
    }  # fmt: skip
    clauses = {
        name: {"label": f"条款 {name}", "text": more.get("text", "补助标准为240元。")} for name in (*gold, *cited)
    }
    return {
        "id": id, "set": more.pop("set", "dev"), "kind": kind, "difficulty": "easy", "question": question,
        "history": [], "note": "", "gold": list(gold), "also": [], "required": ["240元"] if gold else [],
        "scores": _scores(gold, cited, status == "refused", said) | more.pop("scores", {}),
        "confidence": confidence, "retrieved": list(retrieved or cited), "answer": answer, "clauses": clauses,
    }  # fmt: skip


def record(details: list[dict[str, Any]], time: str = "2026-11-22T08:00:00+00:00", **more: Any) -> dict[str, Any]:
    """Return a run over these questions, their sets apart."""
    names = list(dict.fromkeys(each["set"] for each in details))
    by_set = {name: _whole([each for each in details if each["set"] == name]) for name in names}
    return {
        "sets": names, "commit": "abc1234", "time": time, "index_version": "v1", "encoder": "e5", "mode": "extractive",
        "ablate": [], "settings": {"min_confidence": 0.36}, "questions": len(details), "by_set": by_set,
        "summary": _whole(details)["summary"], "kinds": {}, "difficulty": {}, "latency_ms": {"p50": 1.0, "p95": 2.0},
        "documents": {doc_id: {"title": title} for doc_id, title in _TITLES.items()}, "details": details,
    } | more  # fmt: skip


def _scores(gold: tuple[str, ...], cited: tuple[str, ...], refused: bool, said: bool) -> dict[str, float | None]:
    if not gold:
        return {"refusal_recall": float(refused), "false_refusal": None, "figure_error": 0.0}
    right = [name for name in cited if name in gold]
    precision, recall = (len(right) / len(cited) if cited else 0.0), len(set(right)) / len(gold)
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {
        "first_citation": float(bool(cited) and cited[0] in gold), "citation_precision": precision,
        "citation_recall": recall, "citation_f1": f1, "answer_accuracy": float(said and not refused),
        "refusal_recall": None, "false_refusal": float(refused), "figure_error": 0.0,
    }  # fmt: skip


def _whole(details: list[dict[str, Any]]) -> dict[str, Any]:
    names = dict.fromkeys(name for each in details for name in each["scores"])
    summary = {}
    for name in names:
        values = [v for each in details if (v := each["scores"].get(name)) is not None]
        if values:
            mean = sum(values) / len(values)
            summary[name] = [mean, max(0.0, mean - 0.05), min(1.0, mean + 0.05), len(values)]
    return {"questions": len(details), "documents": 2, "summary": summary, "median_answer_chars": 5}
