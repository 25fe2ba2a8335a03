"""Who may log in: users, passwords, lockout, sessions. The clock is turned by hand."""

from __future__ import annotations

import hashlib
import io
import logging
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import UserError
from index.settings import Settings
from rag.__main__ import main
from rag.access.database import FILE_NAME, Database
from rag.access.gate import Admission, Attempt, Gate, TooMany, WrongPassword
from rag.access.lockout import Lockout, of_address, of_device, of_name
from rag.access.open_gate import open_guarded
from rag.access.passwords import Passwords, check_password
from rag.access.roles import ADMIN, READER, require_admin
from rag.access.sessions import Ends
from rag.access.users import check_name

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
_ENDS = Ends(idle=30 * _MINUTE, absolute=8 * _HOUR)
_GOOD = "correct horse 电池"
_OTHER = "another phrase 钉子"
_HERE, _ELSEWHERE = "10.0.0.7", "198.51.100.9"


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


class Counting:
    """A hasher as cheap as can be, that counts what is asked of it."""

    def __init__(self, mark: str = "1") -> None:
        self.verified: list[str] = []
        self._mark = mark

    def hash(self, password: str) -> str:
        return self._mark + hashlib.sha256(password.encode()).hexdigest()

    def verify(self, hash: str, password: str) -> bool:
        from argon2.exceptions import VerifyMismatchError

        self.verified.append(hash)
        if hash[1:] != self.hash(password)[1:]:
            raise VerifyMismatchError
        return True

    def check_needs_rehash(self, hash: str) -> bool:
        return not hash.startswith(self._mark)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hasher() -> Counting:
    return Counting()


@pytest.fixture
def reopen(tmp_path: Path, clock: Clock, hasher: Counting) -> Callable[[], Gate]:
    return lambda: Gate(tmp_path / "记录", _ENDS, clock, Passwords(hasher))


@pytest.fixture
def gate(reopen: Callable[[], Gate]) -> Gate:
    gate = reopen()
    gate.users.add("王主任", _GOOD, ADMIN)
    gate.users.add("xiaoli", _OTHER)
    return gate


def _admit(gate: Gate, name: str = "王主任", password: str = _GOOD, **rest: str) -> Admission:
    return gate.log_in(Attempt(name, password, rest.pop("address", _HERE), **rest))


def _fail(gate: Gate, times: int, name: str = "王主任", **rest: str) -> None:
    for _ in range(times):
        with pytest.raises(WrongPassword):
            _admit(gate, name, "wrong " + _GOOD, **rest)


def _holder(gate: Gate, token: str) -> str | None:
    user = gate.sessions.find(token)
    return user.name if user else None


# Passwords


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("王主任", "123456789", "过短"),
        ("王主任", "", "过短"),
        ("王主任", "a" * 201, "过长"),
        ("xiaoli", "My-XiaoLi-2031", "用户名"),
        ("王主任", "我是王主任,办公室在三楼", "用户名"),
        ("xiaoli", "abababababab", "过于简单"),
        ("xiaoli", "ｘｉａｏｌｉ12345", "用户名"),  # full-width letters are the same letters
        ("xiaoli", "correct horse", None),
        ("xiaoli", "三楼窗台两盆吊兰明年开花", None),
    ],
)
def test_which_passwords_are_accepted(name: str, password: str, said: str | None) -> None:
    if said is None:
        check_password(name, password)
    else:
        with pytest.raises(UserError, match=said):
            check_password(name, password)


def test_passwords_are_kept_as_argon2id_and_full_width_is_the_same() -> None:
    passwords = Passwords()
    kept = passwords.hash("abcdefg 12345")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=")
    assert kept != passwords.hash("abcdefg 12345")  # salted
    assert passwords.verify(kept, "ａｂｃｄｅｆｇ 12345")
    assert not passwords.verify(kept, "abcdefg 12346")
    assert not passwords.verify(None, "abcdefg 12345")
    assert not passwords.is_outdated(kept)


def test_nobody_is_hashed_as_slowly_as_somebody(gate: Gate, hasher: Counting) -> None:
    gate.users.disable("xiaoli")
    counts = []
    for name in ("王主任", "nobody-of-this-name", "xiaoli", "", "x" * 5000, "' OR 1=1 --"):
        hasher.verified.clear()
        _fail(gate, 1, name)
        counts.append(len(hasher.verified))
    assert counts == [1] * 6


def test_the_words_do_not_tell_whether_the_user_exists(gate: Gate) -> None:
    said = set()
    for name in ("王主任", "nobody"):
        with pytest.raises(WrongPassword) as refusal:
            _admit(gate, name, "wrong password")
        said.add(str(refusal.value))
    assert len(said) == 1


def test_an_old_hash_is_made_anew_at_the_next_log_in(gate: Gate, tmp_path: Path, clock: Clock) -> None:
    gate.close()
    newer = Counting(mark="2")
    later = Gate(tmp_path / "记录", _ENDS, clock, Passwords(newer))
    assert _holder(later, _admit(later).session) == "王主任"
    found = later.users.find("王主任")
    assert found is not None and found[1].startswith("2")
    assert _holder(later, _admit(later).session) == "王主任"


def test_few_hash_at_once() -> None:
    busy, most, gate_ = 0, 0, threading.Lock()

    class Slow(Counting):
        def hash(self, password: str) -> str:
            nonlocal busy, most
            with gate_:
                busy += 1
                most = max(most, busy)
            done = threading.Event()
            done.wait(0.01)
            with gate_:
                busy -= 1
            return super().hash(password)

    passwords = Passwords(Slow())
    threads = [threading.Thread(target=passwords.hash, args=(_GOOD,)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


# Users


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "a/b", "../x", "<script>", "{{7*7}}", "a\nb", "本机", "x" * 33, "a\x00b"]
)
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(UserError):
        check_name(name)


def test_a_name_is_one_however_it_is_spelt(gate: Gate) -> None:
    with pytest.raises(UserError, match="已有名为"):
        gate.users.add("XiaoLi", _GOOD)
    assert _admit(gate, "ＸＩＡＯＬＩ", _OTHER).user.name == "xiaoli"
    assert [(user.name, user.role) for user in gate.users.list()] == [("王主任", ADMIN), ("xiaoli", READER)]


def test_the_last_administrator_stays(gate: Gate) -> None:
    users = gate.users
    for change in (users.remove, users.disable, lambda name: users.set_role(name, READER)):
        with pytest.raises(UserError, match="唯一的管理员"):
            change("王主任")
    users.set_role("xiaoli", ADMIN)
    users.disable("王主任")
    with pytest.raises(UserError, match="唯一的管理员"):
        users.remove("xiaoli")
    assert users.has_admin()


def test_only_an_administrator_passes(gate: Gate) -> None:
    require_admin(gate.users.get("王主任"))
    with pytest.raises(UserError, match="管理员"):
        require_admin(gate.users.get("xiaoli"))


def test_a_removed_users_session_is_no_later_users(gate: Gate) -> None:
    token = _admit(gate, "xiaoli", _OTHER).session
    gate.users.remove("xiaoli")
    gate.users.add("xiaoli", _GOOD)
    assert _holder(gate, token) is None


# Sessions


def test_a_session_ends_when_it_is_not_used(gate: Gate, clock: Clock) -> None:
    token = _admit(gate).session
    for _ in range(4):
        clock.pass_(29 * _MINUTE)
        assert _holder(gate, token) == "王主任"
    clock.pass_(30 * _MINUTE)
    assert _holder(gate, token) is None
    clock.pass_(-20 * _MINUTE)  # and does not come back
    assert _holder(gate, token) is None


def test_a_session_in_use_ends_all_the_same(gate: Gate, clock: Clock) -> None:
    token = _admit(gate).session
    for _ in range(8 * 3 - 1):
        clock.pass_(20 * _MINUTE)
        assert _holder(gate, token) == "王主任"
    clock.pass_(20 * _MINUTE)
    assert _holder(gate, token) is None


def _new_password(gate: Gate) -> None:
    gate.users.set_password("xiaoli", _GOOD)


def _disabled(gate: Gate) -> None:
    gate.users.disable("xiaoli")


def _removed(gate: Gate) -> None:
    gate.users.remove("xiaoli")


def _other_role(gate: Gate) -> None:
    gate.users.set_role("xiaoli", ADMIN)


@pytest.mark.parametrize("change", [_new_password, _disabled, _removed, _other_role])
def test_what_ends_all_sessions_of_a_user_and_of_nobody_else(gate: Gate, change: Callable[[Gate], None]) -> None:
    mine = [_admit(gate, "xiaoli", _OTHER).session for _ in range(2)]
    others = _admit(gate).session
    change(gate)
    assert [_holder(gate, token) for token in mine] == [None, None]
    assert _holder(gate, others) == "王主任"


def test_a_disabled_user_cannot_come_back_until_enabled(gate: Gate) -> None:
    gate.users.disable("xiaoli")
    with pytest.raises(WrongPassword):
        _admit(gate, "xiaoli", _OTHER)
    gate.users.disable("xiaoli", disabled=False)
    assert _admit(gate, "xiaoli", _OTHER).user.name == "xiaoli"


def test_a_session_is_new_at_each_log_in_and_the_former_one_ends(gate: Gate) -> None:
    planted = "a-token-that-somebody-planted-in-the-browser"
    first = _admit(gate, session=planted)
    assert _holder(gate, planted) is None
    second = _admit(gate, session=first.session)
    assert second.session not in (planted, first.session)
    assert [_holder(gate, one.session) for one in (first, second)] == [None, "王主任"]
    assert len(second.session) >= 43  # 256 bits


def test_a_password_changed_during_a_log_in_lets_nobody_in(gate: Gate, hasher: Counting) -> None:
    right = hasher.verify

    def change_first(hash: str, password: str) -> bool:
        ok = right(hash, password)
        hasher.verify = right  # type: ignore[method-assign]
        gate.users.set_password("xiaoli", _GOOD)
        return ok

    hasher.verify = change_first  # type: ignore[method-assign]
    with pytest.raises(WrongPassword):
        _admit(gate, "xiaoli", _OTHER)


def test_the_file_opens_nothing_and_belongs_to_its_owner(gate: Gate, tmp_path: Path) -> None:
    admission = _admit(gate)
    folder = tmp_path / "记录"
    held = b"".join(path.read_bytes() for path in folder.iterdir())
    for secret in (admission.session, admission.device, _GOOD):
        assert secret.encode() not in held
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert (folder / FILE_NAME).is_file()


def test_sessions_outlive_a_restart(gate: Gate, reopen: Callable[[], Gate]) -> None:
    token = _admit(gate).session
    gate.close()
    assert _holder(reopen(), token) == "王主任"


# Lockout


def test_the_wait_doubles_up_to_a_quarter_of_an_hour(tmp_path: Path, clock: Clock) -> None:
    lockout, name = Lockout(Database(tmp_path), clock), of_name("x")
    assert [lockout.admit([name]) for _ in range(5)] == [0.0] * 5
    waits = []
    for _ in range(7):
        waits.append(lockout.admit([name]))
        assert lockout.admit([name]) == waits[-1]  # trying meanwhile does not prolong it
        clock.pass_(waits[-1])
        assert lockout.admit([name]) == 0.0
    assert waits == [60, 120, 240, 480, 900, 900, 900]


def test_after_a_day_the_count_begins_anew(tmp_path: Path, clock: Clock) -> None:
    lockout, name = Lockout(Database(tmp_path), clock), of_name("x")
    for _ in range(5):
        lockout.admit([name])
    assert lockout.admit([name]) > 0
    clock.pass_(_DAY + 1)
    assert [lockout.admit([name]) for _ in range(5)] == [0.0] * 5


def test_a_lock_outlives_a_restart_and_ends(gate: Gate, reopen: Callable[[], Gate], clock: Clock) -> None:
    _fail(gate, 5)
    gate.close()
    again = reopen()
    with pytest.raises(TooMany, match="1 分钟后") as refusal:
        _admit(again)
    assert refusal.value.seconds == 60
    clock.pass_(60)
    assert _holder(again, _admit(again).session) == "王主任"


def test_a_locked_name_is_not_even_verified(gate: Gate, hasher: Counting) -> None:
    _fail(gate, 5)
    hasher.verified.clear()
    for address in (_HERE, _ELSEWHERE):
        with pytest.raises(TooMany):
            _admit(gate, address=address)
    assert not hasher.verified


def test_unknown_names_lock_like_known_ones(gate: Gate) -> None:
    _fail(gate, 5, "nobody")
    with pytest.raises(TooMany):
        _admit(gate, "nobody")


def test_an_address_that_tries_many_names_is_locked_for_all(gate: Gate) -> None:
    for number in range(20):
        _fail(gate, 1, f"user{number}", address=_ELSEWHERE)
    with pytest.raises(TooMany):
        _admit(gate, address=_ELSEWHERE)
    assert _admit(gate, address=_HERE).user.name == "王主任"


def test_an_account_of_ones_own_does_not_clear_the_address(gate: Gate) -> None:
    for number in range(10):
        _fail(gate, 2, f"user{number}", address=_ELSEWHERE)
        if number < 9:
            _admit(gate, "xiaoli", _OTHER, address=_ELSEWHERE)
    with pytest.raises(TooMany):
        _admit(gate, "xiaoli", _OTHER, address=_ELSEWHERE)


def test_a_stranger_cannot_keep_an_administrator_out_of_his_own_browser(gate: Gate, clock: Clock) -> None:
    device = _admit(gate).device
    for _ in range(30):  # a working day of guesses, from the office's own address
        with pytest.raises((WrongPassword, TooMany)):
            _admit(gate, password="a guess", address=_HERE)
        with pytest.raises((WrongPassword, TooMany)):
            _admit(gate, password="a guess", address=_ELSEWHERE)
        assert _admit(gate, device=device).device == device
        clock.pass_(15 * _MINUTE)
    _fail(gate, 5, device=device)  # but guessing in that browser waits too
    with pytest.raises(TooMany):
        _admit(gate, device=device)


def test_a_device_belongs_to_its_user_and_for_a_while(gate: Gate, clock: Clock) -> None:
    device = _admit(gate, "xiaoli", _OTHER).device
    _fail(gate, 5, address=_ELSEWHERE)
    with pytest.raises(TooMany):
        _admit(gate, device=device)  # another user's browser
    _fail(gate, 5, "xiaoli", address=_ELSEWHERE)
    clock.pass_(59)
    assert _admit(gate, "xiaoli", _OTHER, device=device).device == device
    clock.pass_(91 * _DAY)
    assert _admit(gate, "xiaoli", _OTHER, device=device).device != device


def test_a_hundred_attempts_at_once_are_not_all_admitted(gate: Gate) -> None:
    outcomes: list[type[UserError]] = []

    def attempt() -> None:
        try:
            _admit(gate, password="a guess")
        except UserError as exc:
            outcomes.append(type(exc))

    threads = [threading.Thread(target=attempt) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(WrongPassword) == 5
    assert outcomes.count(TooMany) == 95


def test_a_clock_set_back_locks_nobody_out(gate: Gate, clock: Clock) -> None:
    _fail(gate, 5)
    clock.pass_(-365 * _DAY)
    assert _admit(gate).user.name == "王主任"


def test_what_an_address_is() -> None:
    same = [("2001:db8::1", "2001:db8::ffff"), ("10.0.0.1", "::ffff:10.0.0.1"), ("unix", "unix")]
    assert all(of_address(one) == of_address(other) for one, other in same)
    different = [("2001:db8::1", "2001:db8:0:1::1"), ("10.0.0.1", "10.0.0.2")]
    assert all(of_address(one) != of_address(other) for one, other in different)
    assert len({of_name("x").key, of_address("x").key, of_device("x").key}) == 3


# What is logged


def test_no_secret_and_no_unknown_name_is_logged(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    admission = _admit(gate)
    _fail(gate, 6 - 1)
    with pytest.raises(TooMany):
        _admit(gate)
    _fail(gate, 1, "my-password-in-the-wrong-field", address=_ELSEWHERE)
    assert "王主任" in caplog.text and _HERE in caplog.text and "unknown user" in caplog.text
    for secret in (_GOOD, admission.session, admission.device, "wrong-field", "wrong " + _GOOD):
        assert secret not in caplog.text


# The file


def test_two_processes_share_the_file(gate: Gate, reopen: Callable[[], Gate]) -> None:
    token = _admit(gate, "xiaoli", _OTHER).session
    reopen().users.disable("xiaoli")
    assert _holder(gate, token) is None


def test_a_damaged_and_a_newer_file_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database at all" * 100)
    with pytest.raises(UserError, match="用户库.*备份"):
        Database(tmp_path)
    (tmp_path / FILE_NAME).unlink()
    Database(tmp_path).close()
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(UserError, match="更新版本"):
        Database(tmp_path)


def test_a_folder_that_cannot_be_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="用户库"):
        Database(tmp_path / "file" / "inside")


# Commands


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    monkeypatch.setenv("CLAUSE_RECORDS_DIR", str(tmp_path))
    monkeypatch.setattr("rag.access.passwords._argon2", Counting)

    def run(*words: str, password: str = "") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        status = main(["users", *words])
        said = capsys.readouterr()
        return status, said.out + said.err

    return run


def test_users_are_kept_from_the_command_line(command: Callable[..., tuple[int, str]]) -> None:
    assert command("list") == (0, "还没有用户。请用 python -m rag users add 用户名 --admin 添加第一位管理员。\n")
    assert command("add", "王主任", "--admin", password=_GOOD) == (0, "已添加管理员 王主任。\n")
    assert command("add", "xiaoli", password=_OTHER) == (0, "已添加读者 xiaoli。\n")
    for words, password in (
        (("add", "xiaoli"), _OTHER),
        (("add", "new"), "short"),
        (("passwd", "xiaoli"), ""),
        (("remove", "nobody"), ""),
    ):
        status, said = command(*words, password=password)
        assert status == 2 and said.startswith("错误: ") and said.count("\n") == 1
    assert command("disable", "王主任")[0] == 2
    assert command("disable", "xiaoli")[0] == 0
    assert "xiaoli\t读者\t停用\t从未" in command("list")[1]
    assert command("enable", "xiaoli")[0] == 0
    assert "管理员" in command("role", "xiaoli", "--admin")[1]
    assert command("remove", "王主任")[0] == 0
    assert "王主任" not in command("list")[1]


def test_a_new_password_lets_a_locked_user_in_at_once(
    command: Callable[..., tuple[int, str]], tmp_path: Path, clock: Clock
) -> None:
    command("add", "xiaoli", password=_OTHER)
    gate = Gate(tmp_path, _ENDS, clock, Passwords(Counting()))
    _fail(gate, 5, "xiaoli")
    assert command("passwd", "xiaoli", password=_GOOD)[0] == 0
    assert _admit(gate, "xiaoli", _GOOD).user.name == "xiaoli"


def test_a_password_is_no_argument(command: Callable[..., tuple[int, str]], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command("add", "xiaoli", _GOOD)
    assert ended.value.code == 2
    assert "xiaoli" not in command("list")[1]


# What the page stands behind


def test_without_log_in_there_is_no_gate(settings: Settings) -> None:
    assert open_guarded(settings.model_copy(update={"auth": False})) is None


def test_with_log_in_and_no_administrator_the_page_does_not_start(settings: Settings, tmp_path: Path) -> None:
    guarded = settings.model_copy(update={"auth": True, "records_dir": tmp_path})
    with pytest.raises(UserError, match="users add"):
        open_guarded(guarded)
