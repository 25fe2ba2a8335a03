"""The service: routes of our own, and the page at the root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.page.desk import Desk

if TYPE_CHECKING:
    from fastapi import FastAPI


def build_service(desk: Desk) -> FastAPI:
    """Return the web application over a desk."""
    from fastapi import FastAPI

    from rag.page.layout import mount_page

    service = FastAPI(title="政策条款问答", docs_url=None, redoc_url=None, openapi_url=None)
    mount_page(service, desk)
    return service
