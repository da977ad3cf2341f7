"""The built book, a host that serves it and a browser without a network, for tests of pages."""

import functools
import gzip
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock
from selenium import webdriver
from sources import BOOK, ROOT

NAMES = ["chromium", "chromium-browser", "google-chrome"]
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
DRIVER = shutil.which("chromedriver")
FLAGS = """--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic
    --no-first-run --disable-background-networking --disable-component-update --disable-sync
    --disable-extensions --window-size=1280,900""".split()
SCRIPTS = "special activations gauss theory bounds page plot scaled-bounded random network".split()
COMPRESSED = (".html", ".css", ".js", ".svg", ".json", ".xml", ".txt")


@pytest.fixture(scope="session")
def site(tmp_path_factory, worker_id):
    """The built book: the same command as `make book`, once for all processes of the tests."""
    folder = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        folder = folder.parent
    built = folder / "site"
    with FileLock(f"{built}.lock"):
        if not built.exists():
            program = Path(sys.executable).with_name("jupyter-book")
            done = subprocess.run(
                [program, "build", ROOT, "--path-output", built, "-W", "-n", "--keep-going"],
                capture_output=True,
                text=True,
                timeout=600,
            )
            assert done.returncode == 0, done.stderr
    assert (built / "_build" / "html" / "index.html").exists(), "the build failed, see above"
    return built / "_build" / "html"


@functools.cache
def compressed(path):
    """A file as a host sends it that compresses text."""
    return gzip.compress(Path(path).read_bytes(), compresslevel=6)


class Host(http.server.SimpleHTTPRequestHandler):
    """Serves files as GitHub Pages does: text is compressed, and 404.html says that there is no
    page. Pictures can be held back."""

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if self.path.startswith(("/_images/", "/_static/plotly")):
            self.server.figures.wait(60)
        if path.suffix in COMPRESSED and path.is_file():
            content = compressed(path)
            self.send_response(200)
            self.send_header("Content-Type", self.guess_type(path))
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        else:
            super().do_GET()

    def send_error(self, code, *arguments):
        lost = Path(self.directory, "404.html")
        if code != 404 or not lost.exists():
            return super().send_error(code, *arguments)
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        return self.wfile.write(lost.read_bytes())

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture(scope="session")
def host(site):
    """A running server of the built book; its event `figures` lets figures through while set."""
    handler = functools.partial(Host, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.figures = threading.Event()
        running.figures.set()
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def server(host):
    """The address of the server."""
    return f"http://127.0.0.1:{host.server_port}"


def start(profile, wait="normal"):
    """Start a headless Chromium that resolves no name and keeps a log of every request."""
    if not (CHROMIUM and DRIVER):
        reason = "needs chromium and chromedriver (Debian: apt install chromium chromium-driver)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.page_load_strategy = wait
    for flag in FLAGS:
        options.add_argument(flag)
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    options.add_argument(f"--user-data-dir={profile}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    driver.set_script_timeout(60)
    return driver


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser for the tests of one module."""
    driver = start(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


@pytest.fixture
def impatient(tmp_path):
    """A browser that does not wait until a page is there."""
    driver = start(tmp_path / "profile", wait="none")
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
