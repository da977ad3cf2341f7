"""Every page is whole, in a browser without a network, on a desktop and on a phone; and light."""

import json
from pathlib import Path

import pytest
from selenium.webdriver.support.wait import WebDriverWait
from sources import pages, sources

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
HERE = Path(__file__).parent
INSPECT = (HERE / "inspect.js").read_text(encoding="utf-8")
DECKS = (HERE / "decks.js").read_text(encoding="utf-8")
HEAVIEST = 3_000_000  # bytes, with all that a page loads
STICKING_OUT = (HERE / "sticking_out.js").read_text(encoding="utf-8")


def test_the_book_builds_without_a_warning(site):
    assert (site / "index.html").exists()


def desktop(browser, address, origin):
    """Everything that is wrong with a page on a desktop, its requests and its console included."""
    return loaded(browser, address, origin)[0]


def loaded(browser, address, origin):
    """What is wrong with a page on a desktop, and how many bytes were sent for it."""
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
    browser.get_log("performance"), browser.get_log("browser")  # forget the page before
    browser.get(address)
    problems = browser.execute_async_script(INSPECT)
    found, weight = logged(browser, origin)
    return problems + found, weight


def logged(browser, origin):
    """Failed or foreign requests and errors of the console since the last look; the bytes sent."""
    problems, sent, weight = [], {}, 0
    for entry in browser.get_log("performance"):
        event = json.loads(entry["message"])["message"]
        of = event["params"]
        if event["method"] == "Network.requestWillBeSent":
            url = sent[of["requestId"]] = of["request"]["url"]
            if not url.startswith((origin, "data:", "blob:")):
                problems.append(f"request to another host: {url}")
        elif event["method"] == "Network.loadingFinished":
            weight += of["encodedDataLength"]
        elif event["method"] == "Network.loadingFailed" and not of.get("canceled"):
            problems.append(f"failed: {sent.get(of['requestId'])}: {of['errorText']}")
        elif event["method"] == "Network.responseReceived" and of["response"]["status"] >= 400:
            problems.append(f"{of['response']['status']}: {of['response']['url']}")
    problems += [e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE"]
    return problems, weight


def phone(browser, address):
    """What sticks out of a page on a phone."""
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    browser.get(address)
    browser.execute_async_script(INSPECT)
    return browser.execute_script(STICKING_OUT, PHONE["width"])


@pytest.mark.parametrize("page", pages())
def test_page_from_disk(page, site, browser):
    address = (site / f"{page}.html").as_uri()
    assert desktop(browser, address, "file://") == []
    assert phone(browser, address) == []


@pytest.mark.parametrize("page", pages())
def test_page_from_a_server(page, server, browser, record_property):
    problems, weight = loaded(browser, f"{server}/{page}.html", server)
    assert problems == []
    record_property("weight", (page, weight))
    assert 10_000 < weight < HEAVIEST, f"{weight / 1e6:.2f} MB"


def test_the_address_of_the_book_leads_to_the_welcome(server, browser):
    browser.get(f"{server}/")
    browser.execute_async_script(INSPECT)
    assert browser.current_url.endswith("/book/welcome.html")


@pytest.mark.parametrize("name", [path.stem for path in sources(".ipynb")])
def test_slides(name, site, browser):
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.get_log("performance"), browser.get_log("browser")
    browser.get((site / "slides" / f"{name}.html").as_uri())
    found = browser.execute_async_script(DECKS)
    assert found["problems"] + logged(browser, "file://")[0] == []
    assert found["count"] > 5 and found["notes"] > 5


PRINTED = """
const slides = [...document.querySelectorAll(".pdf-page > section")];
if (!slides.length || slides.some((one) => !one.dataset.fitted)) return null;
const cut = slides.filter((one) => one.scrollHeight > one.parentNode.clientHeight);
return {count: slides.length, cut: cut.map((one) => one.querySelector("h1, h2").textContent)};"""


@pytest.mark.parametrize("name", [path.stem for path in sources(".ipynb")])
def test_slides_in_print(name, site, browser):
    """One slide on each page, and none cut off."""
    browser.get(f"{(site / 'slides' / f'{name}.html').as_uri()}?print-pdf")
    found = WebDriverWait(browser, 30).until(lambda driver: driver.execute_script(PRINTED))
    assert found["count"] > 5 and found["cut"] == []


DECK = """<!doctype html><div class="slides">
<section style="overflow: auto"><h2>x</h2>FLAW</section></div>
<script>
const Reveal = {
  getTotalSlides: () => 1, slide() {}, getCurrentSlide: () => document.querySelector("section"),
  getConfig: () => ({width: innerWidth, height: 300}),
};
window.deckReady = Promise.resolve();
</script>"""
SLIDE_FLAWS = {
    "too long: slide 1, x": '<p style="height: 400px"></p>',
    "too wide": '<p style="width: 3000px">x</p>',
    "broken picture": '<img src="missing.png" alt="missing">',
    "no alternative text": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">',
    "tiny picture": '<img alt="x" src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">',
    "raw markup: \\frac": r"<p>\frac12</p>",
    "raw markup: {claim}`": "<p>{claim}`V1`</p>",
    "formula with an error": "<mjx-merror>Undefined</mjx-merror>",
    "null": "<script>document.querySelector('h2').remove()</script>",
}


@pytest.mark.parametrize("problem", SLIDE_FLAWS)
def test_a_flaw_of_a_slide_is_found(problem, browser, tmp_path):
    page = tmp_path / "deck.html"
    page.write_text(DECK.replace("FLAW", SLIDE_FLAWS[problem]), encoding="utf-8")
    browser.get(page.as_uri())
    assert problem in " ".join(browser.execute_async_script(DECKS)["problems"])


def test_the_index_names_every_deck(site):
    index = (site / "slides" / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{path.stem}.html"' in index for path in sources(".ipynb"))


FLAWS = {
    "MathJax did not load": r'<p><span class="math">\(x\)</span></p>',
    "not typeset": r'<script>MathJax = {startup: {promise: 0}}</script><b class="math">x</b>',
    "formula with an error": "<mjx-merror>Undefined control sequence</mjx-merror>",
    "raw markup: $x^2$": "<p>$x^2$</p>",
    "raw markup: {claim}": "<p>{claim}`V1`</p>",
    "no alternative text": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">',
    "broken picture": '<img src="missing.png" alt="missing">',
    "not drawn": '<div class="afli-interactive" id="figure-x" aria-label="x"></div>',
    "id twice": '<p id="x"></p><p id="x"></p>',
    "request to another host": '<script src="https://example.org/script.js"></script>',
    "failed: https://example.org/style.css": '<link rel="stylesheet" href="https://example.org/style.css">',
    "mistake": "<script>console.error('mistake')</script>",
    "is not defined": "<script>nothing()</script>",
}


@pytest.mark.parametrize("problem", FLAWS)
def test_a_flaw_is_found(problem, browser, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><article>{FLAWS[problem]}</article>", encoding="utf-8")
    assert problem in " ".join(desktop(browser, page.as_uri(), "file://"))


@pytest.mark.parametrize("style", ["width: 500px", "margin-left: 350px; width: 100px"])
def test_what_sticks_out_is_found(style, browser, tmp_path):
    page = tmp_path / "page.html"
    head = '<!doctype html><meta name="viewport" content="width=device-width">'
    page.write_text(f'{head}<article><p style="{style}">wide</p></article>', encoding="utf-8")
    assert any("wide" in found for found in phone(browser, page.as_uri()))
    page.write_text(
        f'{head}<article><div style="overflow-x: auto"><p style="{style}">wide</p></div></article>',
        encoding="utf-8",
    )
    assert phone(browser, page.as_uri()) == []
