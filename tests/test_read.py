"""Any file in: its text and what it is, or one sentence that says why not."""

from __future__ import annotations

import hashlib
import os
import random
import re
from pathlib import Path

import pytest
from opencc import OpenCC

from index.corpus import find_files
from index.errors import UserError
from index.read import Source, read_file
from index.readers import text as plain
from tests import ofd_writer
from tests.sound_files import SOUND

_TEXT = "关于甲的通知\n一、加强管理，提高服务能力。"
_LONGER = _TEXT + "\n二、完善城乡居民基本医疗保险制度，建立筹资机制。"


def _write(folder: Path, data: bytes, name: str = "文件.txt") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _read(folder: Path, data: bytes, name: str = "文件.txt") -> Source:
    sources, failures = read_file(_write(folder, data, name))
    assert not failures and len(sources) == 1
    return sources[0]


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gbk"],
)
def test_encodings_of_offices_are_told_by_content(tmp_path: Path, encoding: str) -> None:
    data = _TEXT.encode(encoding)
    source = _read(tmp_path, data)
    assert (source.text, source.format, source.sha256) == (_TEXT, "text", hashlib.sha256(data).hexdigest())
    assert source.name == "文件.txt"


@pytest.mark.parametrize("encoding", ["gb18030", "cp950", "utf-16-le", "utf-16-be", "utf-8"])
@pytest.mark.parametrize("length", [12, 40, 400])
def test_pieces_of_real_text_are_read_in_their_encoding(encoding: str, length: int) -> None:
    """Pieces cut at random; at twelve characters a few may be read wrongly, at forty none."""
    whole = "".join(path.read_bytes().decode("utf-8-sig") for path in sorted(Path("seeds").glob("00[0-2]*.txt")))
    whole = OpenCC("s2t").convert(whole) if encoding == "cp950" else whole
    rng = random.Random(length)
    wrong = 0
    for _ in range(50):
        at = rng.randrange(len(whole) - length)
        data = whole[at : at + length].encode(encoding, "ignore")
        if data.decode(encoding).strip():
            wrong += plain.decode(data) != data.decode(encoding)
    assert wrong <= (2 if length < 40 else 0)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_one_broken_character_in_a_long_text_costs_no_more_than_itself(encoding: str) -> None:
    data = (_LONGER * 10).encode(encoding)
    at = len("关于甲的".encode(encoding)) + 1
    read = plain.decode(data[:at] + data[at + 1 :])
    assert read.endswith("建立筹资机制。") and read.startswith("关于甲的")
    assert plain.decode((_LONGER * 10).encode(encoding)[:-1]).startswith(_LONGER)  # cut off inside a character


def test_traditional_text_in_gbk_is_not_taken_for_big5() -> None:
    text = OpenCC("s2t").convert(_LONGER)
    assert plain.decode(text.encode("gbk")) == text
    assert plain.decode(text.encode("big5")) == text


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\n"])
def test_line_ends_are_one(tmp_path: Path, ends: str) -> None:
    assert _read(tmp_path, f"甲的通知{ends}{ends}一、乙{ends}二、丙\n".encode()).text == "甲的通知\n\n一、乙\n二、丙\n"


def test_what_marks_a_table_never_comes_from_a_text(tmp_path: Path) -> None:
    assert _read(tmp_path, "甲\x1e乙\x1f丙\x1c\x1d丁的通知".encode()).text == "甲乙丙丁的通知"


def test_a_table_of_tabs_is_read_by_cell(tmp_path: Path) -> None:
    text = "表1\n项目\t标准\n甲\t20元\n"
    assert _read(tmp_path, text.encode()).text == "表1\n\x1e项目\x1f标准\n\x1e甲\x1f20元\n"


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
_OFFICE = {"[Content_Types].xml": b"<Types/>"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "PNG 图片.*OCR"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "JPEG 图片.*OCR"),
        (b"GIF89a" + bytes(40), "GIF 图片"),
        (b"II*\0" + bytes(40), "TIFF 图片"),
        (b"BM\x10\x20\0\0\0\0\0\0" + bytes(40), "BMP 图片"),
        (b"\x1f\x8b\x08" + bytes(40), "GZIP 压缩包.*解压"),
        (b"Rar!\x1a\x07\x01\0" + bytes(40), "RAR 压缩包.*解压"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(40), "7z 压缩包.*解压"),
        (bytes(257) + b"ustar\0" + bytes(300), "TAR 压缩包"),
        (b"Founder CEB\0" + bytes(40), "方正 CEB.*PDF"),
        (_OLE, r"旧版 Office 文件.*\.docx"),
        (_OLE + "WordDocument".encode("utf-16-le"), r"旧版 Word 或 WPS 文件.*另存为 \.docx"),
        (_OLE + "Workbook".encode("utf-16-le"), "旧版 Excel 表格"),
        (_OLE + "EncryptedPackage".encode("utf-16-le"), "加了密码的 Office 文件.*去掉密码"),
        (ofd_writer.zipped(_OFFICE | {"xl/workbook.xml": b"<a/>"}), "Excel 表格"),
        (ofd_writer.zipped(_OFFICE | {"ppt/presentation.xml": b"<a/>"}), "PowerPoint"),
        (ofd_writer.zipped({"mimetype": b"x", "META-INF/manifest.xml": b"<a/>"}), "ODF 文档"),
        (ofd_writer.zipped({"mimetype": b"x", "META-INF/container.xml": b"<a/>"}), "EPUB"),
        (b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument/>', "Word 2003 XML"),
        (b"PK\x03\x04rest", "压缩包已损坏"),
        (b"%PDF-1.7 x", "PDF"),
        (b"{\\rtf1\\uc }", "RTF 文件已损坏"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\nx", "MHTML"),
        (b"", "文件是空的"),
        (b"\xef\xbb\xbf", "文件是空的"),
        (" \r\n\u3000\n".encode(), "文件是空的"),
        (b"<html><body><script>x</script></body></html>", "文件是空的"),
        (b"\x00\x01\x02\x03" * 20, "无法识别文件编码"),
        (b"\xff\xfe\x00", "无法识别文件编码"),
        (random.Random(1).randbytes(2000), "无法识别文件编码"),
    ],
)
def test_what_is_no_document_is_refused_with_the_remedy(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(UserError, match=said) as error:
        read_file(_write(tmp_path, data))
    assert "请" in str(error.value)
    assert "文件.txt" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_library_is_named_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "striprtf", None)
    with pytest.raises(UserError, match=r"缺少程序库 striprtf.*pip install"):
        read_file(_write(tmp_path, b"{\\rtf1 x}"))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in (".", "pipe", "loop", "absent", "长" * 300):
        with pytest.raises(UserError):
            read_file(tmp_path / name)


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


@pytest.mark.parametrize("name", ["公文.txt", "公文.pdf", "公文.exe", "公文"])
def test_the_name_tells_nothing(tmp_path: Path, name: str) -> None:
    page = "<html><head><meta name='ArticleTitle' content='甲'></head><body><p>一、甲</p></body></html>".encode()
    source = _read(tmp_path, page, name)
    assert (source.format, source.text.strip(), source.meta) == ("html", "一、甲", {"ArticleTitle": "甲"})
    assert source.reader.startswith("selectolax ")
    assert _read(tmp_path, ofd_writer.write([ofd_writer.Block("一、甲。")]), name).format == "ofd"


@pytest.mark.parametrize("text", ["一、p<0.05且n>30，x<y。", "a < b 且 <br 不是标记", "见<附件1>、<附件2>。"])
def test_a_comparison_is_no_markup(tmp_path: Path, text: str) -> None:
    source = _read(tmp_path, text.encode())
    assert (source.text, source.format) == (text, "text")


def test_tags_below_a_text_header_make_a_page(tmp_path: Path) -> None:
    source = _read(tmp_path, "题头\n<p>甲<span>乙</span></p>\n题尾".encode())
    assert source.format == "html"
    assert [line.strip() for line in source.text.split("\n") if line.strip()] == ["题头", "甲乙", "题尾"]


def test_a_text_that_names_pdf_is_no_pdf(tmp_path: Path) -> None:
    assert _read(tmp_path, "PDF 文件以 %PDF-1.7 开头，以 %%EOF 结束。".encode()).format == "text"


def test_a_saved_page_with_its_pictures_is_a_page(tmp_path: Path) -> None:
    """单个文件网页, as Word and IE save it: quoted-printable in GB 2312."""
    body = "<html><head><meta charset=gb2312></head><body><p>一、甲的办法。</p></body></html>".encode("gb2312")
    quoted = b"".join(b"=%02X" % byte if byte > 126 or byte == 61 else bytes([byte]) for byte in body)
    data = (
        b'From: <saved>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n'
        b'--x\r\nContent-Type: text/html; charset="gb2312"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
        + quoted
        + b"\r\n--x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--x--\r\n"
    )
    source = _read(tmp_path, data, "网页.mht")
    assert (source.format, source.text.strip()) == ("html", "一、甲的办法。")


@pytest.mark.parametrize("kind", SOUND)
def test_each_format_is_told_and_read(tmp_path: Path, kind: str) -> None:
    if kind == "zip":
        sources, failures = read_file(_write(tmp_path, SOUND[kind]()))
        assert [source.format for source in sources] == ["text", "html", "docx"] and not failures
        return
    source = _read(tmp_path, SOUND[kind]())
    assert source.format == {"mhtml": "html"}.get(kind, kind)
    assert "Article 1" in source.text if kind == "pdf" else "（一）补助标准为每人每年20元。" in source.text
    assert re.fullmatch(r"(python|lxml|selectolax|ofdkit|pypdfium2|striprtf) \d[\d.]+", source.reader)


def test_a_pdf_with_lines_of_a_mail_gateway_above_it_is_a_pdf(tmp_path: Path) -> None:
    source = _read(tmp_path, b"X-Gateway: scanned\r\n" * 40 + SOUND["pdf"]())
    assert source.format == "pdf" and "Article 1" in source.text


def _rtf(text: str) -> str:
    return "".join(f"\\'{byte:02x}" if byte > 127 else chr(byte) for byte in text.encode("gbk"))


def test_rtf_paragraphs_and_tables(tmp_path: Path) -> None:
    """Word's way: the code page is the file's, the font of 中 is named as one of Western letters."""
    row = r"\trowd\cellx100\cellx200\cellx300\pard\intbl %s\cell %s\cell %s\cell\row "
    merged = r"\trowd\clvmrg\cellx100\cellx300\pard\intbl \cell %s\cell\row "
    body = _rtf("甲的办法") + r"\par " + r"\u20116?\u31526?" + _rtf("|号") + r"\par "
    body += row % (_rtf("类别"), _rtf("标\n准"), "x|y") + merged % _rtf("合并") + r"\pard " + _rtf("表后。") + r"\par"
    head = r"{\rtf1\ansi\ansicpg936\deff0{\fonttbl{\f0\fcharset0 Times;}}{\*\generator Word}\f0 "
    source = _read(tmp_path, (head + body + "}").encode(), "办法.doc")
    assert source.format == "rtf"
    assert source.text.split("\n") == [
        "甲的办法",
        "五符|号",
        "\x1e类别\x1f标准\x1fx|y",
        "\x1e类别\x1f合并\x1f合并",
        "表后。",
    ]


# --- Markdown ---


@pytest.mark.parametrize(
    ("text", "is_markdown"),
    [
        ("# 甲的办法\n\n一、乙", True),
        ("---\ntitle: 甲的办法\n---\n一、乙", True),
        ("**甲的办法**\n\n**第一条** 乙", True),
        ("表1\n\n| 甲 | 乙 |\n|---|:--|\n| 1 | 2 |", True),
        ("甲的办法\n\n## 一、乙\n\n### （一）丙", True),
        ("甲的办法\n一、乙\n* 标星号的为必填项", False),
        ("甲的办法\n- 一、乙\n- 二、丙", False),
        ("甲的办法\n---\n一、乙 [2012] 3*4*5", False),
        ("#1楼住户：一、乙", False),
        ("甲 | 乙\n丙 | 丁", False),
        ("一、甲 **乙", False),
    ],
)
def test_markdown_is_told_by_strong_evidence_only(tmp_path: Path, text: str, is_markdown: bool) -> None:
    source = _read(tmp_path, text.encode())
    assert source.format == ("markdown" if is_markdown else "text")
    assert is_markdown or source.text == text


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("## 一、总则 ##", "一、总则"),
        ("**第一条** 为了*规范*管理", "第一条 为了规范管理"),
        ("这是*强调*的文字，3*4*5=60，a_b_c", "这是强调的文字，3*4*5=60，a_b_c"),
        ("见[办法](https://a.example/b_(c).html)", "见[办法](https://a.example/b_(c).html)"),
        ("见[办法](https://a.example/b.html)第三条", "见办法第三条"),
        ("长府办发[2012]33号", "长府办发[2012]33号"),
        ("1\\. 甲 \\*乙\\*", "1. 甲 *乙*"),
        ("- 甲", "甲"),
        ("* [x] 甲", "甲"),
        ("3. 甲", "3. 甲"),
        ("> > 甲", "甲"),
        ("`甲` ~~乙~~ <b>丙</b>&nbsp;&lt;丁", "甲 乙 丙\xa0<丁"),
        ("![图](a.png)甲", "甲"),
    ],
)
def test_markdown_marks_are_taken_away(tmp_path: Path, line: str, kept: str) -> None:
    assert _read(tmp_path, f"# 题\n\n{line}\n".encode()).text == f"题\n{kept}"


def test_markdown_tables_code_and_front_matter(tmp_path: Path) -> None:
    text = (
        '---\ntitle: 甲的办法\ndoc_no: "某发〔2031〕5号"\ntags:\n  - 乙\n---\n# 甲的办法\n\n表1 标准\n'
        "| 类别 | 标准 | 备注 |\n|:--|--:|---|\n| 甲\\|乙 | **20** |\n| 丙 | 30 | 丁 | 多 |\n\n"
        "| 戊 | 己 |\n|---|---|\n| 1 | 2 |\n\n```\n# 不是标题\n```\n[1]: https://a.example\n末段"
    )
    source = _read(tmp_path, text.encode())
    assert source.meta == {"title": "甲的办法", "doc_no": "某发〔2031〕5号"}
    assert source.text.split("\n") == [
        "甲的办法", "表1 标准",
        "\x1e类别\x1f标准\x1f备注", "\x1e甲|乙\x1f20\x1f", "\x1e丙\x1f30\x1f丁", "\x1d",
        "\x1e戊\x1f己", "\x1e1\x1f2", "# 不是标题", "末段",
    ]  # fmt: skip


def test_wrapped_markdown_is_joined_and_lines_that_stand_alone_are_not(tmp_path: Path) -> None:
    wrapped = "为加强和规范城乡居民基本医疗保险基金管理，\n提高基金使用效率，切实保障参保人员合法权益，\n制定本办法。"
    listed = "一、甲\n（一）乙\n联系人：某某\n电话：12345"
    broken = "为加强和规范城乡居民基本医疗保险基金管理，  \n提高基金使用效率，切实保障参保人员合法权益。"
    lines = _read(tmp_path, f"# 题\n\n{wrapped}\n\n{listed}\n\n{broken}".encode()).text.split("\n")
    assert lines == ["题", wrapped.replace("\n", ""), *listed.split("\n"), *broken.replace("  \n", "\n").split("\n")]
