"""The smallest sound file of each format that is read: a notice of a few lines, and a table where there can be one."""

from __future__ import annotations

from collections.abc import Callable

from tests import ofd_writer

PROSE = "关于甲的通知\n各县（市、区）人民政府：\n一、总则。加强管理，提高服务能力。\n（一）补助标准为每人每年20元。\n"
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _ofd() -> bytes:
    blocks = [ofd_writer.Block(line) for line in PROSE.split("\n")]
    return ofd_writer.write(
        [*blocks, ofd_writer.Block(rows=[["类别", "标准"], ["甲", "20元"]])], "char", template="样本"
    )


def docx_of(body: str, before: str = "") -> bytes:
    kinds = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    related = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
    document = f'<?xml version="1.0" encoding="UTF-8"?>{before}<w:document {_W}><w:body>{body}</w:body></w:document>'
    return ofd_writer.zipped(
        {
            "[Content_Types].xml": kinds.encode(),
            "_rels/.rels": related.encode(),
            "word/document.xml": document.encode(),
        }
    )


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def _docx() -> bytes:
    row = f"<w:tr><w:tc>{paragraph('类别')}</w:tc><w:tc>{paragraph('标准')}</w:tc></w:tr>"
    return docx_of("".join(map(paragraph, PROSE.split("\n"))) + f"<w:tbl>{row * 3}</w:tbl>")


def _html() -> bytes:
    rows = "<tr><td rowspan=2>类别</td><td>标准</td></tr><tr><td>20元</td></tr>"
    lines = "".join(f"<p>{line}</p>" for line in PROSE.split("\n"))
    return f"<html><head><meta charset=utf-8><title>甲</title></head><body>{lines}<table>{rows}</table></body></html>".encode()


def _mhtml() -> bytes:
    head = b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n'
    return head + _html() + b"\r\n--x--\r\n"


def _rtf() -> bytes:
    text = "".join(f"\\u{ord(char)}?" if char != "\n" else "\\par " for char in PROSE)
    return (
        f"{{\\rtf1\\ansi\\ansicpg936{{\\fonttbl{{\\f0\\fcharset134 a;}}}} {text}\\trowd\\cellx9 a\\cell\\row}}".encode()
    )


def _markdown() -> bytes:
    return f"---\ntitle: 甲\n---\n# 甲\n\n{PROSE}\n**乙** [丙](a)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n".encode()


def _archive() -> bytes:
    return ofd_writer.zipped(
        {"a.txt": PROSE.encode(), "b/c.zip": ofd_writer.zipped({"d.html": _html()}), "e.docx": _docx()}
    )


def _pdf() -> bytes:
    """One page, one line of text: written by hand, with its table of offsets."""
    stream = b"BT /F1 16 Tf 80 700 Td (Article 1. General provisions.) Tj ET"
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return data + b"xref\n0 6\n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (table, len(data))


SOUND: dict[str, Callable[[], bytes]] = {
    "text": lambda: PROSE.encode("gb18030"),
    "markdown": _markdown,
    "html": _html,
    "mhtml": _mhtml,
    "rtf": _rtf,
    "docx": _docx,
    "ofd": _ofd,
    "zip": _archive,
    "pdf": _pdf,
}
