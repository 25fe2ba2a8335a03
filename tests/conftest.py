"""The real index of the seeds, built when missing: what answers are tested against. What drives a browser may try again."""

from __future__ import annotations

import pytest

from index.build import ensure_index
from index.settings import Settings, load_settings
from index.store import ClauseIndex

_TABS = {"tab", "shared"}  # the fixtures that are a browser's


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what drives a browser try again: on two busy cores now and then one is late; a fault of the page fails thrice."""
    for item in items:
        if isinstance(item, pytest.Function) and _drives_a_browser(item):
            item.add_marker(pytest.mark.flaky(reruns=2))


def _drives_a_browser(item: pytest.Function) -> bool:
    return bool(_TABS.intersection(item.fixturenames)) or "browser" in item.function.__code__.co_names


@pytest.fixture(scope="session")
def settings() -> Settings:
    return load_settings()


@pytest.fixture(scope="session")
def index(settings: Settings) -> ClauseIndex:
    ensure_index(settings)
    return ClauseIndex.open(settings)
