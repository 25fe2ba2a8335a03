"""The page's tab on its own evaluation: the accepted scores as they are, the report in a frame that can do no harm."""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Tab, browser, need_chromium, start_page
from langchain_core.runnables import Runnable, RunnableLambda
from report_records import detail, record

from eval.report.page import write_report
from rag.page.library.catalog import Catalog
from rag.page.measured.evaluation import read_evaluation, render_evaluation
from rag.types import Answer, Question

_EVAL = Path(__file__).parent.parent / "eval"
_A, _B = "jia-2012-1.2.1", "jia-2012-1.2.2"
_HOSTILE = "</iframe><script>parent.hurt = 1; alert(1)</script>${alert(2)} \\n {{value}}"


def _folder(path: Path, *, accepted: bool = True, report: bool = True) -> Path:
    """Return a folder as the evaluation leaves it: ten questions, seven of them right, one hostile."""
    details = [detail(f"q{n}", gold=(_A,), cited=(_A if n < 7 else _B,), said=n < 7) for n in range(9)]
    details.append(detail("q9", gold=(_A,), cited=(_B,), said=False, question=_HOSTILE))
    path.mkdir(parents=True, exist_ok=True)
    for name in ("measures.tsv", "sets.tsv"):
        shutil.copy(_EVAL / name, path / name)
    run = path / "run.json"
    run.write_text(json.dumps(record(details)), "utf-8")
    if accepted:
        shutil.copy(run, path / "results.json")
    if report:
        write_report([run], path / "runs" / "report.html")
    return path


def _chain() -> Runnable[Question, Answer]:
    return RunnableLambda(lambda question: Answer("grounded", "好。"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _folder(tmp_path_factory.mktemp("eval"))


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    need_chromium()
    from index.settings import Settings
    from rag.page.desk import Desk
    from rag.page.library.library import Library

    with start_page(Desk(Library(_chain(), Catalog((), (), ())), Settings(), evaluation=folder)) as address:
        yield address


@pytest.fixture
def tab(url: str) -> Iterator[Tab]:
    with browser() as tab:
        tab.open(url)
        tab.open_tab("评测")
        tab.wait(lambda: tab.find(".measured"), "the tab did not fill")
        yield tab


def test_the_accepted_scores_are_told_with_their_intervals(tab: Tab) -> None:
    rows = {each.text.split()[0]: each.text.split() for each in tab.find(".measured tbody tr")}
    assert rows["首条引用正确"][1:] == ["70.0%", "[65.0,", "75.0]", "10"]
    assert rows["误拒"] == ["误拒", "越低越好", "0.0%", "[0.0,", "5.0]", "10"]
    head = tab.one(".measured-head").text
    assert "2026-11-22" in head and "abc1234" in head
    assert "开发集" in tab.one(".measured caption").text


def test_the_report_works_in_its_frame_and_stays_there(tab: Tab) -> None:
    tab.driver.switch_to.frame(tab.one("#measured-report"))
    tab.wait(lambda: tab.find("#summary h2"), "the report is not there")
    tab.js("document.querySelector('nav a[href=\"#latency\"]').click()")
    tab.wait(
        lambda: abs(tab.js("return document.querySelector('#latency').getBoundingClientRect().top")) < 120, "no jump"
    )
    tab.js("document.querySelector('#refusals [data-go-cell=\"answered-answerable\"]').click()")
    tab.until(lambda: tab.one(".found").text, "失败 3 问, 全部正确 7 问")
    asked = tab.js("return [...document.querySelectorAll('#failed .asked')].map((each) => each.textContent)")
    assert _HOSTILE in asked
    tab.driver.switch_to.default_content()
    assert tab.js("return window.hurt") is None
    assert tab.js("return document.querySelectorAll('#measured-report').length") == 1
    assert tab.errors() == [] and tab.foreign_requests() == []


def test_the_frame_is_shut_off_from_the_page(tab: Tab) -> None:
    assert tab.one("#measured-report").get_attribute("sandbox") == "allow-scripts"
    tab.driver.switch_to.frame(tab.one("#measured-report"))
    reached = tab.js("try { return parent.document.title } catch (error) { return error.name }")
    assert reached == "SecurityError"


def test_the_report_can_be_saved_as_it_is(tab: Tab, folder: Path, tmp_path: Path) -> None:
    allowed = {"behavior": "allow", "downloadPath": str(tmp_path)}
    tab.driver.execute_cdp_cmd("Browser.setDownloadBehavior", allowed)
    tab.click("[data-save]")
    saved, words = tmp_path / "评测报告.html", (folder / "runs" / "report.html").read_text("utf-8")
    tab.wait(lambda: saved.read_text("utf-8") == words, "it was not saved as it is")
    assert list(tmp_path.iterdir()) == [saved]


def test_a_conversation_is_still_there_after_a_look_at_the_tab(tab: Tab) -> None:
    tab.open_tab("问答")
    tab.ask("一问")
    tab.open_tab("评测")
    tab.wait(lambda: tab.one("#measured-report").is_displayed(), "the tab did not open")
    tab.open_tab("问答")
    tab.until(tab.questions, ["一问"])
    assert tab.ask("再一问").endswith("好。")


@pytest.mark.parametrize("width", [390, 1366])
def test_the_tab_fits_the_screen(tab: Tab, url: str, width: int) -> None:
    size = {"width": width, "height": 768, "deviceScaleFactor": 1, "mobile": width < 900}
    tab.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    tab.open(url)
    assert tab.one("#send").is_displayed()
    box = tab.js(
        "const box = document.querySelector('#composer').getBoundingClientRect(); return [box.bottom, innerHeight]"
    )
    assert box[0] <= box[1]  # the tabs push nothing off the screen
    tab.open_tab("评测")
    tab.wait(lambda: tab.find(".measured"), "the tab did not fill")
    assert tab.js("return document.documentElement.scrollWidth") <= width


# --- without a browser ---


def test_a_new_report_is_shown_without_a_restart(tmp_path: Path) -> None:
    folder = _folder(tmp_path, report=False)
    assert read_evaluation(folder).report is None
    time.sleep(0.01)
    _folder(tmp_path)
    assert "<!doctype html>" in (read_evaluation(folder).report or "")


@pytest.mark.parametrize("folder", [None, Path("没有这个文件夹")])
def test_nothing_measured_says_how_to(folder: Path | None) -> None:
    shown = render_evaluation(folder)
    assert "python -m eval run" in shown and "python -m eval report" in shown and "<iframe" not in shown


@pytest.mark.parametrize("content", ["{", "[]", '{"sets": ["dev"]}', '{"sets": 1, "by_set": {"dev": {"summary": {}}}}'])
def test_results_that_cannot_be_read_leave_the_report(
    tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = _folder(tmp_path)
    (folder / "results.json").write_text(content, "utf-8")
    with caplog.at_level(logging.ERROR):
        shown = render_evaluation(folder)
    assert "还没有验收过的得分" in shown and "<iframe" in shown
    assert "cannot be read" in caplog.text


def test_the_project_s_own_results_can_be_shown() -> None:
    found = read_evaluation(_EVAL)
    results = json.loads((_EVAL / "results.json").read_text("utf-8"))
    first = next(score for score in found.sets[0].scores if score.title == "首条引用正确")
    wholes = results.get("by_set") or {"": results}
    assert [first.mean, first.low, first.high, first.n] == next(iter(wholes.values()))["summary"]["first_citation"]
