"""Files added in the page: taken, told of one by one, and answered from at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Tab, browser, need_chromium, start_page

from index.settings import Settings
from index.store import ClauseIndex
from rag.page.desk import Desk
from rag.page.library.library import OpenLibrary

_NOTICE = (
    "丽江市人民政府办公室关于加强校车安全管理的通知\n丽政办发〔2021〕77号\n各县（区）人民政府：\n现就有关事项通知如下。\n"
    "一、校车驾驶人每年参加安全培训不少于16学时，由市教育局组织。\n二、校车最高时速不得超过60公里。\n"
    "丽江市人民政府办公室\n2021年9月1日\n"
)


@pytest.fixture(scope="module")
def own_settings(index: ClauseIndex, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A copy of the index that these tests may change."""
    folder = tmp_path_factory.mktemp("upload") / "index"
    shutil.copytree(settings.index_dir, folder)
    return settings.model_copy(update={"index_dir": folder})


@pytest.fixture(scope="module")
def tab(own_settings: Settings) -> Iterator[Tab]:
    need_chromium()
    with start_page(Desk(OpenLibrary(own_settings), own_settings)) as address, browser(1366, 768) as tab:
        tab.open(address)
        yield tab


def _upload(tab: Tab, *files: Path) -> str:
    """Send files by the button and return what the page tells of them."""
    box = tab.js("return document.querySelector('#adding input[type=file]')")
    box.send_keys("\n".join(map(str, files)))
    told = "return document.querySelector('#adding .added')?.innerText"
    text: str = tab.wait(lambda: (said := tab.js(told)) and "现有" in said and said, "the page does not tell")
    return text


def test_a_file_added_is_told_of_listed_and_answered_from(tab: Tab, tmp_path: Path) -> None:
    good, bad = tmp_path / "校车通知.txt", tmp_path / "图片.txt"
    good.write_text(_NOTICE, "utf-8")
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    told = _upload(tab, good, bad)
    assert "新增 校车通知.txt · 2条" in told
    assert "跳过 图片.txt" in told
    assert "校车安全管理" in tab.js("return document.querySelector('#part-documents').innerText")
    assert "已收录 6 件" in tab.js("return document.querySelector('#part-header').innerText")
    assert "60公里" in tab.ask("丽江2021年校车最高时速是多少?")
    assert tab.errors() == []


def test_the_button_is_gone_when_the_settings_say_so(own_settings: Settings) -> None:
    need_chromium()
    closed = own_settings.model_copy(update={"upload": False})
    with start_page(Desk(OpenLibrary(closed), closed)) as address, browser(1366, 768) as tab:
        tab.open(address)
        assert tab.js("return document.querySelector('#adding input[type=file]')") is None
