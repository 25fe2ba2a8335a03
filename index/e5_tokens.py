"""The tokenizer of multilingual-e5-small: written at set-up, and read in a thirtieth of the time.

Its 250,002 pieces take a second to load, nearly all of it for scripts that Chinese policy
never uses. So the pieces that Han characters, capitals, digits and punctuation can be cut
into are kept in a small tokenizer as well. A text of these gets the very same ids from it,
as no other piece can match there; any other text wakes the full tokenizer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from index.e5_weights import Vocabulary

_FULL, _SMALL, _SMALL_IDS = "tokenizer.json", "onnx/tokenizer_zh.json", "onnx/tokenizer_zh.npy"

# The model's normaliser is NFKC but for these; "～" stays as it is, in "1～6级" for one.
_DROPPED = r"[\x00-\x08\x0b\x0e-\x1f\x7f\x{8f}\x{9f}]"
_BLANKS = r"[\t\n\f\r\x{1680}\x{200b}-\x{200f}\x{2028}\x{2029}\x{2581}\x{feff}\x{fffd}]"
_TILDE, _STAND_IN = "～", "\ue000"

# Of ASCII all but a-z; the mark of a word's beginning (U+2581) is among U+2000-2FFF.
_COMMON = re.compile("[ -`{-~·\u2000-\u2fff\u3000-\u303f\u3400-\u9fff\uff00-\uffef]*")


class Tokens:
    """Texts to token ids, each text behind a prompt; the ids are those of `tokenizer.json`."""

    def __init__(self, folder: Path, longest: int) -> None:
        """Load the small tokenizer; ids are cut to `longest`, special tokens included."""
        self._folder, self._longest = folder, longest
        self._small = self._load(_SMALL)
        self._small_ids = np.load(folder / _SMALL_IDS)
        self.pad: int = int(self._small_ids[self._small.token_to_id("<pad>")])

    def encode(self, prompt: str, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of `prompt + text` for each text; the prompt is one of the model's own."""
        if all(self._is_common(text) for text in texts):
            return [self._small_ids[ids].tolist() for ids in _encode(self._small, prompt, texts)]
        return _encode(self._full, prompt, texts)

    def _is_common(self, text: str) -> bool:
        # Normalised, because "㎡" and "ａ" turn into small letters.
        return _COMMON.fullmatch(self._small.normalizer.normalize_str(text)) is not None

    @cached_property
    def _full(self) -> Tokenizer:
        return self._load(_FULL)

    def _load(self, name: str) -> Tokenizer:
        tokenizer = Tokenizer.from_buffer((self._folder / name).read_bytes())
        tokenizer.enable_truncation(self._longest)
        tokenizer.no_padding()
        return tokenizer


def _encode(tokenizer: Tokenizer, prompt: str, texts: Sequence[str]) -> list[list[int]]:
    encodings = tokenizer.encode_batch_fast([prompt + text for text in texts])
    return [encoding.ids for encoding in encodings]


def write_tokenizers(folder: Path, vocabulary: Vocabulary, prompts: Sequence[str]) -> None:
    """Write the full tokenizer, the small one, and the full ids of the small one's pieces."""
    ids = _small_ids(vocabulary, prompts)
    _tokenizer(vocabulary.pieces, vocabulary).save(str(folder / _FULL), pretty=False)
    small = [vocabulary.pieces[at] for at in ids]
    _tokenizer(small, vocabulary).save(str(folder / _SMALL), pretty=False)
    np.save(folder / _SMALL_IDS, np.array(ids, np.int32))


def special_names(vocabulary: Vocabulary) -> dict[str, str]:
    """Return the special tokens under the names that transformers gives them."""
    ids = {
        "bos_token": vocabulary.bos,
        "cls_token": vocabulary.bos,
        "pad_token": vocabulary.pad,
        "eos_token": vocabulary.eos,
        "sep_token": vocabulary.eos,
        "unk_token": vocabulary.unk,
        "mask_token": len(vocabulary.pieces) - 1,
    }
    return {name: vocabulary.pieces[at][0] for name, at in ids.items()}


def _small_ids(vocabulary: Vocabulary, prompts: Sequence[str]) -> list[int]:
    """Choose the pieces of the small tokenizer: special, common, in a prompt, and the rarest."""
    pieces = vocabulary.pieces
    marked = "".join("▁" + prompt.replace(" ", "▁") for prompt in prompts)
    special = set(special_names(vocabulary).values())
    # An unknown character costs what the rarest piece costs, and more: so that one stays.
    rarest = min(range(len(pieces)), key=lambda at: pieces[at][1])
    return [
        at
        for at, (text, _) in enumerate(pieces)
        if at == rarest or text in special or text in marked or _COMMON.fullmatch(text)
    ]


def _tokenizer(pieces: list[tuple[str, float]], vocabulary: Vocabulary) -> Tokenizer:
    names = special_names(vocabulary)
    ids = {text: at for at, (text, _) in enumerate(pieces)}
    begin, end = names["bos_token"], names["eos_token"]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=ids[names["unk_token"]]))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(_DROPPED), ""),
            normalizers.Replace(Regex(_BLANKS), " "),
            normalizers.Replace(_TILDE, _STAND_IN),
            normalizers.NFKC(),
            normalizers.Replace(_STAND_IN, _TILDE),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    special = sorted(set(names.values()), key=ids.__getitem__)
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in special])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=[begin, "$A", end], special_tokens=[(begin, ids[begin]), (end, ids[end])]
    )
    return tokenizer
