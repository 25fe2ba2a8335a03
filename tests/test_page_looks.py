"""Every tab as it looks: in both languages and modes, on a desk's screen, enlarged, and on a phone.

Each is checked by axe and for its width, console and requests; the screenshots are kept in tests/screenshots to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import serious_findings, why_missing
from browser import Tab, browser, need_chromium, start_page

from index.settings import Settings
from index.store import ClauseIndex
from rag.page.desk import Desk
from rag.page.library.library import OpenLibrary
from rag.records.records import Records

_SHOTS = Path(__file__).parent / "screenshots"
_SCREENS = {
    "desk": (1366, 768, ()),
    "desk-dark": (1366, 768, ("--force-dark-mode", "--blink-settings=preferredColorScheme=0")),
    "desk-125": (1366, 768, ("--force-device-scale-factor=1.25",)),
    "phone": (390, 844, ()),
}
_GROUNDED = "2012年新农合政府补助标准是多少?"
_REFUSED = "2031年火星移民补贴是多少?"
_COMPARED = "长春2012和内蒙古2016的补助标准各是多少"


@pytest.fixture(scope="module")
def url(index: ClauseIndex, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    need_chromium()
    _SHOTS.mkdir(exist_ok=True)
    records = Records.open(tmp_path_factory.mktemp("records"))
    with start_page(Desk(OpenLibrary(settings), settings, records)) as address:
        yield address


def _faults(tab: Tab, name: str) -> list[str]:
    """Keep a screenshot, and return what is wrong with the page as it stands."""
    tab.driver.save_screenshot(str(_SHOTS / f"{name}.png"))
    wide = tab.js("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    found = [f"{wide} px wider than the screen"] if wide > 0 else []
    found += serious_findings(tab) + tab.errors() + tab.foreign_requests()
    return [f"{name}: {fault}" for fault in found]


def _tabs(tab: Tab) -> list[str]:
    return [each.get_attribute("textContent").strip() for each in tab.find("#tabs [role=tab]")]


@pytest.mark.parametrize("screen", _SCREENS)
def test_every_tab_is_sound_on_every_screen(url: str, screen: str) -> None:
    width, height, flags = _SCREENS[screen]
    with browser(width, height, *flags) as tab:
        tab.open(url + ("?__theme=dark" if "dark" in screen else ""))
        faults = _faults(tab, f"{screen}-welcome")
        for name, question in {"answer": _GROUNDED, "comparison": _COMPARED, "refusal": _REFUSED}.items():
            tab.ask(question)
            faults += _faults(tab, f"{screen}-{name}")
        for number, name in enumerate(_tabs(tab)[1:], 2):
            tab.open_tab(name)
            faults += _faults(tab, f"{screen}-tab{number}")
    assert faults == [], "\n".join(faults)


def test_the_page_speaks_english_to_an_english_browser(url: str) -> None:
    with browser(language="en-US") as tab:
        tab.open(url)
        names = tab.wait(lambda: (found := _tabs(tab)) and found[0] == "Ask" and found, "the tabs are not in English")
        assert not [name for name in names if not name.isascii()]
        tab.ask(_GROUNDED)
        assert _faults(tab, "english-answer") == []


def test_axe_finds_what_is_planted(url: str) -> None:
    if why_missing():  # the checks above found nothing then: that is told, not passed over
        pytest.skip(why_missing())
    with browser() as tab:
        tab.open(url)
        tab.js("document.querySelector('#part-header').append(document.createElement('button'))")
        assert any("button-name" in fault for fault in serious_findings(tab))
