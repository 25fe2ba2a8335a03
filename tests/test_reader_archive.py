"""ZIP archives: every document inside under a readable name, each bad one with its reason, bombs refused."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from pathlib import Path

import pytest

from index.errors import UserError
from index.read import read_file
from index.readers import archive
from tests import ofd_writer

_TEXT = "甲的办法\n一、加强管理，提高服务能力。".encode()
_OFD = ofd_writer.write([ofd_writer.Block("一、乙的办法。")])


class _GbkInfo(zipfile.ZipInfo):
    """A member whose name is GBK without the flag for UTF-8, as Windows writes it."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


class _Utf8Info(zipfile.ZipInfo):
    """A member whose name is UTF-8 without the flag that says so, as macOS writes it."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.filename.encode(), self.flag_bits & ~0x800


def _zip(
    files: dict[str, bytes], info: type[zipfile.ZipInfo] = zipfile.ZipInfo, method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as container:
        for name, data in files.items():
            container.writestr(info(name), data, compress_type=method)
    return buffer.getvalue()


def _read(folder: Path, data: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """Return name -> text of what was read, and name -> reason of what was not."""
    path = folder / "文件.zip"
    path.write_bytes(data)
    sources, failures = read_file(path)
    return {source.name: source.text for source in sources}, dict(failures)


def _patched(data: bytes, local: int, central: int, form: str, value: int) -> bytes:
    """Set a field of every member's local header and of its entry in the directory."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
        at = data.find(signature)
        while at >= 0:
            struct.pack_into(form, changed, at + offset, value)
            at = data.find(signature, at + 4)
    return bytes(changed)


def test_documents_of_each_format_are_read_under_their_path(tmp_path: Path) -> None:
    files = {
        "a.txt": _TEXT,
        "通知/正文.doc": "<html><body><p>一、丙的办法。</p></body></html>".encode("gbk"),
        "通知/附件/b.ofd": _OFD,
        "通知/图.png": b"\x89PNG\r\n\x1a\n" + bytes(40),
        "通知/表.xls": b"\xd0\xcf\x11\xe0" + "Workbook".encode("utf-16-le"),
        "空.txt": b"",
    }
    texts, failures = _read(tmp_path, _zip(files))
    assert texts == {
        "文件.zip/a.txt": _TEXT.decode(),
        "文件.zip/通知/正文.doc": "一、丙的办法。",
        "文件.zip/通知/附件/b.ofd": "一、乙的办法。",
    }
    assert set(failures) == {"文件.zip/通知/图.png", "文件.zip/通知/表.xls", "文件.zip/空.txt"}
    assert "OCR" in failures["文件.zip/通知/图.png"] and "旧版 Excel" in failures["文件.zip/通知/表.xls"]


@pytest.mark.parametrize("info", [zipfile.ZipInfo, _GbkInfo, _Utf8Info])
@pytest.mark.parametrize("name", ["文件夹/关于某事的通知.txt", "一.txt", "plain.txt", "联通、巢湖/①.txt"])
def test_names_are_read_in_the_encoding_that_they_are_written_in(
    tmp_path: Path, info: type[zipfile.ZipInfo], name: str
) -> None:
    texts, _ = _read(tmp_path, _zip({name: _TEXT}, info))
    assert list(texts) == [f"文件.zip/{name}"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "C:\\x\\..\\a.txt", "a\n\x1b[31m.txt", "./a.txt"])
def test_a_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    texts, _ = _read(tmp_path, _zip({name: _TEXT}))
    (shown,) = texts
    assert shown.startswith("文件.zip/") and ".." not in shown and "\\" not in shown and shown.isprintable()


def test_what_systems_put_in_is_skipped(tmp_path: Path) -> None:
    files = dict.fromkeys(
        ["__MACOSX/._a.txt", ".DS_Store", "通知/.hidden/b.txt", "通知/~$正文.docx", "Thumbs.db", "README.md"], b"x"
    )
    texts, failures = _read(tmp_path, _zip({**files, "通知/": b"", "a.txt": _TEXT}))
    assert list(texts) == ["文件.zip/a.txt"] and not failures


def test_archives_inside_archives_are_read_to_the_third(tmp_path: Path) -> None:
    third = _zip({"深.txt": _TEXT})
    for depth, is_read in ((1, True), (2, True), (3, False)):
        data = third
        for level in range(depth, 0, -1):
            data = _zip({f"第{level}层.zip": data, f"第{level}层.txt": _TEXT})
        texts, failures = _read(tmp_path, data)
        path = "文件.zip/" + "/".join(f"第{level}层.zip" for level in range(1, depth + 1))
        assert (f"{path}/深.txt" in texts) is is_read
        assert len(texts) == depth + is_read  # what stands beside the inner archive is read in any case
        assert is_read or "嵌套超过 3 层" in failures[path]


def test_a_damaged_member_costs_only_itself(tmp_path: Path) -> None:
    data = _zip({"a.txt": _TEXT, "b.txt": _TEXT[::-1] * 50, "c.zip": b"PK\x03\x04 broken", "d.txt": _TEXT})
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        info = container.getinfo("b.txt")
    at = info.header_offset + 30 + len("b.txt") + 2
    damaged = data[:at] + bytes(b ^ 0xFF for b in data[at : at + 8]) + data[at + 8 :]
    texts, failures = _read(tmp_path, damaged)
    assert list(texts) == ["文件.zip/a.txt", "文件.zip/d.txt"]
    assert set(failures) == {"文件.zip/b.txt", "文件.zip/c.zip"}
    assert all("损坏" in reason for reason in failures.values())


def test_an_encrypted_member_is_told_and_an_encrypted_archive_refused(tmp_path: Path) -> None:
    locked = _patched(_zip({"a.txt": _TEXT}), 6, 8, "<H", 1)
    texts, failures = _read(tmp_path, _zip({"锁.zip": locked, "b.txt": _TEXT}))
    assert list(texts) == ["文件.zip/b.txt"] and "密码" in failures["文件.zip/锁.zip"]
    with pytest.raises(UserError, match="密码"):
        _read(tmp_path, locked)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (_zip({}), "没有文件"),
        (_zip({"__MACOSX/a": b"x", "空/": b""}), "没有文件"),
        (_zip({"a.txt": _TEXT})[:-30], "损坏"),
        (_patched(_zip({f"{i}.txt": b"x" for i in range(70)}), 22, 24, "<I", 8 * 2**20), "过大"),
        (_zip({f"{i}.txt": b"" for i in range(20_001)}, method=zipfile.ZIP_STORED), "过大"),
    ],
)
def test_what_is_no_usable_archive_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(UserError, match=said) as error:
        _read(tmp_path, data)
    assert "请" in str(error.value) and "文件.zip" in str(error.value)


def test_a_member_that_unpacks_to_a_thousand_times_its_size_is_refused(tmp_path: Path) -> None:
    texts, failures = _read(tmp_path, _zip({"零.txt": bytes(20 * 2**20), "a.txt": _TEXT}))
    assert list(texts) == ["文件.zip/a.txt"] and "过大" in failures["文件.zip/零.txt"]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_without_a_bound_on_memory_is_refused(tmp_path: Path, method: int) -> None:
    _, failures = _read(tmp_path, _zip({"a.txt": _TEXT}, method=method))
    assert "压缩方法" in failures["文件.zip/a.txt"]


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    """A bomb of one part that the directory names many times."""
    data = bytearray(_zip({"a.txt": _TEXT * 20, "b.txt": _TEXT * 20}))
    first = data.find(b"PK\x01\x02")
    second = data.find(b"PK\x01\x02", first + 4)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    with pytest.raises(UserError, match="过大"):
        _read(tmp_path, bytes(data))


@pytest.mark.parametrize(("limit", "value"), [("MAX_TOTAL", 2 * 2**20), ("MAX_MEMBERS", 6)])
def test_archives_inside_one_another_share_one_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    inner = _zip({f"{i}.txt": "甲。".encode() * 50_000 for i in range(3)})
    outer = _zip({f"{i}.zip": inner for i in range(3)})
    texts, _ = _read(tmp_path, outer)
    assert len(texts) == 9
    monkeypatch.setattr(archive, limit, value)
    with pytest.raises(UserError, match="过大"):
        _read(tmp_path, outer)


def test_millions_of_entries_are_counted_before_they_are_listed() -> None:
    entry = b"PK\x01\x02" + bytes(42)
    start = time.monotonic()
    with pytest.raises(UserError):
        list(archive.members(b"PK\x03\x04" + entry * 2_000_000))
    assert time.monotonic() - start < 5
