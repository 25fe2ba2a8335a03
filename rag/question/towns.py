"""Documents of a town, street or village that a question names: no list of divisions goes so deep, but they say so themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from index.types import Document

_DEEP = r"街道|社区|苏木|镇|乡|村"
_TOWN = re.compile(
    rf"(?:.*?(?:省|自治区|[市州盟县区旗]))?([^省市县区旗州盟的与及、《》]{{1,4}}?(?:{_DEEP}))"
    r"(?=人民政府|党委|党工委|办事处|管委会|村民委员会|居民委员会|村委会|居委会|委员会|乡镇|关于|[0-9０-９]|$)"
)
_SPEAKS = re.compile(_DEEP)


def documents_of_towns(text: str, documents: Sequence[Document]) -> frozenset[str]:
    """Return the doc_ids of the documents whose issuer or title begins with a town that a text names."""
    if not _SPEAKS.search(text):
        return frozenset()
    return frozenset(doc.doc_id for doc in documents if any(town in text for town in _towns(doc.issuers, doc.title)))


@lru_cache(maxsize=65536)
def _towns(issuers: tuple[str, ...], title: str) -> tuple[str, ...]:
    found = (_TOWN.match(name) for name in (*issuers, title))
    return tuple(dict.fromkeys(match[1] for match in found if match))
