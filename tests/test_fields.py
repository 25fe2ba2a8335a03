"""Labels are read in lines, in rows and above their values; numbers, bodies, notes and terms in all their forms."""

from __future__ import annotations

import pytest

from index.adoption import adopters, own_number, read_events
from index.bodies import full_name, is_central, split_bodies
from index.doc_numbers import find_numbers, read_number
from index.fields import first, labelled_bodies, labelled_number, read_fields
from index.force import find_force
from index.types import Line


def _lines(text: str) -> list[Line]:
    return [Line(part, ((at, at + len(part)),)) for at, part in enumerate(text.split("\n"))]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("索引号：000014349/2023-110723 信息分类：卫生、体育", "index_no", "000014349/2023-110723"),
        ("索 引 号：000014349/2023-110723　主题分类：卫生", "index_no", "000014349/2023-110723"),
        ("【索引号】 11220100-5/2012-00331", "index_no", "11220100-5/2012-00331"),
        ("索引号: -2018-0530-0012 公开责任部门 某旗政府办公室", "index_no", "-2018-0530-0012"),
        ("索引号 A-1\n文号 国发〔2012〕3号", "index_no", "A-1"),
        ("索引号：\n主题分类：卫生", "index_no", None),
        ("索引号：无", "index_no", None),
        ("信息索引号：Z-2012-1", "index_no", "Z-2012-1"),
        ("主题分类：国民经济管理、国有资产监管\\其他", "subject", "国民经济管理、国有资产监管\\其他"),
        ("主题分类：\n关于加强管理的通知", "subject", None),
        ("公开方式：主动公开 公开时限：长期", "openness", "主动公开"),
        ("公开形式 依申请公开", "openness", "依申请公开"),
        ("信息有效性：有效", "validity", "现行有效"),
        ("是否有效：是 发布日期：2023-09-21", "validity", "现行有效"),
        ("有效性：已失效", "validity", "失效"),
        ("时效性：已被修订", "validity", "已修改"),
        ("效力状态：尚未生效", "validity", "尚未施行"),
        ("有效性：废止", "validity", "废止"),
        ("时效：2012-01-01", "validity", None),
        ("发布日期：2023-09-21 10:32", "date_published", "2023-09-21"),
        ("发布时间：2024-03-27 09:15来源：某市医疗保障局点击数：1052", "date_published", "2024-03-27"),
        ("时间:2012-09-03 16:38 来源:", "date_published", "2012-09-03"),
        ("公开日期 2018-05-30 关键词", "date_published", "2018-05-30"),
        ("发布日期：20180530", "date_published", "2018-05-30"),
        ("发布日期：见正文", "date_published", None),
        ("成文日期：二〇一二年九月三日", "date_issued", "2012-09-03"),
        ("发文日期：2012年9月3日　文号：某发〔2012〕3号", "date_issued", "2012-09-03"),
        ("施行日期：2012/10/1", "date_effective", "2012-10-01"),
        ("失效日期：2017.9.30", "date_expires", "2017-09-30"),
        ("来源：某市医疗保障局 浏览次数：3", "origin", "某市医疗保障局"),
        ("信息来源:转自某某网站", "origin", "某某网站"),
        ("原文链接：http://a.example.cn/b.html）", "source_url", "http://a.example.cn/b.html"),
        ("\x1e索引号\x1fLH-1\x1f主题分类\x1f应急", "subject", "应急"),
        ("\x1e索引号：\x1fLH-1", "index_no", "LH-1"),
        ("\x1e索引号：LH-1\x1f主题分类：应急", "index_no", "LH-1"),
        ("\x1e索引号\x1f\x1f主题分类\x1f应急", "index_no", None),
        ("\x1e索引号\x1f发布日期\n\x1eLH-1\x1f2012-01-02", "date_published", "2012-01-02"),
        ("• 索引号:\n6107280000/2024-001005\n• 主题分类:\n• 来源:", "index_no", "6107280000/2024-001005"),
        ("• 主题分类:\n• 来源:\n某某网", "subject", None),
    ],
)
def test_a_field_under_its_label(text: str, name: str, value: str | None) -> None:
    found = first(read_fields(_lines(text)), name)
    assert (found.value if found else None) == value
    if found:
        assert found.line is not None and found.line.pieces in [line.pieces for line in _lines(text)]


@pytest.mark.parametrize(
    ("text", "number", "raw"),
    [
        ("发文字号：国发〔2012〕3号 发布日期：2012-01-01", "国发〔2012〕3号", "国发〔2012〕3号"),
        ("文　号：国发[2012]03号", "国发〔2012〕3号", "国发[2012]03号"),
        ("【发文字号】国发(2012)3号", "国发〔2012〕3号", "国发(2012)3号"),
        ("文号: 国发2012 3号", "国发〔2012〕3号", "国发2012 3号"),
        ("文号：无", None, None),
        ("文号：\n各省、自治区：", None, None),
        ("\x1e文  号：\x1f隆政办〔2021〕19号", "隆政办〔2021〕19号", "隆政办〔2021〕19号"),
        ("公文编号：中华人民共和国国务院令第709号", "国务院令第709号", "中华人民共和国国务院令第709号"),
        ("统一登记号：GZ0320180150 文号：某府〔2018〕3号", "某府〔2018〕3号", "某府〔2018〕3号"),
    ],
)
def test_the_number_under_its_label(text: str, number: str | None, raw: str | None) -> None:
    found = labelled_number(read_fields(_lines(text)))
    assert (found[0].value, found[1].value) == (number, raw) if found else number is None


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("发文机关：国务院办公厅 成文日期：2012年1月1日", ("国务院办公厅",)),
        ("制定机关：财政部 税务总局", ("财政部", "税务总局")),
        ("发文机关：县政府网站", None),
        ("发文机关：张三", None),
    ],
)
def test_bodies_under_their_label(text: str, bodies: tuple[str, ...] | None) -> None:
    found = labelled_bodies(read_fields(_lines(text)), "issuer")
    assert (found[0] if found else None) == bodies


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("国发〔2012〕33号", "国发〔2012〕33号"), ("国发[2012]第033号", "国发〔2012〕33号"), ("国发（2012）33号", "国发〔2012〕33号"),
        ("国发【2012】33号", "国发〔2012〕33号"), ("国发［2012］33号", "国发〔2012〕33号"), ("国发〈2012〉33号", "国发〔2012〕33号"),
        ("国发「2012」33号", "国发〔2012〕33号"), ("国发﹝2012﹞33 号", "国发〔2012〕33号"), ("国办发„2009‟3号", "国办发〔2009〕3号"),
        ("国发〔１９８４〕第２７号", "国发〔1984〕27号"), ("国发（84）第27号", "国发〔1984〕27号"), ("（84）国发27号", "国发〔1984〕27号"),
        ("[86]教高二字012号", "教高二字〔1986〕12号"), ("(1990)卫防字第12号", "卫防字〔1990〕12号"), ("国发2012 33号", "国发〔2012〕33号"),
        ("国发2012-33号", "国发〔2012〕33号"), ("国发〔2012 33号", "国发〔2012〕33号"), ("劳人险字第5号", "劳人险字第5号"),
        ("闽政[1985]综211号", "闽政〔1985〕综211号"), ("川府发〔2012〕三号", "川府发〔2012〕3号"), ("国发〔2012年〕33号", "国发〔2012〕33号"),
        ("（国发〔2012〕33号）", "国发〔2012〕33号"), ("国发〔2012〕33号文件", "国发〔2012〕33号"),
        ("国务院令第709号", "国务院令第709号"), ("中华人民共和国国务院令 第709号", "国务院令第709号"),
        ("中华人民共和国国务院令（第七百零九号）", "国务院令第709号"), ("中华人民共和国主席令（九届第37号）", "主席令〔九届〕第37号"),
        ("中华人民共和国主席令第三十七号", "主席令第37号"), ("交通运输部令2014年第8号", "交通运输部令2014年第8号"),
        ("国家发展和改革委员会第23号令", "国家发展和改革委员会令第23号"), ("中国银保监会令（2020年第9号）", "中国银保监会令2020年第9号"),
        ("海关总署公告2015年第6号", "海关总署公告2015年第6号"), ("证监会公告〔2014〕16号", "证监会公告〔2014〕16号"),
        ("中国人民银行公告〔2015〕第40号", "中国人民银行公告〔2015〕40号"), ("财政部、税务总局公告2019年第13号", "财政部 税务总局公告2019年第13号"),
        ("四川省人民代表大会常务委员会公告〔十三届〕第12号", "四川省人民代表大会常务委员会公告〔十三届〕第12号"),
        ("浙江省人民代表大会常务委员会公告（第十二届）第82号", "浙江省人民代表大会常务委员会公告〔十二届〕第82号"),
        ("湖北省人民代表大会常务委员会公告 第二百号", "湖北省人民代表大会常务委员会公告第200号"),
        ("沈政令[1997]29号", "沈政令〔1997〕29号"), ("宁波市人民政府令（第233号）", "宁波市人民政府令第233号"),
    ],
)  # fmt: skip
def test_a_number_has_one_form(text: str, value: str) -> None:
    number = read_number(text)
    assert number is not None
    assert number.value == value
    assert text[number.start : number.end] in text
    again = read_number(value)
    assert again is not None and again.value == value, "the normal form reads as itself"


@pytest.mark.parametrize(
    "text",
    ["", "2012年33号", "一号楼", "关于加强管理的通知", "第3号", "根据国发〔2012〕3号精神", "〔2012〕3号", "号" * 2000],
)
def test_no_number(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("根据国办发〔2017〕32号和国发〔2012〕33号精神", ["国办发〔2017〕32号", "国发〔2012〕33号"]),
        ("经省政府皖政秘〔2017〕108号文件批准", ["皖政秘〔2017〕108号"]),
        ("仍按凤政发〔1992〕48号执行", ["凤政发〔1992〕48号"]),
        ("按照发改价格〔2020〕474号", ["发改价格〔2020〕474号"]),
        ("财政部财税〔2015〕72号", ["财税〔2015〕72号"]),
        ("和政发〔2015〕1号", ["和政发〔2015〕1号"]),
        ("《甲》和国办发〔2015〕1号", ["国办发〔2015〕1号"]),
        ("2014年7月21日交通运输部令2014年第8号发布", ["交通运输部令2014年第8号"]),
        ("2001年12月10日中华人民共和国国务院令第332号公布", ["国务院令第332号"]),
        ("年8月8日日照市人民政府令第5号", ["日照市人民政府令第5号"]),
        ("依据公安部令第132号和国务院令第5号", ["公安部令第132号", "国务院令第5号"]),
        ("2012年3月第3号线开通", []),
    ],
)
def test_numbers_in_a_sentence(text: str, values: list[str]) -> None:
    assert [number.value for number in find_numbers(text)] == values


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("国 务 院", ("国务院",)),
        ("长 春 市 人 民 政 府", ("长春市人民政府",)),
        ("中共中央国务院", ("中共中央", "国务院")),
        ("中共中央办公厅国务院办公厅", ("中共中央办公厅", "国务院办公厅")),
        ("中共岳阳市委办公室岳阳市人民政府办公室", ("中共岳阳市委办公室", "岳阳市人民政府办公室")),
        ("人力资源社会保障部财政部", ("人力资源社会保障部", "财政部")),
        ("财政部、司法部", ("财政部", "司法部")),
        ("国家发展改革委办公厅国家能源局综合司", ("国家发展改革委办公厅", "国家能源局综合司")),
        ("国家税务总局上海市税务局", ("国家税务总局上海市税务局",)),
        ("广东省财政厅国家税务总局广东省税务局", ("广东省财政厅", "国家税务总局广东省税务局")),
        ("民　政　部　财　政　部", ("民政部", "财政部")),
        ("国家卫生健康委员会 教 育 部", ("国家卫生健康委员会", "教育部")),
        ("市卫生健康委员会市财政局", ("市卫生健康委员会", "市财政局")),
        ("工业和信息化部", ("工业和信息化部",)),
        ("国家发展和改革委员会", ("国家发展和改革委员会",)),
        ("关于加强", ()),
        ("县政府网站", ()),
        ("", ()),
    ],
)
def test_bodies_written_together(text: str, bodies: tuple[str, ...]) -> None:
    assert split_bodies(text) == bodies


def test_names_said_elsewhere_tell_where_one_ends() -> None:
    assert split_bodies("甲乙会丙丁会") == ("甲乙会丙丁会",)
    assert split_bodies("甲乙会丙丁会", ("甲乙会", "丙丁会")) == ("甲乙会", "丙丁会")


def test_which_bodies_are_central() -> None:
    central = [
        "国务院",
        "国务院办公厅",
        "财政部",
        "中华人民共和国财政部",
        "国家发展改革委办公厅",
        "中共中央",
        "海关总署",
    ]
    local = ["长春市人民政府", "国家税务总局广东省税务局", "广东省财政厅", "中国人民银行长春中心支行", "省政府办公厅"]
    assert [name for name in (*central, *local) if is_central(name)] == central


def test_a_short_name_is_kept_unless_the_full_one_is_said() -> None:
    assert full_name("省政府办公厅", ["江苏省人民政府办公厅"]) == "江苏省人民政府办公厅"
    assert full_name("省政府办公厅", ["江苏省人民政府办公厅", "浙江省人民政府办公厅"]) == "省政府办公厅"
    assert full_name("省政府办公厅", []) == "省政府办公厅"
    assert full_name("江苏省财政厅", ["江苏省人民政府"]) == "江苏省财政厅"


@pytest.mark.parametrize(
    ("note", "bodies", "number", "dates"),
    [
        ("（1987年1月15日国务院发布）", ("国务院",), None, ["1987-01-15"]),
        ("（国务院1987年2月26日发布）", ("国务院",), None, ["1987-02-26"]),
        ("（一九八二年十二月四日第五届全国人民代表大会第五次会议通过）", ("全国人民代表大会",), None, ["1982-12-04"]),
        ("（1986年12月15日国务院批准 1987年1月3日海关总署发布）", ("海关总署",), None, ["1986-12-15", "1987-01-03"]),
        ("(1998年9月18日省九届人大常委会第七次会议通过)", ("省人大常委会",), None, ["1998-09-18"]),
        ("（2014年7月21日交通运输部令2014年第8号发布　自2014年10月1日起施行）", ("交通运输部",), "交通运输部令2014年第8号", ["2014-07-21"]),
        ("（2018年11月22日省人民政府第34次常务会议通过 2019年1月3日省人民政府令第327号公布 自公布之日起施行）", ("省人民政府",),
         "省人民政府令第327号", ["2018-11-22", "2019-01-03"]),
        ("（2004年5月19日教育部令第18号发布，根据2012年1月5日《教育部关于修改<甲办法>的决定》修正）", ("教育部",), "教育部令第18号",
         ["2004-05-19", "2012-01-05"]),
        ("（1993年8月7日省人民政府令第12号发布 2008年6月20日省人民政府令第211号修订公布）", ("省人民政府",), "省人民政府令第211号",
         ["1993-08-07", "2008-06-20"]),
        ("（2023年5月31日甘肃省第十四届人民代表大会\n常务委员会第三次会议通过)", ("甘肃省人民代表大会常务委员会",), None, ["2023-05-31"]),
        ("发布日期：2018年3月1日", (), None, []),
        ("根据1997年9月8日财政部发布的目录失效", (), None, []),
    ],
)  # fmt: skip
def test_notes_of_adoption(note: str, bodies: tuple[str, ...], number: str | None, dates: list[str]) -> None:
    events = read_events(_lines(note))
    own = own_number(events)
    assert adopters(events) == bodies
    assert (own[0].value if own else None) == number
    assert [event.date for event in events] == dates


@pytest.mark.parametrize(
    ("sentence", "start", "end"),
    [
        ("第十二条 本办法自2017年1月1日起施行。", "2017-01-01", None),
        ("《甲办法》已经市政府常务会议通过，现予公布，自2011年2月1日起施行。", "2011-02-01", None),
        ("现印发给你们，自公布之日起施行。", "2012-03-10", None),
        ("五、本通知自下达之日起执行。", None, None),
        ("本细则自文到之日起执行。", None, None),
        ("本办法自2013年9月1日起施行，有效期5年。", "2013-09-01", "2018-08-31"),
        ("本意见自2014年9月1日起施行，有效期至2019年8月31日。", "2014-09-01", "2019-08-31"),
        ("本规定自二〇一二年一月一日起施行。试行期两年。", "2012-01-01", "2013-12-31"),
        ("本规定自发布之日起30日后施行。", "2012-04-09", None),
        ("本决定自公布之日起满三个月后施行。", "2012-06-10", None),
        ("本办法自印发之日起10个工作日后施行。", None, None),
        ("本办法由市卫生局负责解释，自2012年3月起执行。", "2012-03-01", None),
        ("本通告自2018年1月1日起至2022年12月31日止施行。", "2018-01-01", "2022-12-31"),
        ("本通知自2018年1月1日起施行，至2022年12月31日止。", "2018-01-01", "2022-12-31"),
        ("本办法自公布之日起施行，试行一年。", "2012-03-10", "2013-03-09"),
        ("本政策执行至2025年12月31日。", None, "2025-12-31"),
        ("本办法自1990年1月1日施行。", "1990-01-01", None),
        ("第四、本规定自2005年5月1日起施行。", "2005-05-01", None),
        ("十、执行时间。自2016年9月1日起执行，有效期五年，至2021年8月31日。", "2016-09-01", "2021-08-31"),
        ("新标准自2012年7月1日起执行。", None, None),
        ("《乙条例》自2014年1月1日起施行后，", None, None),
        ("第五条规定自2014年1月1日起施行。", None, None),
        ("食品生产许可证有效期为5年。", None, None),
        ("许可证自颁发之日起生效，有效期3年。", None, None),
        ("“第十条　本条例自2011年1月1日起施行。”", None, None),
        ("缴费基数按规定确定，自2012年7月1日起执行。", None, None),
    ],
)
def test_when_a_document_says_that_it_holds(sentence: str, start: str | None, end: str | None) -> None:
    force = find_force(_lines(sentence), "甲办法")
    begins = force.starts_on("2012-03-10") if force else None
    assert (begins, force.ends_on(begins) if force else None) == (start, end)


def test_a_term_that_begins_on_no_known_day_ends_on_none() -> None:
    force = find_force(_lines("本办法自公布之日起施行，有效期5年。"))
    assert force is not None
    assert (force.starts_on(None), force.ends_on(force.starts_on(None))) == (None, None)


@pytest.mark.parametrize(
    "text", ["索引号" * 5000, "：" * 20000, "自" * 20000, "本办法" * 5000 + "起施行", "国务院" * 3000]
)
def test_long_runs_are_read_in_time(text: str) -> None:
    read_fields(_lines(text))
    find_force(_lines(text))
    find_numbers(text)
    split_bodies(text)
    read_events(_lines(text))
