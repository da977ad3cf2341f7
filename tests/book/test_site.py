"""The built folder is a site: every link leads somewhere, search engines and previews find it.

Links to other hosts need a network; a workflow follows them once a week.
"""

import pickle
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

import nbformat
import PIL.Image
import pytest
import yaml
from bs4 import BeautifulSoup
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait
from sources import ROOT, name, pages, sources

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
REPOSITORY = CONFIG["repository"]["url"]
CHAPTERS = [path.relative_to(ROOT).with_suffix("").as_posix() for path in sources(".ipynb")]


@cache
def parsed(path):
    return BeautifulSoup(path.read_bytes(), "html.parser")


@cache
def targets(path):
    """What an address can name on a page after the #."""
    return {tag["id"] for tag in parsed(path).find_all(id=True)}


def dead_links(path, site):
    """The links of a page, and what it loads, that lead to nothing in the site."""
    dead = []
    for tag in parsed(path).find_all(["a", "link", "img", "script", "iframe", "source"]):
        link = tag.get("href", tag.get("src"))
        if link is None or urlsplit(link).scheme or link.startswith("//"):
            continue
        where, _, fragment = link.partition("#")
        target = (path.parent / unquote(where.partition("?")[0])).resolve() if where else path
        if not target.is_relative_to(site) or not target.is_file():
            dead.append(link)
        elif fragment and target.suffix == ".html" and unquote(fragment) not in targets(target):
            dead.append(link)
    return dead


def test_every_link_inside_leads_somewhere(site):
    site = site.resolve()
    found = {
        path.relative_to(site).as_posix(): dead
        for path in site.rglob("*.html")
        if "_static" not in path.parts and (dead := dead_links(path, site))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("link", "dead"),
    [
        ('<a href="other.html#here">', False),
        ('<a href="#top">', True),
        ('<a href="other.html#nowhere">', True),
        ('<a href="none.html">', True),
        ('<img src="none.png">', True),
        ('<a href="../outside.html">', True),
        ('<a href="https://example.org/none">', False),
    ],
)
def test_a_dead_link_is_found(link, dead, tmp_path):
    (tmp_path / "site").mkdir()
    page, other = tmp_path / "site" / "page.html", tmp_path / "site" / "other.html"
    page.write_text(link, "utf-8")
    other.write_text('<p id="here">', "utf-8")
    (tmp_path / "outside.html").write_text("", "utf-8")
    assert bool(dead_links(page, tmp_path / "site")) == dead


def base(site):
    """The address at which the site is to be published."""
    robots = (site / "robots.txt").read_text(encoding="utf-8")
    address = re.search(r"^Sitemap: (https://\S+/)sitemap\.xml$", robots, re.M)[1]
    owner, repository = urlsplit(REPOSITORY).path.strip("/").split("/")
    assert address == CONFIG["html"].get("baseurl", f"https://{owner}.github.io/{repository}/")
    return address


def test_the_map_of_the_site_names_every_page(site):
    listed = [tag.text for tag in ElementTree.parse(site / "sitemap.xml").iter() if tag.text]
    content = [page for page in pages() if page not in ("genindex", "search")]
    assert sorted(listed) == sorted(f"{base(site)}{page}.html" for page in content)


def test_a_page_for_lost_readers_works_at_any_depth(site):
    page = parsed(site / "404.html")
    at = urljoin(base(site), "some/where/none.html")
    start = urljoin(at, page.find("base")["href"])
    linked = [urljoin(start, tag["href"]) for tag in page.find_all(["a", "link"])]
    assert start == base(site)
    assert {f"{start}{place}" for place in ("book/welcome.html", "search.html")} <= set(linked)
    assert all((site / link.removeprefix(start)).is_file() for link in linked)
    assert page.h1.text in page.title.text
    assert page.find("meta", attrs={"name": "robots"})["content"] == "noindex"
    for known in ("sitemap.xml", "searchindex.js", "book/welcome.html"):
        assert "404.html" not in (site / known).read_text(encoding="utf-8")


def test_a_host_sends_the_page_for_lost_readers(server, browser):
    browser.get(f"{server}/some/where/none.html")
    assert browser.find_element(By.TAG_NAME, "h1").text == "Page not found"


@pytest.mark.parametrize("page", ["index", "book/welcome", *CHAPTERS])
def test_a_preview_has_title_summary_and_picture(page, site):
    tags = parsed(site / f"{page}.html").find_all("meta", property=True)
    said = {tag["property"]: tag["content"] for tag in tags}
    assert len(said["og:title"]) > 3
    assert len(said["og:description"].split()) > 8
    assert "not set" not in said.get("og:site_name", "")
    assert said["og:image:alt"]
    picture = PIL.Image.open(site / said["og:image"].removeprefix(base(site)))
    assert picture.size == (1200, 630)
    assert len(picture.convert("RGB").getcolors(2**24)) > 100, "nothing is drawn"


def redirects():
    lines = (ROOT / "book" / "redirects.txt").read_text(encoding="utf-8").splitlines()
    pairs = [re.findall(r'"(\S+)\.md"', line) for line in lines if not line.startswith("#")]
    return [("index", "book/welcome"), *pairs]


@pytest.mark.parametrize(("short", "long"), redirects())
def test_a_short_address_leads_on(short, long, server, browser):
    browser.get(f"{server}/{short}.html#main-content")
    WebDriverWait(browser, 20).until(lambda it: f"{long}.html" in it.current_url)
    assert browser.current_url == f"{server}/{long}.html#main-content"


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_chapter_can_be_launched_downloaded_and_edited(page, site):
    links = [tag["href"] for tag in parsed(site / f"{page}.html").find_all("a", href=True)]
    owner = urlsplit(REPOSITORY).path.strip("/")
    branch = CONFIG["repository"]["branch"]
    assert (
        f"https://colab.research.google.com/github/{owner}/blob/{branch}/{page}.ipynb" in links
    )
    assert f"https://mybinder.org/v2/gh/{owner}/{branch}?urlpath=lab/tree/{page}.ipynb" in links
    assert f"{REPOSITORY}/edit/{branch}/{page}.ipynb" in links
    assert any(link.startswith(f"{REPOSITORY}/issues/new?title=") for link in links)
    assert REPOSITORY in links
    assert (ROOT / f"{page}.ipynb").is_file(), "the links name a file of the repository"
    download = next(link for link in links if link.endswith(f"_sources/{page}.ipynb"))
    fetched = (site / page).parent / download
    assert nbformat.read(fetched, 4) == nbformat.read(ROOT / f"{page}.ipynb", 4)


def test_the_search_finds_a_word(server, browser):
    browser.get(f"{server}/search.html?q=isometry")
    found = (By.CSS_SELECTOR, "#search-results a[href*='gradients/isometry.html']")
    WebDriverWait(browser, 30).until(lambda it: it.find_elements(*found))


def stated(path):
    """The minutes of reading that a chapter states under "Time"."""
    text = "\n".join(cell.source for cell in nbformat.read(path, 4).cells[:2])
    found = re.search(r"\*\*Time\.\*\*\D*(\d+) minutes to\s+read", text)
    return float(found[1])


@cache
def computed(site):
    """The minutes of reading that the build computed, by page."""
    environment = pickle.loads((site.parent / ".doctrees" / "environment.pickle").read_bytes())
    return {page: kept.get("afli_minutes") for page, kept in environment.metadata.items()}


@pytest.mark.parametrize("path", sources(".ipynb"), ids=name)
def test_a_chapter_states_one_time_to_read_and_the_computed_one_agrees(path, site):
    page = path.relative_to(ROOT).with_suffix("").as_posix()
    assert not parsed(site / f"{page}.html").select(".afli-reading"), "two times on one page"
    assert 0.4 < computed(site)[page] / stated(path) < 1.6


@pytest.mark.parametrize("page", [page for page in pages() if page not in CHAPTERS])
def test_another_page_shows_the_computed_time_unless_it_is_to_look_things_up_in(page, site):
    line = parsed(site / f"{page}.html").select_one("h1 + p.afli-reading")
    if page.startswith("book/reference/") or page in ("genindex", "search"):
        assert line is None
    else:
        shown = float(re.fullmatch(r"Reading time: about (\d+) minutes?", line.text)[1])
        assert abs(shown - computed(site)[page]) <= 2.5


def test_the_time_to_read_counts_words_equations_and_code_but_no_exercises():
    import importlib.util

    from docutils.core import publish_doctree

    place = ROOT / "book" / "_ext" / "afli_reading.py"
    spec = importlib.util.spec_from_file_location("afli_reading", place)
    reading = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reading)
    words, code = "word " * 600, "    x = 1\n" * 100
    equations = ".. math:: x = y\n\n" * 8
    text = f"{words}::\n\n{code}\n{equations}"
    doctree = publish_doctree(text)
    assert reading.minutes(doctree) == pytest.approx(5 + 2 + 2, rel=0.02)
    more = f"Title\n=====\n\n{text}\n\nExercises\n---------\n\n{text}"
    settings = {"doctitle_xform": False}
    assert reading.minutes(publish_doctree(more, settings_overrides=settings)) < 9.2
    assert [reading.rounded(time) for time in (0.2, 1.2, 7.4, 12, 58)] == [
        "1 minute", "1 minute", "7 minutes", "10 minutes", "60 minutes",
    ]  # fmt: skip


def test_text_is_painted_before_figures_arrive(host, server, impatient):
    """The heaviest page shows its text while the server still holds back pictures and Plotly."""
    host.figures.clear()
    try:
        impatient.get(f"{server}/book/mean_field/correlation_map.html")
        time = WebDriverWait(impatient, 50).until(lambda it: it.execute_async_script(PAINTED))
        asked = WebDriverWait(impatient, 50).until(lambda it: it.execute_script(FIGURES))
        assert not any(asked), "a figure arrived: nothing was held back"
    finally:
        host.figures.set()
    print(f"text after {time:.0f} ms, before {len(asked)} figures")


def test_the_script_of_the_figures_is_the_one_that_the_package_is_made_for():
    import plotly

    first = re.compile(r"plotly\.js (?:\(cartesian - minified\) )?v(\S+)")
    whole = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    ours = ROOT / "book" / "_static" / "plotly-cartesian.min.js"
    versions = [first.search(path.read_text("utf-8")[:200])[1] for path in (whole, ours)]
    assert versions[0] == versions[1], "fetch it: npm pack plotly.js-cartesian-dist-min@VERSION"


# When the largest text was painted; null before.
PAINTED = """
const done = arguments[0];
new PerformanceObserver(list => {
  const text = list.getEntries().find(entry => !entry.url && entry.element?.closest("article"));
  done(text ? text.startTime : null);
}).observe({type: "largest-contentful-paint", buffered: true});
setTimeout(() => done(null), 1000);
"""
# Of each figure whether it is there; an empty list before the page has any.
FIGURES = """
return [...document.images].filter(image => image.src.includes("/_images/"))
  .map(image => image.complete && image.naturalWidth > 0)
"""
