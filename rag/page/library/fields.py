"""The fields of a document that a visitor can put right before it joins."""

from __future__ import annotations

from index.preview import Preview
from index.validity import UNKNOWN

LABELS = {
    "title": "标题", "doc_no": "文号", "region": "地区", "year": "年份", "issuer": "发文机关", "date_issued": "成文日期",
    "validity": "效力",
}  # fmt: skip
FIELDS = tuple(LABELS)


def read_fields(shown: Preview) -> dict[str, str]:
    """Return the fields as they were read, empty where nothing was."""
    doc = shown.doc
    if doc is None:
        return dict.fromkeys(FIELDS, "")
    return {
        "title": doc.title,
        "doc_no": doc.doc_no or "",
        "region": "".join(doc.region),
        "year": str(doc.year or ""),
        "issuer": "、".join(doc.issuers),
        "date_issued": doc.date_issued or "",
        "validity": "" if doc.validity == UNKNOWN else doc.validity,
    }
