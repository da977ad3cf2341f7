"""Build the book with warnings as errors and look at every page in a browser without a network."""

import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml
from selenium import webdriver
from sources import ROOT

NAMES = ["chromium", "chromium-browser", "google-chrome"]
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
DRIVER = shutil.which("chromedriver")
FLAGS = """--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic
    --no-first-run --disable-background-networking --disable-component-update --disable-sync
    --disable-extensions --window-size=1280,900""".split()
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}


def pages():
    """The pages of the table of contents, and those that Sphinx adds."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [toc["root"], *chapters, "genindex", "search"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built book: the same command as `make book`, in a fresh folder."""
    folder = tmp_path_factory.mktemp("site")
    program = Path(sys.executable).with_name("jupyter-book")
    done = subprocess.run(
        [program, "build", ROOT, "--path-output", folder, "-W", "-n", "--keep-going"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "_build" / "html"


@pytest.fixture(scope="module")
def server(site):
    """The address of a plain static server of the built book."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    handler = functools.partial(Quiet, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


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


def test_the_book_builds_without_a_warning(site):
    assert (site / "index.html").exists()


HERE = Path(__file__).parent
INSPECT = (HERE / "inspect.js").read_text(encoding="utf-8")
STICKING_OUT = (HERE / "sticking_out.js").read_text(encoding="utf-8")


def open_page(browser, address, origin):
    """Open a page and return the requests that failed or left for another host, and errors."""
    browser.get_log("performance"), browser.get_log("browser")  # forget the page before
    browser.get(address)
    problems = browser.execute_async_script(INSPECT)
    sent = {}
    for entry in browser.get_log("performance"):
        event = json.loads(entry["message"])["message"]
        of = event["params"]
        if event["method"] == "Network.requestWillBeSent":
            url = sent[of["requestId"]] = of["request"]["url"]
            if not url.startswith((origin, "data:", "blob:")):
                problems.append(f"request to another host: {url}")
        elif event["method"] == "Network.loadingFailed" and not of.get("canceled"):
            problems.append(f"failed: {sent.get(of['requestId'])}: {of['errorText']}")
        elif event["method"] == "Network.responseReceived" and of["response"]["status"] >= 400:
            problems.append(f"{of['response']['status']}: {of['response']['url']}")
    problems += [e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE"]
    return problems


@pytest.mark.parametrize("page", pages())
def test_page_from_disk(page, site, browser):
    """From file://, on a desktop and then on a phone."""
    address = (site / f"{page}.html").as_uri()
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert open_page(browser, address, "file://") == []
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    browser.refresh()
    browser.execute_async_script(INSPECT)
    assert browser.execute_script(STICKING_OUT, PHONE["width"]) == []


@pytest.mark.parametrize("page", pages())
def test_page_from_a_server(page, server, browser):
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert open_page(browser, f"{server}/{page}.html", server) == []


def test_the_address_of_the_book_leads_to_the_welcome(server, browser):
    browser.get(f"{server}/")
    browser.execute_async_script(INSPECT)
    assert browser.current_url.endswith("/book/welcome.html")
