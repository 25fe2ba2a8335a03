"""Two things asked in one question, a list inside a clause, a row of a table: each told whole, and no more than asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from langchain_core.runnables import Runnable

from index.build import build_index
from index.settings import Settings
from index.store import ClauseIndex
from rag.chain import build_chain
from rag.types import Answer, Question

_PLAN = """铜陵市城区排水防涝工作方案
铜政办发〔2021〕18号
一、Ⅰ级响应
1．市防指指挥长主持会商，宣布进入紧急防汛期。
2．全市中小学停课。
二、Ⅱ级响应
1．市防指副指挥长主持会商，各区加密巡查。
2．地下商场停止营业。
三、费用分配
排水设施使用费按照下列比例分配：
（一）百分之七十留县（区）；
（二）百分之二十上缴市；
（三）百分之十上缴省。
四、用房配置
物业服务用房应当符合下列标准：
（一）新建城区、新建住宅小区每百户不低于30平方米；
（二）旧城区、已建成住宅小区每百户不低于20平方米。
五、改造安排
泵站改造分三步走：第一步，2021年完成摸底；第二步，2022年完成设计；第三步，2023年完成施工。
六、年度任务
清淤管网400公里。培训抢险队员350人，新增就业1200人。更换井盖5万个。
七、费用承担
每台水泵补助1500元，由市、区按照6：4比例承担。启用备用水源应当经三分之二以上居民代表同意。
八、用电保障
防汛泵站用电报装不超过15个工作日。
责任单位：国网铜陵供电公司
九、投诉处理
受理部门应当自收到投诉之日起7个工作日内核查，并作出书面答复。
十、资料提交
第一条　施工单位应当提交下列资料：
（一）竣工图纸；
（二）监理单位的验收报告。
区排水管理机构接收后，应当在六个月内投入使用。
十一、资金来源。坚持以收定支。市财政统筹安排排水资金15亿元，其中：
（一）设备购置8亿元；
（二）人才培养3亿元；
（三）信息化建设4亿元。
十二、站长津贴。泵站站长每月津贴标准提高到900元，由区财政列支。
十三、巡河员津贴。巡河员每月津贴标准为300元。津贴按月发放，不得拖欠。
十四、健全巡查组织模式
结合实际，调整和完善组织，分层次组建多种形式的巡查队。社会力量可自愿参与巡查队。
（一）专职巡查队。由区政府组建。
（二）联合巡查队。由街道组建。
十五、井盖整治。推进井盖更新工程。逐年更换破损井盖，更换后登记造册。（市城管局、市住建局按照职责分工负责）
铜陵市人民政府办公室
2021年4月6日
"""
_TABLE = """<html><head><meta charset="utf-8"><title>池州市水务发展规划</title></head><body>
<h1>池州市水务发展规划（2021—2025年）</h1>
<p>一、总体要求。坚持节水优先，到2025年全面建成节水型社会。</p>
<p>二、主要指标。各项指标见下表：</p>
<table><tr><th>序号</th><th>指标名称</th><th>单位</th><th>2020年</th><th>2025年</th><th>属性</th></tr>
<tr><td>1</td><td>农村自来水普及率</td><td>%</td><td>86</td><td>92</td><td>预期性</td></tr>
<tr><td>2</td><td>城镇污水处理率</td><td>%</td><td>93</td><td>97</td><td>约束性</td></tr></table>
<p>三、办事事项。水务窗口按照下表办理：</p>
<table><tr><th>序号</th><th>事项名称</th><th>承诺时限</th><th>是否收费</th><th>承办机构</th></tr>
<tr><td>1</td><td>排水许可证核发</td><td>8个工作日</td><td>否</td><td>市排水管理处</td></tr>
<tr><td>2</td><td>取水许可变更</td><td>3个工作日</td><td>否</td><td>市水资源管理科</td></tr></table>
</body></html>
"""


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Runnable[Question, Answer]:
    folder = tmp_path_factory.mktemp("several")
    own = settings.model_copy(update={"index_dir": folder / "index", "llm_base_url": None, "llm_model": None})
    return build_chain(*_built(folder, own))


def _built(folder: Path, settings: Settings) -> tuple[ClauseIndex, Settings]:
    (folder / "plan.txt").write_text(_PLAN, "utf-8")
    (folder / "table.html").write_text(_TABLE, "utf-8")
    index, *_ = build_index(settings, [folder / "plan.txt", folder / "table.html"])
    return index, settings


# question, what the answer holds in this order, what it lacks
_CASES = [
    ("铜陵防汛Ⅰ级响应和Ⅱ级响应，会商分别由谁主持？", "防指指挥长 Ⅱ级响应 副指挥长", "停课 停止营业"),
    ("铜陵的排水设施使用费，县里留多少，市里得多少？", "百分之七十 百分之二十", ""),
    ("铜陵新建小区和老小区每百户物业用房标准各是多少？", "新建小区 30平方米 老小区 20平方米", ""),
    ("铜陵培训抢险队员的任务是多少人，更换井盖又是多少？", "350人 更换井盖 5万个", "400公里"),
    ("铜陵泵站改造分哪三步走？", "第一步 摸底 第二步 设计 第三步 施工", ""),
    ("铜陵泵站改造怎么安排？", "第一步 摸底 第二步 设计 第三步 施工", ""),
    ("铜陵启用备用水源要占多少居民代表同意？", "三分之二", ""),
    ("铜陵水泵补助，市和区各承担几成？", "6：4", ""),
    ("铜陵防汛泵站用电报装由哪个单位负责？", "国网铜陵供电公司", "15个工作日"),
    ("铜陵受理部门收到投诉后多少天内书面答复？", "7个工作日", ""),
    ("铜陵施工单位要提交哪些资料？", "竣工图纸 验收报告", "六个月"),
    ("铜陵施工、监理单位验收报告以外要交什么证明资料？", "竣工图纸 验收报告", "六个月"),
    ("铜陵市财政那15亿元排水资金怎么分？", "市财政统筹安排排水资金15亿元 8亿元 3亿元 4亿元", "以收定支"),
    ("铜陵2021年津贴标准是多少？", "300元 900元 没有写明是哪一项", ""),
    ("铜陵泵站站长津贴标准是多少？", "900元", "300元 没有写明"),
    ("铜陵巡河员津贴标准是多少？", "300元", "900元 没有写明"),
    ("铜陵巡查队有哪几种形式？", "专职巡查队 联合巡查队", "社会力量"),
    ("铜陵井盖整治由哪些部门负责？", "井盖整治: 市城管局、市住建局", "登记造册"),
    ("池州城镇污水处理率2020年是多少？", "城镇污水处理率（%）：2020年93", "序号 97 约束性"),
    ("池州农村自来水普及率2020年是多少，2025年要到多少？", "2020年86 2025年92", "序号 预期性"),
    ("池州排水许可证核发几个工作日办完，收不收费？", "承诺时限：8个工作日 是否收费：否", "序号 管理处"),
    ("池州取水许可变更找哪个部门？", "取水许可变更 市水资源管理科", "序号 3个工作日"),
]


@pytest.mark.parametrize(("text", "holds", "lacks"), _CASES, ids=[row[0] for row in _CASES])
def test_all_that_is_asked_is_told_and_no_more(
    chain: Runnable[Question, Answer], text: str, holds: str, lacks: str
) -> None:
    answer = chain.invoke(Question(text))
    assert answer.status == "grounded", answer.answer
    assert re.search(".*?".join(map(re.escape, holds.split())), answer.answer, re.DOTALL), answer.answer
    assert not any(word in answer.answer for word in lacks.split()), answer.answer


def test_each_subject_cites_its_own_clause(chain: Runnable[Question, Answer]) -> None:
    answer = chain.invoke(Question("铜陵防汛Ⅰ级响应和Ⅱ级响应，会商分别由谁主持？"))
    assert [c.clause.path for c in answer.citations] == ["1.1", "2.1"]
