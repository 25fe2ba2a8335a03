"""Damage done to sentences of our own is undone; sound text is left alone."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.clean import clean, line_spans, to_simplified
from index.lines import is_chrome
from index.repairs.digits import restore_digits
from index.repairs.glyphs import unify_glyphs
from index.repairs.invisible import remove_invisible
from index.repairs.markup import remove_markup
from index.repairs.mojibake import undo_mojibake
from index.repairs.punctuation import remove_doubled_marks
from index.repairs.readings import remove_readings
from index.repairs.slips import repair_gbk_slips
from index.repairs.spacing import join_letters, unify_spaces
from index.repairs.watermarks import remove_keywords, remove_watermarks
from index.repairs.width import narrow
from index.types import Document
from rag.page.library.catalog import Catalog
from tests import damage
from tests.damage import slips, traditional, with_readings

_SENTENCES = (
    "提高乡镇卫生院的服务能力，完善药品供应保障制度，减轻群众用药负担。",
    "各县区要加强组织领导，明确责任分工，确保农村危房改造任务按期完成。",
    "以县域为重点推进医疗资源共享。基层医疗卫生机构要加强人才队伍建设。",
    "财政部门要加大资金投入力度，严格资金监管，提高资金使用效益。",
    "对符合条件的困难家庭，按照规定给予临时救助，并及时向社会公开。",
    "鼓励社会力量举办养老机构，支持护理人员参加职业技能培训。",
    "建立健全农业保险制度，扩大保险覆盖范围，简化理赔程序。",
    "落实义务教育经费保障机制，改善农村学校办学条件。基层医疗卫生机构实行动态管理。",
)
_SEEDS = sorted((Path(__file__).resolve().parent.parent / "seeds").glob("00[012]*.txt"))  # sound pages, in plain text
_SEED_LINES = [line for path in _SEEDS for line in clean(path.read_text("utf-8"))[0].split("\n") if len(line) > 20]
# With one `?` nothing but the place of one byte is lost; a second `?` means that more is.
_SLIPS = [(sentence, slip) for sentence in _SENTENCES for slip in slips(traditional(sentence)) if slip.count("?") == 1]


def test_the_simulated_filter_does_what_was_seen() -> None:
    assert with_readings("醫療") == "醫(yī)療(liáo)"
    assert "縣域?yàn)橹攸c。" in list(slips("縣域為重點。"))
    assert any("?;鶎俞t" in slip for slip in slips(traditional("共享。基层医疗机构。")))
    assert len(_SLIPS) > 30


@pytest.mark.parametrize(("sentence", "slip"), _SLIPS)
def test_a_slip_by_one_byte_is_put_right_exactly(sentence: str, slip: str) -> None:
    page = [with_readings(traditional(line)) for line in _SENTENCES]
    repaired, steps = clean("\n".join([*page, slip]))
    assert repaired.split("\n") == [*_SENTENCES, sentence]
    assert "复原错位的GBK字节" in steps


def test_many_slips_in_one_text_are_all_put_right() -> None:
    page = [with_readings(traditional(line)) for line in _SENTENCES]
    damaged = "\n".join([*page, *(slip for _, slip in _SLIPS)])
    assert clean(damaged)[0].split("\n") == [*_SENTENCES, *(sentence for sentence, _ in _SLIPS)]


@pytest.mark.parametrize(
    "text",
    [
        "为什么要改革?(一)因为需要。",
        "是否可行?;请答复",
        "参保率达到多少?,支付多少?",
        "What is it?(yes)a) no",
        "吗?a)b",
        "?" * 50,
        "?;" * 50,
        "第(a)项和(b)项, 服务半径(km)不超过5(km)。",
    ],
)
def test_sound_text_with_question_marks_and_brackets_stays(text: str) -> None:
    assert repair_gbk_slips(remove_readings(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("醫(yī)療(liáo)", "醫療"),
        ("服务半径(km)", "服务半径(km)"),
        ("单位(mg)", "单位(mg)"),
        ("机构(a)", "机构(a)"),
        ("重(chóng)复, 重(zhòng)点", "重复, 重点"),
        ("A(yī)", "A(yī)"),
        ("医(liáo)", "医(liáo)"),
        ("医(一)", "医(一)"),
        ("医（yī）疗【liáo】保〔bǎo〕障[zhàng]", "医疗保障"),
        ("医疗（yī liáo）保障", "医疗保障"),
        ("医疗(yīliáo)保障", "医疗保障"),
        ("医疗(yī wù)保障", "医疗(yī wù)保障"),
        ("医(yi1)疗(liao2)", "医疗"),
        ("医(yi\u0304)", "医"),  # a combining macron
        ("医(yi)疗(liao)保(bao)障(zhang)", "医疗保障"),
        ("金额(e)和额(e)", "金额(e)和额(e)"),
        ("医(yi)疗(km)保(mg)障(kg)大(da)地(di)", "医(yi)疗(km)保(mg)障(kg)大(da)地(di)"),
        ("旅(lǚ)客, 你们(men)", "旅客, 你们"),
    ],
)
def test_only_a_reading_of_what_stands_before_goes(text: str, expected: str) -> None:
    assert remove_readings(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("提高,。能力", "提高。能力"),
        ("医疗,、医保,,医药", "医疗、医保,医药"),
        ("1,200元,其中", "1,200元,其中"),
        ("(地),、县", "(地)、县"),
        ("落实。。强化，，推进；；", "落实。强化，推进；"),
        ("完成。，继续", "完成。继续"),
        ("如下：：", "如下："),
        ("农业、、林业", "农业、林业"),
        ("等等。。。", "等等……"),
        ("“““三农””工作", "“三农”工作"),
        ("““三农”工作”要点", "““三农”工作”要点"),
        ("——说明……", "——说明……"),
        ("是否可行？！", "是否可行？！"),
        ("http://a", "http://a"),
    ],
)
def test_marks_that_stand_twice(text: str, expected: str) -> None:
    assert remove_doubled_marks(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲\r\n乙\r丙\x0b丁\x0c戊\u2028己\x85庚", "甲\n乙\n丙\n丁\n戊\n己\n庚"),
        ("\ufeff甲\u200b乙\ue000\x00丙\x1b", "甲乙丙"),
        ("甲\u3000\u3000乙\xa0\t丙", "甲 乙 丙"),
        ("“一卡通 ”建设", "“一卡通”建设"),
        ("甲\xad乙\ufe0f丙\u202e丁\u2066戊\U000e0100", "甲乙丙丁戊"),
        ("\x1e序号\x1f名称\n\x1d", "\x1e序号\x1f名称\n\x1d"),
        ("\x1e  序号 \x1f\u3000名称\x1c", "\x1e 序号 \x1f 名称"),
        ("责任\uf081明确\ue78e", "责任①明确。"),
        ("缺字\ufffd", "缺字\ufffd"),
        ("工作 ，任务 。（ 一 ）", "工作，任务。（一）"),
        ("（ ）年", "（ ）年"),
    ],
)
def test_breaks_spaces_and_invisible_characters(text: str, expected: str) -> None:
    assert clean(text)[0] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("长 春 市 人 民 政 府", "长春市人民政府"),
        ("长　春　市　人　民　政　府　　办　公　厅", "长春市人民政府 办公厅"),
        ("民　政　部　财　政　部", "民政部 财政部"),
        ("国　务　院", "国务院"),
        ("关 于 加 强 管理工作", "关于加强 管理工作"),
        ("各 县 （ 市 ） 区 人 民 政 府 ： 2 0 1 2 年 第 1 号", "各县（市）区人民政府：2012年第1号"),
        ("\x1e项 目 名\x1f金　额", "\x1e项目名\x1f金 额"),
        ("长,春,市,人,民,政,府", "长春市人民政府"),
        ("附　件", "附 件"),
        ("目　录", "目 录"),
        ("市长 李　云", "市长 李 云"),
        ("王 芳 赵 强", "王 芳 赵 强"),
        ("马建国 王 芳 田 野 白志强 冯小军 吕 娜 刘学军", "马建国 王 芳 田 野 白志强 冯小军 吕 娜 刘学军"),
        ("第 12 条", "第 12 条"),
        ("1 000元", "1 000元"),
        ("甲 乙 丙 丁", "甲 乙 丙 丁"),
        ("字号:大 中 小", "字号:大 中 小"),
        ("农,林,牧,渔", "农,林,牧,渔"),
        ("水,电,路,气,房,讯,网", "水电路气房讯网"),  # the price: seven and more are taken for a scrape
        ("张三 李四 王五 赵六", "张三 李四 王五 赵六"),
    ],
)
def test_letters_set_apart(text: str, expected: str) -> None:
    assert unify_spaces(join_letters(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("２０１２年１．５％，Ａ级", "2012年1.5%，Ａ级".replace("Ａ", "A")),
        ("（一），；：", "（一），；："),
        ("１０－２０元，３＋２＋１", "10-20元，3+2+1"),
        ("１、２．总则", "1、2．总则"),
        ("甲－乙．丙", "甲－乙．丙"),
    ],
)
def test_digits_and_letters_in_half_width_and_the_marks_as_they_are(text: str, expected: str) -> None:
    assert narrow(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("二○一二年", "二〇一二年"),
        ("二О一二年, 二Ｏ一二年, 二0一二年", "二〇一二年, 二〇一二年, 二〇一二年"),
        ("二○○九年三月二○日", "二〇〇九年三月二〇日"),
        ("第一百○三条", "第一百〇三条"),
        ("二零一二年", "二零一二年"),
        ("○○市○○局", "○○市○○局"),
        ("○ 一般要求", "○ 一般要求"),
        ("2O12年, 20l2年, 〔2O1O〕", "2012年, 2012年, 〔2010〕"),
        ("l0%, 1OO元, O.5%", "10%, 100元, 0.5%"),
        ("每天5l水, 10l油", "每天5l水, 10l油"),
        ("CO2, H2O, 5G, O2O模式, GB18030, A4l3", "CO2, H2O, 5G, O2O模式, GB18030, A4l3"),
        ("O3日最大8小时平均浓度", "O3日最大8小时平均浓度"),
        ("http://a.cn/2O12x", "http://a.cn/2O12x"),
    ],
)
def test_digits_that_became_letters_and_circles(text: str, expected: str) -> None:
    assert restore_digits(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&ldquo;三农&rdquo;&#24037;&#x4F5C;", "“三农”工作"),
        ("甲&nbsp;乙&nbsp 丙&nbsp；丁nbsp;戊", "甲\xa0乙\xa0 丙\xa0丁 戊"),
        ("&amp;amp;lt;75&amp;gt;", "<75>"),
        ("甲&#10;乙&#30;丙", "甲 乙丙"),
        ("<p style='a'>第一条<strong>总则</strong><br/>第二条</p>", " 第一条总则 第二条 "),
        ('style="color:red">第一条', "第一条"),
        ('第一条<p style="text-indent', '第一条<p style="text-indent'),
        ("第一条</p>\n<span lang=en", "第一条 \n"),
        ("{{item.title}}通知${a.b}<!-- 注 -->[!--title--]", "通知"),
        ("若a<b, b>c", "若a<b, b>c"),
        ("R&D经费, A&B;", "R&D经费, A&B;"),
        ("《<办法>解读》{一}", "《<办法>解读》{一}"),
        ("\x1e<td>甲</td>\x1f乙", "\x1e 甲 \x1f乙"),
    ],
)
def test_what_is_left_of_a_page(text: str, expected: str) -> None:
    assert remove_markup(text) == expected


def test_radicals_become_characters() -> None:
    assert unify_glyphs("⼀、⺠政⻓春⿓頭豈") == "一、民政长春龍頭豈"


@pytest.mark.parametrize(("encoding", "times"), [("latin-1", 1), ("latin-1", 2), ("browser", 1), ("browser", 3)])
@pytest.mark.parametrize("sentence", _SENTENCES)
def test_utf8_read_in_a_western_encoding_is_read_again(sentence: str, encoding: str, times: int) -> None:
    page = f"{damage.read_as(sentence, encoding, times)}\n第一条 总则"
    assert clean(page) == (f"{sentence}\n第一条 总则", ("复原乱码",))


@pytest.mark.parametrize("sentence", [*_SENTENCES, "依据《关于医疗保障工作的意见》"])
@pytest.mark.parametrize("lost", ["\ufffd", "?"])
def test_utf8_read_as_gbk_is_read_again(sentence: str, lost: str) -> None:
    # GBK takes bytes in pairs: the last byte of the last mark finds no partner and is lost.
    shown = damage.read_as_gbk(sentence).replace("\ufffd", lost)
    assert clean(f"{shown}\n第一条 总则") == (f"{sentence}\n第一条 总则", ("复原乱码",))


def test_gbk_read_as_latin_is_read_again() -> None:
    text = "".join(_SENTENCES)
    assert undo_mojibake(text.encode("gbk").decode("latin-1")) == text


@pytest.mark.parametrize("codec", ["gb18030", "gbk"])
@pytest.mark.parametrize("sentence", _SENTENCES)
def test_what_was_lost_is_marked_and_said(sentence: str, codec: str) -> None:
    """A reader that drops the bytes GBK has no character for leaves holes; what stands between them is right."""
    repaired, steps = clean(sentence.encode().decode(codec, "replace"))
    pieces = [piece for piece in re.split("[\ufffd涓]+", repaired) if len(piece) > 1]
    assert sum(map(len, pieces)) > 0.6 * len(sentence)
    assert all(piece in sentence for piece in pieces)
    assert ("部分乱码无法复原" in steps) == ("\ufffd" in repaired)


@pytest.mark.parametrize("text", ["锟斤拷锟斤拷", "烫烫烫烫", "第\ufffd条", "ï¿½"])
def test_what_cannot_be_known_is_said(text: str) -> None:
    assert clean(text)[1][-1] == "部分乱码无法复原"


@pytest.mark.parametrize(
    "text",
    ["浏览涞水县、浠水县、涓滴之水, 渚、淇县鏖战", "résumé café naïve Ünïted «ÀÉÎ»", "25°C±3%·10×20", "“”‘’—…€™•", "銆", "锛钥"],
)  # fmt: skip
def test_rare_characters_and_other_languages_are_no_mojibake(text: str) -> None:
    assert undo_mojibake(text) == text


def test_an_address_stamped_into_sentences_goes_and_one_that_is_meant_stays() -> None:
    stamp = "www.docs-share.com"
    assert remove_watermarks(f"医{stamp}疗保{stamp}险，救{stamp}助") == "医疗保险，救助"
    meant = f"登录{stamp}查询。访问{stamp}办理。网址：{stamp}。"
    assert remove_watermarks(meant) == meant
    assert remove_watermarks(f"医{stamp}疗保{stamp}险") == f"医{stamp}疗保{stamp}险"


def test_a_long_line_of_keywords_is_emptied_and_a_sentence_with_bars_is_not() -> None:
    spam = "|".join(["免费在线观看高清"] * 40)
    assert remove_keywords(f"第一条\n{spam}\n第二条") == "第一条\n\n第二条"
    table = "|".join(["内容。"] * 100)
    assert remove_keywords(table) == table


@pytest.mark.parametrize(
    ("line", "chrome"),
    [
        (".TRS_Editor P{margin-top:0px;margin-bottom:6px}", True),
        ("body, td { font-size: 12px;", True),
        ("var a = 1;", True),
        ("font-size: 12px;", True),
        ("六合彩开奖百家乐平台", True),
        ("依法查处六合彩、百家乐等活动", False),
        ("坚持久久为功、久久用力", False),
        ("第一条 {略}", False),
        ("联系邮箱: a@b.cn;", False),
    ],
)
def test_lines_that_no_document_has(line: str, chrome: bool) -> None:
    assert is_chrome(line) == chrome


def test_one_traditional_name_does_not_turn_a_simplified_text() -> None:
    text = "由陳先生负责。" + "加强组织领导。" * 10
    assert to_simplified(text) == text
    assert to_simplified("醫療衛生機構") == "医疗卫生机构"


def test_a_traditional_paragraph_on_a_simplified_page_is_turned_alone() -> None:
    sound = "加强组织领导，明确责任分工。\n" * 30
    assert (
        to_simplified(f"{sound}各縣區人民政府應當負責監督醫療機構\n陳建國")
        == f"{sound}各县区人民政府应当负责监督医疗机构\n陳建國"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("衞生署說明羣眾裏面啟動綫路", "卫生署说明群众里面启动线路"),
        ("臺灣地區爲滙報檯賬", "台湾地区为汇报台账"),
        ("沿著道路，隨著發展，著力推進", "沿着道路，随着发展，着力推进"),
        ("顯著位置，著作權，名著，著錄項目", "显著位置，著作权，名著，著录项目"),
        ("乾旱與乾隆，瞭解瞭望", "干旱与乾隆，了解瞭望"),
        ("報吿髙級脇從", "报告高级胁从"),
    ],
)
def test_variants_of_hong_kong_and_taiwan(text: str, expected: str) -> None:
    assert to_simplified(text) == expected


@pytest.mark.parametrize("sentence", _SENTENCES)
def test_a_sound_text_is_untouched_and_no_step_is_recorded(sentence: str) -> None:
    assert clean(sentence) == (sentence, ())


_DAMAGES = {
    "去除夹注拼音": lambda text: with_readings(traditional(text)),
    "繁体转简体": traditional,
    "复原乱码": lambda text: damage.read_as(text, "browser"),
    "去除不可见字符": lambda text: damage.sprinkled(text, "\u200b\xad"),
    "复原部首和兼容字": damage.radicals,
    "全角字母数字转半角": damage.wide,
    "合并拆散的字": damage.spaced,
    "统一空格": lambda text: text.replace(" ", "\u3000\t"),
    "去除网页代码": damage.escaped,
    "去除重复标点": lambda text: text.replace("，", "，，").replace("。", "。。"),
}  # fmt: skip


@pytest.mark.parametrize("step", _DAMAGES)
def test_each_damage_to_the_sentences_is_undone_and_named(step: str) -> None:
    for sentence in (f"{sentence}据2012年统计，95%以上。" for sentence in _SENTENCES):
        damaged = _DAMAGES[step](sentence)
        repaired, steps = clean(damaged)
        assert repaired == sentence
        assert (step in steps) == (damaged != sentence)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(_SEED_LINES), st.sampled_from(sorted(_DAMAGES.keys() - {"合并拆散的字", "复原乱码"})))
def test_a_line_of_a_seed_comes_back_from_damage(line: str, step: str) -> None:
    plain = re.sub(r"[ ○]|(?<=\w)\(\w{1,6}\)", "", line)
    assert clean(_DAMAGES[step](plain))[0] == clean(plain)[0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(_SEED_LINES), min_size=1, max_size=5))
def test_clean_seeds_stay_as_they_are(lines: list[str]) -> None:
    assert clean("\n".join(lines)) == ("\n".join(lines), ())


_HAZARDS = [
    "\r\n", "\r", "\x0b", "\x85", "\u2028", "\x1d", "\x1e", "\x1f", "\x1c", "\x00", "\xad", "\u200b", "\ufffd", "\ue78e", "\uf081", "⼀",
    "&nbsp;", "&amp;", "&", "nbsp;", "amp;", "#10;", "&#30;", "&#x85;", "<br/>", "<p ", "</p>", 'style="a"', ">", "{{", "}}", "${a}",
    "?;", "?yī)", "(yī)", "(yi)", "醫", "療", "医", "衞", "著", "随", "，", ",", "。", "。。", "；", "、", "：", "“", "”", " ", "\u3000", "\t",
    "长 ", "春 ", "部 ", "２", "Ｏ", "O", "l", "0", "1", "○", "〇", "二", "年", "%", "．", "－", "ä¸\xad", "å\x85¨", "涓", "浗", "锛", "鍥", "锟斤拷", "€",
    "www.a.cn", "|", "a", "元", "第一条", "。\n", "\n",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(_HAZARDS) | st.characters(), max_size=40).map("".join))
@example("&nb\u200bsp;&#38;nbsp;")
@example("å\x85¨" * 4)
def test_cleaning_keeps_lines_and_rows_and_twice_is_once(text: str) -> None:
    repaired, _ = clean(text)
    assert len(line_spans(text)) == repaired.count("\n") + 1
    assert not re.search("[\r\x0b\x0c\x85\u2028\u2029\x1c]", repaired)
    assert [repaired.count(mark) for mark in "\x1d\x1e\x1f"] == [text.count(mark) for mark in "\x1d\x1e\x1f"]
    again, steps = clean(repaired)
    assert again == repaired
    assert set(steps) <= {"部分乱码无法复原"}


def _seconds(text: str) -> float:
    start = time.process_time()
    clean(text)
    return time.process_time() - start


@pytest.mark.parametrize(
    "unit",
    ["?;", "?;a", "域?yàn)橹", "医(yi)", "&amp;", "<p a=\"", "<!--", "长 ", "涓浗浜", "ä¸", "““”", "1,O", "a|", "医www.a.cn", "二○", "醫", "\x85"],
)  # fmt: skip
def test_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    clean(unit * 50)
    size = 40_000 // len(unit)
    once, fourfold = _seconds(unit * size), _seconds(unit * size * 4)
    assert fourfold < 1 + 8 * once


def test_a_megabyte_of_sound_text_takes_under_a_second() -> None:
    page = "\n".join(_SENTENCES * 4000)[:1_000_000]
    clean(page[:1000])
    assert _seconds(page) < 1.0


def test_slips_are_examined_only_so_often() -> None:
    assert _seconds("?;" * 20_000) < 1.0


def test_the_catalogue_tells_how_a_document_came_in() -> None:
    doc = Document(
        "a", "标题", "正文", "页面.html", "0", reader="selectolax 1.0.2", cleaning=("统一空格", "繁体转简体")
    )
    assert Catalog.reading_of(doc) == (
        ("文件", "页面.html"),
        ("读取", "selectolax 1.0.2"),
        ("清洗", "统一空格、繁体转简体"),
    )
    assert Catalog.reading_of(replace(doc, reader=None, cleaning=()))[1:] == (("清洗", "未改动"),)


def test_every_repair_leaves_an_empty_text_empty() -> None:
    assert clean("") == ("", ())
    assert remove_invisible("\u200b") == ""
