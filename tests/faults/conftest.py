"""Faults: what is broken at random says with which seed."""

from __future__ import annotations

import pytest

from tests.faults.seed import NAME, SEED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"faults: {NAME}={SEED}")
