"""Moments as they are kept (UTC) and as people count them: by the days of the machine's own time zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time

Clock = Callable[[], datetime]


def now() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """Return a moment as text that sorts as it does: `2026-03-05T08:30:00.123456Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """Return the moment that `stamp` wrote, in local time."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC).astimezone()


def start_of(day: date) -> str:
    """Return the stamp of a local day's first moment."""
    return stamp(datetime.combine(day, time.min).astimezone())
