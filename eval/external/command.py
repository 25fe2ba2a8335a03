"""The sets by name, for `python -m eval external NAME PATH`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eval.external.lawbench import measure_lawbench
from eval.external.legal_dc import measure_legal_dc
from eval.external.result import Result
from eval.external.rgb import measure_rgb
from index.settings import Settings

Measure = Callable[[Settings, Path, Path | None, int | None], Result]
MEASURES: dict[str, Measure] = {"legal-dc": measure_legal_dc, "rgb": measure_rgb, "lawbench": measure_lawbench}
