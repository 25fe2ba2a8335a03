"""Bytes -> the name of their format, by content; what no reader reads is named with its remedy."""

from __future__ import annotations

import re

from index.errors import UserError
from index.readers.container import member_name, open_zip

_AS_DOCX = "请用 Word 或 WPS 另存为 .docx 后再加入。"
_UNPACK = "请解压后加入里面的文件, 或改用 ZIP 格式。"
_OCR = "请先用 OCR 软件识别成文字, 存为 .docx 或 .txt 后再加入。"
_AS_PDF = "请打开后打印或另存为 PDF 再加入。"
_NOT_TEXT = "不是公文, 请确认选对了文件。"
# Signature, name, remedy. A signature is matched at the start of the file.
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (rb"\x89PNG", "PNG 图片", _OCR),
    (rb"\xff\xd8\xff", "JPEG 图片", _OCR),
    (rb"GIF8", "GIF 图片", _OCR),
    (rb"II\*\0|MM\0\*", "TIFF 图片", _OCR),
    (rb"BM.{4}\0\0\0\0", "BMP 图片", _OCR),
    (rb"RIFF.{4}WEBP", "WEBP 图片", _OCR),
    (rb"\x1f\x8b", "GZIP 压缩包", _UNPACK),
    (rb"Rar!\x1a\x07", "RAR 压缩包", _UNPACK),
    (rb"7z\xbc\xaf\x27\x1c", "7z 压缩包", _UNPACK),
    (rb"BZh[1-9]1AY", "BZIP2 压缩包", _UNPACK),
    (rb"\xfd7zXZ\0", "XZ 压缩包", _UNPACK),
    (rb".{257}ustar", "TAR 压缩包", _UNPACK),
    (rb"Founder CEB", "方正 CEB 版式文件", _AS_PDF),
    (rb"SQLite format 3\0", "SQLite 数据库", _NOT_TEXT),
    (rb"MZ.{58}", "Windows 程序", _NOT_TEXT),
    (rb"\x7fELF", "Linux 程序", _NOT_TEXT),
    (rb"....ftyp", "视频或 HEIC 图片", _NOT_TEXT),
)
_MAGIC = [(re.compile(signature, re.S), name, remedy) for signature, name, remedy in _SIGNATURES]
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE = b"\xd0\xcf\x11\xe0"
# The names of an OLE file's streams are UTF-16; the first found says what the file is.
_OLE_STREAMS = (
    ("EncryptedPackage", "加了密码的 Office 文件", "请去掉密码, 另存为 .docx 后再加入。"),
    ("WordDocument", "旧版 Word 或 WPS 文件(.doc/.wps)", _AS_DOCX),
    ("Workbook", "旧版 Excel 表格(.xls/.et)", "请把需要的内容粘贴到 Word, 另存为 .docx 后再加入。"),
    ("PowerPoint Document", "旧版 PowerPoint 演示文稿(.ppt/.dps)", "请把文字粘贴到 Word, 另存为 .docx 后再加入。"),
)
_SHEET = "请把需要的内容粘贴到 Word, 另存为 .docx 后再加入。"
# A folder or file that only one kind of container has.
_CONTAINERS = (
    ("xl/", "Excel 表格(.xlsx)", _SHEET),
    ("ppt/", "PowerPoint 演示文稿(.pptx)", _SHEET),
    ("FixedDocSeq.fdseq", "XPS 版式文件", _AS_PDF),
    ("META-INF/container.xml", "EPUB 电子书", "请另存为 .html 或 .txt 后再加入。"),
    ("META-INF/manifest.xml", "ODF 文档(.odt/.ods/.odp)", _AS_DOCX),
)
_PDF = re.compile(rb"%PDF-\d\.\d")
_PDF_JUNK = 1024  # readers allow as much before the header: a mail gateway puts its own lines there
_MIME = re.compile(rb"\A(?:[A-Za-z][A-Za-z0-9-]{1,40}:[^\n]{0,2000}\n(?:[ \t][^\n]{0,2000}\n)*)+", re.M)
_XML = (
    (re.compile(r"<\?mso-application\s+progid=\"Word\.Document\""), "Word 2003 XML 文档", _AS_DOCX),
    (re.compile(r"<\?mso-application\s+progid=\"Excel"), "Excel 2003 XML 表格", _SHEET),
    (re.compile(r"<pkg:package\b"), "Word XML 文档", _AS_DOCX),
    (re.compile(r"<uof:UOF\b|<uof:uof\b"), "标文通 UOF 文档", _AS_DOCX),
)
# One of these near the top and the file is markup, whole or in part: scraped pages often
# hold a text header followed by the body's tags.
_TAG = re.compile(r"</?(?:p|div|br|span|table|tr|td|html|body|font|h[1-6])\b[^<>]*>", re.I)


def sniff(data: bytes) -> str:
    """Return pdf, docx, ofd, zip, rtf, mhtml, or an empty string for what may be text.

    Raises UserError with the format's name and the remedy if no reader reads it.
    """
    if _is_pdf(data):
        return "pdf"
    if data.startswith(_ZIP):
        return _container(data)
    if data.startswith(_OLE):
        raise _ole(data)
    for signature, name, remedy in _MAGIC:
        if signature.match(data):
            raise _unread(name, remedy)
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"{\\rtf"):
        return "rtf"
    return "mhtml" if _is_mhtml(data[: 64 * 1024]) else ""


def is_archive(data: bytes) -> bool:
    """Tell whether this is a ZIP of documents; raises UserError if it is damaged, or a ZIP that no reader reads."""
    return data.startswith(_ZIP) and _container(data) == "zip"


def has_tags(text: str) -> bool:
    """Tell whether the text is markup, whole or in part; raises UserError if it is XML that no reader reads."""
    if text.lstrip("\ufeff \t\r\n").startswith("<?xml"):
        for signature, name, remedy in _XML:
            if signature.search(text, 0, 4096):
                raise _unread(name, remedy)
    return bool(_TAG.search(text))


def _unread(name: str, remedy: str) -> UserError:
    return UserError(f"这是{name}, 不能直接读取。{remedy}")


def _is_pdf(data: bytes) -> bool:
    header = _PDF.search(data, 0, _PDF_JUNK + 8)
    # A text about PDF may name the header; what follows it in a file are objects.
    return bool(header and (header.start() == 0 or re.search(rb"\d\s+\d\s+obj\b", data)))


def _container(data: bytes) -> str:
    with open_zip(data) as container:
        names = {member_name(info) for info in container.infolist()}
    lowered = {name.lower() for name in names}
    if "ofd.xml" in lowered:
        return "ofd"
    if "[content_types].xml" in lowered and any(name.startswith("word/") for name in lowered):
        return "docx"
    for mark, name, remedy in _CONTAINERS:
        of_office = mark.endswith("/") and "[content_types].xml" in lowered
        if mark.lower() in lowered or of_office and any(n.startswith(mark) for n in lowered):
            raise _unread(name, remedy)
    return "zip"


def _ole(data: bytes) -> UserError:
    for stream, name, remedy in _OLE_STREAMS:
        if stream.encode("utf-16-le") in data:
            return _unread(name, remedy)
    return _unread("旧版 Office 文件(.doc/.wps/.xls)", _AS_DOCX)


def _is_mhtml(head: bytes) -> bool:
    """Tell whether the file begins with mail headers: Word's and IE's 单个文件网页 (.mht, or named .doc) does."""
    headers = _MIME.match(head.lstrip(b"\xef\xbb\xbf \t\r\n").replace(b"\r\n", b"\n"))
    return bool(headers and re.search(rb"^MIME-Version:", headers[0], re.I | re.M))
