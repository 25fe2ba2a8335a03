"""ZIP containers (.zip, .docx, .ofd) opened so that no bomb, overlap or odd name does harm."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from itertools import pairwise

from index.errors import UserError

MAX_MEMBERS = 20_000
MAX_TOTAL = 512 * 1024 * 1024  # what all members come to when unpacked
_PLAIN = 8 * 1024 * 1024  # small members may pack as tightly as they like: a blank scan does
_MAX_RATIO = 200  # text packs to a tenth, XML to a fiftieth; deflate ends at 1032
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others unpack without a bound on memory
_DAMAGED = "压缩包已损坏或不完整, 请重新下载或重新压缩后再加入。"
_BOMB = "压缩包展开后过大, 请解压后挑出需要的文件再加入。"
# What zipfile is known to raise on damaged bytes, beside its own error.
ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, IndexError, OverflowError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


def open_zip(data: bytes) -> zipfile.ZipFile:
    """Return the container; raises UserError if it is damaged or would unpack to too much."""
    # Counted before zipfile makes an object of each: 200 MB can hold four million entries.
    if data.count(b"PK\x01\x02") > 2 * MAX_MEMBERS:
        raise UserError(_BOMB)
    try:
        container = zipfile.ZipFile(io.BytesIO(data))
    except ERRORS as exc:
        raise UserError(_DAMAGED) from exc
    infos = container.infolist()
    if len(infos) > MAX_MEMBERS or sum(info.file_size for info in infos) > MAX_TOTAL or _overlap(infos):
        raise UserError(_BOMB)
    return container


def _overlap(infos: list[zipfile.ZipInfo]) -> bool:
    """Tell whether two members share bytes, as those of a bomb that counts one part many times do."""
    spans = sorted((info.header_offset, info.header_offset + info.compress_size) for info in infos)
    return any(end > start for (_, end), (start, _) in pairwise(spans))


def is_encrypted(info: zipfile.ZipInfo) -> bool:
    return bool(info.flag_bits & _ENCRYPTED_FLAG)


def check_members(container: zipfile.ZipFile) -> None:
    """Raise UserError if a member is encrypted or a bomb: asked before a library reads .docx or .ofd by itself."""
    for info in container.infolist():
        check_member(info)


def check_member(info: zipfile.ZipInfo) -> None:
    """Raise UserError if a member is encrypted, packed in a way that knows no bound, or a bomb."""
    if is_encrypted(info):
        raise UserError("文件加了密码, 请去掉密码后再加入。")
    if info.compress_type not in _PACKED:
        raise UserError("压缩方法不支持, 请解压后用普通的 ZIP 格式重新压缩。")
    if info.file_size > max(_PLAIN, _MAX_RATIO * info.compress_size):
        raise UserError(_BOMB)


def read_member(container: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Return a member's bytes; raises UserError if it is encrypted, damaged or a bomb."""
    check_member(info)
    try:
        with container.open(info) as member:  # `container.read` unpacks all there is before it looks at the size stated
            return member.read(info.file_size + 1)
    except ERRORS as exc:
        raise UserError(_DAMAGED) from exc


def member_name(info: zipfile.ZipInfo) -> str:
    """Return a member's path as its maker wrote it, without what leads out of the folder."""
    name = _decode_name(info).replace("\\", "/")
    name = re.sub(r"[\x00-\x1f\x7f]", "", name).encode("utf-8", "replace").decode("utf-8")
    return "/".join(part for part in name.split("/") if part not in ("", ".", ".."))


def _decode_name(info: zipfile.ZipInfo) -> str:
    """Decode a name without the UTF-8 flag, which zipfile takes for CP437: Windows writes GBK, macOS UTF-8."""
    if info.flag_bits & _UTF8_FLAG:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            name = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        # GBK 一 is the two bytes of the Cyrillic letter һ in UTF-8: Chinese in UTF-8 takes three.
        if encoding != "utf-8" or name.isascii() or max(name) >= "\u2e80":
            return name
    return info.filename
