"""The page and the API: `python app.py [--host 127.0.0.1] [--port 7860] [--workers 1]`."""

from __future__ import annotations

import argparse
import errno
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from index.errors import UserError

if TYPE_CHECKING:
    from index.settings import Settings
    from rag.access.gate import Gate


_EVALUATION = Path(__file__).parent / "eval"
_ARGPARSE_WORDS = {
    "unrecognized arguments:": "没有这样的参数:",
    "expected one argument": "缺少取值",
    "argument ": "",
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line of Chinese and exits with 2."""

    def error(self, message: str) -> NoReturn:
        for english, chinese in _ARGPARSE_WORDS.items():
            message = message.replace(english, chinese)
        _fail(f"参数有误:{message}。用法:python app.py [--host 地址] [--port 端口] [--workers 进程数]")


def main(argv: Sequence[str] | None = None) -> int:
    """Open the index (building it at first), the chain and the page, and serve until interrupted."""
    args = _parse(argv)
    try:
        settings = _settings(args)
        _set_up(settings)
        gate = _check(settings)  # before the minutes that a first build takes
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager's stop is as clean as Ctrl+C
        if settings.workers > 1:
            _serve_by_workers(settings)
        else:
            _serve(settings, gate)
    except UserError as exc:
        _fail(str(exc))
    except KeyboardInterrupt:
        print("已停止。")
    return 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser(prog="app.py", description="政策条款问答页面", add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="help", help="显示此说明")
    parser.add_argument("--host", help="监听地址(默认 127.0.0.1,只限本机;0.0.0.0 供局域网访问)")
    parser.add_argument("--port", type=_port, help="端口(默认 7860)")
    parser.add_argument("--workers", type=_workers, help="进程数(默认 1):一个供页面和接口,其余供接口")
    return parser.parse_args(argv)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"端口应为 1—65535 的整数, 收到 {text!r}")
    return int(text)


def _workers(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"进程数应为 1—64 的整数, 收到 {text!r}")
    return int(text)


def _settings(args: argparse.Namespace) -> Settings:
    from index.settings import load_settings

    settings = load_settings()
    given = {key: value for key, value in vars(args).items() if value is not None}
    return settings.model_copy(update=given)


def _set_up(settings: Settings) -> None:
    from rag.telemetry.logs import set_up_logs

    set_up_logs(settings)


def _check(settings: Settings) -> Gate | None:
    """Return what the page stands behind; raises UserError when it cannot or should not be served."""
    from rag.access.open_gate import open_guarded
    from rag.service.address import check_log_in

    _check_address(settings.host, settings.port)
    check_log_in(settings)
    return open_guarded(settings)


def _check_address(host: str, port: int) -> None:
    """Raise UserError when nothing can listen at this address."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, UnicodeError) as exc:  # a host name that cannot be one is a UnicodeError
        raise UserError(f"无法在 {host}:{port} 上启动:{_why(exc)}") from exc


def _why(exc: Exception) -> str:
    code = getattr(exc, "errno", None)
    if code == errno.EADDRINUSE:
        return "端口已被占用, 请用 --port 换一个端口, 或先停止占用它的程序"
    if code == errno.EACCES:
        return "没有使用该端口的权限, 请用 --port 换一个 1024 以上的端口"
    return "地址无效或不属于本机, 请检查 --host"


def _serve(settings: Settings, gate: Gate | None) -> None:
    from rag.service.opening import open_desk
    from rag.service.serve import serving
    from rag.service.service import build_service

    desk = open_desk(settings, _EVALUATION)
    with serving(build_service(desk, gate), settings.host, settings.port) as address:
        _tell(settings, address)
        threading.Event().wait()


def _serve_by_workers(settings: Settings) -> None:
    from index.build import ensure_index
    from rag.service.serve import address_of
    from rag.service.workers import working

    ensure_index(settings)  # once, and not by all of them
    with working(settings, _EVALUATION) as workers:
        _tell(settings, address_of(settings.host, settings.port))
        workers.watch()


def _tell(settings: Settings, address: str) -> None:
    from rag.service.address import is_loopback

    if not is_loopback(settings.host):
        print("注意:密码会以明文经过网络,请放在 HTTPS 反向代理之后(见 SECURITY.md)。", file=sys.stderr)
    print(f"政策条款问答已启动:{address}  按 Ctrl+C 停止", flush=True)


def _fail(line: str) -> NoReturn:
    print(line, file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    sys.exit(main())
