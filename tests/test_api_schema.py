"""Whatever is sent that the description allows, or nearly: no failure of the service, and answers as it describes them.

The requests are drawn by schemathesis, the same ones each time; API_EXAMPLES=200 draws more of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from unittest import SkipTest

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from serving_api import Api, serve_api

from index.settings import Settings
from index.store import ClauseIndex

_MOST = int(os.environ.get("API_EXAMPLES", "6"))
_DRAWN = hypothesis.settings(
    max_examples=_MOST,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    database=None,
)
_CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]


@pytest.fixture(scope="module")
def api(index: ClauseIndex, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with serve_api(settings, tmp_path_factory.mktemp("schema"), copies=True) as api:
        yield api


@pytest.fixture(scope="module")
def described(api: Api) -> Any:
    with api.client() as client:
        schema = schemathesis.openapi.from_dict(client.get("api/openapi.json").json())
    schema.config.update(base_url=api.url)
    return schema


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_nothing_that_is_sent_breaks_the_service(
    described: Any, session: requests.Session, mode: GenerationMode
) -> None:
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) == 11
    for operation in operations:

        @_DRAWN
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            case.call_and_validate(session=session, checks=_CHECKS)

        try:
            send()
        except (Unsatisfiable, SkipTest):  # nothing that an operation without parameters takes is wrong
            assert mode is GenerationMode.NEGATIVE
