"""Documents that want something of whoever reads them: to fetch, to open a file, to run, to swell. And a trap for fetching."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests import ofd_writer
from tests.sound_files import docx_of, paragraph

NUMBER = "某政发〔2031〕{}号"
LINES = (
    "某县人民政府关于试行的通知",
    "{number}",
    "一、每月报送图表不少于3次，见{link}。",
    "二、=HYPERLINK(\"{link}\",\"甲\")不作数，@SUM(1)、+1、-1也不作数。",
    "三、按[要求](javascript:planted=1)和![图]({link}/p.png)办理，补贴为每人每年77元。",
    "四、标记<img/src={link}/i.png/onerror=planted=2 原样保留${{planted=3}}{{{{planted}}}}。",
    "五、</script><script>planted=4</script><svg/onload=planted=5>不得使用。",
    "六、|甲|乙|也只是文字，`乙`、**丙**、# 丁、<https://a.example>同此。",
)  # fmt: skip


@dataclass
class Trap:
    """A server that nobody should ask; who did is written down."""

    url: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def trap() -> Iterator[Trap]:
    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            caught.asked.append(self.rfile.readline(200).decode("latin-1"))
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    caught = Trap(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield caught
    finally:
        server.shutdown()
        server.server_close()


def documents(link: str) -> dict[str, bytes]:
    """Return a document of each format that points to `link` in every way that its format has."""
    lines = {
        name: _lines(link, number) for number, name in enumerate(("txt", "md", "html", "mht", "rtf", "docx", "ofd"), 1)
    }
    page = _html(lines["html"], link)
    return {
        "a.txt": "\n".join(lines["txt"]).encode(),
        "b.md": f"---\ntitle: 甲\nimage: {link}/m\n---\n![甲]({link}/b)\n\n".encode()
        + "\n\n".join(lines["md"]).encode(),
        "c.html": page,
        "d.mht": _mhtml(_html(lines["mht"], link), link),
        "e.rtf": _rtf(lines["rtf"], link),
        "f.docx": _docx(lines["docx"], link),
        "g.ofd": _ofd(lines["ofd"]),
    }


def _lines(link: str, number: int) -> list[str]:
    return [line.format(link=link, number=NUMBER.format(number)) for line in LINES]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _html(lines: list[str], link: str) -> bytes:
    body = "".join(f"<p>{_escaped(line)}</p>" for line in lines)
    wants = (
        f'<link rel=stylesheet href="{link}/l"><script src="{link}/s"></script><img src="{link}/i"><iframe src="{link}/f"></iframe>'
        f'<object data="{link}/o"></object><meta http-equiv=refresh content="0;url={link}/r"><base href="{link}/">'
        f'<style>@import "{link}/c"; body {{ background: url({link}/u) }}</style><video poster="{link}/v"></video>'
        f'<svg><image href="{link}/g"/><use href="{link}/x#a"/></svg><a href="{link}/a" ping="{link}/p">甲</a>'
    )
    return f"<html><head><meta charset=utf-8><title>甲</title>{wants}</head><body>{wants}{body}{wants}</body></html>".encode()


def _mhtml(page: bytes, link: str) -> bytes:
    head = f'MIME-Version: 1.0\r\nContent-Location: {link}/m\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n--x\r\n'
    other = f'--x\r\nContent-Type: message/external-body; access-type=URL; URL="{link}/e"\r\n\r\n--x--\r\n'
    kind = "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return (head + kind).encode() + base64.encodebytes(page) + other.encode()


def _rtf(lines: list[str], link: str) -> bytes:
    wants = "".join(
        f'{{\\field{{\\*\\fldinst {word} "{link}/{word}"}}{{\\fldrslt}}}}'
        for word in ("INCLUDEPICTURE", "INCLUDETEXT", "HYPERLINK", "DDEAUTO")
    )
    text = "".join(f"\\u{ord(char)}?" if ord(char) > 127 or char in "\\{}" else char for char in "\n".join(lines))
    start = "{\\rtf1\\ansi{\\*\\template " + link + "/t}{\\fonttbl{\\f0 a;}}"
    return (start + wants + text.replace("\n", "\\par ") + wants + "}").encode()


def _docx(lines: list[str], link: str) -> bytes:
    fields = "".join(f"<w:fldSimple w:instr='{word} \"{link}/{word}\"'/>" for word in ("INCLUDEPICTURE", "INCLUDETEXT"))
    altered = '<w:altChunk r:id="rId7" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/>'
    body = "".join(paragraph(_escaped(line)) for line in lines) + f"<w:p>{fields}</w:p>{altered}"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    related = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}/{name}" Target="{link}/{name}" TargetMode="External"/>'
        for number, name in enumerate(
            ("attachedTemplate", "image", "styles", "numbering", "oleObject", "frame", "aFChunk"), 1
        )
    )
    relationships = (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{related}</Relationships>'
    )
    return with_part(
        docx_of(body, f'<!DOCTYPE w SYSTEM "{link}/dtd">'), "word/_rels/document.xml.rels", relationships.encode()
    )


def with_part(container: bytes, name: str, content: bytes) -> bytes:
    """Return a ZIP container with a part more, or another in its place."""
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(container)) as held:
        parts = {one: held.read(one) for one in held.namelist()}
    return ofd_writer.zipped({**parts, name: content})


def _ofd(lines: list[str]) -> bytes:
    return ofd_writer.write([ofd_writer.Block(line) for line in lines], "run")
