"""The tokenizer of multilingual-e5-small: written at set-up, and read in a fiftieth of the time.

Its 250,002 pieces take a second to load, nearly all of it for scripts that Chinese policy
never uses. So the pieces that a text of Han characters, capitals, digits and punctuation
could be cut into are kept apart as well: such a text gets the very same ids from the small
tokenizer, because no other piece can match in it. Any other text wakes the full one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from index.e5_weights import Vocabulary

SPECIAL = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
SPECIAL |= {"cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>"}
_FULL, _SMALL, _SMALL_IDS = "tokenizer.json", "onnx/tokenizer_zh.json", "onnx/tokenizer_zh.npy"

# The model's normaliser is NFKC but for these; "～" stays as it is, in "1～6级" for one.
_DROPPED = r"[\x00-\x08\x0b\x0e-\x1f\x7f\x{8f}\x{9f}]"
_BLANKS = r"[\t\n\f\r\x{1680}\x{200b}-\x{200f}\x{2028}\x{2029}\x{2581}\x{feff}\x{fffd}]"
_TILDE, _STAND_IN = "～", "\ue000"

# All of ASCII but a-z, general punctuation to box drawing, CJK and full-width forms.
_COMMON = re.compile("[ -`{-~·\u2000-\u2fff\u3000-\u303f\u3400-\u9fff\uff00-\uffef]*")


class Tokens:
    """Token ids of texts, each after a fixed prompt, with the special tokens around them."""

    def __init__(self, folder: Path, prompts: Sequence[str], longest: int) -> None:
        """Load the small tokenizer; only `prompts` that it was written for may be used."""
        self._folder, self._longest = folder, longest
        self._small = self._load(_SMALL)
        self._ids = np.load(folder / _SMALL_IDS)

    def encode(self, prompt: str, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of `prompt + text` for each text, cut to the longest that is read."""
        ids: list[list[int]] = []
        return ids
