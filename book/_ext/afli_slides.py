"""A deck of slides for each chapter, written while its page is built: `slides/NAME.html`.

The folder is complete in itself: reveal.js, MathJax and the pictures are copied into it. What
stands on which slide is decided in `afli_decks`.
"""

import re
import shutil
from pathlib import Path

import nbformat
import sphinx_revealjs
from afli_decks import Deck
from afli_pictures import for_slide
from docutils import nodes
from jinja2 import Environment, FileSystemLoader

from afli.teach.course import chapters

HERE = Path(__file__).parent / "slides"
REVEAL = Path(sphinx_revealjs.__file__).parent / "_static" / "revealjs"
REVEAL_FILES = (
    "LICENSE", "dist/reset.css", "dist/reveal.css", "dist/reveal.js",
    "plugin/notes/notes.js", "plugin/notes/speaker-view.html",
)  # fmt: skip
MATHJAX_FILES = ("tex-chtml.js", "output/chtml")
PICTURE = re.compile(r'src="(?:\.\./)*_images/([^"]+)"')
CLAIM = re.compile(r"\[[A-Z]{1,2}\d+\]")  # the sign of a claim of the ledger
SECTION = re.compile(r"(</?)section\b")  # to reveal.js a section is a slide
MARKS = re.compile(r'<a class="headerlink".*?</a>', re.S)


def tags_of(path):
    """The tags of each cell of a notebook, by its place."""
    cells = nbformat.read(path, as_version=4).cells
    return {place: cell.metadata.get("tags", []) for place, cell in enumerate(cells)}


def without_claims(parent):
    """Take out the signs of claims, which lead to a page, and the space before each."""
    for sign in list(parent.findall(nodes.inline)):
        if CLAIM.fullmatch(sign.astext()) and sign.parent is not None:
            link = sign.parent if isinstance(sign.parent, nodes.reference) else sign
            line, at = link.parent, link.parent.index(link)
            if at and isinstance(line[at - 1], nodes.Text):
                line[at - 1] = nodes.Text(line[at - 1].rstrip())
            line.remove(link)


def rendered(app, doctree, node):
    """The HTML of a node as on its page, without links, signs of claims and scripts; pictures
    beside the deck."""
    parent = nodes.section("", node.deepcopy())
    without_claims(parent)
    for script in list(parent.findall(nodes.raw)):
        script.parent.remove(script)
    for link in list(parent.findall(nodes.reference)):
        link.parent.replace(link, link.children)
    visitor = app.builder.create_translator(doctree, app.builder)
    for child in parent.children:
        child.walkabout(visitor)
    text = SECTION.sub(r"\1div", MARKS.sub("", "".join(visitor.body)))
    return PICTURE.sub(r'src="pictures/\1"', text)


def write_deck(app, pagename, templatename, context, doctree):
    """Write the deck of a chapter when its page is written."""
    chapter = chapters(app.srcdir).get(pagename) if doctree is not None else None
    if chapter is None or app.builder.format != "html":
        return
    deck = Deck(doctree, tags_of(Path(app.srcdir, f"{pagename}.ipynb")))
    for slide in deck.slides:
        slide.top = rendered(app, doctree, nodes.inline("", "", *slide.title.deepcopy().children))
        slide.html = "\n".join(rendered(app, doctree, node) for node in slide.shown)
    folder = Path(app.outdir, "slides")
    folder.mkdir(parents=True, exist_ok=True)
    name = pagename.rsplit("/", 1)[-1]
    write(folder / f"{name}.html", "deck.html", chapter=chapter, slides=deck.slides)


def write_rest(app, exception):
    """Put the scripts and the pictures beside the decks, and an index of the decks."""
    folder = Path(app.outdir, "slides")
    if exception is not None or not folder.exists():
        return
    for name in REVEAL_FILES:
        copied(REVEAL / name, folder / "reveal" / Path(name).name)
    for name in MATHJAX_FILES:
        copied(Path(app.outdir, "_static", "mathjax", name), folder / "mathjax" / name)
    for name in ("slides.css", "slides.js"):
        copied(HERE / name, folder / name)
    course = chapters(app.srcdir)
    for deck in folder.glob("*.html"):
        for name in re.findall(r'src="pictures/([^"]+)"', deck.read_text(encoding="utf-8")):
            for_slide(Path(app.outdir, "_images", name), folder / "pictures" / name)
    parts = {}
    for chapter in course.values():
        parts.setdefault(chapter.part, []).append(chapter)
    write(folder / "index.html", "index.html", parts=parts)


def write(path, template, **values):
    """Fill in a template and write it."""
    found = Environment(loader=FileSystemLoader(HERE), autoescape=True).get_template(template)
    path.write_text(found.render(**values), encoding="utf-8")


def copied(source, target):
    """Copy a file or a folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy(source, target)


def setup(app):
    """Register the hooks."""
    app.connect("html-page-context", write_deck)
    app.connect("build-finished", write_rest)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
