"""Planted documents for the questions of scope: a country, provinces, cities and a county, over years and plans."""

from __future__ import annotations

import csv
from pathlib import Path


def _notice(number: str, title: str, body: str, ending: str) -> str:
    return f"{number}\n{title}\n各有关单位：\n为做好有关工作，现通知如下。\n{body}\n{ending}\n"


_CARE_LAW = """社区托育服务条例
（2022年3月1日国务院令第809号公布 自2022年6月1日起施行）
第一章　总则
第一条　为规范社区托育服务，制定本条例。
第二条　国务院卫生健康部门负责全国的托育服务管理工作。
第三条　托育机构应当自登记之日起十个工作日内向县级卫生健康部门备案。
第二章　法律责任
第四条　托育机构未备案的，处一万元以上三万元以下罚款。
第五条　本条例自2022年6月1日起施行。
"""
_ELDERLY_STATE = _notice(
    "国办发〔2016〕91号",
    "国务院办公厅关于全面放开养老服务市场的若干意见",
    "一、总体要求\n到2020年，养老服务市场全面放开，养老床位中护理型床位占比不低于30%。\n"
    "二、主要任务\n（一）精简行政审批环节。民政部负责。\n（二）建设补贴按每张床位5000元安排。财政部负责。",
    "国务院办公厅\n2016年12月7日",
)
_XY = (
    "一、筹资标准\n（一）城乡居民医保财政补助标准提高到每人每年{subsidy}元。由市财政局负责。\n"
    "（二）城乡居民医保个人缴费标准为每人每年{own}元。由市医疗保障局负责。\n"
    "（三）职工医保单位缴费费率为{rate}%。由市医疗保障局负责。\n"
    "二、待遇水平\n（一）城乡居民医保住院政策范围内报销比例稳定在{share}%左右。由市医疗保障局负责。\n"
    "（二）开展家庭医生签约服务，{end}签约率达到{signed}%。由市卫生健康委牵头，市财政局配合。"
)


def _xiangyang(year: int, number: str, issued: str, **figures: object) -> str:
    title = f"襄阳市人民政府办公室关于印发襄阳市{year}年医疗保障工作要点的通知"
    return _notice(number, title, _XY.format(**figures), f"襄阳市人民政府办公室\n{issued}")


_PUER = _notice(
    "普政办发〔2018〕21号",
    "普洱市人民政府办公室关于加强住房保障工作的实施意见",
    "一、公租房\n（一）公租房租金标准为每平方米每月3元。由市住房城乡建设局负责。\n"
    "（二）公租房申请由街道办事处受理，20个工作日内办结。由市住房城乡建设局负责。\n"
    "二、廉租房\n（一）廉租房租金标准为每平方米每月1元。由市民政局负责。\n"
    "三、经济适用房\n（一）经济适用房上市交易须取得完全产权满5年。由市自然资源局负责。\n"
    "四、目标\n到2020年，全市新增公租房2000套。文件印发次年起全面实行货币化补贴。",
    "普洱市人民政府办公室\n2018年5月8日",
)
_PUER_SCHOOL = _notice(
    "普教发〔2018〕7号",
    "普洱市教育体育局关于做好2018年中小学招生工作的通知",
    "一、小学招生\n小学每班不超过45人。\n二、幼儿园招生\n幼儿园小班不超过25人。\n三、教师补助\n乡村教师每人每月补助500元。",
    "普洱市教育体育局\n2018年4月2日",
)
_YUNNAN = _notice(
    "云政发〔2017〕30号",
    "云南省人民政府关于加快发展职业教育的实施意见",
    "一、发展目标\n到2020年，实现以下目标：\n（一）中等职业学校在校生达到60万人。\n（二）高等职业学校在校生达到40万人。\n"
    "二、经费保障\n（一）中职生均拨款标准每年4000元。由省财政厅负责。\n（二）高职生均拨款标准每年12000元。由省财政厅负责。",
    "云南省人民政府\n2017年6月1日",
)
_ANHUI = _notice(
    "皖政办〔2021〕5号",
    "安徽省人民政府办公厅关于印发安徽省“十四五”养老服务发展规划的通知",
    "一、发展目标\n（一）护理型床位占比达到60%。\n（二）“十三五”期间，全省养老床位达到40万张。\n"
    "二、重点任务\n（一）新建养老机构每张床位补助2000元。由省民政厅负责。",
    "安徽省人民政府办公厅\n2021年3月9日",
)
_HEFEI = _notice(
    "合政办〔2022〕14号",
    "合肥市人民政府办公室关于推进养老服务的若干措施",
    "一、补贴\n（一）新建养老机构每张床位补助5000元。由市民政局负责。\n（二）巢湖市、肥西县新建养老机构每张床位另补500元。由市财政局负责。\n"
    "二、人才\n（一）养老护理员入职奖励每人3000元。由市人力资源社会保障局负责。",
    "合肥市人民政府办公室\n2022年7月20日",
)
_CHAOHU = _notice(
    "巢政办〔2023〕6号",
    "巢湖市人民政府办公室关于发放高龄津贴的通知",
    "一、标准\n80岁以上老人每人每月发放高龄津贴100元。由市民政局负责。",
    "巢湖市人民政府办公室\n2023年1月5日",
)
_DALIAN = _notice(
    "大政办发〔2016〕70号",
    "大连市人民政府办公厅关于印发大连市海绵城市建设行动计划（2016-2020年）的通知",
    "一、目标\n城市建成区20%以上的面积达到海绵城市要求。由市城乡建设委负责。\n二、资金\n市财政每年安排专项资金2亿元。由市财政局负责。",
    "大连市人民政府办公厅\n2016年6月15日",
)
_GULOU = _notice(
    "鼓政办〔2021〕3号",
    "南京市鼓楼区人民政府办公室关于老旧小区加装电梯的通知",
    "一、补助标准\n每台电梯补助20万元。由区建设局负责。",
    "南京市鼓楼区人民政府办公室\n2021年2月3日",
)
_GUANGXI = _notice(
    "桂政办发〔2019〕40号",
    "广西壮族自治区人民政府办公厅关于深化医药卫生体制改革的实施意见",
    "一、公立医院\n（一）县级公立医院药占比控制在30%以下。由自治区卫生健康委负责。\n（二）城市公立医院药占比控制在28%以下。由自治区卫生健康委负责。\n"
    "二、基层\n乡镇卫生院基本药物补助每人每年20元。由自治区财政厅负责。",
    "广西壮族自治区人民政府办公厅\n2019年5月6日",
)
# file: its text and its doc_id
FILES: dict[str, tuple[str, str]] = {
    "care.txt": (_CARE_LAW, "care"),
    "state.txt": (_ELDERLY_STATE, "state"),
    "xy2019.txt": (
        _xiangyang(2019, "襄政办发〔2019〕12号", "2019年3月1日", subsidy=520, own=250, rate=8, share=75, end="年底", signed=40),
        "xy2019",
    ),
    "xy2020.txt": (
        _xiangyang(2020, "襄政办发〔2019〕60号", "2019年12月30日", subsidy=550, own=280, rate=7, share=76, end="年底", signed=45),
        "xy2020",
    ),
    "xy2021.txt": (
        _xiangyang(2021, "襄政办发〔2021〕9号", "2021年2月20日", subsidy=580, own=320, rate=7, share=77, end="到2022年", signed=50),
        "xy2021",
    ),
    "puer.txt": (_PUER, "puer"),
    "school.txt": (_PUER_SCHOOL, "school"),
    "yunnan.txt": (_YUNNAN, "yunnan"),
    "anhui.txt": (_ANHUI, "anhui"),
    "hefei.txt": (_HEFEI, "hf2022"),
    "chaohu.txt": (_CHAOHU, "chaohu"),
    "dalian.txt": (_DALIAN, "dalian"),
    "gulou.txt": (_GULOU, "gulou"),
    "guangxi.txt": (_GUANGXI, "guangxi"),
}  # fmt: skip


def plant(folder: Path) -> Path:
    """Write the documents with their manifest and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (text, _) in FILES.items():
        (folder / name).write_text(text, "utf-8")
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "field", "value"])
        writer.writerows([name, "doc_id", doc_id] for name, (_, doc_id) in FILES.items())
    return folder
