"""Which places a text names, and above all which words are not places."""

from __future__ import annotations

import pytest

from index.regions import (
    Region,
    contains,
    find_regions,
    region_by_adcode,
    region_by_name,
    regions_for_agency_code,
)

_ORDINARY = """
    医保定点医疗机构 推广安置房 健康安康 重大理论问题 长治久安 新型农村合作医疗 合作医疗 医疗合作机制 医疗互助 职工互助保障
    平安医院 平安建设 公安机关 公安部门 资源下沉 医疗资源 人力资源 大方得体 东方红 和平共处 主城区 新城区建设 城区医院 郊区 矿区 老城区改造
    民族文化 建设项目 安定团结 中华人民共和国 民乐 向阳 同心协力 绿色通道 高平均值 中方代表 推广安全用药 康复科 道理县级 管理县级公立医院
    处理县乡两级 提高县级医院 市和县三级 市卫生局会同县财政局 万全之策 延长期限 安全生产 大通道 龙门架 太和殿 太平洋 收集安排 永定河 新建小区
    改建新建 南部地区 从中牟取暴利 平均大安全 长安街 安居工程 兴安岭 武功 宝应 阳光采购 蒙医蒙药 山南水北 朝阳产业 阿里健康 开封后的药品 日照时间 长春路
    中山大学 全市 我市 省市县三级 各县区 自治区 沪 吉 全国 安宁疗护 长寿老人 沿河环境 西部地区 一视同仁 资源共享
"""


def places(text: str) -> list[str]:
    """The mentions as `text=path`, an open one as `text?number of candidates`."""
    shown = []
    for mention in find_regions(text):
        assert text[mention.start : mention.end] == mention.text
        one = mention.candidates[0] if len(mention.candidates) == 1 else None
        shown.append(f"{mention.text}={'/'.join(one.path)}" if one else f"{mention.text}?{len(mention.candidates)}")
    return shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("长春2012年新农合补助多少?", ["长春=吉林省/长春市"]),
        ("沈阳2015年的起付线", ["沈阳=辽宁省/沈阳市"]),
        ("保定新农合补助", ["保定=河北省/保定市"]),
        ("内蒙古的医改目标", ["内蒙古=内蒙古自治区"]),
        ("内蒙的新农合", ["内蒙=内蒙古自治区"]),
        ("黑龙江省长期护理保险", ["黑龙江省=黑龙江省"]),
        ("广西和新疆的补助标准", ["广西=广西壮族自治区", "新疆=新疆维吾尔自治区"]),
        ("上海浦东", ["上海=上海市", "浦东=上海市/浦东新区"]),
        ("北京市东城区", ["北京市=北京市", "东城区=北京市/东城区"]),
        ("海南省三亚市", ["海南省=海南省", "三亚市=海南省/三亚市"]),
        ("海南东方市", ["海南=海南省", "东方市=海南省/东方市"]),
        ("新疆石河子", ["新疆=新疆维吾尔自治区", "石河子=新疆维吾尔自治区/石河子市"]),
        # A province beats a city, a city beats a county of the same short name.
        ("吉林的政策", ["吉林=吉林省"]),
        ("吉林市的政策", ["吉林市=吉林省/吉林市"]),
        ("吉林省吉林市", ["吉林省=吉林省", "吉林市=吉林省/吉林市"]),
        ("吉林市政府", ["吉林市=吉林省/吉林市"]),
        ("吉林市场监管局", ["吉林=吉林省"]),
        ("海南的医保", ["海南=海南省"]),
        ("海南区", ["海南区=内蒙古自治区/乌海市/海南区"]),
        ("海南州政府", ["海南州=青海省/海南藏族自治州"]),
        ("天津市河北区", ["天津市=天津市", "河北区=天津市/河北区"]),
        ("大理州", ["大理州=云南省/大理白族自治州"]),
        ("大理市", ["大理市=云南省/大理白族自治州/大理市"]),
        ("通化县", ["通化县=吉林省/通化市/通化县"]),
        # The parent settles an ambiguous district, in a row or in a list; nothing else does.
        (
            "吉林省长春市朝阳区的报销比例",
            ["吉林省=吉林省", "长春市=吉林省/长春市", "朝阳区=吉林省/长春市/朝阳区"],
        ),
        ("北京市朝阳区", ["北京市=北京市", "朝阳区=北京市/朝阳区"]),
        ("南京鼓楼区", ["南京=江苏省/南京市", "鼓楼区=江苏省/南京市/鼓楼区"]),
        (
            "长春市南关区、朝阳区",
            ["长春市=吉林省/长春市", "南关区=吉林省/长春市/南关区", "朝阳区=吉林省/长春市/朝阳区"],
        ),
        ("长春市\uff08朝阳区\uff09", ["长春市=吉林省/长春市", "朝阳区=吉林省/长春市/朝阳区"]),
        ("长春市,朝阳区", ["长春市=吉林省/长春市", "朝阳区=吉林省/长春市/朝阳区"]),
        ("吉林长春双阳区", ["吉林=吉林省", "长春=吉林省/长春市", "双阳区=吉林省/长春市/双阳区"]),
        ("朝阳区的起付线", ["朝阳区?2"]),
        ("鼓楼区怎么报销", ["鼓楼区?4"]),
        ("沈阳市鼓楼区", ["沈阳市=辽宁省/沈阳市", "鼓楼区?4"]),
        ("晋城市城区", ["晋城市=山西省/晋城市", "城区=山西省/晋城市/城区"]),
        # Names by rule, abbreviations and old names.
        (
            "双江自治县、耿马自治县、云县",
            [
                "双江自治县=云南省/临沧市/双江拉祜族佤族布朗族傣族自治县",
                "耿马自治县=云南省/临沧市/耿马傣族佤族自治县",
                "云县=云南省/临沧市/云县",
            ],
        ),
        ("双江县的医共体", ["双江县=云南省/临沧市/双江拉祜族佤族布朗族傣族自治县"]),
        ("和临翔区人民医院", ["临翔区=云南省/临沧市/临翔区"]),
        ("莫旗人民医院", ["莫旗=内蒙古自治区/呼伦贝尔市/莫力达瓦达斡尔族自治旗"]),
        (
            "呼伦贝尔盟新左旗",
            ["呼伦贝尔盟=内蒙古自治区/呼伦贝尔市", "新左旗=内蒙古自治区/呼伦贝尔市/新巴尔虎左旗"],
        ),
        ("鄂温克旗", ["鄂温克旗=内蒙古自治区/呼伦贝尔市/鄂温克族自治旗"]),
        ("呼市", ["呼市=内蒙古自治区/呼和浩特市"]),
        ("海拉尔的医院", ["海拉尔=内蒙古自治区/呼伦贝尔市/海拉尔区"]),
        ("哲里木盟", ["哲里木盟=内蒙古自治区/通辽市"]),
        ("襄樊市", ["襄樊市=湖北省/襄阳市"]),
        ("思茅地区", ["思茅地区=云南省/普洱市"]),
        ("临沧地区", ["临沧地区=云南省/临沧市"]),
        ("巢湖的参保率", ["巢湖=安徽省/合肥市/巢湖市"]),
        ("九台市", ["九台市=吉林省/长春市/九台区"]),
        ("莱芜市", ["莱芜市=山东省/济南市/莱芜区"]),
        ("前郭县", ["前郭县=吉林省/松原市/前郭尔罗斯蒙古族自治县"]),
        ("香港居民参保", ["香港=香港特别行政区"]),
        # An ordinary word with its suffix, or with its province before it, is a place.
        ("合作市的补助", ["合作市=甘肃省/甘南藏族自治州/合作市"]),
        ("青海省互助县", ["青海省=青海省", "互助县=青海省/海东市/互助土族自治县"]),
        ("资源县", ["资源县=广西壮族自治区/桂林市/资源县"]),
        ("公安县", ["公安县=湖北省/荆州市/公安县"]),
        ("平安区", ["平安区=青海省/海东市/平安区"]),
        ("陕西安康", ["陕西=陕西省", "安康=陕西省/安康市"]),
        ("甘肃白银", ["甘肃=甘肃省", "白银=甘肃省/白银市"]),
        ("在安康住院能报多少", ["安康=陕西省/安康市"]),
        ("安康2012年的标准", ["安康=陕西省/安康市"]),
        ("四川广安", ["四川=四川省", "广安=四川省/广安市"]),
    ],
)
def test_places_are_found(text: str, expected: list[str]) -> None:
    assert places(text) == expected


@pytest.mark.parametrize("text", _ORDINARY.split())
def test_ordinary_words_are_not_places(text: str) -> None:
    assert places(text) == []


def test_every_official_path_is_read_back() -> None:
    """内蒙古自治区呼伦贝尔市海拉尔区 must end in that district and no other, for all divisions."""
    from index.regions import _regions

    lost = [
        "".join(region.path)
        for region in _regions().values()
        if region.path and find_regions("".join(region.path) + "的新农合")[-1].candidates != (region,)
    ]
    assert lost == []


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("长春市", "长春"),
        ("内蒙古自治区", "内蒙古"),
        ("呼伦贝尔市", "呼伦贝尔"),
        ("双江拉祜族佤族布朗族傣族自治县", "双江"),
        ("鄂温克族自治旗", "鄂温克"),
        ("新巴尔虎左旗", "新巴尔虎左旗"),
        ("云县", "云县"),
        ("伊犁哈萨克自治州", "伊犁"),
        ("香港特别行政区", "香港"),
        ("大兴安岭地区", "大兴安岭"),
        ("龙胜各族自治县", "龙胜"),
        ("管城回族区", "管城"),
    ],
)
def test_short_names(name: str, short: str) -> None:
    assert [region.short for region in region_by_name(name)] == [short]


def test_levels_and_paths() -> None:
    assert region_by_adcode("220100") == Region("220100", "长春市", "市", ("吉林省", "长春市"))
    assert region_by_adcode("110101").path == ("北京市", "东城区")
    assert region_by_adcode("419001").path == ("河南省", "济源市")
    assert region_by_adcode("150000").level == "省"
    with pytest.raises(KeyError):
        region_by_adcode("220199")


def test_names_look_up_what_a_text_would_mean() -> None:
    assert [region.adcode for region in region_by_name("吉林")] == ["220000"]
    assert [region.adcode for region in region_by_name("襄樊")] == ["420600"]
    assert len(region_by_name("朝阳区")) == 2
    assert region_by_name("没有这个地方") == ()


_CODES = ("100000", "150000", "150700", "150702", "220000")


def test_contains_follows_the_codes() -> None:
    country, inner, hulun, hailar, jilin = map(region_by_adcode, _CODES)
    assert contains(inner, hulun) and contains(inner, hailar) and contains(hulun, hailar) and contains(hulun, hulun)
    assert contains(country, jilin) and not contains(jilin, country)
    assert not contains(hailar, hulun) and not contains(jilin, hulun)


@pytest.mark.parametrize(
    ("code", "within"),
    [
        ("长府办发", {"长春市", "长沙市"}),
        ("黑政办规", {"黑龙江省", "黑河市"}),
        ("临政办发", {"临沧市", "临沂市", "临汾市"}),
        ("呼政办字", {"呼伦贝尔市", "呼和浩特市"}),
        ("吉政办发", {"吉林省", "吉林市"}),
        ("内政办发", {"内蒙古自治区"}),
        ("渝府办发", {"重庆市"}),
        ("甬政办发", {"宁波市"}),
        ("吉卫发", {"吉林省"}),
        ("云政发", {"云南省"}),
        ("国办发", {"全国"}),
        ("国发", {"全国"}),
    ],
)
def test_agency_codes(code: str, within: set[str]) -> None:
    regions = regions_for_agency_code(code)
    assert within <= {region.name for region in regions}
    assert list(regions) == sorted(regions, key=lambda region: "国省市县".index(region.level[0]))


@pytest.mark.parametrize("code", ["卫基层发", "财社", "人社部发", ""])
def test_a_ministry_is_no_region(code: str) -> None:
    assert regions_for_agency_code(code) == ()
