"""No page keeps anyone out: axe-core finds nothing, in light and dark; the keyboard does all.

Formulas are left out, and on pages MathJax is kept from loading: what it draws is its own.
"""

from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait
from sources import pages

HERE = Path(__file__).parent
AXE = (HERE / "axe" / "axe.min.js").read_text(encoding="utf-8")
THEME = """
document.documentElement.dataset.mode = document.documentElement.dataset.theme = arguments[0];
for (const sheet of document.querySelectorAll("*")) sheet.style.transition = "none";
"""
# Thousands of words of code and formulas look alike: one of each kind is checked.
THIN = """
const seen = new Set();
for (const word of document.querySelectorAll(".highlight pre span, span.math")) {
  const kind = word.className + " in " + word.parentElement.className;
  if (word.children.length) continue;
  if (seen.has(kind)) word.replaceWith(word.textContent);
  seen.add(kind);
}
document.body.normalize();
"""
RUN = """
const [options, done] = arguments;
const context = {exclude: [["mjx-container"]]};
axe.run(context, options).then(({violations}) => done(violations.flatMap(({id, nodes}) =>
  nodes.map(({target, failureSummary}) => `${id}: ${target.join(" ")}: ${failureSummary}`)
)), error => done([String(error)]));
"""
EVERYTHING = {"resultTypes": ["violations"]}
CONTRAST = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
UNSAID = """return [...document.querySelectorAll(".bd-article .cell_output img, .afli-interactive")]
  .filter(picture => getComputedStyle(picture).backgroundColor !== "rgb(255, 255, 255)")
  .map(picture => picture.outerHTML.slice(0, 80))"""


def opened(browser, address):
    """Open a page without MathJax, or slides with it, which wait for it."""
    slides = "/slides/" in address
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": [] if slides else ["*mathjax*"]})
    browser.get(address)
    browser.execute_async_script("Promise.resolve(window.deckReady).then(() => arguments[0]())")
    browser.execute_script(THIN)
    browser.execute_script(AXE)


def violations(browser, theme, options):
    """What axe-core finds on the open page in a theme."""
    browser.execute_script(THEME, theme)
    return browser.execute_async_script(RUN, options)


@pytest.mark.parametrize("page", [*pages(), "slides/index", "slides/theorem"])
def test_axe_finds_nothing(page, server, browser):
    opened(browser, f"{server}/{page}.html")
    assert violations(browser, "light", EVERYTHING) == []
    assert violations(browser, "dark", CONTRAST) == []
    assert browser.execute_script(UNSAID) == [], "figures are drawn on white"


FLAWS = {
    "image-alt": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">',
    "color-contrast": '<p style="color: #999; background: #fff">grey on white</p>',
    "button-name": "<button></button>",
    "region": "<p>outside</p>",
    "heading-order": "<main><h1>one</h1><h4>four</h4></main>",
    "scrollable-region-focusable": (
        '<main><div style="height: 20px; overflow: scroll"><p style="height: 500px">x</p>'
    ),
}


@pytest.mark.parametrize("rule", FLAWS)
def test_axe_finds_a_flaw(rule, browser, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(f'<!doctype html><html lang="en"><title>x</title>{FLAWS[rule]}', "utf-8")
    opened(browser, page.as_uri())
    assert rule in {found.split(":")[0] for found in violations(browser, "light", EVERYTHING)}


@pytest.fixture
def chapter(server, browser):
    browser.get(f"{server}/book/mean_field/variance_map.html")
    return browser


def press(browser, *keys):
    ActionChains(browser).send_keys(*keys).perform()


def press_on(browser, element, *keys):
    """Give an element the focus and press keys."""
    browser.execute_script("arguments[0].focus()", element)
    press(browser, *keys)


def until(browser, condition):
    """Wait for a condition in JavaScript."""
    WebDriverWait(browser, 20).until(lambda it: it.execute_script(f"return {condition}"))


def test_the_first_key_leads_to_the_text(chapter):
    press(chapter, Keys.TAB)
    until(chapter, "document.activeElement.textContent === 'Skip to main content'")
    press(chapter, Keys.ENTER)
    until(chapter, "location.hash === '#main-content'")


def test_the_search_opens_by_keys(chapter):
    ActionChains(chapter).key_down(Keys.CONTROL).send_keys("k").key_up(Keys.CONTROL).perform()
    until(chapter, "document.activeElement.matches('#pst-search-dialog input')")
    press(chapter, Keys.ESCAPE)
    until(chapter, "!document.querySelector('#pst-search-dialog').open")


def test_solutions_open_by_keys(chapter):
    button = chapter.find_element(By.CSS_SELECTOR, ".solution .toggle-button")
    content = "document.querySelector('.solution > section')"
    shown = f"{content}.checkVisibility({{visibilityProperty: true}})"
    assert not chapter.execute_script(f"return {shown}")
    press_on(chapter, button, Keys.ENTER)
    until(chapter, shown)
    assert button.get_attribute("aria-expanded") == "true"


def test_menus_open_by_keys(chapter):
    button = chapter.find_element(By.CSS_SELECTOR, ".dropdown-launch-buttons > button")
    press_on(chapter, button, Keys.ENTER)
    until(chapter, "document.querySelector('.dropdown-launch-buttons .dropdown-menu.show')")
    press(chapter, Keys.ARROW_DOWN)
    assert "Binder" in chapter.switch_to.active_element.text


def test_the_theme_is_chosen_by_keys_and_stays(chapter):
    button = chapter.find_element(By.CSS_SELECTOR, ".article-header-buttons .theme-switch-button")
    modes = []
    for _ in range(3):
        press_on(chapter, button, Keys.ENTER)
        modes.append(chapter.execute_script("return document.documentElement.dataset.mode"))
    assert sorted(modes) == ["auto", "dark", "light"]
    for _ in range(modes.index("dark") + 1):
        press_on(chapter, button, Keys.ENTER)
    chapter.refresh()
    assert chapter.execute_script("return document.documentElement.dataset.theme") == "dark"
