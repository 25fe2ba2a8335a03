"""The log: lines for people, or one JSON object a line; with the request's ID, never with what was asked or a secret."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import datetime
from typing import Any

from index.settings import Settings
from rag.telemetry.request_id import current_request_id

_OWN = ("app", "index", "rag")  # what others log below a warning is theirs (the addresses they ask, say)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_TEXT = "%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)s%(told)s"


def set_up_logs(settings: Settings) -> None:
    """Log to stderr in the form of the settings. Requests are INFO, which as text is not shown unless asked for."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if settings.log == "json" else Lines(_TEXT))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    level = (settings.log_level or ("info" if settings.log == "json" else "warning")).upper()
    for name in _OWN:
        logging.getLogger(name).setLevel(level)


class Lines(logging.Formatter):
    """Lines for people; what is told beside the event follows as `key=value`."""

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = _request_of(record) or "-"
        record.told = "".join(f" {key}={_on_one_line(value)}" for key, value in _told(record).items())
        return super().format(record)


def _on_one_line(value: object) -> str:
    """Return a value in which nothing ends a line or moves the cursor: a path is whatever somebody sends."""
    return _CONTROL.sub(lambda match: repr(match[0])[1:-1], str(value))


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, pid, logger, event, request_id, and what is told beside the event."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "pid": record.process,
            "logger": record.name,
            "event": record.getMessage(),
            "request_id": _request_of(record),
            **_told(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def _request_of(record: logging.LogRecord) -> str:
    return str(_told(record).get("request_id") or current_request_id())


def _told(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a line was given as `extra={"told": {...}}`."""
    told: dict[str, Any] = getattr(record, "told", None) or {}
    return told if isinstance(told, dict) else {}
