"""Chinese text into search tokens. The only home of jieba.

The dictionary is jieba's own, plus `data/policy_words.txt` and the names in
`data/regions.tsv`; it is merged once and kept in `built/`, as text and numbers
only (jieba's own cache is a marshal file in the shared temporary folder).
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import math
import os
import re
import sys
import tempfile
import unicodedata
from array import array
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jieba

_HERE = Path(__file__).parent
_POLICY_WORDS = _HERE / "data" / "policy_words.txt"
_REGIONS = _HERE / "data" / "regions.tsv"
_SYNONYMS = _HERE / "data" / "synonyms.tsv"
_BUILT = _HERE / "built"

_RULES = "1"  # Raise it when the tokens of the same text change: old indexes are then rebuilt.

# Runs of Chinese characters whose words are kept: a corpus has most of them twice, in a clause and in its sentence.
_RUNS = 1 << 17

_POLICY_FREQ = 50  # Enough for 新农合 to beat 新农/合; 的 has 318,825.
_REGION_FREQ = 100  # Lets 对/白城市 beat 对白/城市, yet 吉林/市场 beats 吉林市/场.
_PUNCTUATION_FREQ = 100_000  # Ordinary in any text, so no sign of damage.
_DIGIT_FREQ = 10_000

_PUNCTUATION = frozenset(
    " \n\t,.;:!?()[]\"'%-+/·…—。、《》〈〉“”‘’〔〕【】\uff0c\uff1b\uff1a\uff01\uff1f\uff08\uff09\uff05\u3000"
)

# Longest first, so that 万元 is not read as 万.
_UNITS = (
    "个百分点|百分点|平方公里|平方米|立方米|个工作日|工作日|个月|人次|年度|周岁|公里|千克|公斤|小时|分钟"
    "|万元|亿元|万亿元|千元|万人|亿人|万户|万吨|万亩|分之|℃|%|‰|元|年|月|日|天|周|号|条|项|款|章|名|人|个|所|家|户|岁|倍|次|张"
    "|种|类|级|批|期|件|套|台|辆|亩|吨|米|万|亿|成|折|分|度|届|届次|门|间|处|片|支|股|笔"
)
_UNIT = "|".join(sorted(_UNITS.split("|"), key=len, reverse=True))
_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_HAN = r"\u3400-\u9fff\U00020000-\U0003ffff"
_PIECE = re.compile(
    rf"(?P<number>{_NUMBER})(?P<unit>{_UNIT})?|(?P<latin>[a-z]+(?:[-.+#]?[a-z0-9]+)*)|(?P<han>[{_HAN}]+)"
)
_BETWEEN_RUNS = re.compile(rf"(?:{_NUMBER}(?:{_UNIT})?|[^{_HAN}\d])+")

_HAN_ONLY = re.compile(r"[\u3400-\u9fff]+")

# Words without content of their own, and the words that make a sentence a question.
_STOP_TEXT = """
    的 了 和 与 及 以及 或 或者 等 在 是 有 为 对 对于 将 把 被 由 从 向 以 于 并 并且 也 都 而 而且 且 其 之 该 这 那 这个 那个
    这些 那些 各 每 就 还 又 再 则 即 若 如 要 会 能 可 可以 应 应当 所 着 过 地 得 到 给 让 使 用 按 按照 根据 关于 有关 通过 同时
    其中 其他 此 本 我 你 他 她 它 我们 你们 他们 吗 呢 吧 啊 呀 么 嘛 请 请问 什么 哪 哪些 哪个 哪里 怎么 怎样 怎么样 如何 多少 几
    是否 为什么 为何 谁 何 何时 一下 一个 告诉 想 知道 了解 问 问下 咨询 一些 进行 上 下 中 里 内 个
"""
_STOP_WORDS = frozenset(_STOP_TEXT.split())


def normalise(text: str) -> str:
    """NFKC and lower case: full-width digits, signs and letters become plain ones, CT becomes ct."""
    return unicodedata.normalize("NFKC", text).lower()


def cut(text: str) -> list[str]:
    """The text in dictionary words, nothing dropped: joined, they are the text again.

    jieba's guess at unknown words (HMM) is off: the same string must give the same
    tokens wherever it stands, and 和临翔区 must not become 和临/翔区.
    """
    return list(_tokenizer().cut(text, HMM=False))


def words(text: str) -> list[str]:
    """Search words in order: no punctuation, no stop words; 240元 gives 240 and 240元."""
    found: list[str] = []
    for piece in _PIECE.finditer(normalise(text)):
        if piece["han"]:
            found += _words_of(piece["han"])
        else:
            found += _whole(piece)
    return found


@lru_cache(maxsize=_RUNS)
def _words_of(run: str) -> tuple[str, ...]:
    return tuple(word for word in cut(run) if word not in _STOP_WORDS)


def bigrams(text: str) -> list[str]:
    """Pairs of neighbouring characters; runs of digits or letters stay whole."""
    found: list[str] = []
    for piece in _PIECE.finditer(normalise(text)):
        found += _pairs(piece["han"]) if piece["han"] else _whole(piece)
    return found


def runs(plain: str) -> str:
    """The Chinese characters of a text in normal form, runs of them with a space before and behind.

    Two side by side in it are a pair of `bigrams`, and one between spaces stands alone: 500名免费 has no 名免.
    """
    return _BETWEEN_RUNS.sub(" ", f" {plain} ")


def tokenize(text: str) -> list[str]:
    """Words, the words inside long ones, and the pairs of Chinese characters marked as `_看病`.

    基本医疗保险 must meet 城乡居民基本医疗保险; the mark keeps a pair apart from the same word.
    """
    whole = words(text)
    inner = [part for word in whole if len(word) > 3 for part in _inner_words(word)]
    pairs = [pair for piece in _PIECE.finditer(normalise(text)) if piece["han"] for pair in _pairs(piece["han"])]
    return whole + inner + [f"_{pair}" for pair in pairs]


def is_word(text: str) -> bool:
    """Whether the dictionary has it, policy words and region names included."""
    return bool(_tokenizer().FREQ.get(text))


def words_among(texts: Iterable[str]) -> list[str]:
    """Those that the dictionary has: quicker than one by one."""
    known = _tokenizer().FREQ
    return [text for text in texts if known.get(text)]


def beginnings_among(texts: Iterable[str]) -> list[str]:
    """Those with which some word of the dictionary begins, or which are one."""
    known = _tokenizer().FREQ
    return [text for text in texts if text in known]


def log_likelihood(text: str) -> float:
    """Natural log-probability of the likeliest segmentation; what no text contains costs most.

    Compare repairs of one text by it: a longer text is always less likely.
    """
    tokenizer = _tokenizer()
    log_total = math.log(tokenizer.total)
    likelihood = 0.0
    for run in re.findall(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|.", text, re.DOTALL):
        if len(run) > 1 or "\u3400" <= run <= "\u9fff":
            route: dict[int, tuple[float, int]] = {}
            tokenizer.calc(run, tokenizer.get_DAG(run), route)
            likelihood += route[0][0]
        else:
            likelihood += math.log(_other_freq(run)) - log_total
    return likelihood


def synonyms(word: str) -> tuple[str, ...]:
    """The other words of its groups, the usual official word first; empty if it has none."""
    return _synonym_table().get(normalise(word), ())


@cache
def dictionary_hash() -> str:
    """sha256 of the dictionary files and of the rules: an index keeps it to know its tokens."""
    digest = hashlib.sha256(f"{_RULES}:{_POLICY_FREQ}:{_REGION_FREQ}".encode())
    for path in (_jieba_dictionary(), _POLICY_WORDS, _REGIONS, _SYNONYMS):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _whole(piece: re.Match[str]) -> list[str]:
    if piece["latin"]:
        return [piece["latin"]]
    number = piece["number"].replace(",", "")
    return [number, number + piece["unit"]] if piece["unit"] else [number]


@lru_cache(maxsize=20_000)
def _inner_words(word: str) -> tuple[str, ...]:
    """Dictionary words of three characters and more within a word; shorter ones are pairs anyway."""
    if not _HAN_ONLY.fullmatch(word):
        return ()
    spans = ((start, end) for start in range(len(word)) for end in range(start + 3, len(word) + 1))
    return tuple(part for start, end in spans if (part := word[start:end]) != word and is_word(part))


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def _other_freq(char: str) -> int:
    if char in _PUNCTUATION:
        return _PUNCTUATION_FREQ
    return _DIGIT_FREQ if char.isascii() and char.isalnum() else 1


@cache
def _synonym_table() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for line in _data_lines(_SYNONYMS):
        group = [normalise(word) for word in line.split("\t")]
        for word in group:
            known = table.setdefault(word, [])
            known += [other for other in group if other != word and other not in known]
    return {word: tuple(others) for word, others in table.items()}


def _data_lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _jieba_dictionary() -> Path:
    """Found without importing jieba, so that asking for the hash stays cheap."""
    spec = importlib.util.find_spec("jieba")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).with_name("dict.txt")


@cache
def _tokenizer() -> jieba.Tokenizer:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    path = _BUILT / f"dictionary-{dictionary_hash()[:16]}"
    loaded = _load(path)
    if loaded is None:
        with _jieba_dictionary().open("rb") as file:
            loaded = _merged(*jieba.Tokenizer.gen_pfdict(file))
        _save(path, *loaded)
    tokenizer.FREQ, tokenizer.total = loaded
    tokenizer.initialized = True  # Or jieba would read its own file, and write to the temporary folder.
    return tokenizer


def _merged(freq: dict[str, int], total: int) -> tuple[dict[str, int], int]:
    """jieba's dictionary with ours in it; the total stays, as ours are few."""
    for line in _data_lines(_POLICY_WORDS):
        word, _, given = line.partition(" ")
        _put(freq, total, word, int(given) if given else None, _POLICY_FREQ)
    for word in {word for line in _data_lines(_SYNONYMS) for word in line.split("\t")}:
        if len(word) > 1:
            _put(freq, total, word, None, _POLICY_FREQ)
    # Two characters only, as 和县 and 应县, would cut 市和县; jieba knows most of those that are safe.
    names = {name for line in _data_lines(_REGIONS) if len(name := line.split("\t")[1]) > 2}
    _drop_compounds(freq, names)
    for name in sorted(names):
        _put(freq, total, name, None, _REGION_FREQ)
    return freq, total


def _drop_compounds(freq: dict[str, int], names: set[str]) -> None:
    """jieba has 北京市委 and 吉林省延边朝鲜族自治州 as one word; the place must stay a word of its own."""
    for word in freq:
        if len(word) > 3 and word not in names and any(word[:end] in names for end in range(3, len(word))):
            freq[word] = 0


def _put(freq: dict[str, int], total: int, word: str, given: int | None, least: int) -> None:
    """Add a word so frequent that it stays whole; a given 0 takes a word out (旗人 in 某旗人民医院)."""
    for end in range(1, len(word)):
        freq.setdefault(word[:end], 0)
    freq[word] = given if given is not None else max(freq.get(word, 0), _whole_freq(freq, total, word), least)


def _whole_freq(freq: dict[str, int], total: int, word: str) -> int:
    """Just above what the word's likeliest parts have together."""
    best = [0.0] * (len(word) + 1)
    for end in range(1, len(word) + 1):
        best[end] = max(
            best[start] + math.log((freq.get(word[start:end]) or 1) / total)
            for start in range(end)
            if end - start == 1 or freq.get(word[start:end])
        )
    return int(math.exp(best[-1]) * total) + 1


def _load(path: Path) -> tuple[dict[str, int], int] | None:
    """The merged dictionary, or None when there is none or it is not what was written."""
    try:
        head, _, body = path.read_bytes().partition(b"\n")
        name, order, total, size = head.decode().split()
        counts = array("I")
        counts.frombytes(body[: int(size)])
        keys = body[int(size) :].decode().split("\n")
    except (OSError, ValueError):
        return None
    if name != dictionary_hash() or order != sys.byteorder or len(keys) != len(counts):
        return None
    return dict(zip(keys, counts, strict=True)), int(total)


def _save(path: Path, freq: dict[str, int], total: int) -> None:
    """Keep it for the next start; a folder that cannot be written only costs that start a second."""
    counts = array("I", freq.values()).tobytes()
    head = f"{dictionary_hash()} {sys.byteorder} {total} {len(counts)}\n"
    try:
        path.parent.mkdir(exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(head.encode() + counts + "\n".join(freq).encode())
        os.chmod(draft, 0o644)  # it was made private, and the service may run as another user than who set it up
        for stale in path.parent.glob("dictionary-*"):
            stale.unlink(missing_ok=True)
        os.replace(draft, path)
    except OSError:
        logging.getLogger(__name__).info("词典缓存未能写入 %s", path)
