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
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
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
_PATIENCE = 20.0  # seconds; two cores shared with others


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
            yield Tab(driver)
        finally:
            driver.quit()


@dataclass
class Tab:
    """What a visitor does on the page, and what can be seen of it."""

    driver: webdriver.Chrome

    def open(self, url: str) -> Tab:
        self.driver.get(url)
        self.wait(lambda: self.find("#question textarea"), "the page did not come up")
        return self

    def wait(self, condition: Callable[[], Any], what: str, seconds: float = _PATIENCE) -> Any:
        """Return the first true value of `condition`; fail with `what` when time is up."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if value := condition():
                    return value
            except Exception:  # elements come and go while the page draws itself
                pass
            time.sleep(0.05)
        pytest.fail(f"{what} ({seconds:.0f} s)")

    def find(self, css: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def one(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def js(self, script: str, *args: Any) -> Any:
        return self.driver.execute_script(script, *args)

    @property
    def box(self) -> WebElement:
        return self.one("#question textarea")

    def type_and_send(self, question: str) -> None:
        self.box.send_keys(question)
        self.box.send_keys(Keys.ENTER)

    def ask(self, question: str, seconds: float = _PATIENCE) -> str:
        """Type the question, press Enter, and return the words of the finished answer."""
        before = len(self.replies())
        self.type_and_send(question)
        self.wait(lambda: len(self.replies()) > before, "no reply began", seconds)
        self.wait(self.is_idle, "the reply did not end", seconds)
        return self.replies()[-1]

    def choose(self, field: str, words: str) -> None:
        """Choose in a filter's list, found by typing some of it; again from the start where a redraw took the list."""

        def chosen() -> bool:
            box = self.one(f"{field} input")
            box.click()
            box.send_keys(Keys.CONTROL, "a")
            box.send_keys(words.split(" (")[0])
            end = time.monotonic() + 3
            while not (found := [each for each in self.find("[role=option]") if words in each.text]):
                if time.monotonic() > end:
                    return False
                time.sleep(0.05)
            found[0].click()
            return True

        self.wait(chosen, f"{words} is not among the choices of {field}")

    def is_idle(self) -> bool:
        last = self.find("#chat [data-testid='bot']")[-1]
        return self.one("#send").is_displayed() and not last.find_elements(By.CSS_SELECTOR, "a[href$='-live']")

    def replies(self) -> list[str]:
        return [element.text for element in self.find("#chat [data-testid='bot']")]

    def questions(self) -> list[str]:
        return [element.text for element in self.find("#chat [data-testid='user']")]

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
