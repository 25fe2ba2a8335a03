"""The collections of an index in Milvus, with their fields, indexes and search parameters, all said.

<prefix>_meta                       which version is current, and what it is made of
<prefix>_<generation>_clauses       the searchable clauses: two vectors, their words, place, year and validity
<prefix>_<generation>_sentences     their sentences: a vector, their words
<prefix>_<generation>_documents     documents with their clauses as they are stored, packed, in pieces
<prefix>_<generation>_terms         which clauses speak of a place, a year, a plan, a title or a 文号

A generation is what was built from nothing. What is added later gets higher keys, so that a version is all the rows
below its bounds; a reader asks for no more than it has bounds for.
"""

from __future__ import annotations

from index.milvus.packed import PIECE
from index.milvus.server import Record, Server

PARTS = ("clauses", "sentences", "documents", "terms")

WORDS_LENGTH = 65_535
EXACT = 200_000  # clauses up to which every vector is looked at
BM25_SEARCH: Record = {"metric_type": "BM25", "params": {"drop_ratio_search": 0.0}}
_TOKENISER = {"tokenizer": "standard"}  # our tokens are letters and digits between spaces: `index.milvus.words`
_BM25 = {
    "bm25_k1": 1.2,
    "bm25_b": 0.75,
    "inverted_index_algo": "DAAT_MAXSCORE",
}  # k1 and b are those of the local store
_GRAPH = {"M": 24, "efConstruction": 200, "sq_type": "SQ8", "refine": True, "refine_type": "FP16"}
_GRAPH_SEARCH = {"ef": 400, "refine_k": 2}  # twice the 200 candidates that a view gives


def vector_search(clauses: int) -> Record:
    """Return the search parameters for an index of so many clauses."""
    return {"metric_type": "IP", "params": {} if clauses <= EXACT else _GRAPH_SEARCH}


def name_of(server: Server, generation: str, part: str) -> str:
    return f"{server.prefix}_{generation}_{part}"


def meta_of(server: Server) -> str:
    return f"{server.prefix}_meta"


def create_meta(server: Server) -> None:
    """Make the collection that says which version is current, if there is none yet."""
    if not server.has(meta_of(server)):
        server.create(meta_of(server), _META, [_blank_index()])


def create_generation(server: Server, generation: str, dimension: int, clauses: int) -> None:
    """Make the empty collections of a generation that will hold about so many clauses."""
    vectors = _graph if clauses > EXACT else _flat
    scalar = [{"field_name": name, "index_type": "INVERTED"} for name in ("document", "adcode", "year", "validity")]
    indexes = {
        "clauses": [_flat("clause"), vectors("context"), _words_index(), *scalar],
        "sentences": [_flat("sentence"), _words_index(), scalar[0]],
        "documents": [_blank_index(), scalar[0]],
        "terms": [_blank_index(), {"field_name": "term", "index_type": "INVERTED"}],
    }
    for part, fields in _fields(dimension).items():
        server.create(name_of(server, generation, part), fields, indexes[part])


def _fields(dimension: int) -> dict[str, list[Record]]:
    vector = {"datatype": "FLOAT_VECTOR", "dim": dimension}
    document = _number("document")
    filters = [_text("adcode", 12), _number("year"), _text("validity", 80)]
    vectors = [{"field_name": name, **vector} for name in ("clause", "context", "sentence")]
    return {
        "clauses": [_KEY, document, *filters, *vectors[:2], *_WORDS],
        "sentences": [_KEY, document, vectors[2], *_WORDS],
        "documents": [_KEY, document, *_DATA],
        "terms": [_KEY, _text("term", 64), *_DATA],
    }


def _number(name: str) -> Record:
    return {"field_name": name, "datatype": "INT64"}


def _text(name: str, most: int) -> Record:
    return {"field_name": name, "datatype": "VARCHAR", "max_length": most}


BLANK = [0.0, 0.0]  # the vector that Milvus wants in every collection
_KEY = {**_number("row"), "is_primary": True}
_DATA = [_text("data", PIECE), {"field_name": "blank", "datatype": "FLOAT_VECTOR", "dim": len(BLANK)}]
_META = [{**_text("key", 200), "is_primary": True}, *_DATA]
_WORDS = [
    {**_text("words", WORDS_LENGTH), "enable_analyzer": True, "analyzer_params": _TOKENISER},
    {"field_name": "bm25", "datatype": "SPARSE_FLOAT_VECTOR"},
]


def _flat(field: str) -> Record:
    return {"field_name": field, "index_type": "FLAT", "metric_type": "IP"}


def _graph(field: str) -> Record:
    return {"field_name": field, "index_type": "HNSW_SQ", "metric_type": "IP", "params": _GRAPH}


def _words_index() -> Record:
    return {"field_name": "bm25", "index_type": "SPARSE_INVERTED_INDEX", "metric_type": "BM25", "params": _BM25}


def _blank_index() -> Record:
    return {"field_name": "blank", "index_type": "FLAT", "metric_type": "L2"}
