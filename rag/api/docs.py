"""GET /api/docs: the description of the API as a page that needs no script and nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI
    from jinja2 import Template

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the page shows it; the rows are (name, type, description)."""

    method: str
    path: str
    summary: str
    about: str
    parameters: tuple[tuple[str, str, str], ...]
    answers: tuple[tuple[str, str], ...]


def add_docs(app: FastAPI) -> None:
    """Add the page to the application that it describes."""
    from starlette.responses import HTMLResponse

    def docs() -> HTMLResponse:
        described = app.openapi()
        html = _page().render(about=described["info"]["description"], operations=list(operations(described)))
        return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})

    app.add_api_route("/api/docs", docs, include_in_schema=False, response_class=HTMLResponse)


def operations(described: dict[str, Any]) -> Iterator[Operation]:
    """Yield the operations of a description, in its order."""
    for path, methods in described["paths"].items():
        for method, told in methods.items():
            answers = tuple((status, answer["description"]) for status, answer in told["responses"].items())
            rows = (*_parameters(told), *_fields(told, described))
            yield Operation(method.upper(), path, told["summary"], told.get("description", ""), rows, answers)


def _parameters(told: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for one in told.get("parameters", ()):
        yield one["name"], _type(one["schema"]), one.get("description", "")


def _fields(told: dict[str, Any], described: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for content in told.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        schema = described["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
        for name, field in schema.get("properties", {}).items():
            required = "必填; " if name in schema.get("required", ()) else ""
            yield name, _type(field), required + field.get("description", "")


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(map(_type, schema["anyOf"]))
    if schema.get("type") == "array":
        return f"[{_type(schema['items'])}]"
    return str(schema.get("type") or schema.get("$ref", "").rpartition("/")[2])


@cache
def _page() -> Template:
    from jinja2 import Environment, StrictUndefined

    source = (Path(__file__).parent / "docs.html").read_text("utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(source)
