"""Some documents laid out to be written: where each gets its rows, and what each row holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from index.dense import Vectors
from index.milvus.layout import Bounds, Held, facts_of
from index.milvus.packed import pack
from index.milvus.schema import BLANK
from index.milvus.server import Record
from index.milvus.spoken import term_records
from index.milvus.words import text_of
from index.rows import Entry, clause_record, document_record, is_searchable
from index.sentences import sentence_spans
from index.spoken import terms_of
from index.tokens import tokenize
from index.types import Clause
from index.views import context_text


@dataclass
class Batch:
    """What some documents come to; `bounds` are those after them."""

    bounds: Bounds
    held: list[Held] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)  # that are searchable
    sentences: list[str] = field(default_factory=list)
    pieces: list[Record] = field(default_factory=list)
    spoken: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def records(self, vectors: Mapping[str, Vectors]) -> Iterator[tuple[str, list[Record]]]:
        """Yield the rows of each collection."""
        yield "documents", self.pieces
        yield "clauses", list(self._clause_records(vectors["clause"], vectors["context"]))
        yield "sentences", list(self._sentence_records(vectors["sentence"]))
        terms = list(term_records(self.spoken, self.bounds.term))
        self.bounds = self.bounds.after(term=len(terms))
        yield "terms", terms

    def texts(self) -> dict[str, list[str]]:
        """Return the texts of each view of words, in the order of its rows."""
        return {"clause": [context_text(clause) for clause in self.clauses], "sentence": self.sentences}

    def _clause_records(self, clause: Vectors, context: Vectors) -> Iterator[Record]:
        owners = [(one, row) for one in self.held for row in one.rows]
        words = self.texts()["clause"]
        for i, (one, row) in enumerate(owners):
            filters = {"adcode": one.adcode, "year": one.year, "validity": one.validity}
            vectors = {"clause": clause[i], "context": context[i]}
            yield {"row": row, "document": one.number, **filters, **vectors, "words": text_of(tokenize(words[i]))}

    def _sentence_records(self, vectors: Vectors) -> Iterator[Record]:
        owners = [(one, one.sentence + i) for one in self.held for i in range(sum(one.sentences))]
        for i, (one, row) in enumerate(owners):
            words = text_of(tokenize(self.sentences[i]))
            yield {"row": row, "document": one.number, "sentence": vectors[i], "words": words}


def lay_out(entries: Sequence[Entry], bounds: Bounds) -> Batch:
    """Return the documents with their rows, from the bounds on."""
    batch = Batch(bounds)
    for entry in entries:
        _add(batch, entry)
    return batch


def _add(batch: Batch, entry: Entry) -> None:
    doc, clauses = entry
    bounds = batch.bounds
    searchable = [is_searchable(clause) for clause in clauses]
    found = [clause for clause, one in zip(clauses, searchable, strict=True) if one]
    said = [[clause.text[start:end] for start, end in sentence_spans(clause.text)] for clause in found]
    pieces = pack([document_record(doc), *map(clause_record, clauses)])
    held = Held(
        number=bounds.document,
        first=bounds.clause,
        searchable="".join("1" if one else "0" for one in searchable),
        leaves=sum(clause.leaf for clause in clauses),
        sentence=bounds.sentence,
        sentences=tuple(map(len, said)),
        pieces=(bounds.piece, len(pieces)),
        **facts_of(doc),
    )
    batch.held.append(held)
    batch.clauses += found
    batch.sentences += [sentence for sentences in said for sentence in sentences]
    batch.pieces += [
        {"row": bounds.piece + i, "document": held.number, "data": piece, "blank": BLANK}
        for i, piece in enumerate(pieces)
    ]
    for i, terms in enumerate(terms_of(clauses)):
        for term in terms:
            batch.spoken[term].append(held.first + i)
    batch.bounds = bounds.after(1, len(clauses), sum(held.sentences), len(pieces))
