"""MHTML (单个文件网页, .mht; some offices' .doc files are that inside): the page inside."""

from __future__ import annotations

import email
import email.errors

from index.errors import UserError

_BROKEN = "MHTML 网页已损坏, 或里面没有网页正文。请用浏览器或 Word 打开后另存为 .docx 或 .html。"
_MAX_PARTS = 5000
_MAX_NESTED = 50


def page(data: bytes) -> bytes:
    """Return the first page inside, as bytes of whatever encoding; raises UserError if there is none."""
    if data.count(b"\n--") > 2 * _MAX_PARTS or data.lower().count(b"multipart/") > _MAX_NESTED:
        raise UserError(_BROKEN)
    try:
        message = email.message_from_bytes(data.lstrip(b"\xef\xbb\xbf \t\r\n"))
        parts = list(message.walk())
        for kind in ("text/html", "text/plain"):
            for part in parts:
                body = part.get_payload(decode=True) if part.get_content_type() == kind else None
                if isinstance(body, bytes):
                    return body
    except (ValueError, LookupError, AssertionError, email.errors.MessageError) as exc:
        raise UserError(_BROKEN) from exc
    raise UserError(_BROKEN)
