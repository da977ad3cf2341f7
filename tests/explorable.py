"""An explorable as a reader meets it: its controls and what they show."""

import re

import numpy as np

PAGES = {
    "phase-diagram": "phase_diagram",
    "scaled-bounded": "scaled_bounded",
    "random-network": "random_network",
}
SETTLE = """
    const done = arguments[0];
    let frames = 4;
    const next = () => frames-- ? requestAnimationFrame(next) : done();
    next();"""
MOVE = """
    for (const [key, value] of arguments[1]) {
      const id = `${arguments[0]}-${key}`;
      const control = document.getElementById(`${id}-exact`) ?? document.getElementById(id);
      control.value = value;
      control.dispatchEvent(new Event("input"));
      control.dispatchEvent(new Event("change"));
    }"""


class Page:
    """An open page with an explorable: move its controls, read what it shows."""

    def __init__(self, browser, site, name):
        self.browser, self.name = browser, name
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.get((site / "book" / "explore" / f"{PAGES[name]}.html").as_uri())
        self.settle()

    def all(self, selector):
        return self.browser.find_elements("css selector", f".afli-explorable {selector}")

    def control(self, key):
        return self.browser.find_element("id", f"{self.name}-{key}")

    def settle(self):
        """Wait until what was asked for has been drawn."""
        self.browser.execute_async_script(SETTLE)

    def move(self, **values):
        """Set controls, in this order, with the events of a select or of the exact field."""
        self.browser.execute_script(MOVE, self.name, list(values.items()))
        self.settle()

    def press(self, text):
        """Click the button whose text contains `text`."""
        next(button for button in self.all("button") if text in button.text).click()
        self.settle()

    def value(self, key, column=0):
        """What the table says: the value behind it, which the text shows to four digits."""
        cell = self.all(f"tr[data-quantity='{key}'] td")[column]
        behind = cell.get_attribute("data-value").replace("Infinity", "inf")
        numbers = [float(number) for number in behind.split()] if behind else [None]
        shown = re.sub(r" × 10([⁻⁰¹²³⁴-⁹]+)", power, cell.text).replace("∞", "inf")
        if numbers != [None] and cell.text != "none":
            np.testing.assert_allclose([float(x) for x in shown.split(" to ")], numbers, rtol=5e-4)
        return numbers[0] if len(numbers) == 1 else numbers


def power(found):
    """The power of ten that stands in superscripts, as in 1e-5."""
    return "e" + found[1].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
