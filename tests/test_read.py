"""Any file in: its text, or one sentence that says why not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from index.build import find_files
from index.errors import UserError
from index.read import html_to_text, read_text

_TEXT = "关于甲的通知\n一、加强管理，提高服务能力。"


def _write(folder: Path, data: bytes) -> Path:
    path = folder / "文件.txt"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_encodings_of_offices_are_told_by_content(tmp_path: Path, encoding: str) -> None:
    data = _TEXT.encode(encoding)
    assert read_text(_write(tmp_path, data)) == (_TEXT, data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "PNG 图片"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "JPEG 图片"),
        (b"%PDF-1.7 x", "PDF"),
        (b"PK\x03\x04rest", "压缩包"),
        (b"\xd0\xcf\x11\xe0rest", "旧版 Office"),
        (b"", "文件是空的"),
        (b"\xef\xbb\xbf", "文件是空的"),
        (" \r\n\u3000\n".encode(), "文件是空的"),
        (b"<html><body><script>x</script></body></html>", "文件是空的"),
        (b"\x00\x01\x02\x03" * 20, "无法识别文件编码"),
        (_TEXT.encode("utf-16-le"), "无法识别文件编码"),
        (_TEXT.encode("utf-32"), "无法识别文件编码"),
        (b"\xff\xfe\x00", "无法识别文件编码"),
    ],
)
def test_what_is_no_text_is_refused_with_the_remedy(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(UserError, match=said) as error:
        read_text(_write(tmp_path, data))
    assert "请" in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in (".", "pipe", "loop", "absent", "长" * 300):
        with pytest.raises(UserError):
            read_text(tmp_path / name)


@pytest.mark.parametrize("name", ["loop", "absent", "长" * 300])
def test_a_path_that_leads_nowhere_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(UserError, match="找不到"):
        find_files([tmp_path / name])


def test_a_folder_gives_its_documents_in_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "README.md", "manifest.csv", ".hidden", "sub/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    assert [path.name for path in find_files([tmp_path])] == ["a.txt", "b.txt", "c.txt"]


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<p>一、甲</p><p>乙&nbsp;&lt;丙&gt;</p>", ["一、甲", "乙\xa0<丙>"]),
        ("甲<br>乙<br/>丙", ["甲", "乙", "丙"]),
        ("<html><body><p>一、甲\n乙</p></body></html>", ["一、甲 乙"]),
        ("题头\n<p>甲<span>乙</span></p>\n题尾", ["题头", "甲乙", "题尾"]),
        ("<style>x</style><script>y</script><p>甲</p>", ["甲"]),
        ("<table><tr><td>甲</td><td>乙</td></tr><tr><td>丙</td></tr></table>", ["甲\t乙", "丙"]),
    ],
)
def test_markup_becomes_a_line_a_block(markup: str, lines: list[str]) -> None:
    assert [line.strip() for line in html_to_text(markup).split("\n") if line.strip()] == lines


def test_divs_nested_deep_do_not_overflow() -> None:
    depth = 20_000
    assert "一、甲" in html_to_text("<body>" + "<div>" * depth + "一、甲" + "</div>" * depth)


def test_a_comparison_is_no_markup(tmp_path: Path) -> None:
    text = "一、p<0.05且n>30，x<y。"
    assert read_text(_write(tmp_path, text.encode()))[0] == text
