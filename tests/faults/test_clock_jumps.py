"""A clock that is set forwards and backwards: versions keep their order, sessions their age, the audit every entry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from index import version
from index.build import add_documents, build_index, remove_document
from index.check import check_index
from index.settings import Settings
from rag.access.gate import Attempt, Gate
from rag.access.sessions import Ends
from rag.records.audit import Entry
from rag.records.records import Records
from tests.faults.place import OLD, Place, number_of
from tests.faults.seed import TIMES, dice

_MINUTE, _HOUR, _YEAR = 60.0, 3600.0, 365 * 86_400.0
_PASSWORD = "三楼窗台两盆吊兰明年开花"


class _Set(datetime):
    """A clock that says what it was set to."""

    moment = datetime(2026, 1, 1, tzinfo=UTC)

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return cls.moment


def test_versions_stay_in_their_order_and_nothing_of_them_is_left(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version, "datetime", _Set)
    place, chance = Place.make(tmp_path), dice("versions")
    own = settings.model_copy(update={"index_dir": place.index_dir, "seeds_dir": place.seeds})
    names = [build_index(own)[0].version]
    steps = (lambda: add_documents(own, [place.incoming]), lambda: remove_document(own, number_of(min(OLD))))
    for step in steps:
        _Set.moment += timedelta(days=chance.choice([-4000, -1, 4000]))
        late = place.index_dir / f"{version.new_name(place.index_dir, '0' * 8)}"
        late.mkdir()  # of a writer that was killed before the swap
        names.append(step()[0].version)
        assert not late.exists()
    assert names == sorted(names)
    assert check_index(own) == []


@pytest.mark.parametrize("number", range(3 * TIMES))
def test_a_session_never_lives_longer_than_its_time(tmp_path: Path, number: int) -> None:
    """Set back while it is used it is as old as it was when it was last seen, which is minutes ago."""
    chance, lived, offset, most = dice(f"session {number}"), 0.0, _YEAR * 5, 12 * _HOUR + 20 * _MINUTE
    gate = Gate(tmp_path, Ends(idle=_HOUR, absolute=12 * _HOUR), lambda: lived + offset)
    gate.users.add("甲", _PASSWORD)
    token = gate.log_in(Attempt("甲", _PASSWORD, "10.0.0.1")).session
    while gate.sessions.find(token):
        lived += chance.uniform(1, 20) * _MINUTE
        if chance.random() < 0.1:
            offset -= chance.choice([_MINUTE, _HOUR, _YEAR])
            most += 20 * _MINUTE
        assert lived < most
    assert lived >= 12 * _HOUR, "and it loses nothing of its time"
    gate.close()


def test_no_jump_locks_a_user_out_for_long(tmp_path: Path) -> None:
    chance, moment = dice("lockout"), _YEAR * 50
    gate = Gate(tmp_path, Ends(idle=_HOUR, absolute=12 * _HOUR), lambda: moment)
    gate.users.add("甲", _PASSWORD)
    for _ in range(8):
        with pytest.raises(Exception, match="不正确|尝试次数"):
            gate.log_in(Attempt("甲", "wrong " + _PASSWORD, "10.0.0.1"))
        moment += chance.uniform(-1, 1) * _YEAR
    moment += 16 * _MINUTE
    assert gate.log_in(Attempt("甲", _PASSWORD, "10.0.0.1")).user.name == "甲"
    gate.close()


def test_the_audit_loses_no_entry_and_gives_none_twice(tmp_path: Path) -> None:
    chance, moment = dice("audit"), datetime(2026, 6, 1, tzinfo=UTC)
    records = Records.open(tmp_path, lambda: moment)
    for number in range(40):
        records.audit.add(Entry("甲", f"第{number}问", "refused"))
        moment += timedelta(hours=chance.choice([-9000, -1, 0, 0, 1, 9000]))
    pages = [records.audit.list(limit=7, offset=offset) for offset in range(0, 49, 7)]
    assert sorted(entry.id for page in pages for entry in page) == list(range(1, 41))
