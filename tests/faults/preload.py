"""What the programs of these tests would each load for a second: libraries, word lists, the model."""

from __future__ import annotations

from functools import cache

import faiss  # noqa: F401
import tantivy  # noqa: F401

import index.encoder

index.encoder.load_encoder = cache(index.encoder.load_encoder)  # before those who use it take it over

import rag.chain  # noqa: E402, F401
from index.__main__ import main  # noqa: E402, F401
from index.build import add_documents  # noqa: E402, F401
from index.check import check_index  # noqa: E402, F401
from index.settings import load_settings  # noqa: E402
from index.store import encoder_of  # noqa: E402
from index.tokens import tokenize  # noqa: E402

encoder_of(load_settings())
tokenize("预热")
