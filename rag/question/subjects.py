"""Schemes, benefits and groups of people that a question may be about, and those that must not be taken for one another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from index.tokens import normalise

_DATA = Path(__file__).parent.parent / "data"
_SAID = "说法"  # marks a way of asking in the list of subjects: 报几成 is no scheme


@dataclass(frozen=True, slots=True)
class Subject:
    """What a question calls a subject, what a clause calls it, and what a clause calls others that it is not."""

    name: str
    forms: tuple[str, ...]
    rivals: tuple[str, ...] = ()

    def is_absent(self, text: str) -> bool:
        """True if a text in normal form does not speak of it; of one with rivals, only if it speaks of one of these."""
        if any(form in text for form in self.forms):
            return False
        return not self.rivals or any(rival in text for rival in self.rivals)


@lru_cache(maxsize=512)
def subjects_in(text: str) -> tuple[Subject, ...]:
    """Return the subjects that a text in normal form names: those that a clause must speak of, then those with rivals."""
    contrasted = [subject for subject in _contrasted() if subject.name in text]
    # 新农合 within 新型农村合作医疗 is one name; 公立医院 within 县级公立医院 is not the one meant.
    whole = [s for s in contrasted if not any(s is not other and s.name in other.name for other in contrasted)]
    return (*(subject for subject in _required() if subject.name in text), *whole)


@lru_cache(maxsize=512)
def schemes_in(text: str) -> tuple[str, ...]:
    """Return the names of the schemes, benefits and groups that a text names: 职工医保, 廉租房, 残疾人."""
    plain = normalise(text)
    named = [subject.name for subject in (*_required(), *_contrasted()) if subject.name in plain]
    return tuple(name for name in dict.fromkeys(named) if name not in _ways_of_asking())


@cache
def _required() -> tuple[Subject, ...]:
    return tuple(Subject(row[0], tuple(row[1].split())) for row in _rows("subjects.tsv"))


@cache
def _contrasted() -> tuple[Subject, ...]:
    return tuple(Subject(row[0], tuple(row[1].split()), tuple(row[2].split())) for row in _rows("rivals.tsv"))


@cache
def _ways_of_asking() -> frozenset[str]:
    return frozenset(row[0] for row in _rows("subjects.tsv") if row[2:] == [_SAID])


def _rows(name: str) -> list[list[str]]:
    lines = (_DATA / name).read_text("utf-8").splitlines()
    return [normalise(line).split("\t") for line in lines if line.strip() and not line.startswith("#")]
