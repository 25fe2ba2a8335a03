"""The report of runs: what it shows is what the record says, nothing in it is markup, nothing outside is asked for."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import Tab, browser, need_chromium
from report_records import detail, record
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selenium.webdriver.support.ui import Select

from eval.accepted import accept
from eval.curve import Ceilings, Prober, load, save
from eval.golden import ANSWERABLE, CRITICAL, UNANSWERABLE, golden_sets, load_golden
from eval.metrics import MEASURES
from eval.report import page
from eval.report.calibration import calibrate, wilson
from eval.report.charts import latency
from eval.report.failures import find_failure, places_of
from eval.report.names import all_measures, percent
from eval.report.page import read_sets, write_report
from eval.report.runs import Part, load_parts
from eval.report.threshold import ceilings_of, measured
from eval.report.views import SetView
from eval.table import TITLES
from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex

_ROOT = Path(__file__).parent.parent
_A, _B, _C, _Y = "jia-2012-1.2.1", "jia-2012-1.2.2", "jia-2012-1.2.3", "yi-2016-2.1"
_HOSTILE = "<script>alert(1)</script></style><img src=x onerror=alert(2)> {{ 7*7 }} https://example.com/x \" ' &amp;"


def _planted(set: str = "dev") -> list[dict[str, Any]]:
    """Twelve questions: six answered rightly, four failing at known stages, two without an answer."""
    right = [detail(f"{set}-r{n}", gold=(_A,), cited=(_A,), confidence=0.95, ms=10.0 * n) for n in range(1, 7)]
    wrong = [
        detail(f"{set}-rank", kind="list", gold=(_A,), cited=(_B,), retrieved=(_B, _A), said=False, confidence=0.55),
        detail(f"{set}-miss", kind="list", gold=(_A,), cited=(_B,), retrieved=(_B, _C), said=False, confidence=0.45),
        detail(f"{set}-words", gold=(_Y,), cited=(_Y,), said=False, confidence=0.95),
        detail(f"{set}-doubt", gold=(_Y,), retrieved=(_Y,), status="refused", reason="unsupported", confidence=0.2),
    ]
    without = [
        detail(f"{set}-no", kind="near_miss", retrieved=(_A,), status="refused", confidence=0.1, reason="no_match"),
        detail(f"{set}-yes", kind="near_miss", cited=(_A,), confidence=0.65, ms=2000.0),
    ]
    return [each | {"set": set} for each in (*right, *wrong, *without)]


def _write(folder: Path, made: dict[str, Any], name: str = "a.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(made, ensure_ascii=False), "utf-8")
    return path


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs and accepted scores of this project are none of these tests' business."""
    monkeypatch.setattr(page, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(page, "ACCEPTED", tmp_path / "results.json")


def _report(folder: Path, *made: dict[str, Any], show_test: bool = False) -> HTMLParser:
    paths = [_write(folder, each, f"{n}.json") for n, each in enumerate(made)]
    write_report(paths, folder / "report.html", show_test=show_test)
    return HTMLParser((folder / "report.html").read_text("utf-8"))


def _view(folder: Path, made: dict[str, Any]) -> SetView:
    return read_sets([_write(folder, made)])[0]


def _part(folder: Path, made: dict[str, Any]) -> Part:
    return load_parts([_write(folder, made)])[0]


def _rows(tree: HTMLParser, section: str) -> dict[str, list[str]]:
    """Return the rows of the tables of a section by their heading."""
    rows = {}
    for row in tree.css(f"#{section} tbody tr"):
        head = row.css_first("th")
        rows[" ".join(head.text(deep=False).split())] = [cell.text(strip=True) for cell in row.css("td")]
    return rows


# --- what it shows is what the record says ---


def test_the_headline_has_each_measure_with_its_interval_and_count(tmp_path: Path) -> None:
    rows = _rows(_report(tmp_path, record(_planted())), "summary")
    assert rows["首条引用正确"] == ["70.0%", "", "65.0%–75.0%", "10"]  # 7 of 10
    assert rows["答案正确"] == ["60.0%", "", "55.0%–65.0%", "10"]
    assert rows["应拒则拒"] == ["50.0%", "", "45.0%–55.0%", "2"]
    assert rows["误拒"] == ["10.0%", "", "5.0%–15.0%", "10"]
    assert rows["引用召回率"][0] == "70.0%"


def test_a_bar_is_as_long_as_its_figure(tmp_path: Path) -> None:
    tree = _report(tmp_path, record(_planted()))
    for row in tree.css("#summary tbody tr, #groups tbody tr"):
        told = row.css_first(".figure").text(strip=True)
        assert f"{row.css_first('.bar-fill').attributes['width']}%" == told


def test_kinds_documents_and_refusals_are_counted(tmp_path: Path) -> None:
    tree = _report(tmp_path, record(_planted()))
    groups = _rows(tree, "groups")
    assert groups["金额"] == ["87.5%", "", "7/8", "75.0%"]
    assert groups["列举"] == ["0.0%", "", "0/2", "0.0%"]
    assert groups["有主题无内容"] == ["50.0%", "", "1/2"]
    assert groups["甲市2012年工作安排"] == ["75.0%", "", "6/8", "75.0%"]
    assert groups["乙市2016年重点任务"] == ["50.0%", "", "1/2", "0.0%"]
    assert _rows(tree, "refusals") == {"有答案": ["9", "1"], "没有答案": ["1", "1"]}
    stages = {name: cells[-1] for name, cells in _rows(tree, "questions").items()}
    assert stages == {"检索": "1", "排序": "1", "拒答": "2", "摘录": "1"}


def test_the_weakest_kind_comes_first(tmp_path: Path) -> None:
    (answerable, _) = _view(tmp_path, record(_planted())).kinds
    assert [row.title for row in answerable.rows] == ["列举", "金额"]


def test_each_failing_question_shows_what_was_wanted_beside_what_was_cited(tmp_path: Path) -> None:
    tree = _report(tmp_path, record(_planted()))
    shown = {each.css_first(".kind").text().split(" · ")[1]: each for each in tree.css("details.question")}
    assert set(shown) == {"dev-rank", "dev-miss", "dev-words", "dev-doubt", "dev-yes"}
    ranked = shown["dev-rank"]
    gold, cited = ranked.css(".pair > div")
    assert _A in gold.text() and _B in cited.text() and gold.css_first("mark").text() == "240元"
    assert ranked.css_first(".why").text() == "标准条款排在检索结果第 2 位, 首条引用的是别的条款。"
    assert ranked.css_first(".is-right").text() == f"2 {_A} ✓"
    assert [each.text(strip=True).split()[0] for each in tree.css("#passed .asked")] == [
        *(f"问题dev-r{n}?" for n in range(1, 7)), "问题dev-no?",
    ]  # fmt: skip


def test_confidence_and_latency_are_those_of_the_record(tmp_path: Path) -> None:
    made = record(_planted())
    tree = _report(tmp_path, made)
    rows = _rows(tree, "confidence")
    assert rows["0.9–1.0"] == ["7", "0.950", "7", "100.0%", "64.6%–100.0%"]
    assert rows["0.6–0.7"] == ["1", "0.650", "0", "0.0%", "0.0%–79.3%"]  # an answer where there is none is wrong
    assert rows["0.36 现用"] == ["50.0%", "10.0%"]
    times = [each["answer"]["elapsed_ms"] for each in made["details"]]
    p50, p95 = np.percentile(times, [50, 95])
    assert f"p50 {p50:.0f} 毫秒, p95 {p95:.0f} 毫秒, 最长 2000 毫秒" in tree.css_first("#latency .plain").text()
    assert sum(int(cells[0]) for cells in _rows(tree, "latency").values()) == len(times)


def test_runs_of_one_set_are_drawn_in_the_order_of_their_time(tmp_path: Path) -> None:
    worse = [each | {"scores": each["scores"] | {"first_citation": 0.0}} for each in _planted()]
    made = [
        record(_planted(), "2026-11-22T08:00:00+00:00", commit="bbbbbbb"),
        record(worse, "2026-11-21T08:00:00+00:00", commit="aaaaaaa"),
        record(worse, "2026-11-23T08:00:00+00:00", commit="ccccccc", ablate=["bm25"]),
    ]
    tree = _report(tmp_path, *made)
    plot = tree.css_first("#time svg")
    assert [each.text() for each in plot.css("text.soft")][-5:-1] == ["aaaaaaa", "11-21", "bbbbbbb", "11-22"]
    ys = [float(each.attributes["cy"]) for each in plot.css(".is-first_citation circle")]
    assert len(ys) == 2 and ys[0] > ys[1]  # the later one is higher
    assert len(tree.css("#time tbody tr")) == 3  # a run with a part switched off has its figures, and no spot
    assert "bbbbbbb" in tree.css_first("#summary .stamp").text()


def test_the_accepted_run_is_marked_where_it_was_another_score(tmp_path: Path) -> None:
    accepted = record(_planted(), "2026-11-20T08:00:00+00:00")
    accepted["by_set"]["dev"]["summary"]["first_citation"] = [0.5, 0.4, 0.6, 10]
    del accepted["details"]
    _write(tmp_path, accepted, "results.json")
    tree = _report(tmp_path, record(_planted()))
    (mark,) = tree.css(".bar-accepted")
    assert mark.attributes["x"] == "50.0"


def test_every_measure_kind_and_set_has_a_name(tmp_path: Path) -> None:
    assert {each.name: each.title for each in all_measures()} == {name: TITLES[name] for name in MEASURES}
    kinds = (_ROOT / "eval" / "report" / "kinds.tsv").read_text("utf-8")
    assert {line.split("\t")[0] for line in kinds.splitlines()[1:]} == ANSWERABLE | UNANSWERABLE
    sets = (_ROOT / "eval" / "sets.tsv").read_text("utf-8")
    assert {line.split("\t")[0] for line in sets.splitlines()[1:]} == {*golden_sets(), CRITICAL}


def test_the_most_trustworthy_set_comes_first(tmp_path: Path) -> None:
    made = record([each for name in ("other", "critical", "dev", "documents-test", "test") for each in _planted(name)])
    order = [one.part.name for one in read_sets([_write(tmp_path, made)])]
    assert order == ["test", "documents-test", "dev", "critical", "other"]


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.0, "0.0%"), (1.0, "100.0%"), (0.9999, "99.9%"), (0.0001, "<0.1%"), (0.9059, "90.6%"), (0.5, "50.0%")],
)
def test_a_share_is_never_rounded_to_all_or_nothing(share: float, shown: str) -> None:
    assert percent(share) == shown


# --- where a question failed ---


@pytest.mark.parametrize(
    ("asked", "stage"),
    [
        (detail("x", gold=(_A,), cited=(_A,)), None),
        (detail("x", gold=(_A,), cited=(_B,), retrieved=(_B, _A), said=False), "ranking"),
        (detail("x", gold=(_A,), cited=(_B,), retrieved=(_A, _B), said=False), "extraction"),
        (detail("x", gold=(_A,), cited=(_B,), retrieved=(_B, _C), said=False), "retrieval"),
        (detail("x", gold=(_A,), cited=(_Y,), said=False, scope={"years": [2016]}), "scope"),
        (detail("x", gold=(_A,), cited=(_Y,), said=False, scope={"regions": ["乙市"]}), "scope"),
        (detail("x", gold=(_A,), cited=(_Y,), said=False, scope={"doc_ids": ["yi-2016-2"]}), "scope"),
        (detail("x", gold=(_A,), cited=(_Y,), said=False, scope={"regions": ["甲市"]}), "retrieval"),
        (detail("x", gold=(_A,), status="refused", reason="out_of_scope", confidence=None), "scope"),
        (detail("x", gold=(_A,), retrieved=(_A,), status="refused", reason="unsupported"), "refusal"),
        (detail("x", gold=(_A,), retrieved=(_B,), status="refused", reason="no_match"), "retrieval"),
        (detail("x", gold=(_A,), cited=(_A,), said=False), "extraction"),
        (detail("x", gold=(_A,), cited=(_A,), said=False, status="partial"), "refusal"),
        (detail("x", gold=(_A,), cited=(_A,), said=False, answer="另有1句与条款核对不符, 未予显示。"), "verification"),
        (detail("x", gold=(_A,), cited=(_A,), said=False, checks={"numbers": "missing"}), "verification"),
        (detail("x", gold=(_A,), cited=(_A, _Y), scores={"wrong_year": 1.0}), "scope"),
        (detail("x", gold=(_A,), cited=(_A,), scores={"figure_error": 1.0}), "verification"),
        (detail("x", gold=(_A, _B), cited=(_A,), retrieved=(_A, _B)), "ranking"),
        (detail("x", gold=(_A, _B), cited=(_A,), retrieved=(_A, _C)), "retrieval"),
        (detail("x", gold=(_A,), cited=(_A, _B)), "ranking"),
        (detail("x", kind="near_miss", cited=(_A,)), "refusal"),
        (detail("x", kind="near_miss", status="refused"), None),
        (detail("x", kind="wrong_year", cited=(_A,)), "scope"),
    ],
)  # fmt: skip
def test_the_first_stage_that_went_wrong_is_named(tmp_path: Path, asked: dict[str, Any], stage: str | None) -> None:
    seen = detail("other", gold=(_A,), cited=(_A, _Y))  # an answer that tells where both documents are from
    part = _part(tmp_path, record([asked, seen]))
    failure = find_failure(part.asked[0], places_of(part), part.run.titles)
    assert (failure.stage if failure else None) == stage


# --- calibration, threshold, latency ---


def test_the_calibration_error_is_the_weighted_gap_of_the_bins(tmp_path: Path) -> None:
    pairs = [(0.95, True), (0.95, True), (0.91, False), (0.25, False), (0.25, True), (1.0, True)]
    details = [
        detail(str(n), gold=(_A,), cited=(_A if right else _B,), confidence=c) for n, (c, right) in enumerate(pairs)
    ]
    found = calibrate(_part(tmp_path, record(details)).asked)
    assert found is not None
    # 0.9–1.0: 4 questions, mean 0.9525, three right; 0.2–0.3: 2 questions, mean 0.25, one right.
    assert math.isclose(found.ece, (4 * abs(0.75 - 0.9525) + 2 * abs(0.5 - 0.25)) / 6)
    assert math.isclose(found.brier, (2 * 0.05**2 + 0.91**2 + 0.25**2 + 0.75**2 + 0) / 6)
    assert [one.n for one in found.bins] == [0, 0, 2, 0, 0, 0, 0, 0, 0, 4]


@pytest.mark.parametrize(("right", "n", "low", "high"), [(8, 10, 0.490, 0.943), (0, 10, 0.0, 0.278), (0, 0, 0, 1)])
def test_the_interval_of_wilson(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right, n) == pytest.approx((low, high), abs=0.0005)


def test_what_a_threshold_would_refuse_is_read_from_the_record(tmp_path: Path) -> None:
    details = [
        detail("answered", gold=(_A,), cited=(_A,), confidence=0.8),
        detail("unsure", gold=(_A,), status="refused", confidence=0.2),
        detail("doubted", gold=(_A,), status="refused", confidence=0.7),
        detail("told by its place", gold=(_A,), cited=(_A,), confidence=0.1),
        detail("not searched", gold=(_A,), status="refused", confidence=None),
    ]
    assert ceilings_of(_part(tmp_path, record(details))).answerable == [0.8, 0.2, -1.0, math.inf, -1.0]


def test_a_measured_curve_is_used_only_where_it_agrees_with_the_run(tmp_path: Path) -> None:
    part = _part(tmp_path, record(_planted()))
    curve = ceilings_of(part)
    assert measured(part, tmp_path) is None
    save(tmp_path / "curve-dev.json", Ceilings(curve.unanswerable, curve.answerable, [0.3, math.inf]), "dev")
    found = measured(part, tmp_path)
    assert found is not None and found.removed == [0.3, math.inf]
    save(tmp_path / "curve-dev.json", Ceilings([0.9, 0.9], curve.answerable, []), "dev")
    assert measured(part, tmp_path) is None


def test_a_curve_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="eval curve --json"):
        load(_write(tmp_path, {"set": "dev"}))


def test_the_last_column_of_the_histogram_takes_what_is_beyond(tmp_path: Path) -> None:
    details = [detail(str(n), gold=(_A,), cited=(_A,), ms=ms) for n, ms in enumerate([*[50.0] * 99, 90_000.0])]
    found = latency(_part(tmp_path, record(details)).asked)
    assert sum(count for *_, count in found.bins) == 100
    assert found.bins[-1][2] == 1 and found.longest == 90_000


# --- the real chain's record ---


@pytest.fixture(scope="module")
def real(settings: Settings, index: ClauseIndex, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A run of a few golden questions through the real chain, in the form that `eval run` writes."""
    from dataclasses import asdict

    from eval.record import make_record
    from eval.run import run_sets, settings_for

    chosen: dict[str, dict[str, Any]] = {}
    for golden in load_golden("dev"):
        chosen.setdefault(golden.kind, asdict(golden))
    path = tmp_path_factory.mktemp("golden") / "few.jsonl"
    path.write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in chosen.values()), "utf-8")
    own = settings_for(settings, "extractive")
    return json.loads(json.dumps(make_record(own, run_sets(own, [str(path)]), "extractive")))


def test_a_real_run_is_reported_with_its_own_figures(tmp_path: Path, real: dict[str, Any]) -> None:
    tree = _report(tmp_path, real)
    rows = _rows(tree, "summary")
    for name, (mean, *_, n) in real["summary"].items():
        assert (rows[TITLES[name]][0], rows[TITLES[name]][-1]) == (percent(mean), str(n))
    refused = [each["answer"]["status"] == "refused" for each in real["details"]]
    cells = [int(cell) for row in _rows(tree, "refusals").values() for cell in row]
    assert cells[1] + cells[3] == sum(refused) and sum(cells) == len(refused)
    failed = len(tree.css("details.question"))
    assert failed + len(tree.css("li.question")) == len(refused)


def test_the_accepted_form_of_a_run_counts_as_a_run_without_questions(tmp_path: Path, real: dict[str, Any]) -> None:
    path = accept(real, tmp_path / "results.json")
    (alone,) = load_parts([path])
    assert alone.asked == () and alone.summary["first_citation"].n == real["summary"]["first_citation"][3]
    (whole,) = load_parts([path, _write(tmp_path, real)])  # the same run, kept twice
    assert whole.asked


def test_the_record_s_curve_is_the_chain_s(
    tmp_path: Path, real: dict[str, Any], index: ClauseIndex, settings: Settings
) -> None:
    part = _part(tmp_path, real)
    prober = Prober(index, settings)
    by_id = {golden.id: golden for golden in load_golden("dev")}
    now = settings.min_confidence
    curve = ceilings_of(part)
    told = iter(curve.answerable), iter(curve.unanswerable)
    for asked in part.asked:
        ceiling, true = next(told[not asked.answerable]), prober.ceiling(by_id[asked.id])
        assert (ceiling < now) == (true < now), asked.id
        if asked.kind in ("comparison", "multipart"):  # the least sure part is told, and another may be answered
            assert true >= ceiling - 0.001, asked.id
        elif ceiling >= now:
            assert true == pytest.approx(ceiling, abs=0.001), asked.id


# --- nothing in it is markup, nothing outside is asked for ---


def test_what_questions_and_documents_say_is_text(tmp_path: Path) -> None:
    hostile = detail(
        "<b>x</b>", gold=(_A,), cited=(_B,), said=False, question=_HOSTILE, answer=_HOSTILE, text=_HOSTILE,
        nearest=(_B,),
    ) | {"note": _HOSTILE, "history": [_HOSTILE], "kind": '"><script>', "required": ["alert(1)"]}  # fmt: skip
    made = record([hostile, *_planted()], commit=_HOSTILE)
    made["documents"]["jia-2012-1"]["title"] = _HOSTILE
    tree = _report(tmp_path, made)
    assert (
        len(tree.css("script")) == 1
        and len(tree.css("style")) == 1
        and not tree.css("img, iframe, object, link[rel=stylesheet]")
    )
    assert tree.css_first("details.question .asked").text() == f"{_HOSTILE} → {_HOSTILE}"
    assert [each.text() for each in tree.css(".said") if "alert" in each.text()] == [_HOSTILE]
    assert tree.css_first("details.question .clause mark").text() == "alert(1)"
    assert not [name for node in tree.css("*") for name in node.attributes if name.startswith("on") or name == "style"]


def test_the_page_is_whole_in_itself(tmp_path: Path) -> None:
    tree = _report(tmp_path, record(_planted()))
    links = {
        node.attributes[name]
        for node in tree.css("*")
        for name in ("href", "src", "srcset", "data")
        if name in node.attributes
    }
    assert all(link == "data:," or link.startswith("#") for link in links)
    ids = {node.attributes["id"] for node in tree.css("[id]")}
    assert {link[1:] for link in links if link.startswith("#")} <= ids
    style = tree.css_first("style").text(deep=True)
    assert not re.search(r"url\(|@import|@font-face", style)


def test_the_policy_lets_in_this_script_and_this_style_alone(tmp_path: Path) -> None:
    tree = _report(tmp_path, record(_planted()))
    policy = tree.css_first("meta[http-equiv]").attributes["content"]
    assert policy.startswith("default-src 'none'; ")
    for kind in ("script", "style"):
        digest = hashlib.sha256(tree.css_first(kind).text(deep=True).encode()).digest()
        assert f"{kind}-src 'sha256-{base64.b64encode(digest).decode()}'" in policy


def test_a_held_back_set_is_told_in_numbers_alone(tmp_path: Path) -> None:
    details = [each for name in ("test", "documents-test") for each in _planted(name)]
    for each in details:
        each["question"] = each["answer"]["question"] = f"机密{each['id']}"
    tree = _report(tmp_path, record(details))
    assert (
        "机密" not in tree.html and "回答test" not in tree.html and _A not in tree.html and "test-rank" not in tree.html
    )
    assert _rows(tree, "refusals")["有答案"] == ["9", "1"] and not tree.css("#refusals a")
    assert "不逐条列出" in tree.css_first("#questions").text()
    shown = _report(tmp_path, record(details), show_test=True)
    assert "机密test-rank" in shown.html and shown.css("#refusals a")


# --- on the command line ---


@pytest.mark.parametrize(
    ("content", "said"),
    [("[1, 2]", "不是评测记录"), ("{", "不是评测记录"), ('{"summary": {}, "sets": ["dev"]}', "不是评测记录"), (None, "读不到评测记录")],
)  # fmt: skip
def test_a_file_that_is_no_record_is_one_chinese_line(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(UserError, match=said):
        write_report([path], tmp_path / "report.html")


def test_without_runs_it_says_how_to_make_one() -> None:
    with pytest.raises(UserError, match="python -m eval run"):
        read_sets([])


def test_the_command_writes_the_page_and_says_where(tmp_path: Path) -> None:
    path, out = _write(tmp_path, record(_planted())), tmp_path / "新" / "报告.html"
    command = [sys.executable, "-m", "eval", "report", str(path), "--out", str(out)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert str(out) in done.stdout and "dev 12 问" in done.stdout
    assert out.read_text("utf-8").startswith("<!doctype html>")


# --- in the browser ---


@pytest.fixture(scope="module")
def chromium() -> Iterator[Tab]:
    need_chromium()
    with browser() as tab:
        yield tab


@pytest.fixture
def tab(chromium: Tab, tmp_path: Path) -> Tab:
    _report(tmp_path, record([*_planted("test"), *_planted("dev")]))
    chromium.driver.get(f"file://{tmp_path}/report.html")
    return chromium


def _shown(tab: Tab) -> list[str]:
    script = "return [...document.querySelectorAll('#failed .question')].filter((each) => each.checkVisibility())"
    return [each.split("\n")[-1].split(" · ")[-1] for each in tab.js(f"{script}.map((each) => each.innerText)")]


def test_a_cell_of_the_refusals_leads_to_its_questions(tab: Tab) -> None:
    assert len(_shown(tab)) == 5
    tab.js("document.querySelector(\"#refusals [data-go-cell='answered-unanswerable']\").click()")
    assert _shown(tab) == ["dev-yes"]
    tab.js(
        "document.querySelector(\"#refusals [data-go-cell='refused-unanswerable']\").click()"
    )  # all of them are right
    assert _shown(tab) == [] and tab.one("#passed").get_attribute("open")
    assert tab.one(".found").text == "失败 0 问, 全部正确 1 问"
    assert tab.js("return document.activeElement.closest('.filters') !== null")


def test_the_filters_narrow_the_list(tab: Tab) -> None:
    Select(tab.one("[data-filter=stage]")).select_by_visible_text("排序")
    assert _shown(tab) == ["dev-rank"]
    Select(tab.one("[data-filter=stage]")).select_by_value("")
    Select(tab.one("[data-filter=kind]")).select_by_visible_text("列举")
    assert sorted(_shown(tab)) == ["dev-miss", "dev-rank"]
    tab.one("[data-filter=text]").send_keys("dev-miss")
    assert _shown(tab) == ["dev-miss"]


def test_one_set_can_be_looked_at_alone(tab: Tab) -> None:
    script = "return [...document.querySelectorAll('#summary .panel')].filter((each) => each.checkVisibility()).length"
    assert tab.js(script) == 2
    Select(tab.one("#pick-set")).select_by_index(1)
    assert tab.js(script) == 1 and "测试集" in tab.one("#summary .panel:not([hidden])").text


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (1366, "dark"), (390, "light"), (390, "dark")])
def test_it_fits_the_screen_and_asks_for_nothing(tab: Tab, width: int, scheme: str) -> None:
    size = {"width": width, "height": 768, "deviceScaleFactor": 1, "mobile": width < 900}
    feature = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    tab.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    tab.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", feature)
    try:
        tab.driver.refresh()
        tab.js("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert tab.js("return document.documentElement.scrollWidth") <= width
        light = tab.js("return getComputedStyle(document.body).backgroundColor") == "rgb(242, 244, 247)"
        assert light == (scheme == "light")
        assert tab.errors() == []  # what the policy forbids would be told here
        assert tab.foreign_requests() == []
    finally:
        tab.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        tab.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_every_plot_has_words(tab: Tab) -> None:
    plots = tab.find("svg.plot")
    assert len(plots) == 6  # two sets: reliability, threshold, latency
    assert all(re.search(r"\d", plot.get_attribute("aria-label") or "") for plot in plots)
