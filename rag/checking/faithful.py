"""Whether a statement in a model's own words says what its clause says, and nothing that it does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.figures import DOC_NO, find_figures
from index.tokens import bigrams, cut, normalise, synonyms, words
from index.types import Clause
from rag.checking.bound import misbound
from rag.checking.sense import reversals

_SUPPORT = 0.6  # share of a statement's words that its clause must have
_PART_SUPPORT = 0.4  # the same of each part between commas: a true half carries no invented one
_OWN_SUPPORT = 0.3  # the same without title and headings: they alone make no statement
_PART_WORDS = 3  # a shorter part says too little to tell
_LONGEST = 200  # characters of a statement: one that copies a clause whole answers nothing
_PART = re.compile(r"[^,;:。!?]+")
_QUOTED = re.compile(r"[“「『《〈]([^“”「」『』《》〈〉]+)[”」』》〉]|\"([^\"]+)\"")
_BARE = re.compile(r"\d+(?:\.\d+)?|[一二两三四五六七八九]?[十百千万亿][一二三四五六七八九十百千万亿零]*")
_LATIN = re.compile(r"[a-z]{2,}")
_ORGAN_ENDS = ("局", "厅", "署", "委", "委员会", "办公室", "领导小组", "中心", "公司", "银行")
_ROLE = re.compile(r"牵头|负责|配合|参与|协助")
_ROLE_PART = re.compile(r"[^,;:。!?()\n]+")


def faults(text: str, clauses: Sequence[Clause]) -> dict[str, list[str]]:
    """Return what each check has against a statement; an empty list where it has nothing.

    `words`: enough of the words are the clause's, in every part. `quoted`: what stands in quotation marks, 书名号 or
    Latin letters, and the organs, are in it. `bound`: figures are of the same subject, bounded alike. `sense`: nothing
    is turned round.
    """
    text = normalise(text)
    held = normalise(" ".join(_all_of(clause) for clause in clauses))
    body = "\n".join(clause.text for clause in clauses)
    return {
        "words": _unsaid(text, held, normalise(body)),
        "quoted": _unquoted(text, held),
        "bound": _unstated(text, clauses) + _unmeasured(text, held) + misbound(text, body),
        "sense": reversals(text, body) + _misled(text, clauses),
    }


def support(text: str, clause: Clause) -> float:
    """Return the share of a statement's words that stand in its clause, title or headings."""
    return _share(words(text), normalise(_all_of(clause)))


def _all_of(clause: Clause) -> str:
    doc = clause.doc
    return " ".join(
        (doc.title, *doc.region, *doc.issuers, str(doc.year or ""), *clause.headings, *clause.departments, clause.text)
    )


def _share(said: Sequence[str], held: str) -> float:
    return sum(_held(word, held) for word in said) / len(said) if said else 0.0


def _held(word: str, held: str) -> float:
    """Return 1 for a word that a text has in some form, else the share of its pairs of characters there."""
    if any(form in held for form in (word, *synonyms(word))):
        return 1.0
    pairs = bigrams(word)  # 公租房补贴 is cut into 公 and 租房补贴
    return sum(pair in held for pair in pairs) / len(pairs) if len(pairs) > 1 else 0.0


def _unsaid(text: str, held: str, body: str) -> list[str]:
    """Return the parts of a statement that are not the clause's."""
    if len(text) > _LONGEST:
        return ["整段照录, 过长"]
    text = _without_figures(text)
    said = words(text)
    if _share(said, held) < _SUPPORT or _share(said, body) < _OWN_SUPPORT:
        return ["大部分词语"]
    parts = ((part, words(part)) for part in _PART.findall(text))
    return [part.strip() for part, own in parts if len(own) >= _PART_WORDS and _share(own, held) < _PART_SUPPORT]


def _without_figures(text: str) -> str:
    """Return a text without its quantities, dates and 文号: those are checked by value and not by word."""
    chars = list(text)
    spans = [(f.start, f.end) for f in find_figures(text)] + [m.span() for m in DOC_NO.finditer(text)]
    for start, end in spans:
        chars[start:end] = " " * (end - start)
    return "".join(chars)


def _unquoted(text: str, held: str) -> list[str]:
    """Return the quoted words, Latin words and organs of a statement that the clause does not have."""
    quoted = [one or other for one, other in _QUOTED.findall(text)]
    plain = _without_figures(text)
    named = [*quoted, *_LATIN.findall(plain), *(name for name, _ in _organs(plain))]
    return [name for name in dict.fromkeys(named) if name.strip() not in held]


def _unstated(text: str, clauses: Sequence[Clause]) -> list[str]:
    """Return the figures that only the document states, of its own date: the clause itself must, but for the year."""
    stated = {(f.value, f.unit) for clause in clauses for f in find_figures(clause.text)}
    stated |= {(str(clause.doc.year), "日期") for clause in clauses}
    return [f.text for f in find_figures(text) if (f.value, f.unit) not in stated]


def _unmeasured(text: str, held: str) -> list[str]:
    """Return the numbers without a unit that the clause has not in that form: of 240 no one can say what it counts."""
    bare = set(_BARE.findall(_without_figures(held)))
    return [number for number in _BARE.findall(_without_figures(text)) if number not in bare]


def _misled(text: str, clauses: Sequence[Clause]) -> list[str]:
    """Return the bodies that are told in another role than the clause's: who takes part does not lead."""
    held = {role for clause in clauses for role in _roles(normalise(clause.text))}
    held |= {(organ, "牵头") for clause in clauses if clause.lead for organ, _ in _organs(normalise(clause.lead))}
    placed = {organ for organ, _ in held}
    told = [(organ, role) for organ, role in _roles(text) if organ in placed or role == "牵头"]
    return [f"“{organ}{role}”" for organ, role in told if (organ, role) not in held]


def _roles(plain: str) -> list[tuple[str, str]]:
    """Return each body with the role that is named after it in its part of the sentence."""
    found = []
    for part in _ROLE_PART.findall(plain):
        for organ, end in _organs(part):
            if role := _ROLE.search(part, end):
                found.append((organ, role[0]))
    return found


def _organs(plain: str) -> Iterator[tuple[str, int]]:
    """Yield the bodies that a text names, by their last words (财政局, 发展改革/委), each with its end."""
    end, before = 0, ""
    for word in cut(plain):
        end += len(word)
        if word.endswith(_ORGAN_ENDS) and (name := before + word if word in _ORGAN_ENDS else word) != word[-1:]:
            yield name, end
        before = word if len(word) > 1 and word.isalpha() else ""
