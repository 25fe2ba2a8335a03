"""A place in a document as steps down to a clause (第十二条 → 第二款 → 第(三)项), and what it means after another."""

from __future__ import annotations

from dataclasses import dataclass, replace

# A number that leads down; the higher level first. Bare marks are named by their first one.
_LEVELS = {
    "附件": 0, "引言": 1, "编": 1, "部分": 1, "章": 2, "节": 3, "一、": 3, "条": 4, "款": 5,
    "项": 6, "(一)": 6, "点": 7, "小点": 7, "目": 7, "1": 7, "(1)": 8, "①": 9,
}  # fmt: skip
_CALLED = (
    "附件",
    "编",
    "部分",
    "章",
    "节",
    "条",
    "款",
    "项",
    "点",
    "小点",
    "目",
)  # the others are marks, and called 项


@dataclass(frozen=True, slots=True)
class Step:
    """One step down: the 3 of 第三条. A negative number counts from the end; 0 is the only one there is.

    `until` is the last of a range, `style` the brackets around the number or how it was said
    (en, same, next, before), `suffix` the 之一 of 第十二条之一.
    """

    unit: str
    number: int
    until: int = 0
    style: str = ""
    suffix: int = 0

    @property
    def level(self) -> int:
        return _LEVELS.get(self.unit, 9)

    @property
    def words(self) -> str:
        """The step in words, where it is not said by itself: the 第7条 of 第三条和第七条."""
        number = f"倒数第{-self.number}" if self.number < 0 else f"第{self.number}"
        until = f"至第{self.until}" if self.until > 0 else ""
        return f"{number}{until}{self.unit if self.unit in _CALLED else '项'}"


@dataclass(frozen=True, slots=True)
class Place:
    """Steps from the document, or from the place before, down to what is named, and where that is said."""

    steps: tuple[Step, ...]
    start: int = 0
    end: int = 0
    path: str = ""  # a path as IDs write it, 2.1.3
    label_of: str = ""  # the path of the clause whose label the words are, should they name no other

    @property
    def starts_low(self) -> bool:
        """True if it says where in an article or section, and not in which: 第二款."""
        return bool(self.steps) and self.steps[0].level > _LEVELS["条"]

    @property
    def words(self) -> str:
        return "".join(step.words for step in self.steps) or self.path

    @property
    def is_relative(self) -> bool:
        return any(step.style in ("same", "next", "before") for step in self.steps)


def fill_in(place: Place, before: Place | None) -> list[Place]:
    """Return what a place can mean after the one before it, likeliest first: 第二款 is that of 第十二条."""
    if place.is_relative:
        return [moved] if before and (moved := _moved(place, before)) else []
    if not before or place.path or not place.steps:
        return [place]
    top = place.steps[0]
    above = tuple(replace(step, until=0) for step in before.steps if step.level < top.level)
    if not above:
        return [place]
    if top.unit == "条":  # its number is unique in the law, whatever its chapter
        annexed = above if above[0].unit != "附件" else above[:1]
        return [replace(place, steps=annexed + place.steps)] + ([place] if above[0].unit != "附件" else [])
    within = replace(place, steps=above + place.steps)
    return [within] if top.unit in ("款", "目") else [within, place]


def _moved(place: Place, before: Place) -> Place | None:
    """Return the place that 下一条 or 该条 means after the one before."""
    first, *rest = place.steps
    steps = list(before.steps)
    while steps and steps[-1].unit != first.unit and steps[-1].level > first.level:
        steps.pop()
    if not steps:
        return None
    if first.style != "same":
        if steps[-1].number <= 0:
            return None
        move = 1 if first.style == "next" else -1
        steps[-1] = replace(
            steps[-1], number=(steps[-1].until if move > 0 and steps[-1].until else steps[-1].number) + move, until=0
        )
    return replace(place, steps=(*steps, *rest))
