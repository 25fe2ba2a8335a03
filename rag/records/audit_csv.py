"""The audit as a table that Excel and WPS open right; nothing in it is a formula."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from typing import Any

from rag.records.audit import STATUSES, Entry

STATUS_NAMES = dict(zip(STATUSES, ("有依据", "部分有依据", "未找到依据", "未能作答", "已停止"), strict=True))
_HEADINGS = (
    "编号", "时间", "用户", "问题", "上文", "设定的范围", "理解的范围", "结果", "原因", "方式", "模型", "引用的条款 (编号 哈希)",
    "列出未用的条款 (编号 哈希)", "索引版本", "用时(毫秒)", "请求号", "设置", "回答哈希",
)  # fmt: skip
# What a spreadsheet takes for a formula at the head of a cell; East Asian versions take the full-width forms too.
_OPENS_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


def audit_csv(entries: Iterable[Entry]) -> bytes:
    """Return a CSV of entries, in the order given, with the times of this machine's zone."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_HEADINGS)
    writer.writerows([inert(str(value)) for value in _values(entry)] for entry in entries)
    return text.getvalue().encode("utf-8-sig")  # without the mark Excel reads it as GBK


def inert(text: str) -> str:
    """Return the text of a cell that no spreadsheet takes for a formula."""
    text = text.replace("\0", "")
    return f"'{text}" if _OPENS_FORMULA.match(text) else text


def _values(entry: Entry) -> tuple[Any, ...]:
    cited = (f"{seen.clause_id} {seen.sha256}" for seen in entry.clauses if seen.cited)
    shown = (f"{seen.clause_id} {seen.sha256}" for seen in entry.clauses if not seen.cited)
    return (
        entry.id,
        f"{entry.at:%Y-%m-%d %H:%M:%S}" if entry.at else "",
        entry.user,
        entry.question,
        "\n".join(entry.history),
        _json(entry.filters),
        _json(entry.scope),
        STATUS_NAMES.get(entry.status, entry.status),
        entry.reason or "",
        entry.mode,
        entry.model or "",
        "\n".join(cited),
        "\n".join(shown),
        entry.index_version,
        entry.elapsed_ms,
        entry.request_id,
        _json(entry.settings),
        entry.answer_sha256,
    )


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""
