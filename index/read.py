"""Bytes of a file -> its text: the format is told by content, never by the file's name."""

from __future__ import annotations

import re
from pathlib import Path

from index.errors import UserError

_MAX_BYTES = 64 * 1024 * 1024  # a regulation of a million characters is 3 MB
_BLOCKS = (
    "address,article,blockquote,br,dd,div,dl,dt,footer,form,h1,h2,h3,h4,h5,h6,header,hr,li,nav,ol,p,section,table,tr,ul"
)
# One of these near the top and the file is markup, whole or in part: scraped pages often
# hold a text header followed by the body's tags.
_TAG = re.compile(r"</?(?:p|div|br|span|table|tr|td|html|body|font|h[1-6])\b[^<>]*>", re.I)
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SIGNATURES = (
    (b"\x89PNG", "PNG 图片"),
    (b"\xff\xd8\xff", "JPEG 图片"),
    (b"GIF8", "GIF 图片"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP/DOCX/OFD 压缩包"),
    (b"\xd0\xcf\x11\xe0", "旧版 Office 文件(.doc/.wps)"),
    (b"\x1f\x8b", "GZIP 压缩包"),
)


def read_text(path: Path) -> tuple[str, bytes]:
    """Return the file's text (markup turned into lines) and its bytes.

    Raises UserError when the file cannot be read, is not text, or is empty.
    """
    try:
        if not path.is_file():  # a pipe would be waited for, a device read for ever
            raise UserError(f"不是文件: {path}。请给出文本或网页文件。")
        if path.stat().st_size > _MAX_BYTES:
            raise UserError(f"文件过大: {path} 超过 {_MAX_BYTES // 2**20} MB, 请拆分后再加入。")
        data = path.read_bytes()
    except OSError as exc:
        raise UserError(f"无法读取文件 {path}: {exc.strerror or exc}。请检查路径和权限。") from exc
    text = _decode(data, path)
    if _TAG.search(text):
        text = html_to_text(text)
    if not text.strip():
        raise UserError(f"文件是空的: {path}。请换成有正文的文件。")
    return text, data


def _decode(data: bytes, path: Path) -> str:
    """Decode by BOM, else UTF-8, else GB18030; anything else is not text."""
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            raise UserError(f"不支持的文件: {path} 是{name}, 不是文本或网页。请另存为 .txt 或 .html 后再加入。")
    encodings = [name for bom, name in _BOMS if data.startswith(bom)] or ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UserError(f"无法识别文件编码: {path}。请另存为 UTF-8 文本后再加入。")


def html_to_text(markup: str) -> str:
    """Return the text of a page or fragment, one line a block element, entities resolved."""
    from selectolax.lexbor import LexborHTMLParser

    whole_page = re.search(r"<(?:html|body)\b", markup, re.I)
    if whole_page:  # line breaks of a page's source mean nothing; those of a half-stripped one do
        markup = re.sub(r"\s*\n\s*", " ", markup)
    tree = LexborHTMLParser(markup)
    tree.strip_tags(["script", "style", "noscript", "template", "head"])
    for node in tree.css(_BLOCKS):
        node.insert_before("\n")
        node.insert_after("\n")
    for cell in tree.css("td,th"):
        cell.insert_after("\t")
    return tree.body.text() if tree.body else ""
