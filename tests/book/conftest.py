"""A browser for the tests that look at pages or run their scripts."""

import json
import os
import shutil

import pytest
from selenium import webdriver
from sources import BOOK

NAMES = ["chromium", "chromium-browser", "google-chrome"]
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
DRIVER = shutil.which("chromedriver")
FLAGS = """--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic
    --no-first-run --disable-background-networking --disable-component-update --disable-sync
    --disable-extensions --window-size=1280,900""".split()
SCRIPTS = "special activations gauss theory bounds page plot scaled-bounded random network".split()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A headless Chromium that resolves no name and keeps a log of every request."""
    if not (CHROMIUM and DRIVER):
        reason = "needs chromium and chromedriver (Debian: apt install chromium chromium-driver)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in FLAGS:
        options.add_argument(flag)
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    driver.set_script_timeout(30)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def run(browser, tmp_path_factory):
    """Runs JavaScript with the scripts of the explorables loaded; what it returns comes as JSON."""
    page = tmp_path_factory.mktemp("blank") / "page.html"
    folder = (BOOK / "_static" / "explore").as_uri()
    scripts = "".join(f'<script src="{folder}/{name}.js"></script>' for name in SCRIPTS)
    page.write_text(f"<!doctype html><meta charset=utf-8>{scripts}", encoding="utf-8")
    browser.get(page.as_uri())

    def call(script, *arguments):
        plain = "(key, value) => value === Infinity ? 'Infinity' : value"
        body = f"return JSON.stringify((() => {{ {script} }})(), {plain})"
        found = browser.execute_script(body, *arguments)
        return json.loads(found.replace('"Infinity"', "Infinity"))

    return call
