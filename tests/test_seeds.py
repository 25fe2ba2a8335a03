"""What was read from each seed, stated field by field."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from opencc import OpenCC

from index.build import read_document
from index.figures import DOC_NO
from index.types import Clause, Document

_SEEDS = sorted((Path(__file__).resolve().parent.parent / "seeds").glob("00*.txt"))
_READ = {path.name[:3]: read_document(path) for path in _SEEDS}
_NAMES = ("000", "001", "002", "003", "004")


def _clauses(seed: str) -> dict[str, Clause]:
    return {clause.path: clause for clause in _READ[seed][1]}


@pytest.mark.parametrize(
    ("seed", "doc_id", "title", "doc_no", "region", "year", "issued", "kind", "leaves"),
    [
        ("000", "neimenggu-2016-tongzhi-80a825", "内蒙古自治区人民政府办公厅关于印发自治区深化医药卫生体制改革2016年重点工作任务的通知",
         None, ("内蒙古自治区",), 2016, "2016-06-07", "通知", 46),
        ("001", "linzhengbanfa-2024-3", "贯彻落实云南省深化医药卫生体制改革近期重点工作任务20条措施",
         "临政办发〔2024〕3号", ("云南省", "临沧市"), 2024, "2024-02-02", "措施", 20),
        ("002", "hulunbeier-2017-zhengcejiedu-364cd1", "《呼伦贝尔市城市公立医院综合改革实施方案》解读",
         None, ("内蒙古自治区", "呼伦贝尔市"), 2017, "2018-05-30", "政策解读", 37),
        ("003", "heizhengbangui-2017-25", "黑龙江省人民政府办公厅关于推进医疗联合体建设和发展的实施意见",
         "黑政办规〔2017〕25号", ("黑龙江省",), 2017, "2017-06-30", "意见", 27),
        ("004", "changfubanfa-2012-33", "长春市人民政府办公厅关于印发长春市深化医药卫生体制改革2012年主要工作安排的通知",
         "长府办发〔2012〕33号", ("吉林省", "长春市"), 2012, "2012-09-03", "通知", 62),
    ],
)  # fmt: skip
def test_what_was_read(
    seed: str, doc_id: str, title: str, doc_no: str | None, region: tuple[str, ...], year: int, issued: str, kind: str,
    leaves: int,
) -> None:  # fmt: skip
    doc, clauses = _READ[seed]
    assert (doc.doc_id, doc.title, doc.doc_no) == (doc_id, title, doc_no)
    assert (doc.region, doc.year, doc.date_issued, doc.kind) == (region, year, issued, kind)
    assert sum(clause.leaf for clause in clauses) == leaves


def test_the_interpretation_names_what_it_interprets() -> None:
    doc = _READ["002"][0]
    assert (doc.interprets, doc.date_published, doc.validity) == ("呼政办字〔2017〕55号", "2018-05-30", "现行有效")


@pytest.mark.parametrize(
    ("seed", "path", "label", "starts"),
    [
        ("000", "1.11", "一、(十一)", "(十一)为符合条件的公立医院医务人员"),
        ("000", "10.2", "十、(二)", "(二)扎实开展医改推进保障工作"),
        ("001", "7.20", "七、(二十)", "(二十)开展基层卫生人员服务能力提升培训"),
        ("002", "4.9.4", "四、(九)4", "4.健全多方监督机制"),
        ("003", "1.2.3", "一、(二)3", "3.资源下沉,提升能力"),
        ("003", "2.5", "二、(五)", "(五)互联网医联体"),
        ("004", "2.1.3", "二、(一)3", "3.政府对新农合和城镇居民医保补助标准提高到每人每年240元"),
        ("004", "2.5.56", "二、(五)56", "56.巩固基本药物保障体系建设"),
        ("004", "3.5", "三、(五)", "(五)强化宣传引导"),
    ],
)
def test_paths_and_labels(seed: str, path: str, label: str, starts: str) -> None:
    clause = _clauses(seed)[path]
    assert clause.text.startswith(starts)
    assert clause.label == f"{_READ[seed][0].name} {label}"
    assert clause.clause_id == f"{_READ[seed][0].doc_id}.{path}"


def test_run_on_numbers_have_no_gap() -> None:
    assert [p for p in _clauses("001") if "." in p] == [p for p in _clauses("001") if re.fullmatch(r"\d\.\d+", p)]
    assert [int(p.split(".")[1]) for p in _clauses("001") if "." in p] == list(range(1, 21))
    assert [int(p.split(".")[2]) for p in _clauses("004") if p.count(".") == 2] == list(range(1, 57))


def test_headings_are_the_trail_above() -> None:
    assert _clauses("004")["2.1.3"].headings == ("二、重点任务", "(一)加快健全全民医保体系。")
    assert _clauses("002")["4.9.4"].headings[1] == "(九)提升医院服务管理水平"


@pytest.mark.parametrize(
    ("seed", "path", "departments", "lead"),
    [
        (
            "000",
            "1.1",
            ("自治区卫生计生委", "财政厅", "自治区编办", "发展改革委", "人力资源社会保障厅"),
            "自治区卫生计生委",
        ),
        ("000", "3.5", ("内蒙古保监局", "自治区人力资源社会保障厅", "财政厅", "卫生计生委"), "内蒙古保监局"),
        ("000", "1.6", ("自治区编办", "人力资源社会保障厅", "卫生计生委", "财政厅"), "自治区编办"),
        ("001", "1.1", ("市卫生健康委", "各县区人民政府"), None),
        ("004", "2.1.3", ("市财政局", "卫生局", "人力资源和社会保障局"), None),
        ("004", "2.3.33", ("市财政局", "发展改革委", "卫生局", "国资委"), None),
        ("003", "6.1", (), None),
    ],
)
def test_departments(seed: str, path: str, departments: tuple[str, ...], lead: str | None) -> None:
    clause = _clauses(seed)[path]
    assert (clause.departments, clause.lead) == (departments, lead)


def test_every_leaf_of_the_inner_mongolia_document_has_its_lead_first() -> None:
    assert all(c.lead == c.departments[0] for c in _clauses("000").values() if c.leaf)


@pytest.mark.parametrize(
    ("seed", "path", "figures"),
    [
        ("000", "3.1", ["95%以上", "420元", "6万人以下", "20元", "75%左右", "50%以上"]),
        ("000", "1.2", ["2000万元", "100万元"]),
        ("001", "7.19", ["三年", "20名左右"]),
        ("002", "4.3.2", ["2017年", "80%以上", "50%", "70%"]),
        ("003", "6.1", ["2017年8月底前", "2017年10月底前"]),
        ("004", "2.1.3", ["240元", "300元"]),
        ("004", "2.3.39", ["1—2所", "20名"]),
    ],
)
def test_figures(seed: str, path: str, figures: list[str]) -> None:
    assert [figure.text for figure in _clauses(seed)[path].figures] == figures


@pytest.mark.parametrize("seed", _NAMES)
def test_every_character_is_in_exactly_one_clause(seed: str) -> None:
    doc, clauses = _READ[seed]
    taken = sorted(span for clause in clauses for span in clause.spans)
    assert all(a[1] <= b[0] for a, b in zip(taken, taken[1:], strict=False))
    outside = set(range(len(doc.text))).difference(*(range(*span) for span in taken))
    assert {doc.text[at] for at in outside} <= {"\n"}


@pytest.mark.parametrize("seed", _NAMES)
def test_no_page_around_the_document_is_in_a_clause(seed: str) -> None:
    doc, clauses = _READ[seed]
    chrome = re.compile(
        r"搜档网|sodocs|https?:|当前位置|首页|网站|来源[:：]|字号|字体|打印|关闭\s*$|上一篇|下一篇|相关主题|浏览|索引号|公开日期|<|>|&\w+;"
        r"|精品|亚洲|齐齐哈尔|第一医院|标准版|\x0c|第\s*\d+\s*页|\|"
    )
    for clause in clauses:
        assert not chrome.search(clause.text), clause.clause_id
        lines = clause.text.split("\n")
        assert not any(re.fullmatch(r"[\d二〇一]+年.{1,4}月.{1,4}日", line) for line in lines), clause.clause_id
        assert not any(line == issuer for line in lines for issuer in doc.issuers), clause.clause_id


@pytest.mark.parametrize("seed", _NAMES)
def test_no_line_of_a_leaf_breaks_off_in_a_sentence(seed: str) -> None:
    for clause in _READ[seed][1]:
        for line in clause.text.split("\n"):
            assert len(line) < 45 or line[-1] in "。；：:;)）", (clause.clause_id, line[-20:])


def test_the_damaged_seed_is_clean_simplified_chinese() -> None:
    doc = _READ["003"][0]
    assert not re.search(r"[a-zA-Zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ?？]", doc.text)
    assert not re.search(r"[,，][,，。、；;]", doc.text)
    assert OpenCC("t2s").convert(doc.text) == doc.text
    doc.text.replace("〔", "").replace("〕", "").replace("—", "").encode("gb2312")


@pytest.mark.parametrize(
    "sentence",
    [
        "以城市和县域为重点,",
        "医疗、医保、医药联动改革",
        "医联体内医疗机构在保持行政隶属关系",
        "对纵向合作的医联体等分工协作模式实行医保总额付费等多种方式",
        "县(市)中医医院、妇幼保健医院可根据服务能力和规模",
        "挤压社会办医空间等问题。",
    ],
)
def test_the_damaged_places_read_as_they_must(sentence: str) -> None:
    assert sentence in _READ["003"][0].text


def test_documents_quoted_keep_their_numbers() -> None:
    quoted = {m[0] for doc, _ in _READ.values() for m in DOC_NO.finditer(doc.text)}
    assert any("32号" in number for number in quoted)


def test_ids_are_ascii_and_unique() -> None:
    everything: list[tuple[Document, tuple[Clause, ...]]] = list(_READ.values())
    ids = [clause.clause_id for _, clauses in everything for clause in clauses]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in ids)
