"""A statement in other words passes if it says what its clause says; turned, moved or mixed up, it does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from eval.golden import Golden, load_golden
from index.figures import find_figures
from index.sentences import sentence_spans
from index.store import ClauseIndex
from index.types import Clause, Document, Figure
from rag.checking.bound import misbound
from rag.checking.cite import Claim, Quote, check, passes
from rag.checking.sense import reversals

# --- whose figure it is -------------------------------------------------------------------------------------

_PAIRED = "城镇居民和农村居民住院费用支付比例分别达到70%以上和75%左右,门诊支付比例进一步提高。"
_MONEY = "政府补助标准提高到每人每年240元,个人缴费水平相应提高,人均筹资达到300元。"
_TOPIC = "城乡居民医保政策范围内住院费用报销比例达到75%左右,实际报销比例达到50%以上。"
_SHARES = "到2016年底,家庭医生签约服务覆盖率达到15%以上,重点人群签约服务覆盖率达到30%以上。"
_BOUNDS = "大病保险资金不低于上年度人均筹资标准的5%,患者实际报销比例达到50%以上,每人不超过6万元。"
_YEARS = "补助标准2012年达到240元,2013年达到280元。"
_LEVELS = "三级医院要达到出院病例数的50%,二级医院要达到出院病例数的70%。"
_DATES = "2016年6月底前制定方案。\n到2020年,建成服务体系。全部乡镇卫生院参与。"


@pytest.mark.parametrize(
    ("clause", "statement"),
    [
        (_PAIRED, "农村居民住院费用支付比例达到75%左右"),
        (_PAIRED, "城镇居民住院费用支付比例达到百分之七十以上"),
        (_PAIRED, "农村居民为75%左右,城镇居民为70%以上"),
        (_PAIRED, "农村居民住院费用支付比例为75%"),  # 左右 left out
        (_MONEY, "政府补助每人每年240元"),
        (_MONEY, "人均筹资标准为300元,个人缴费水平相应提高"),
        (_MONEY, "240元"),
        (_TOPIC, "城乡居民医保实际报销比例达到50%以上"),
        (_TOPIC, "政策范围内住院费用报销75%左右"),
        (_SHARES, "2016年底重点人群签约服务覆盖率达到30%以上"),
        (_SHARES, "家庭医生签约服务覆盖率不低于15%"),
        (_BOUNDS, "大病保险资金不低于人均筹资标准的5%"),
        (_BOUNDS, "每人最高6万元"),
        (_BOUNDS, "患者实际报销比例至少50%"),
        (_YEARS, "2012年补助标准为240元"),
        (_YEARS, "补助标准2013年达到280元"),
        (_LEVELS, "二级医院要达到出院病例数的70%"),
        (_DATES, "方案应于2016年6月底前制定"),
        (_DATES, "到2020年全部乡镇卫生院参与"),
    ],
)
def test_a_figure_told_of_its_own_subject_passes(clause: str, statement: str) -> None:
    assert misbound(statement, clause) == []


@pytest.mark.parametrize(
    ("clause", "statement"),
    [
        (_PAIRED, "城镇居民住院费用支付比例达到75%左右"),
        (_PAIRED, "农村居民达到70%以上,城镇居民达到75%左右"),
        (_PAIRED, "门诊支付比例提高到75%左右"),
        (_PAIRED, "城镇居民住院费用支付比例为70%"),
        (_PAIRED, "农村居民住院费用支付比例为75%以上"),
        (_MONEY, "人均筹资达到240元"),
        (_MONEY, "政府补助标准提高到每人每年300元"),
        (_MONEY, "个人缴费水平提高到300元"),
        (_MONEY, "政府补助标准不超过240元"),
        (_TOPIC, "城乡居民医保政策范围内住院费用报销比例达到50%以上"),
        (_TOPIC, "城乡居民医保实际报销比例达到75%左右"),
        (_SHARES, "重点人群签约服务覆盖率达到15%以上"),
        (_SHARES, "2016年底家庭医生覆盖率达到30%以上"),
        (_BOUNDS, "大病保险资金不超过人均筹资标准的5%"),
        (_BOUNDS, "每人不低于6万元"),
        (_BOUNDS, "患者实际报销比例在50%以下"),
        (_YEARS, "2013年补助标准为240元"),
        (_YEARS, "2012年补助标准为280元"),
        (_LEVELS, "二级医院要达到出院病例数的50%"),
        (_LEVELS, "三级医院和二级医院分别达到70%和50%"),
        (_DATES, "到2020年制定方案"),
        (_DATES, "2016年6月以后制定方案"),
    ],
)
def test_a_figure_of_another_subject_or_bound_fails(clause: str, statement: str) -> None:
    assert misbound(statement, clause)


# --- what is turned round -----------------------------------------------------------------------------------

_RULES = "医疗机构不得收取押金,可以预收部分费用。对不符合条件的不予报销,符合条件的按比例报销。不断提高保障水平。"
_STEPS = "进一步提高门诊报销比例,适当降低起付线,逐步缩小差距。鼓励非营利性医疗机构参与,应当优先使用基本药物。"


@pytest.mark.parametrize(
    ("clause", "statement"),
    [
        (_RULES, "医疗机构不得收取押金"),
        (_RULES, "禁止医疗机构收取押金"),
        (_RULES, "可以预收部分费用"),
        (_RULES, "不符合条件的,不予报销"),
        (_RULES, "符合条件的可以按比例报销"),
        (_RULES, "提高保障水平"),
        (_STEPS, "提高门诊报销比例,降低起付线"),
        (_STEPS, "差距逐步缩小"),
        (_STEPS, "鼓励非营利性医疗机构参与"),
        (_STEPS, "应当优先使用基本药物"),
    ],
)
def test_the_same_sense_in_other_words_passes(clause: str, statement: str) -> None:
    assert reversals(statement, clause) == []


@pytest.mark.parametrize(
    ("clause", "statement"),
    [
        (_RULES, "医疗机构可以收取押金"),
        (_RULES, "医疗机构收取押金"),
        (_RULES, "不得预收部分费用"),
        (_RULES, "不符合条件的予以报销"),
        (_RULES, "降低保障水平"),
        (_STEPS, "降低门诊报销比例"),
        (_STEPS, "提高起付线"),
        (_STEPS, "逐步扩大差距"),
        (_STEPS, "鼓励营利性医疗机构参与"),
        (_STEPS, "限制非营利性医疗机构参与"),
        (_STEPS, "可以优先使用基本药物"),
    ],
)
def test_the_reverse_fails(clause: str, statement: str) -> None:
    assert reversals(statement, clause)


# --- the whole check ----------------------------------------------------------------------------------------

_DOC = Document(
    "jinan-2020-5", "济南市关于住房保障的通知", "", "s", "0", doc_no="济政发〔2020〕5号", region=("山东省", "济南市"),
    adcode="370100", year=2020, date_issued="2020-03-15",
)  # fmt: skip
_TEXT = "1.完善公租房“一户一档”管理,补贴标准提高到每户每年420元,由市住建局牵头,财政局、民政局配合。首付比例不低于三成。"


def _clause(text: str) -> Clause:
    doc = replace(_DOC, text=text)
    return Clause(doc, "1", "一、", ("一、困难家庭救助",), ((0, len(text)),), True, figures=find_figures(text))


def _failing(text: str, clause: Clause | None = None) -> set[str]:
    clause = clause or _clause(_TEXT)
    claim = Claim(text, (Quote(clause, 0, len(clause.text)),), written=True)
    return {name for name, verdict in check(claim, {clause.doc.doc_id}).items() if verdict != "ok"}


@pytest.mark.parametrize(
    "text",
    [
        "公租房补贴标准提高到每户每年420元。",
        "济南市2020年公租房补贴标准为每户每年四百二十元。",
        "济政发〔2020〕5号规定,公租房补贴每户每年420元。",
        "公租房实行“一户一档”管理。",
        "《济南市关于住房保障的通知》要求完善公租房管理。",
        "公租房补贴由市住建局牵头,财政局配合。",
        "首付比例不低于30%。",
        "公租房补贴420.00元。",
    ],
)
def test_an_honest_statement_passes_every_check(text: str) -> None:
    assert _failing(text) == set()


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("公租房补贴标准提高到每户每年430元。", "numbers"),
        ("2020年3月15日起公租房补贴标准提高到每户每年420元。", "bound"),  # the document's date, not the clause's
        ("公租房补贴标准提高到每户每年420。", "bound"),  # of what?
        ("公租房补贴标准提高到每户每年四百二十。", "bound"),
        ("公租房补贴标准提高到每户每年𝟒𝟑𝟎元。", "numbers"),
        ("公租房补贴标准提高到每户每年৪২০元。", "numbers"),
        ("公租房补贴标准提高到每户每年①②⓪元。", "numbers"),
        ("公租房补贴标准翻两番。", "numbers"),
        ("公租房实行“一人一档”管理。", "quoted"),
        ("《住房保障条例》要求完善公租房管理。", "quoted"),
        ("公租房补贴由市卫生局牵头。", "quoted"),
        ("公租房补贴由财政局牵头。", "sense"),
        ("公租房补贴由市住建局配合。", "sense"),
        ("公租房补贴标准降低到每户每年420元。", "sense"),
        ("首付比例不超过三成。", "bound"),
        ("首付比例为三成。", "bound"),
        ("公租房补贴420元,购房者还可以申请人才安家费用。", "words"),
        ("学校食堂应当公示菜谱。", "words"),
        ("Public rental housing subsidy is 420 yuan.", "quoted"),
        ("一、困难家庭救助", "words"),  # a heading says nothing of its own
        (_TEXT * 4, "words"),
    ],
)
def test_a_lie_fails_the_check_that_it_is_about(text: str, by: str) -> None:
    assert by in _failing(text)


def test_what_code_took_from_a_clause_is_not_held_to_a_models_measure() -> None:
    clause = _clause(_TEXT)
    quote = Quote(clause, 0, len(clause.text))
    assert passes(check(Claim(_TEXT * 4, (quote,)), {clause.doc.doc_id}))


# --- over the real clauses ----------------------------------------------------------------------------------


def _sentences(index: ClauseIndex) -> Iterator[tuple[Clause, str]]:
    for row in index.searchable_rows:
        clause = index.clause(int(row))
        for start, end in sentence_spans(clause.text):
            text = clause.text[start:end]
            if 12 <= len(text) <= 150 and not text.startswith(("(", "（")):
                yield clause, text


def _holds(text: str, clause: Clause) -> bool:
    return not _failing(text, clause)


def _sworn(change: Callable[[str], str | None], index: ClauseIndex) -> tuple[int, int, list[tuple[str, str]]]:
    """Return how many sentences a change makes another of, how many of these pass, and those that do not."""
    changed = [(clause, new) for clause, old in _sentences(index) if (new := change(old)) and new != old]
    failing = [(clause.clause_id, text) for clause, text in changed if not _holds(text, clause)]
    return len(changed), len(changed) - len(failing), failing


def _reworded(text: str) -> str:
    for old, new in (
        ("新农合", "新型农村合作医疗"), ("达到", "为"), ("提高到", "为"), ("%", "％"), ("以及", "和"), ("进一步", ""), ("和", "与"),
        ("要求", ""), ("并", "、"), ("等", ""),
    ):  # fmt: skip
        text = text.replace(old, new)
    return text


def _first_parts(text: str) -> str | None:
    parts = text.split(",")
    return ",".join(parts[: len(parts) // 2]) + "。" if len(parts) > 3 and "分别" not in text else None


@pytest.mark.parametrize(
    ("change", "least"),
    [
        (lambda text: f"{text.rstrip('。;')}.", 0.995),
        (lambda text: f"按照规定,{text}", 0.99),
        (_reworded, 0.97),
        (_first_parts, 0.97),
        (lambda text: re.sub(r"(\d)万元", r"\g<1>0000元", text), 0.97),
    ],
    ids=["as it is", "led in", "other words", "its first half", "figures in full"],
)
def test_honest_restatements_of_every_sentence_pass(
    index: ClauseIndex, change: Callable[[str], str | None], least: float
) -> None:
    total, passing, failing = _sworn(change, index)
    assert total
    assert passing / total >= least, failing[:20]


_FLIPS = {
    "提高": "降低",
    "降低": "提高",
    "不得": "可以",
    "可以": "不得",
    "鼓励": "限制",
    "取消": "保留",
    "扩大": "缩小",
    "必须": "可以",
}
_BOUND_FLIPS = {
    "不低于": "不超过",
    "不少于": "不超过",
    "以上": "以下",
    "不超过": "不低于",
    "以内": "以上",
    "至少": "至多",
}


def _flip(text: str, table: dict[str, str]) -> str | None:
    found = re.search("|".join(sorted(table, key=len, reverse=True)), text)
    return text[: found.start()] + table[found[0]] + text[found.end() :] if found else None


def _figure(text: str, change: Callable[[Figure], str | None]) -> str | None:
    for figure in find_figures(text):
        if (new := change(figure)) is not None:
            return text[: figure.start] + new + text[figure.end :]
    return None


def _next_year(figure: Figure) -> str | None:
    return figure.text.replace(figure.value[:4], str(int(figure.value[:4]) + 1)) if figure.kind == "date" else None


def _digit(figure: Figure) -> str | None:
    return (
        re.sub(r"\d", lambda m: str((int(m[0]) + 3) % 10 or 1), figure.text, count=1)
        if re.match(r"\d", figure.text)
        else None
    )


def _bound_flip(text: str) -> str | None:
    near = re.search(r"(?:不低于|不少于|不超过|至少)\D{0,4}\d|\d[%\u4e00-\u9fff]{1,2}(?:以上|以内)", text)
    return text[: near.start()] + str(_flip(near[0], _BOUND_FLIPS)) + text[near.end() :] if near else None


@pytest.mark.parametrize(
    ("change", "most"),
    [
        (lambda text: _flip(text, _FLIPS), 0.1),
        (_bound_flip, 0.0),
        (lambda text: _figure(text, _next_year), 0.05),
        (lambda text: _figure(text, _digit), 0.05),
        (lambda text: re.sub(r"(\d)元", r"\1万元", text, count=1), 0.0),
        (lambda text: text.rstrip("。;") + ",并对按期完成的单位奖励小汽车。", 0.02),
        (lambda text: "上海市" + text, 0.0),
        (lambda text: text.rstrip("。;") + ",由市体育局负责。", 0.05),
    ],
    ids=["direction", "bound", "year", "digit", "unit", "an invented half", "place", "department"],
)
def test_planted_lies_in_every_sentence_are_caught(
    index: ClauseIndex, change: Callable[[str], str | None], most: float
) -> None:
    total, passing, _ = _sworn(change, index)
    assert total >= 3
    assert passing / total <= most, [
        text for clause, old in _sentences(index) if (text := change(old)) and _holds(text, clause)
    ][:20]


# --- over the golden questions: each told as a statement with its figure, and with a neighbour's -------------

_ASKING = re.compile(
    r"(?:大概|最后)?(?:能|要|得|可以)?(?:报)?(?:百分之)?(?:是|为|有|要|达到)?(?:多少|几|什么时候|何时)(?:钱|元|块钱|块|个|名|人|家|%|年|月|万)?[?？]?"
)
_SEVERAL = re.compile(r"各|分别|和|不能低于|不得|最多|至少")


def _told(golden: Sequence[Golden], index: ClauseIndex) -> Iterator[tuple[Clause, str, list[str]]]:
    """Yield questions as statements: with the figure that answers, and with each other figure of its kind there."""
    for one in golden:
        clause = index.find(one.gold[0]) if len(one.gold) == len(one.answer) == 1 else None
        if not isinstance(clause, Clause) or _SEVERAL.search(one.question) or not _ASKING.search(one.question):
            continue
        figures = find_figures(clause.text)
        wanted = {(f.value, f.unit) for f in find_figures(one.answer[0])}
        own = next((f for f in figures if {(f.value, f.unit)} == wanted), None)
        if own:
            rivals = {f.value: f for f in figures if (f.kind, f.unit) == (own.kind, own.unit) and f.value != own.value}
            yield clause, _tell(one, own, clause), [_tell(one, rival, clause) for rival in rivals.values()]


def _tell(golden: Golden, figure: Figure, clause: Clause) -> str:
    bound = re.search(
        r"(?:不得低于|不低于|不少于|不超过|至少|超过)$", clause.text[max(0, figure.start - 5) : figure.start]
    )
    said = f"达到{bound[0] if bound else ''}{figure.text}"
    return _ASKING.sub(lambda _: said, golden.question, count=1)


def test_questions_told_with_their_own_figure_pass_and_with_a_neighbours_fail(index: ClauseIndex) -> None:
    told = list(_told(load_golden("dev"), index))
    honest = [bool(misbound(own, clause.text)) for clause, own, _ in told]
    swapped = [bool(misbound(lie, clause.text)) for clause, _, lies in told for lie in lies]
    assert len(honest) >= 50
    assert len(swapped) >= 20
    assert 1 - sum(honest) / len(honest) >= 0.97
    assert sum(swapped) / len(swapped) >= 0.85  # the rest say nothing of their subject: 那每人总共多少
