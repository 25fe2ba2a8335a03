"""A page and a browser for tests: everything on the loopback, nothing left behind."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from rag.page.desk import Desk

_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PATIENCE = 40.0  # seconds; two cores shared with others
_BOT, _USER = "#chat [data-testid='bot']", "#chat [data-testid='user']"

# Put before all scripts of a page: what it has asked of the server and not read to the end, and when it last drew or moved.
# The line that Gradio holds open for as long as the page lives is none of it.
_WATCH = """
(() => {
  const plain = window.fetch, seen = window.underWay = { waits: 0, called: new Set(), drawn: performance.now() };
  const over = (call) => setTimeout(() => { seen.waits -= 1; seen.called.add(call); seen.drawn = performance.now(); }, 50);
  window.fetch = async (...asked) => {
    if (String(asked[0]?.url || asked[0]).includes("/heartbeat/")) return plain(...asked);
    const call = Number(/"fn_index":(\\d+)/.exec(asked[1]?.body)?.[1]);
    seen.waits += 1;
    try {
      const answer = await plain(...asked);
      answer.clone().text().catch(() => {}).then(() => over(call));
      return answer;
    } catch (error) {
      over(call);
      throw error;
    }
  };
  const drawn = () => { seen.drawn = performance.now(); };
  new MutationObserver(drawn).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  addEventListener("scroll", drawn, true);
})();
"""
# True once nothing is under way, all that the page does when it is loaded is done, and nothing was drawn for a moment.
_AT_REST = """
const seen = window.underWay, events = window.gradio_config?.dependencies || [];
const loading = events.filter(({ targets }) => targets.some(([, event]) => event === "load"));
return !seen.waits && performance.now() - seen.drawn > 150 && loading.every(({ id }) => seen.called.has(id));
"""
# Found, seen to be in reach and clicked in one go: between two a redraw would move or replace what is clicked.
_CLICK = """
const [css, at] = arguments, found = [...document.querySelectorAll(css)].at(at);
if (!found || found.disabled || !found.checkVisibility()) return false;
found.scrollIntoViewIfNeeded();
const box = found.getClientRects()[0];
if (!found.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2))) return false;
found.focus({ preventScroll: true });
found.click();
return true;
"""
# By the press of a button, as Gradio's lists take it.
_PICK = """
const named = (each) => each.checkVisibility() && each.textContent.includes(arguments[0]);
const found = [...document.querySelectorAll("[role=option]")].find(named);
return Boolean(found) && (found.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true })), true);
"""
_OPEN_TAB = """
const named = (tab) => tab.textContent.trim() === arguments[0];
const tab = [...document.querySelectorAll("#tabs [role=tab]")].find(named);
if (tab?.ariaSelected === "false") tab.click();
return tab?.ariaSelected === "true";
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def start_page(desk: Desk) -> Iterator[str]:
    """Serve the page over a desk on a free loopback port; yield its address."""
    from rag.service.serve import serving
    from rag.service.service import build_service

    with serving(build_service(desk), "127.0.0.1", free_port()) as address:
        yield address


def need_chromium() -> tuple[str, str]:
    """Return Chromium and its driver; without them skip and say so, but fail in CI."""
    found = shutil.which("chromium"), shutil.which("chromedriver")
    if found[0] and found[1]:
        return found[0], found[1]
    reason = "Chromium 或 chromedriver 未安装, 页面测试没有运行(apt-get install chromium chromium-driver)"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def browser(width: int = 1366, height: int = 768, *extra: str, language: str = "zh-CN") -> Iterator[Tab]:
    """A headless Chromium with a new profile, whose user reads a language."""
    binary, driver_path = need_chromium()
    with tempfile.TemporaryDirectory(prefix="chromium-") as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = binary
        for flag in (*_FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}", *extra):
            options.add_argument(flag)
        options.add_argument(f"--lang={language}")
        options.add_experimental_option("prefs", {"intl.accept_languages": language})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver_path))
        try:
            yield Tab(driver).watch()
        finally:
            driver.quit()


@dataclass
class Tab:
    """What a visitor does on the page, and what can be seen of it."""

    driver: webdriver.Chrome

    def watch(self) -> Tab:
        """See from the next page on what is under way in this window."""
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _WATCH})
        return self

    def open(self, url: str) -> Tab:
        """Open the page and wait until it has put itself together."""
        self.driver.get(url)
        self.wait(lambda: self.find("#question textarea"), "the page did not come up")
        return self.settle()

    def open_tab(self, name: str) -> None:
        """Open a tab by its name, again where the page chose another meanwhile, and wait until it is filled."""
        self.wait(lambda: self.js(_OPEN_TAB, name), f"the tab {name} did not open")
        self.settle()

    def settle(self) -> Tab:
        """Wait until the page is at rest: only then has what did not happen not happened."""
        self.wait(lambda: self.js(_AT_REST), "the page does not come to rest")
        return self

    def wait(self, condition: Callable[[], Any], what: str, seconds: float = _PATIENCE) -> Any:
        """Return the first true value of `condition`; fail with `what`, and what came last, when time is up."""
        end = time.monotonic() + seconds
        while True:
            try:
                last = condition()
                if last:
                    return last
            except Exception as exc:  # elements come and go while the page draws itself
                last = exc
            if time.monotonic() > end:
                pytest.fail(f"{what} ({seconds:.0f} s); last: {last!r}")
            time.sleep(0.05)

    def until(self, read: Callable[[], Any], expected: Any) -> None:
        """Wait until `read` returns what is expected; what it returned last is told where it never does."""

        def same() -> bool:
            found = read()
            assert found == expected, f"{found!r} is not {expected!r}"
            return True

        self.wait(same, "it did not come to what is expected")

    def says(self, css: str, *words: str) -> str:
        """Wait until the text of the first element has all the words, and return it."""

        def said() -> str:
            text = self.one(css).text
            assert all(each in text for each in words), text
            return text

        return str(self.wait(said, f"{css} does not say {' … '.join(words)}"))

    def find(self, css: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def one(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def texts(self, css: str) -> list[str]:
        """Return the texts of all elements, read again from the first where a redraw takes one."""
        while True:
            try:
                return [each.text for each in self.find(css)]
            except StaleElementReferenceException:
                time.sleep(0.05)

    def js(self, script: str, *args: Any) -> Any:
        return self.driver.execute_script(script, *args)

    def click(self, css: str, at: int = 0) -> None:
        """Click an element, the first or the one at `at` of those that are found, once it can be clicked."""
        self.wait(lambda: self.js(_CLICK, css, at), f"{css} cannot be clicked")

    def flash(self, css: str, words: str) -> None:
        """Click a button that says for a moment what came of it: a look in time may be too late for that."""
        self.js(
            "const [css] = arguments, said = window.flashed = [];"
            "new MutationObserver(() => said.push(document.querySelector(css)?.textContent))"
            ".observe(document.body, { subtree: true, childList: true, characterData: true })",
            css,
        )
        self.click(css)
        self.wait(lambda: words in self.js("return window.flashed"), f"{css} did not say {words}")

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        self.driver.switch_to.active_element.send_keys(*keys)

    @property
    def query(self) -> dict[str, list[str]]:
        """What the address asks for."""
        return parse_qs(urlsplit(self.driver.current_url).query)

    @property
    def box(self) -> WebElement:
        return self.one("#question textarea")

    def enter(self, css: str, words: str) -> None:
        """Type words into a box of Gradio's and press Enter."""
        self.one(css).send_keys(words)
        self.driver.execute_async_script("setTimeout(arguments[0], 100)")  # Gradio knows of them a moment later
        self.one(css).send_keys(Keys.ENTER)

    def type_and_send(self, question: str) -> None:
        self.enter("#question textarea", question)

    def ask(self, question: str, seconds: float = _PATIENCE) -> str:
        """Type the question, press Enter, and return the words of the finished answer."""
        before = len(self.find(_BOT))
        self.type_and_send(question)
        self.wait(lambda: len(self.find(_BOT)) > before, "no reply began", seconds)
        return self.reply(seconds)

    def reply(self, seconds: float = _PATIENCE) -> str:
        """Wait for the end of the answer that has begun, and for all that is drawn with it; return its words."""
        self.wait(self.is_idle, "the reply did not end", seconds)
        return self.settle().replies()[-1]

    def choose(self, field: str, words: str) -> None:
        """Choose in a filter's list, found by typing some of it; again from the start where a redraw took the list."""
        self.settle()  # an answer under way would set the field back

        def chosen() -> bool:
            box = self.one(f"{field} input")
            box.click()
            box.send_keys(Keys.CONTROL, "a")
            box.send_keys(words.split(" (")[0])
            end = time.monotonic() + 3
            while not self.js(_PICK, words):
                if time.monotonic() > end:
                    return False
                time.sleep(0.05)
            return True

        self.wait(chosen, f"{words} is not among the choices of {field}")
        self.js("document.activeElement.blur()")  # the list would stay open, over what comes next

    def pick(self, words: str) -> None:
        """Choose in the list that is open."""
        self.wait(lambda: self.js(_PICK, words), f"{words} is not among the choices")

    def is_idle(self) -> bool:
        """True where the last reply is whole: a reply that has only begun may have no words yet."""
        told = self.find(_BOT)[-1].find_elements(By.CSS_SELECTOR, ".chip")
        return self.one("#send").is_displayed() and not (told[0].get_attribute("href") or "-live").endswith("-live")

    def replies(self) -> list[str]:
        return self.texts(_BOT)

    def questions(self) -> list[str]:
        return self.texts(_USER)

    def errors(self) -> list[str]:
        """Severe console messages since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def foreign_requests(self) -> list[str]:
        """Addresses outside this machine that any tab part asked for since the last call."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        urls = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
        entries = self.js("return performance.getEntriesByType('resource').map((entry) => entry.name)")
        return [url for url in [*urls, *entries] if _is_foreign(url)]

    def screenshot(self, path: str) -> None:
        self.driver.save_screenshot(path)


def _is_foreign(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in _LOOPBACK
