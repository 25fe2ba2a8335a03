"""Every reader against damaged, hostile and huge input: a text or one sentence, soon, within bounded memory.

Each format runs in a process of its own, whose memory the system limits: `python tests/test_reader_fuzz.py docx`.
"""

from __future__ import annotations

import io
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(_ROOT)] if __name__ == "__main__" else []

from index.errors import UserError  # noqa: E402
from index.read import read_file  # noqa: E402
from tests import ofd_writer  # noqa: E402
from tests.sound_files import PROSE, SOUND, docx_of, paragraph  # noqa: E402

_MEMORY = 3 * 2**30  # address space; the largest input below takes 1.1 GB
_SLOW = 10.0  # seconds of work for one input; 3 is the most
_FORMATS = ("text", "markdown", "html", "mhtml", "rtf", "docx", "ofd", "zip", "pdf")
_DOCTYPE = '<!DOCTYPE x [<!ENTITY a "哈哈哈哈哈哈哈哈哈哈">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
) + '<!ENTITY z SYSTEM "file:///etc/passwd">]>'  # fmt: skip


@pytest.mark.parametrize("kind", _FORMATS)
def test_damage_gives_a_text_or_a_sentence_soon_and_in_bounded_memory(kind: str) -> None:
    run = subprocess.run(
        [sys.executable, __file__, kind], capture_output=True, cwd=_ROOT, timeout=300, check=False, text=True
    )
    assert run.returncode == 0, run.stderr[-2000:]
    report = json.loads(run.stdout.splitlines()[-1])
    assert report["failures"] == []
    assert report["read"] > 0  # the file as it was, at least
    assert report["slowest"] < _SLOW, report


def main(kind: str) -> None:
    """Read all inputs of a format; print what was neither text nor UserError, and how long the slowest took."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    report: dict[str, object] = {"failures": [], "read": 0, "refused": 0, "slowest": 0.0, "what": ""}
    failures: list[str] = []
    read = refused = 0
    slowest, what = 0.0, ""
    for name, data in _inputs(kind, random.Random(7)):
        start = time.process_time()
        try:
            text = _reader(kind)(data)
            read += 1
            failures += [f"{name}: {wrong}" for wrong in _wrong_in(text)]
        except UserError as refusal:
            refused += 1
            if "请" not in str(refusal) or "\n" in str(refusal):
                failures.append(f"{name}: {refusal}")
        except BaseException:
            failures.append(f"{name}: {traceback.format_exc()[-600:]}")
        taken = time.process_time() - start
        slowest, what = max((slowest, what), (taken, name))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    report.update(failures=failures[:5], read=read, refused=refused, slowest=slowest, what=what, peak_mb=peak)
    print(json.dumps(report, ensure_ascii=False))


def _reader(kind: str) -> Callable[[bytes], str]:
    """Return what reads a file of the format: all the way from the file, but OFD within this process, it is faster."""
    if kind == "ofd":
        return import_module("index.readers.ofd").read_here  # type: ignore[no-any-return]
    return _through_a_file


def _wrong_in(text: str) -> list[str]:
    """Return what in a reader's text no reader may write: a table's marks elsewhere, rows of unequal length."""
    wrong = []
    width = 0
    for line in text.split("\n"):
        is_row = line.startswith("\x1e")
        cells = line[1:].split("\x1f") if is_row else [line]
        if line != "\x1d" and any(mark in cell for mark in "\x1c\x1d\x1e\x1f" for cell in cells):
            wrong.append(f"marks in {line[:80]!r}")
        if is_row and width not in (0, len(cells)):
            wrong.append(f"{len(cells)} cells under {width}: {line[:80]!r}")
        width = len(cells) if is_row else 0
    return wrong[:3]


def _through_a_file(data: bytes) -> str:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        sources, _ = read_file(Path(file.name))
        return "\n".join(source.text for source in sources)


def _inputs(kind: str, rng: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield the sound file, its damaged copies, and what was made to harm."""
    sound = SOUND[kind]()
    yield "sound", sound
    for i in range(6 if kind == "pdf" else 40):  # each PDF is read in a process of its own
        yield f"damaged {i}", _damaged(sound, rng)
    if kind in ("docx", "ofd"):
        for i in range(40):
            yield f"damaged inside {i}", _damaged_inside(sound, rng)
    yield from ((f"hostile {i}", data) for i, data in enumerate(_HOSTILE[kind]()))


def _damaged(data: bytes, rng: random.Random) -> bytes:
    """Cut off, flip bits, swap two blocks, say a block twice, take one out, put noise in."""
    at = rng.randrange(len(data))
    size = rng.randrange(1, 1 + min(400, len(data) - at))
    block = data[at : at + size]
    to = rng.randrange(len(data))
    copy = bytearray(data)
    for _ in range(rng.choice([1, 3, 30])):
        copy[rng.randrange(len(copy))] ^= 1 << rng.randrange(8)
    choices = (
        data[:at],
        bytes(copy),
        data[:to] + block + data[to:],
        data[:at] + data[at + size :],
        data[:at] + rng.randbytes(size) + data[at + size :],
        data[:to] + block * 50 + data[to:],
        data[:at] + bytes(size) + data[at:],
    )
    return rng.choice(choices)


def _damaged_inside(data: bytes, rng: random.Random) -> bytes:
    """Damage one part and pack it anew: else the ZIP's check sums would tell."""
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        files = {name: container.read(name) for name in container.namelist()}
    name = rng.choice(list(files))
    files[name] = _damaged(files[name], rng)
    if rng.random() < 0.1:
        del files[name]
    return ofd_writer.zipped(files)


# --- made to harm ---


def _hostile_text() -> Iterator[bytes]:
    yield "甲乙丙丁。".encode() * 7_000_000  # 105 MB
    yield "甲乙丙丁。\n".encode("gb18030") * 6_000_000
    yield b"a" * 60 * 2**20
    yield "一、".encode("utf-16-le") * 5_000_000
    yield b"\x81" * 2_000_000
    yield random.Random(3).randbytes(5_000_000)
    yield b"\n" * 15_000_000


def _hostile_markdown() -> Iterator[bytes]:
    head = "# 甲\n\n".encode()
    for piece in (
        b"![",
        b"[a](",
        b"**a",
        b"`",
        b"<!--",
        b"> ",
        b"* ",
        b"_a",
        b"|---",
        b"# ",
        b"&amp;",
        b"\\*",
        b"  \n",
    ):
        yield head + piece * (500_000 // len(piece))
    yield b"| a | b |\n|---|---|\n" + b"|" * 500_000
    yield b"| a " * 5_000 + b"|\n" + b"|---" * 5_000 + b"|\n" + b"| 1 |\n" * 2_000
    yield b"---\n" + b"a: b\n" * 1_000_000


def _hostile_html() -> Iterator[bytes]:
    for tag in ("div", "table><tr><td", "ul><li", "b", "span", "blockquote"):
        yield (f"<{tag}>" * 30_000 + "一、甲。").encode()
    yield b"<p>" + b"&" * 1_000_000
    yield b"<p>" + b"&lt;" * 500_000
    yield b"<p " + b"a=b " * 500_000 + b">x</p>"
    yield b"<table>" + b"<tr><td rowspan=65000 colspan=1000>a" * 2_000
    yield b"<p><" * 500_000
    yield b"<p>" + "甲".encode() * 6_000_000
    yield b"<html><!--" + b"<p>" * 500_000


def _hostile_mhtml() -> Iterator[bytes]:
    head = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    yield head + b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 40
    yield head + b"--x\r\n" * 5_000
    yield b"MIME-Version: 1.0\r\n" + b"a: b\r\n" * 1_000_000
    yield head + b"--x\r\nContent-Type: text/html; charset=punycode\r\n\r\n<p>a</p>"
    yield (
        b"MIME-Version: 1.0\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + b"PHA+" * 3_000_000
    )


def _hostile_rtf() -> Iterator[bytes]:
    head = b"{\\rtf1\\ansi "
    for piece in (
        b"{",
        b"{\\field{\\*\\fldinst{",
        b"\\trowd\\cellx1\\cell",
        b"\\'",
        b"\\u",
        b"\\pict\\bin",
        b"a\\cell\\row ",
    ):
        yield head + piece * (1_000_000 // len(piece))
    yield head + b"{\\fonttbl" + b"{\\f1" * 500_000
    yield head + b"\\u99999999999 \\uc \\bin99999999999999"
    yield head + b"".join(b"\\trowd\\cellx%d a\\cell\\row " % i for i in range(20_000))


def _hostile_docx() -> Iterator[bytes]:
    yield docx_of(paragraph("&i;&z;"), _DOCTYPE)
    yield docx_of("<w:tbl><w:tr><w:tc>" * 5_000 + paragraph("甲") + "</w:tc></w:tr></w:tbl>" * 5_000)
    yield docx_of("<w:p>" * 50_000 + "</w:p>" * 50_000)
    yield docx_of("<w:sdt><w:sdtContent>" * 3_000 + paragraph("甲") + "</w:sdtContent></w:sdt>" * 3_000)
    cell = f'<w:tc><w:tcPr><w:gridSpan w:val="99999999"/></w:tcPr>{paragraph("甲")}</w:tc>'
    yield docx_of(f"<w:tbl><w:tr>{cell * 100}</w:tr></w:tbl>")
    yield docx_of(paragraph("一、甲。") * 60_000)
    yield ofd_writer.zipped({"[Content_Types].xml": b"", "word/document.xml": b""})


def _hostile_ofd() -> Iterator[bytes]:
    page = ofd_writer.page_xml(ofd_writer.text_object("一、甲。", 40, 60, 5.6, "run"))
    name = "Doc_0/Pages/Page_0/Content.xml"
    yield ofd_writer.pack([page], parts={name: page.replace("?>", "?>" + _DOCTYPE, 1).replace("甲", "&i;&z;").encode()})
    yield ofd_writer.pack([ofd_writer.page_xml("<ofd:PageBlock>" * 200_000 + "</ofd:PageBlock>" * 200_000)])
    yield ofd_writer.pack([ofd_writer.page_xml(ofd_writer.text_object("字" * 90_000, 1, 9, 5, "run"))])
    lines = "".join(ofd_writer.path_object(i % 200, i // 200, i % 200 + 1, i // 200) for i in range(15_000))
    yield ofd_writer.pack([ofd_writer.page_xml(lines)])
    yield ofd_writer.pack([page], parts={name: b"<a" + b" " * 3_000_000})
    yield ofd_writer.pack([page], parts={name: page.encode() + b" " * 15_000_000})


def _hostile_zip() -> Iterator[bytes]:
    data = PROSE.encode()
    for level in range(30):
        data = ofd_writer.zipped({f"{level}.zip": data, f"{level}.txt": PROSE.encode()})
    yield data
    yield ofd_writer.zipped({f"{i}.zip": ofd_writer.zipped({"a.txt": bytes(7 * 2**20)}) for i in range(90)})
    yield ofd_writer.zipped({f"{i}.txt": PROSE.encode() for i in range(3_000)})
    yield b"PK\x03\x04" + (b"PK\x01\x02" + bytes(42)) * 100_000 + b"PK\x05\x06" + bytes(18)


def _hostile_pdf() -> Iterator[bytes]:
    sound = SOUND["pdf"]()
    yield sound.replace(b"/Kids[3 0 R]/Count 1", b"/Kids[2 0 R]/Count 9")
    yield sound.replace(b"(Article", b"(" * 9 + b"Article")
    yield b"x" * 1_000 + sound


_HOSTILE: dict[str, Callable[[], Iterator[bytes]]] = {
    "text": _hostile_text,
    "markdown": _hostile_markdown,
    "html": _hostile_html,
    "mhtml": _hostile_mhtml,
    "rtf": _hostile_rtf,
    "docx": _hostile_docx,
    "ofd": _hostile_ofd,
    "zip": _hostile_zip,
    "pdf": _hostile_pdf,
}

if __name__ == "__main__":
    main(sys.argv[1])
