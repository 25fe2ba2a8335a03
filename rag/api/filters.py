"""What narrows a question beside its words."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from rag.question.scope import regions_of_names
from rag.types import Correction, Question

Text = Annotated[str, Field(max_length=20_000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Year = Annotated[int, Field(ge=1000, le=9999)]


class Filters(BaseModel):
    """Places, years and documents, which take precedence over what the words say."""

    regions: list[Name] = Field([], max_length=50, description="只查这些地区 (全称或简称); 优先于问题里的地名")
    years: list[Year] = Field([], max_length=50, description="只查这些年份; 优先于问题里的年份")
    doc_ids: list[Name] = Field([], max_length=50, description="只查这些文件; 编号见 /api/documents")

    def asking(self, text: str, history: list[str], id: str | int | None = None) -> Question:
        """Return the question for the chain; raises UserError for a place that there is not."""
        regions_of_names(tuple(self.regions))
        correction = Correction(doc_ids=tuple(self.doc_ids)) if self.doc_ids else None
        return Question(text, tuple(history), tuple(self.regions), tuple(self.years), id, correction)
