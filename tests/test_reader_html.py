"""Web pages: whole, half-stripped, escaped twice, arranged in tables, wrapped in a site, hostile."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import UserError
from index.readers.html import html_to_text, metadata, read


def _lines(markup: str) -> list[str]:
    return html_to_text(markup).split("\n")


# --- bytes ---

_CHINESE = "一、加强管理，提高服务能力。"


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("gb2312", "gbk"),
        ("GBK", "gb18030"),
        ("gb2312", "utf-8"),  # declared wrongly
        ("utf-8", "gb18030"),
        ("utf-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("gb2312", "utf-16"),
        ("iso-8859-1", "gbk"),
        ("no-such-charset", "utf-8"),
        ("big5", "gbk"),
    ],
)
@pytest.mark.parametrize(
    "meta", ['<meta charset="{}">', '<meta http-equiv=Content-Type content="text/html; charset={}">']
)
def test_the_charset_that_fits_wins(meta: str, declared: str, encoding: str) -> None:
    page = f"<html><head>{meta.format(declared)}</head><body><p>{_CHINESE}</p></body></html>"
    assert read(page.encode(encoding)) == _CHINESE


def test_big5_is_believed_where_it_is_declared() -> None:
    page = '<html><meta charset="big5"><body><p>一、加強管理，提高服務能力。</p></body></html>'
    assert read(page.encode("big5")) == "一、加強管理，提高服務能力。"


@pytest.mark.parametrize("text", ["一", "联通", "中国", "二〇一二"])
def test_short_gbk_is_not_taken_for_utf_8(text: str) -> None:
    assert read(f"<meta charset=gbk><p>{text}".encode("gb18030")) == text


@pytest.mark.parametrize("data", [bytes(range(256)) * 50, b"<p>\x00\x00\x01</p>" * 9, "<p>甲".encode("utf-32-le")[4:]])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(UserError, match="请"):
        read(data)


# --- blocks ---


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<p>一、甲</p><p>乙&nbsp;&lt;丙&gt;</p>", ["一、甲", "乙\xa0<丙>"]),
        ("甲<br>乙<br/>丙</br>丁", ["甲", "乙", "丙", "丁"]),
        ("<html><body><p>一、甲\n乙</p></body></html>", ["一、甲 乙"]),
        ("题头\n<p>甲<span>乙</span></p>\n题尾", ["题头", "甲乙", "题尾"]),
        (
            "<html><body><pre>甲\n乙</pre><div style='white-space: pre-wrap'>丙\n丁</div></body></html>",
            list("甲乙丙丁"),
        ),
        ("<html><body>甲<b>乙<p>丙</b>丁</p>戊</body></html>", ["甲乙", "丙丁", "戊"]),
        ("<html><body><dl><dt>问</dt><dd>答</dd></dl></body></html>", ["问", "答"]),
        ("<html><body><o:p>甲</o:p><font size=4>乙</font><strong>丙</strong></body></html>", ["甲乙丙"]),
        ("<html><body>甲&emsp;&emsp;乙</body></html>", ["甲\u2003\u2003乙"]),
        ("", [""]),
        ("<frameset><frame src=x></frameset>", [""]),
    ],
)
def test_markup_becomes_a_line_a_block(markup: str, lines: list[str]) -> None:
    assert _lines(markup) == lines


@pytest.mark.parametrize(
    "noise",
    [
        "<script>x</script>", "<style>x</style>", "<noscript><p>x</p></noscript>", "<template><p>x</p></template>",
        "<iframe>x</iframe>", "<svg><text>x</text></svg>", "<select><option>x</select>", "<button>x</button>",
        "<textarea>x</textarea>", "<input value=x>", "<!-- x -->", "<!--[if lt IE 9]><p>x</p><![endif]-->", "<?xml x?>",
        '<div style="color:red; DISPLAY : none">x<p>x</p></div>', "<p hidden>x</p>", "<span style='visibility:hidden'>x</span>",
        "<xml><w:WordDocument>x</w:WordDocument></xml>", "<title>x</title>", "<object>x</object>", "\x1c\x1d\x1e\x1f&#30;&#x1f;",
    ],
)  # fmt: skip
def test_what_no_reader_sees_is_dropped(noise: str) -> None:
    for page in (f"<html><body><p>甲</p>{noise}<p>乙</p></body></html>", f"<p>甲</p>{noise}\n<p>乙</p>"):
        assert _lines(page) == ["甲", "乙"]


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<p>甲&amp;nbsp;乙&amp;ldquo;丙&amp;rdquo;&amp;#8212;</p>", ["甲\xa0乙“丙”—"]),
        ("&lt;p style=&quot;x&quot;&gt;甲&lt;/p&gt;&lt;p&gt;乙&lt;br /&gt;丙&lt;/p&gt;", ["甲", "乙", "丙"]),
        ("&amp;lt;p&amp;gt;甲&amp;lt;/p&amp;gt;&amp;amp;lt;p&amp;amp;gt;乙", ["甲", "乙"]),
        ("<p>甲&lt;span lang=EN-US&gt;乙&lt;/span&gt;</p>", ["甲乙"]),
        ("<p>p&lt;0.05且n&gt;30，x&lt;y&gt;z，a&amp;lt;5</p>", ["p<0.05且n>30，x<y>z，a<5"]),
        (
            "&lt;table&gt;&lt;tr&gt;&lt;td&gt;1&lt;/td&gt;&lt;td&gt;2&lt;/td&gt;&lt;/tr&gt;&lt;tr&gt;&lt;td&gt;3&lt;td&gt;4",
            ["\x1e1\x1f2", "\x1e3\x1f4"],
        ),
        ("<p>AT&amp;T 与 R&amp;D</p>", ["AT&T 与 R&D"]),
    ],
)
def test_what_was_escaped_too_often_is_put_right(markup: str, lines: list[str]) -> None:
    assert _lines(markup) == lines


# --- lists ---


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<ol><li>甲</li><li>乙</li></ol>", ["1. 甲", "2. 乙"]),
        ("<ol><li><p>甲</p><p>续</p></li><li><b>乙</b>丙</li></ol>", ["1. 甲", "续", "2. 乙丙"]),
        ("<ol start=3 type=a><li>甲<li>乙</ol>", ["c. 甲", "d. 乙"]),
        ("<ol type=I><li>甲<li value=5>乙<li>丙</ol>", ["I. 甲", "V. 乙", "VI. 丙"]),
        ("<ol style='list-style-type:lower-roman'><li>甲</ol>", ["i. 甲"]),
        ("<ol style='list-style: cjk-ideographic inside'><li>甲<li>乙</ol>", ["一、甲", "二、乙"]),
        ("<ol style='list-style:none'><li>甲</ol>", ["甲"]),
        ("<ol><li>甲<ol type=a><li>子<li>女</ol><li>乙</ol>", ["1. 甲", "a. 子", "b. 女", "2. 乙"]),
        ("<ol><li>1.甲</li><li>2.乙</li></ol>", ["1.甲", "2.乙"]),
        ("<ol><li>（一）甲</li><li>（二）乙</li></ol>", ["（一）甲", "（二）乙"]),
        ("<ol><li>甲<li style='display:none'>x<li>乙</ol>", ["1. 甲", "2. 乙"]),
        ("<ol start=-1 type=q><li>甲</ol>", ["1. 甲"]),
        ("<ul><li>甲<li>乙</ul>", ["甲", "乙"]),
        ("<li>甲", ["甲"]),
    ],
)
def test_numbers_that_the_browser_counts(markup: str, lines: list[str]) -> None:
    assert _lines(f"<html><body>{markup}</body></html>") == lines


# --- tables ---

_LONG = "".join(f"<p>{number}、{'正文的句子。' * 30}</p>" for number in "一二三")


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        (
            "<p>表1</p><table><tr><th>项</th><th>数</th></tr><tr><td>甲</td><td>1</td></tr></table><p>后</p>",
            ["表1", "\x1e项\x1f数", "\x1e甲\x1f1", "后"],
        ),
        (
            "<table><caption>表1</caption><tr><td>a<td>b<tr><td>c<td>d</table>",
            ["表1", "\x1ea\x1fb", "\x1ec\x1fd"],
        ),
        (
            "<table><tr><td>索引号：</td><td>001</td><td>主题分类：</td><td>卫生</td></tr>"
            "<tr><td>发文字号：</td><td>某政发〔2020〕1号</td><td>发布日期：</td><td>2020年1月1日</td></tr></table>",
            ["\x1e索引号：\x1f001\x1f主题分类：\x1f卫生", "\x1e发文字号：\x1f某政发〔2020〕1号\x1f发布日期：\x1f2020年1月1日"],
        ),
        (
            "<table><tr><td rowspan=2>类</td><td>1</td><td rowspan=0>末</td></tr><tr><td>2</td></tr>"
            "<tr><td colspan=2>合<p>计</p></td></tr></table>",
            ["\x1e类\x1f1\x1f末", "\x1e类\x1f2\x1f末", "\x1e合 计\x1f合 计\x1f末"],
        ),
        (
            "<table><tr><td rowspan=2 colspan=2>大<td>1<tr><td>2<tr><td>甲<td>乙</table>",
            ["\x1e大\x1f大\x1f1", "\x1e大\x1f大\x1f2", "\x1e甲\x1f乙\x1f"],
        ),
        (
            "<table><tr><td>a<td>b</table><table><tr><td>a<td>b<tr><td>c<td>d</table> <table><tr><td>e<td>f<tr><td>g<td>h</table>",
            ["a\tb", "\x1ea\x1fb", "\x1ec\x1fd", "\x1d", "\x1ee\x1ff", "\x1eg\x1fh"],
        ),
        ("<table><tr><td>一、甲<tr><td>二、乙</table>", ["一、甲", "二、乙"]),
        ("<table><tr><td>甲</td><td>乙</td></tr><tr><td>丙</td></tr></table>", ["甲\t乙", "丙"]),
        (
            "<table><tr><td>左<td>右<tr><td>x<td><table><tr><td>a<td>b<tr><td>c<td>d</table>正文</table>",
            ["左\t右", "x", "\x1ea\x1fb", "\x1ec\x1fd", "正文"],
        ),
        (
            f"<table><tr><td>栏目</td><td>标题</td></tr><tr><td>旁栏</td><td>{_LONG}</td></tr></table>",
            ["栏目\t标题", "旁栏", *(f"{number}、{'正文的句子。' * 30}" for number in "一二三")],
        ),
        (
            "<table><tr><td><p>责任单位</p><td><p>任务</p><tr><td><p>甲局</p><td><p>1.一事；</p><p>2.二事。</p></table>",
            ["\x1e责任单位\x1f任务", "\x1e甲局\x1f1.一事； 2.二事。"],
        ),
        ("<table><tr><td>a<td>b<tr style='display:none'><td>x<td>x<tr><td>c<td>d</table>", ["\x1ea\x1fb", "\x1ec\x1fd"]),
        ("<table><tr><td>a<td>b<tr><td>　<td>&nbsp;<tr><td>c<td>d</table>", ["\x1ea\x1fb", "\x1ec\x1fd"]),
        ("<table><tr><td>a<td><ol><li>甲<li>乙</ol><tr><td>c<td>d</table>", ["\x1ea\x1f1. 甲 2. 乙", "\x1ec\x1fd"]),
    ],
)  # fmt: skip
def test_tables(markup: str, lines: list[str]) -> None:
    assert _lines(f"<html><body>{markup}</body></html>") == lines
    assert _lines(markup) == lines


def test_line_breaks_in_the_cells_of_a_half_stripped_page_are_spaces() -> None:
    assert _lines(
        "题\n<table>\n<tr>\n<td>甲\n乙</td>\n<td>丙</td>\n</tr>\n<tr><td>丁</td><td>戊</td></tr>\n</table>"
    ) == [
        "题",
        "\x1e甲 乙\x1f丙",
        "\x1e丁\x1f戊",
    ]


# --- the site around the document ---

_LINKS = "".join(f"<li><a href=/{at}>栏目{at}</a></li>" for at in range(5))
_DOCUMENT = "<h1>关于某事的通知</h1><p>某政发〔2020〕1号</p><p>一、甲。</p><p>二、乙。</p>"
_KEPT = ["关于某事的通知", "某政发〔2020〕1号", "一、甲。", "二、乙。"]


@pytest.mark.parametrize(
    "frame",
    [
        f"<nav>{_LINKS}</nav>",
        f"<div><ul>{_LINKS}</ul></div>",
        f"<table><tr>{_LINKS.replace('li>', 'td>')}</tr></table>",
        f"<p>{_LINKS.replace('<li>', '').replace('</li>', ' | ')}</p>",
        "<header><a href=/>某市人民政府</a> <a href=/en>English</a> 无障碍</header>",
        "<div class='breadcrumb'>当前位置：<a href=/>首页</a> > <a href=/a>政策</a></div>",
        "<div class='crumb-nav clearfix' id=x>当前位置：首页</div>",
        "<div class='share'>分享到：微信 微博</div>",
        "<div id='footer'>版权所有：某市人民政府办公室 某ICP备05000000号</div>",
        "<footer>主办：某市人民政府</footer>",
        "<aside><h3>热点</h3></aside>",
        "<div class='pagination'>上一页 1 2 3 下一页</div>",
        "<div class='related'><h4>相关链接</h4><a href=1>某解读</a></div>",
        f"<ol>{_LINKS}</ol>",
    ],
)
def test_the_frame_of_the_site_is_dropped(frame: str) -> None:
    assert _lines(f"<html><body>{frame}<div>{_DOCUMENT}</div></body></html>") == _KEPT
    assert _lines(f"<html><body><div>{_DOCUMENT}</div>{frame}</body></html>") == _KEPT


@pytest.mark.parametrize(
    "holder",
    [
        "<nav>{}</nav>", "<footer>{}</footer>", "<div class='nav'>{}</div>", "<div class='share footer'>{}</div>",
        "<div class='menu'><div id='footer'>{}</div></div>", "<aside>{}</aside>", "<form class='search'>{}</form>",
        "<span class='related'>{}</span>", "<a href=/x>{}</a>", "<div class='innovation'>{}</div>",
    ],
)  # fmt: skip
def test_a_document_in_an_oddly_named_holder_is_kept(holder: str) -> None:
    assert _lines(f"<html><body>{holder.format(_DOCUMENT)}</body></html>") == _KEPT


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<header><h1>关于某事的通知</h1></header>", ["关于某事的通知"]),
        (f"<header><nav>{_LINKS}</nav><div>关于某事的通知</div></header>", ["关于某事的通知"]),
        ("<div class='header'>某市人民政府文件</div>", ["某市人民政府文件"]),
        ("<div class='share'>发布时间：2020-01-01 来源：某办</div>", ["发布时间：2020-01-01 来源：某办"]),
        ("<div class='nav-content'>没有编号的批复。</div>", ["没有编号的批复。"]),
        ("<div class='footer'>" + "没有编号的正文很长。" * 30 + "</div>", ["没有编号的正文很长。" * 30]),
        ("<ul><li>附件：" + "".join(f"<a href={at}>表{at}</a>" for at in range(6)) + "</ul>", ["附件：表0表1表2表3表4表5"]),
        ("<ul>" + "".join(f"<li><a href=/{at}.docx>表{at}</a>" for at in range(4)) + "</ul>", ["表0", "表1", "表2", "表3"]),
        ("<div>" + "".join(f"<p><a href={at}>第{at}条 甲。</a></p>" for at in range(1, 6)) + "</div>", [f"第{at}条 甲。" for at in range(1, 6)]),
        ("<div><a href=/>" + "<p>一句话写在没有关上的链接里。</p>" * 5 + "</div>", ["一句话写在没有关上的链接里。"] * 5),
        ("<div>" + "<p><a name=x>没有编号的正文</a></p>" * 5 + "</div>", ["没有编号的正文"] * 5),
        ("<ol><li><a href=1>甲法</a><li><a href=2>乙法</a></ol>", ["甲法", "乙法"]),
        ("<p>见<a href=1>甲法</a>、<a href=2>乙法</a>、<a href=3>丙法</a>和<a href=4>丁法</a>的有关规定执行</p>",
         ["见甲法、乙法、丙法和丁法的有关规定执行"]),
    ],
)  # fmt: skip
def test_in_doubt_it_is_kept(markup: str, lines: list[str]) -> None:
    assert _lines(f"<html><body>{markup}<p>二、乙。</p></body></html>") == [*lines, "二、乙。"]


@pytest.mark.parametrize(
    "page", ["<body style='display:none'><p>甲</p></body>", "<html><body><div hidden><p>甲</p></div>"]
)
def test_a_page_that_a_script_would_show_is_read(page: str) -> None:
    assert html_to_text(page) == "甲"


# --- meta tags ---


def test_metadata_of_a_government_page() -> None:
    page = (
        '<html><head><title>x</title><meta name="ArticleTitle" content="关于某事的通知 &amp;amp; 说明"><meta charset=utf-8>'
        '<META NAME="PubDate" CONTENT="2020-01-01 08:00"/><meta name="PubDate" content="1999"><meta name="Url" content="">'
        "<meta name='ContentSource' content='某办\n公室'></head><body><p>正文</p></body></html>"
    )
    assert metadata(page) == {
        "ArticleTitle": "关于某事的通知 & 说明", "PubDate": "2020-01-01 08:00", "ContentSource": "某办 公室",
    }  # fmt: skip
    assert html_to_text(page) == "正文"
    assert metadata("没有标签") == {}


# --- hostile pages ---

_DEEP = 100_000


@pytest.mark.parametrize(
    ("page", "last"),
    [
        ("<body>" + "<div>" * _DEEP + "一、甲" + "</div>" * _DEEP, "一、甲"),
        ("<body>" + "<div>" * 20_000 + "一、甲" + "</div>" * 20_000, "一、甲"),
        ("<ol><li>" * _DEEP + "甲", "甲"),
        ("<table><tr><td>" * _DEEP + "甲", "甲"),
        ("<table><tr><td>x" * 5_000 + "甲", "x甲"),
        ("<b><i>" * _DEEP + "<p>甲", "甲"),
        ("".join(f"<font size={at}>" for at in range(3000)) + "<p>甲" * 50_000, "甲"),
        ("<svg>" * _DEEP + "</svg>" * _DEEP + "<p>甲", "甲"),
        ("<div " + "".join(f"a{at}=b " for at in range(300_000)) + ">甲", "甲"),
        ("<p>甲</p>" + "<!--" * 2_000_000, "甲"),
        ("<p>甲</p>" + "&amp;" * 5_000_000 + "<p>乙", "乙"),
        ("&gt;" + "&lt;p " * 1_000_000 + "<p>甲", "甲"),
        ("<body>" + " \n" * 10_000_000 + "甲", "甲"),
        ("<a href=x>" * _DEEP + "甲", "甲"),
        ("<table><tr>" + "<td rowspan=65534>长文" * 199 + "<tr><td>x" * 30_000 + "</table>甲", "甲"),
        ("<table>" + "<tr><td colspan=999999>甲<td>乙" * 20_000 + "</table>甲", "甲"),
    ],
)
def test_hostile_pages_end_soon(page: str, last: str) -> None:
    started = time.monotonic()
    assert html_to_text(page).split("\n")[-1] == last
    assert time.monotonic() - started < 10


def test_a_page_nested_too_deep_keeps_its_lines() -> None:
    rest = "<p>一、甲<b>乙</b></p><script>x</script><table><tr><td>丙</td></tr></table>丁<br>戊"
    assert _lines("<body>" + "<div class=a>" * _DEEP + rest + "</div>" * _DEEP) == ["一、甲乙", "丙", "丁", "戊"]


def test_a_large_page_keeps_its_tables() -> None:
    lines = _lines("<html><body><table>" + "<tr><td>甲</td><td>乙</td></tr>" * 20_000 + "</table></body></html>")
    assert lines == ["\x1e甲\x1f乙"] * 20_000


def test_spans_cannot_multiply_a_text_without_end() -> None:
    row = f"<tr><td colspan=150>{'长' * 1000}</td><td>x</td></tr>"
    text = html_to_text(f"<table>{row * 100}</table>")
    assert len(text) < 3_000_000
    assert {line.count("\x1f") for line in text.split("\n")} == {150}


def test_fifty_megabytes_are_read() -> None:
    paragraph = "<p style='text-indent:2em'>" + "加强管理，提高服务能力。" * 25 + "</p>\n"
    page = f"<html><meta charset=utf-8><body>{paragraph * 54_000}<p>末</p></body></html>".encode()
    assert len(page) > 50_000_000
    started = time.monotonic()
    text = read(page)
    assert (text.count("\n"), text[-1]) == (54_000, "末")
    assert time.monotonic() - started < 10


def test_millions_of_tags_are_refused() -> None:
    with pytest.raises(UserError, match="请只保存正文"):
        html_to_text("<p>甲" * 3_000_000)


_PAGE = (
    f"<html><head><meta charset=utf-8><meta name=a content=b></head><body><nav>{_LINKS}</nav>{_DOCUMENT}"
    "<table><tr><td rowspan=2>类<td>1<tr><td colspan=2>2</table><ol start=3><li>甲<li>乙</ol>"
    "<pre>x\ny</pre><p hidden>z</p>&lt;p&gt;&amp;nbsp;<!-- c --><div class='share footer'>分享</div></body></html>"
)


def _check(markup: str) -> None:
    """A table's marks only where a table is: rows of one width, and no blank lines."""
    width = 0
    for line in html_to_text(markup).split("\n"):
        row = line.startswith("\x1e")
        assert line == "\x1d" or not set(line[row:]) & set("\x1c\x1d\x1e")
        assert row or "\x1f" not in line
        assert not row or not width or line.count("\x1f") == width
        width = line.count("\x1f") if row else 0
    metadata(markup)


@pytest.mark.parametrize("seed", range(300))
def test_damaged_pages_are_read(seed: int) -> None:
    chance = random.Random(seed)
    tokens = _PAGE.replace("<", "\0<").replace(">", ">\0").split("\0")
    for _ in range(chance.randint(1, 12)):
        at, other = chance.randrange(len(tokens)), chance.randrange(len(tokens))
        tokens[at] = chance.choice(
            ["", tokens[other], tokens[at] * 2, tokens[at][:-1], "</", "\x1e", "<table>", "</td>"]
        )
    page = "".join(tokens)
    _check(page[: chance.randint(0, len(page))])
    _check(page)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>/='\"&;!- \n\x1e甲一、tdrpolia", max_size=300))
def test_any_text_is_read(text: str) -> None:
    _check(text)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        said = read(data)
    except UserError as error:
        said = str(error)
    assert "\0" not in said
