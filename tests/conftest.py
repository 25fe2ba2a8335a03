"""The real index of the seeds, built when missing: what answers are tested against."""

from __future__ import annotations

import pytest

from index.build import ensure_index
from index.settings import Settings, load_settings
from index.store import ClauseIndex


@pytest.fixture(scope="session")
def settings() -> Settings:
    return load_settings()


@pytest.fixture(scope="session")
def index(settings: Settings) -> ClauseIndex:
    ensure_index(settings)
    return ClauseIndex.open(settings)
