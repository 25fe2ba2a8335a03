"""One HTML file that needs nothing beside it: style, script and plots are inside, and no address outside is asked."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.report.failures import STAGES
from eval.report.names import all_measures, percent, place_of
from eval.report.runs import Part, by_set, load_parts
from eval.report.views import SetView, example_of, kinds_of
from index.errors import UserError

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
_TEMPLATES = _HERE / "templates"
RUNS = _HERE.parent / "runs"
ACCEPTED = _HERE.parent / "results.json"
REPORT = RUNS / "report.html"


def write_report(paths: Sequence[Path], out: Path, *, show_test: bool = False) -> list[SetView]:
    """Write the report of these runs, of all there are if none is named, and return what it tells of each set.

    Raises UserError if there is no run, or a file is none.
    """
    sets = read_sets(paths, show_test=show_test)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(render(sets), "utf-8")
    except OSError as exc:
        raise UserError(f"写不了 {out}, 请用 --out 换一个位置") from exc
    return sets


def read_sets(paths: Sequence[Path], *, show_test: bool = False) -> list[SetView]:
    """Return each set that the runs asked; the questions of a set that is held back only if `show_test`."""
    accepted = {part.name: part for part in load_parts(_accepted_path())}
    kept = [path for path in sorted(RUNS.glob("*.json")) if not path.name.startswith("curve-")]
    parts = load_parts(paths or [*kept, *_accepted_path()])
    if not any(part.asked for part in parts):
        raise UserError("没有评测记录: 请先运行 python -m eval run, 再运行 python -m eval report")
    sets = sorted(by_set(parts).items(), key=lambda item: place_of(item[0]))
    return [
        SetView(f"s{number}", held, accepted.get(name), show_test or not held[-1].held_back, RUNS)
        for number, (name, held) in enumerate(sets, 1)
    ]


def render(sets: Sequence[SetView]) -> str:
    """Return the page."""
    from markupsafe import Markup

    style, script = ((_TEMPLATES / f"report.{kind}").read_text("utf-8") for kind in ("css", "js"))
    return str(
        _templates().get_template("report.html").render(
            sets=sets,
            runs=_runs(sets),
            example=example_of(sets),
            measures=all_measures(),
            made=datetime.now(UTC),
            style=Markup(style),
            script=Markup(script),
            policy=_policy(style, script),
        )
    )  # fmt: skip


def _accepted_path() -> list[Path]:
    return [ACCEPTED] if ACCEPTED.is_file() else []


def _runs(sets: Sequence[SetView]) -> list[Part]:
    """Return every part that is told of, the newest first."""
    return sorted((part for one in sets for part in one.all_parts), key=lambda part: part.run.time, reverse=True)


def _policy(style: str, script: str) -> str:
    """Return the content security policy: this style, this script, and nothing from anywhere."""
    hashes = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script))
    return "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'".format(
        *hashes
    )


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {"percent": percent, "hundredths": lambda share: f"{100 * share:.1f}"}
    made.filters.update(filters)
    made.globals.update(kinds_of=kinds_of, stages=STAGES)
    return made
