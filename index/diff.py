"""What changed between two versions of a document, clause by clause.

+ 3.2 各地要建立台账                    a clause that is new
- 5 本办法自发布之日起施行              one that is gone
~ 4 [500元→600元]                       one that says something else: the words that changed
> 3.2—3.4 → 3.3—3.5                     the same words under other numbers
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from index.marks import mark_at
from index.types import Clause

_SHOWN = 40  # characters of a clause, or of a change
_LIKE = 0.6  # how much of a clause must stay for it to count as the same one
_SAME_PATH = 0.1  # what the same number adds to that
_CLOSE = 2  # pieces between two changes that are shown as one
_MOST = 5  # changes shown of a clause
_LONG = 2000  # pieces; comparing every piece of a longer clause would take seconds
# A quantity is one piece, with the character after it: 500元→600元, not 5→6.
_PIECE = re.compile(r"[0-9０-９][0-9０-９.,，．]*(?:[%％‰]|[万亿]?[\u4e00-\u9fff])?|[A-Za-z]+|.", re.S)
_WIDE = re.compile(r"[０-９Ａ-Ｚａ-ｚ％．]+")
_Pair = tuple[Clause, Clause]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a comparison: its sign (+ - ~ >), the paths it is about, and the words."""

    sign: str
    path: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.sign} {self.path} {self.text}".rstrip()


@dataclass(frozen=True, slots=True)
class Pairing:
    """The clauses of two versions: those that moved or changed as (old, new), those that came, those that are gone."""

    moved: tuple[_Pair, ...]
    changed: tuple[_Pair, ...]
    come: tuple[Clause, ...]
    gone: tuple[Clause, ...]


def diff_clauses(old: Sequence[Clause], new: Sequence[Clause]) -> list[Change]:
    """Return the changes in the order of the new version, with what is gone after them."""
    found = pair_clauses(old, new)
    changes = {id(n): _changed(o, n) for o, n in found.changed}
    changes |= {id(n): Change("+", n.path, _cut(n.text)) for n in found.come}
    lines = [changes[id(clause)] for clause in new if id(clause) in changes]
    return [*lines, *(Change("-", clause.path, _cut(clause.text)) for clause in found.gone), *_moves(found.moved)]


def pair_clauses(old: Sequence[Clause], new: Sequence[Clause]) -> Pairing:
    """Return which clauses of two versions are the same one; those of equal words under equal numbers are left out."""
    by_path = {clause.path: clause for clause in old}
    kept = [(by_path[c.path], c) for c in new if c.path in by_path and _words(by_path[c.path]) == _words(c)]
    gone, come = _rest(old, new, kept)
    moved = list(_equal_pairs(gone, come))
    gone, come = _rest(gone, come, moved)
    changed = _like_pairs(gone, come)
    gone, come = _rest(gone, come, changed)
    return Pairing(tuple(moved), tuple(changed), tuple(come), tuple(gone))


def _rest(old: Sequence[Clause], new: Sequence[Clause], pairs: Iterable[_Pair]) -> tuple[list[Clause], list[Clause]]:
    """Return what is in neither side of the pairs."""
    taken = {id(clause) for pair in pairs for clause in pair}
    return [c for c in old if id(c) not in taken], [c for c in new if id(c) not in taken]


def _equal_pairs(old: Iterable[Clause], new: Iterable[Clause]) -> Iterator[_Pair]:
    """Pair the clauses of equal words, the first with the first."""
    held: defaultdict[str, list[Clause]] = defaultdict(list)
    for clause in old:
        held[_words(clause)].append(clause)
    for clause in new:
        if held[_words(clause)]:
            yield held[_words(clause)].pop(0), clause


def _like_pairs(old: Sequence[Clause], new: Sequence[Clause]) -> list[_Pair]:
    """Pair the clauses that say nearly the same, the closest first; of two as close, the one of the same number."""
    scored = [
        (_likeness(o, n) + _SAME_PATH * (o.path == n.path), i, j) for i, o in enumerate(old) for j, n in enumerate(new)
    ]
    pairs: dict[int, int] = {}
    for score, i, j in sorted(scored, key=lambda item: -item[0]):
        if score >= _LIKE and i not in pairs and j not in pairs.values():
            pairs[i] = j
    return [(old[i], new[j]) for i, j in pairs.items()]


def _changed(old: Clause, new: Clause) -> Change:
    path = new.path if old.path == new.path else f"{old.path} → {new.path}"
    words = changed_words(_words(old), _words(new))
    more = [f"等{len(words)}处"] if len(words) > _MOST else []
    return Change("~", path, " ".join(words[:_MOST] + more))


def changed_words(old: str, new: str) -> list[str]:
    """Return the words that differ, each as `[旧→新]`; `[→新]` was put in, `[旧→]` taken out."""
    return [f"[{_cut(before)}→{_cut(after)}]" for same, before, after in align(old, new) if not same]


def align(old: str, new: str) -> list[tuple[bool, str, str]]:
    """Return two texts in runs of (are they the same there, the old words, the new words)."""
    a, b = _PIECE.findall(old), _PIECE.findall(new)
    runs: list[tuple[bool, str, str]] = []
    before = after = 0
    for a1, a2, b1, b2 in _differing(a, b):
        runs += [(True, "".join(a[before:a1]), "".join(b[after:b1])), (False, "".join(a[a1:a2]), "".join(b[b1:b2]))]
        before, after = a2, b2
    runs.append((True, "".join(a[before:]), "".join(b[after:])))
    return [run for run in runs if run[1] or run[2]]


def _differing(a: Sequence[str], b: Sequence[str]) -> list[list[int]]:
    spans: list[list[int]] = []
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=len(b) > _LONG).get_opcodes():
        if tag == "equal":
            continue
        if spans and a1 - spans[-1][1] <= _CLOSE:  # 财政[→、民政]部门 reads better than two changes a word apart
            spans[-1][1], spans[-1][3] = a2, b2
        else:
            spans.append([a1, a2, b1, b2])
    return spans


def _moves(pairs: Sequence[_Pair]) -> Iterator[Change]:
    """Return the moves, those of a run of neighbours as one, and none for what moved with its parent."""
    whole = {(o.path, n.path) for o, n in pairs}
    runs: list[list[tuple[str, str]]] = []
    for old, new in pairs:
        (above_old, _, last_old), (above_new, _, last_new) = old.path.rpartition("."), new.path.rpartition(".")
        if (above_old, above_new) in whole and last_old == last_new:
            continue
        if runs and _follows(runs[-1][-1][0], old.path) and _follows(runs[-1][-1][1], new.path):
            runs[-1].append((old.path, new.path))
        else:
            runs.append([(old.path, new.path)])
    return (Change(">", f"{_run([o for o, _ in run])} → {_run([n for _, n in run])}") for run in runs)


def _follows(before: str, path: str) -> bool:
    """True for 3.3 after 3.2."""
    (above, _, number), (above_path, _, number_path) = before.rpartition("."), path.rpartition(".")
    both_count = number.isdecimal() and number_path.isdecimal()
    return above == above_path and both_count and int(number_path) == int(number) + 1


def _run(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{paths[0]}—{paths[-1]}"


def _words(clause: Clause) -> str:
    """Return what a clause says, without its number and spaces."""
    return _plain(clause.text)


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    mark = mark_at(text)
    bare = re.sub(r"\s+", "", text[mark.end :] if mark else text)
    return _WIDE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), bare)


def _likeness(old: Clause, new: Clause) -> float:
    from rapidfuzz.fuzz import ratio

    return float(ratio(_words(old), _words(new))) / 100


def _cut(text: str) -> str:
    text = re.sub(r"[\s\x1e\x1f]+", " ", text).strip()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
