"""The fields of a document that a visitor can put right before it joins."""

from __future__ import annotations

from index.preview import Preview

FIELDS = ("title", "doc_no", "region", "year", "issuer", "date_issued", "validity")


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
        "validity": doc.validity,
    }
