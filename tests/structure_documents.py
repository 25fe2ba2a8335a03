"""Planted documents for the questions of structure: a law, ordinances with namesakes, notices and what they send."""

from __future__ import annotations

import csv
from pathlib import Path

_HAN = "零一二三四五六七八九"


def han(number: int) -> str:
    """Return a number below 100 as articles are numbered: 七十, 十二."""
    tens, ones = divmod(number, 10)
    return (("" if tens == 1 else _HAN[tens]) + "十" if tens else "") + (_HAN[ones] if ones or not tens else "")


_MATTERS = "场地 设备 人员 经费 培训 监督 档案 安全 卫生 宣传".split()  # noqa: SIM905


def _article(number: int, unit: str) -> str:
    matter = _MATTERS[number % 10]
    return (
        f"第{han(number)}条　{unit}应当建立健全{matter}管理制度，按照本级标准落实第{number}号{matter}事项的各项要求。"
    )


def _articles(first: int, last: int, unit: str, own: dict[int, str] | None = None) -> list[str]:
    return [(own or {}).get(n) or _article(n, unit) for n in range(first, last + 1)]


_LAW_ARTICLES = {
    12: "第十二条　开办社区食堂，应当向县级人民政府民政部门备案。\n"
    "申请备案应当提交下列材料：\n（一）经营者的身份证明；\n（二）场地使用证明；\n（三）食品安全管理制度，包括：\n"
    "1．采购索证制度；\n2．留样制度。\n民政部门应当自收到材料之日起十五日内办结。",
    13: "第十三条　社区食堂应当具备下列条件：\n（一）有固定场所；\n（二）有专职厨师；\n（三）有消毒设备。",
    55: "第五十五条　未按照本法规定备案的，由民政部门责令改正，处五千元以上二万元以下罚款。",
    56: "第五十六条　拒绝、阻碍监督检查的，由民政部门给予警告，并处一千元罚款。",
}
_CHAPTERS = [("总则", 1, 10), ("设立", 11, 24), ("服务", 25, 45), ("法律责任", 50, 60), ("附则", 61, 70)]


def _law() -> str:
    lines = ["中华人民共和国社区食堂法", "（2015年4月24日第十二届全国人民代表大会常务委员会第十四次会议通过）"]
    for number, (title, first, last) in enumerate(_CHAPTERS, 1):
        lines.append(f"第{han(number)}章　{title}")
        if number == 3:
            lines += ["第一节　供餐", *_articles(25, 34, "经营者"), "第二节　配送", *_articles(35, 49, "配送者")]
        else:
            lines += _articles(first, last, "经营者", _LAW_ARTICLES)
    return "\n".join(lines) + "\n"


def _ordinance(place: str, fine: int, last: int, version: str = "") -> str:
    own = {
        3: f"第三条　{place}公安机关是养犬管理的主管部门。",
        7: f"第七条　饲养犬只不登记的，处{fine}元罚款。\n情节严重的，没收犬只。",
    }
    return f"{place}养犬管理条例{version}\n第一章　总则\n" + "\n".join(_articles(1, last, "养犬人", own)) + "\n"


_RULES = "杭州市养犬管理条例实施细则\n" + "\n".join(_articles(1, 9, "犬只诊疗机构")) + "\n"


def _run_on_notice() -> str:
    sections = [("总体要求", "坚持以人为本", 0), ("重点任务", "", 3), ("保障措施", "", 0)]
    lines = ["杭政办发〔2021〕33号", "杭州市人民政府办公厅关于印发杭州市托育服务发展2021年工作安排的通知"]
    lines += ["各区、县（市）人民政府：", "为推进托育服务发展，现就2021年工作作如下安排。"]
    item = 0
    for number, (title, text, groups) in enumerate(sections, 1):
        lines.append(f"{han(number)}、{title}")
        if text:
            lines.append(f"{text}，到2021年底每千人口拥有托位三点五个。")
        for group in range(1, groups + 1):
            lines.append(f"（{han(group)}）推进{_MATTERS[group]}建设。")
            for _ in range(4):
                item += 1
                lines.append(f"{item}．抓好{_MATTERS[item % 10]}工作，由市卫生健康委负责，年内新建托位{item}00个。")
        if number == 3:
            lines += [f"（{han(n)}）加强{_MATTERS[n + 3]}保障，各级财政安排专项资金。" for n in range(1, 4)]
    lines += ["附件1", "托育机构管理规程"] + _articles(1, 6, "托育机构")
    lines += ["附件2", "任务分工"] + [f"{n}．制定{_MATTERS[n]}方案，由市教育局负责完成。" for n in range(1, 7)]
    return "\n".join(lines) + "\n"


_PLAIN_NOTICE = """苏政发〔2020〕12号
苏州市人民政府关于加强困难群众临时救助工作的通知
各县级市、区人民政府：
为加强临时救助工作，现通知如下。
一、救助对象
（一）支出型困难家庭。
（二）急难型困难家庭。
二、救助标准
（一）支出型困难家庭每户救助三千元。
1．教育支出按实际核定。
2．医疗支出扣除报销部分。
（二）急难型困难家庭每户救助五千元。
三、工作程序
（一）本人申请，由街道受理。
（二）民政部门审核确认，十个工作日内办结。
四、监督管理
各地要加强资金监管，做到专款专用。
"""
_SENDING_NOTICE = (
    "甬政发〔2019〕8号\n宁波市人民政府关于印发《宁波市公共停车场管理办法》的通知\n各区县（市）人民政府：\n"
    "现将《宁波市公共停车场管理办法》印发给你们，请结合实际，认真贯彻执行。\n宁波市人民政府\n2019年3月5日\n"
    "宁波市公共停车场管理办法\n第一章　总则\n"
    + "\n".join(_articles(1, 5, "停车场经营者"))
    + "\n第二章　管理\n"
    + "\n".join(_articles(6, 11, "停车场管理人", {8: "第八条　停车场收费标准为每小时六元。\n夜间免费。"}))
    + "\n"
)
_TRIAL = "温州市电动自行车管理办法（试行）\n" + "\n".join(_articles(1, 8, "骑行人")) + "\n"
_ORDER = "浙江省水上交通安全管理规定\n" + "\n".join(
    _articles(1, 6, "船舶经营者", {4: "第三条之一　渡口夜间停止渡运。\n第四条　渡口每年检验两次。"})
) + "\n"  # fmt: skip
# file, its text, what its row of manifest.csv sets
FILES: dict[str, tuple[str, dict[str, str]]] = {
    "law.txt": (_law(), {"doc_id": "law"}),
    "hz2010.txt": (
        _ordinance("杭州市", 200, 20),
        {"doc_id": "hz-2010", "validity": "失效", "date_issued": "2010-05-01"},
    ),
    "hz2018.txt": (
        _ordinance("杭州市", 500, 24, "（2018年修订）"),
        {"doc_id": "hz-2018", "validity": "现行有效", "date_issued": "2018-06-01"},
    ),
    "sz.txt": (_ordinance("苏州市", 300, 15), {"doc_id": "sz"}),
    "rules.txt": (_RULES, {"doc_id": "hz-rules"}),
    "runon.txt": (_run_on_notice(), {"doc_id": "runon"}),
    "plain.txt": (_PLAIN_NOTICE, {"doc_id": "plain"}),
    "send.txt": (_SENDING_NOTICE, {"doc_id": "send"}),
    "trial.txt": (_TRIAL, {"doc_id": "trial"}),
    "order.txt": (_ORDER, {"doc_id": "order", "doc_no": "浙江省人民政府令第233号"}),
}


def plant(folder: Path) -> Path:
    """Write the documents with their manifest and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, (text, fields) in FILES.items():
        (folder / name).write_text(text, "utf-8")
        rows += [{"file": name, "field": field, "value": value} for field, value in fields.items()]
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["file", "field", "value"])
        writer.writeheader()
        writer.writerows(rows)
    return folder
