"""The explorables as a reader uses them: by keyboard, by touch, by mouse, and without scripts."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from explorable import PAGES, Page
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.actions.interaction import POINTER_TOUCH
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

import afli
from afli.teach import explorables

CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")

@pytest.fixture
def open_page(browser, site):
    def opened(name):
        page = Page(browser, site, name)
        assert page.all(".live"), "the script has not run"
        return page

    return opened


@pytest.fixture
def without_scripts(browser):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    yield browser
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("name", PAGES)
def test_without_scripts_there_is_a_picture_and_a_table(name, site, without_scripts):
    without_scripts.get((site / "book" / "explore" / f"{PAGES[name]}.html").as_uri())
    (box,) = without_scripts.find_elements("class name", "afli-explorable")
    assert not box.find_elements("css selector", ".live")
    picture, table = (box.find_element("css selector", s) for s in ("img", "table"))
    assert picture.is_displayed() and picture.size["width"] > 500
    assert int(picture.get_property("naturalWidth")) > 1000
    static = explorables.MAKERS[name]()
    assert picture.get_attribute("alt") == static.alt
    rows = [row.text.split() for row in table.find_elements("css selector", "tbody tr")]
    assert [[float(x.replace("∞", "inf")) for x in row] for row in rows] == [
        [float(f"{x:.4g}") for x in row] for row in static.rows
    ]
    assert table.is_displayed() and "\\" not in table.text


@pytest.mark.parametrize("name", PAGES)
def test_with_scripts_the_explorable_takes_its_place(name, open_page, browser):
    page = open_page(name)
    assert all(svg.is_displayed() for svg in page.all("svg")) and len(page.all("svg")) >= 3
    assert not page.all("img")[0].is_displayed()
    assert all(len(svg.get_attribute("aria-label")) > 30 for svg in page.all("svg"))
    loaded = browser.execute_script("return [...document.scripts].map(s => s.src)")
    others = {"phase-diagram": "network", "scaled-bounded": "random", "random-network": "bounds"}
    assert not any(f"explore/{others[name]}.js" in source for source in loaded)
    errors = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert not errors


def check_phase_diagram(page, name, a, w, b):
    """Everything that the page shows at this setting."""
    phi = afli.activation(name, **({"a": a} if a else {}))
    try:
        q = afli.fixed_point(phi, w, b)
    except afli.NoFixedPoint:
        assert page.all("tr[data-quantity='q'] td")[0].text == "none"
        return
    np.testing.assert_allclose(page.value("q"), q, rtol=1e-9)
    np.testing.assert_allclose(page.value("chi1"), afli.chi1(phi, q, w), rtol=1e-9)
    length, correlation = afli.depth_scales(phi, w, b)
    np.testing.assert_allclose(page.value("lengthScale"), length, rtol=1e-8)
    np.testing.assert_allclose(page.value("correlationScale"), correlation, rtol=1e-5)
    if q == 0:
        return
    np.testing.assert_allclose(page.value("limit"), afli.limiting_correlation(phi, w, b), atol=1e-8)
    np.testing.assert_allclose(
        page.value("atZero"), afli.correlation_map(phi, 0, q, w, b), rtol=1e-8
    )
    rho = float(page.control("rho").get_property("value"))
    for _ in range(int(page.control("depth-exact").get_property("value")) - 1):
        rho = afli.correlation_map(phi, rho, q, w, b)
    np.testing.assert_allclose(page.value("last"), rho, atol=1e-5)


def test_every_control_of_the_phase_diagram(open_page):
    page = open_page("phase-diagram")
    check_phase_diagram(page, "tanh", None, 1.5, 0.05)
    options = [o.get_attribute("value") for o in Select(page.control("activation")).options]
    assert len(options) == 16
    for i, name in enumerate(options):
        a = 1.5 + 0.5 * (i % 3) if name in ("shtanh", "ssin", "sexp", "ssaw") else None
        w, b = (1.1, 1.7, 2.6, 3.55)[i % 4], (0.0, 0.02, 0.35)[i % 3]
        page.move(activation=name)
        assert page.control("a").is_enabled() == (a is not None)
        page.move(a=a or 2, sigma_w2=w, sigma_b2=b, rho=0.3 + 0.01 * i, depth=10 + i)
        check_phase_diagram(page, name, a, w, b)


def test_the_button_finds_the_edge(open_page):
    page = open_page("phase-diagram")
    page.press("edge of chaos")
    edge = afli.edge_of_chaos(afli.activation("tanh"), 0.05)
    np.testing.assert_allclose(page.value("q"), edge.q, rtol=1e-9)
    assert abs(page.value("chi1") - 1) < 1e-10 and page.value("correlationScale") == np.inf
    assert float(page.control("sigma_w2-exact").get_property("value")) == float(
        f"{edge.sigma_w2:.6g}"
    )
    summary = page.all("[aria-live='polite']")[0]
    WebDriverWait(page.browser, 5).until(lambda _: "on the edge of chaos" in summary.text)
    page.move(activation="gelu", sigma_b2=0.01)
    page.press("edge of chaos")
    WebDriverWait(page.browser, 5).until(lambda _: "unstable" in summary.text)
    page.press("Reset")
    check_phase_diagram(page, "tanh", None, 1.5, 0.05)


@pytest.mark.parametrize("touch", [False, True])
def test_the_diagram_can_be_tapped(touch, open_page, browser):
    page = open_page("phase-diagram")
    diagram = page.all("svg.tap")[0]
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", diagram)
    pointer = PointerInput(POINTER_TOUCH, "finger") if touch else None
    chain = ActionChains(browser, devices=[pointer] if touch else None)
    chain.move_to_element(diagram).click().perform()
    page.settle()
    w, b = (
        float(page.control(f"{k}-exact").get_property("value")) for k in ("sigma_w2", "sigma_b2")
    )
    assert 1.6 < w < 2.0 and 0.35 < b < 0.65
    check_phase_diagram(page, "tanh", None, w, b)


def test_every_control_of_the_scaled_bounded(open_page):
    page = open_page("scaled-bounded")
    settings = [
        ("shtanh", 0.5, 1, 1, 1),
        ("ssin", 1, 0.002, 7, 0.05),
        ("sexp", 3.3, 0.1, 60, 0.3),
        ("ssaw", 12, 0.03, 800, 0.5),
    ]
    for family, a, b, depth, tolerance in settings:
        page.move(family=family, sigma_b2=b, depth=depth, tolerance=tolerance, a=a)
        phi = afli.activation(family, a=a)
        q = afli.edge_of_chaos(phi, b).q
        np.testing.assert_allclose(page.value("q"), q, rtol=1e-9)
        np.testing.assert_allclose(page.value("ratio"), a / np.sqrt(q), rtol=1e-9)
        np.testing.assert_allclose(page.value("correlation"), b / q, rtol=1e-9)
        for column, bound in ((1, afli.bounds.sharp(b, a)), (2, afli.bounds.published(b, a))):
            np.testing.assert_allclose(
                page.value("ratio", column), bound.half_width_ratio, rtol=1e-9
            )
            np.testing.assert_allclose(
                page.value("correlation", column), bound.correlation, rtol=1e-9
            )
            np.testing.assert_allclose(page.value("excess", column), bound.moment_ratio, rtol=1e-9)
            variance = depth * bound.moment_ratio
            np.testing.assert_allclose(page.value("orthogonal", column), variance, rtol=1e-9)
            np.testing.assert_allclose(page.value("width", column), variance**0.5, rtol=1e-9)
        for weights in ("orthogonal", "gaussian"):
            expected = afli.spectrum_variance(phi, q, depth, weights)
            np.testing.assert_allclose(page.value(weights), expected, rtol=1e-7)
        expected = afli.half_width_for_depth(depth, b, tolerance)
        np.testing.assert_allclose(page.value("recommended", 1), expected, rtol=1e-9)


def test_the_recommended_half_width_is_taken(open_page):
    page = open_page("scaled-bounded")
    page.press("Take the recommended")
    np.testing.assert_allclose(page.value("orthogonal"), 0.5, rtol=1e-9)
    page.press("Reset")
    np.testing.assert_allclose(page.value("y"), 0.1 / 4, rtol=1e-12)


def test_every_control_of_the_random_network(open_page, browser):
    page = open_page("random-network")
    edge = afli.edge_of_chaos(afli.activation("tanh"), 0.05)
    np.testing.assert_allclose(page.value("length", 1), edge.q, rtol=0.05)
    for preset, w, b in (("lecun", 1, 0), ("he", 2, 0), ("uniform", 1 / 3, 0)):
        page.move(preset=preset)
        check_network(page, "tanh", w, b)
    page.move(sigma_w2=2.5)
    assert page.control("preset").get_property("value") == "own"
    page.move(sigma_b2=0.2, depth=7, width="30", weights="orthogonal", seed=9, shown="after")
    check_network(page, "tanh", 2.5, 0.2)
    bars = len(page.all("svg")[0].find_elements("class name", "bar"))
    assert bars == 5 * 31
    page.move(activation="ssaw", a=1.5)
    check_network(page, "ssaw", 2.5, 0.2, a=1.5)
    before = page.value("meanSquare")
    page.press("another")
    assert page.value("meanSquare") != before
    page.move(seed=9)
    assert page.value("meanSquare") == before


def check_network(page, name, w, b, **parameters):
    """The prediction by `afli`, the network by its own arithmetic in the page."""
    phi, q, chi = afli.activation(name, **parameters), w + b, 1.0
    depth = int(page.control("depth-exact").get_property("value"))
    for layer in range(depth):
        chi *= afli.chi1(phi, q, w)
        q = q if layer == depth - 1 else afli.variance_map(phi, q, w, b)
    np.testing.assert_allclose(page.value("length", 1), q, rtol=1e-9)
    np.testing.assert_allclose(page.value("meanSquare", 1), chi, rtol=1e-9)
    largest, small = page.value("largest"), page.value("small")
    median = page.all("tr[data-quantity='median'] td")[0].text
    assert 0 <= small <= 1 and (median.startswith("below") or 0 < page.value("median") <= largest)
    width = int(page.control("width").get_property("value"))
    assert largest**2 / width <= page.value("meanSquare") <= largest**2


@pytest.mark.parametrize("name", PAGES)
def test_the_keyboard_reaches_and_moves_every_control(name, open_page, browser):
    page = open_page(name)
    controls = page.all(":is(select, input, button)")
    usable = [control for control in controls if control.is_enabled()]
    browser.execute_script("arguments[0].focus()", usable[0])
    for control in usable:
        assert browser.switch_to.active_element == control
        assert control.accessible_name
        if control.get_attribute("type") == "range":
            field = control.find_element("xpath", "following-sibling::input")
            start, table = field.get_property("value"), page.all(".live tbody")[0].text
            control.send_keys(
                Keys.ARROW_LEFT if start == field.get_property("max") else Keys.ARROW_RIGHT
            )
            page.settle()
            moved = field.get_property("value")
            assert moved != start
            assert float(control.get_attribute("aria-valuetext")) == pytest.approx(
                float(moved), rel=1e-3
            )
            changed = page.all(".live tbody")[0].text != table
            assert changed or control.get_attribute("id").endswith(("-rho", "-tolerance", "-depth"))
        browser.switch_to.active_element.send_keys(Keys.TAB)


def test_typing_is_not_interrupted(open_page):
    """Digits one by one, a value out of range on the way, and an empty field at the end."""
    page = open_page("phase-diagram")
    field = page.control("sigma_w2-exact")
    field.send_keys(Keys.CONTROL, "a")
    for typed in "1.2501":
        field.send_keys(typed)
        page.settle()
    assert field.get_property("value") == "1.2501"
    check_phase_diagram(page, "tanh", None, 1.2501, 0.05)
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("77")
    page.settle()
    field.send_keys(Keys.TAB)
    assert float(field.get_property("value")) <= 4
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(Keys.DELETE, Keys.TAB)
    assert float(field.get_property("value")) > 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_and_text_stand_out(theme, open_page, browser):
    """Contrast of at least 3 for lines and 4.5 for text; lines differ without their colours."""
    open_page("scaled-bounded")
    found = browser.execute_script(CONTRAST, theme)
    assert min(found["lines"]) >= 3 and min(found["texts"]) >= 4.5, found
    assert all(one != other for one, other in itertools.combinations(found["dashes"], 2))
