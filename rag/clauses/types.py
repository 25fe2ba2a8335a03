"""What is looked for among the clauses, and what is found."""

from __future__ import annotations

from dataclasses import dataclass, field

from index.types import Clause
from index.validity import Validity

PAGE_SIZE = 20
RELEVANCE, IN_ORDER, NEWEST, LARGEST = "relevance", "order", "newest", "largest"
SORTS = (RELEVANCE, IN_ORDER, NEWEST, LARGEST)
LEAD, PART = "lead", "part"
ROLES = ("", LEAD, PART)  # what a department has to do with a clause; "": whatever it is
UNSAID = "未注明"  # the choice of a filter for what a document does not say

# The filters: each is a field of ClauseQuery and a key of Found.facets; so is `role`, which qualifies the departments.
FILTERS = ("places", "years", "issuers", "kinds", "validity", "departments", "units", "documents")

OWN_WORDS, OTHER_WORDS, BY_MEANING = "own", "other", "meaning"  # how a clause was found


@dataclass(frozen=True, slots=True)
class ClauseQuery:
    """Words and filters; the values of one filter are alternatives, the filters narrow one another.

    `words` may hold "exact phrases", units (元) and figures (200-500元); `figure` is one such figure. A place is its
    path of official names (`甲省乙市`) or the last of them; a year is its digits; documents are doc_ids. `role` narrows to
    clauses where a document says that one of the departments (of any, if none is named) leads, or takes part under another.
    """

    words: str = ""
    places: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    validity: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    role: str = ""
    units: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    figure: str = ""
    sort: str = RELEVANCE
    page: int = 1

    @property
    def active(self) -> tuple[str, ...]:
        """The filters that are set."""
        return tuple(name for name in FILTERS if getattr(self, name))


@dataclass(frozen=True, slots=True)
class FoundClause:
    """A clause found, what is marked in its text, and how it was found."""

    clause: Clause
    standing: Validity
    marks: tuple[tuple[int, int], ...] = ()
    way: str = OWN_WORDS


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a filter, what people call it, and how many of the clauses found have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Drop:
    """A filter or a word that leaves nothing: without it there are `count` clauses."""

    field: str  # a filter, `role`, `figure` or `words`
    value: str  # of `words` the one to drop
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: `total` clauses hold all that was asked for, `own` of them in their very text.

    The rest have a word in their title or headings, or by a synonym. `hits` are those of the page asked for; `near` are
    clauses that do not hold all, the nearest by meaning, and are not counted. `facets` count the whole result.
    """

    total: int
    own: int
    hits: tuple[FoundClause, ...]
    facets: dict[str, tuple[Choice, ...]]
    near: tuple[FoundClause, ...] = ()
    page: int = 1
    pages: int = 1
    apart: dict[str, tuple[str, ...]] = field(default_factory=dict)  # words held nowhere as typed, and read as what
    unit: str = ""  # by which figures were sorted
    drops: tuple[Drop, ...] = ()  # where nothing was found
