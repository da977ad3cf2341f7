"""The book as a PDF: parts with their numbers, and hints and solutions collected at the end.

Everything here is done to the one document that is assembled for LaTeX; pages are not touched.
"""

from pathlib import Path

import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.builders.latex.nodes import thebibliography
from sphinx_exercise.nodes import exercise_node, solution_node
from sphinx_proof.nodes import proof_node
from sphinxcontrib.bibtex.nodes import raw_latex

from afli.teach.course import chapters

HERE = Path(__file__).parent / "pdf"
ELEMENTS = {
    "papersize": "a4paper",
    "pointsize": "10pt",
    "polyglossia": r"\usepackage{polyglossia}\setmainlanguage[variant=british]{english}",
    "fontpkg": (HERE / "preamble.tex").read_text(encoding="utf-8"),
    "fncychap": "",
    "tableofcontents": r"\renewcommand{\contentsname}{Contents}\sphinxtableofcontents",
    "extraclassoptions": "openany,oneside",
    "fvset": r"\fvset{fontsize=\small}",
    "sphinxsetup": "hmargin=2.2cm, vmargin=2.4cm, TitleColor={rgb}{0.06,0.14,0.23}",
}


class moved(nodes.Element):
    """Contents of a chapter that stand elsewhere: their links still start from that chapter."""


def enter_moved(self, node):
    self.curfilestack.append(node["docname"])


def leave_moved(self, node):
    self.curfilestack.pop()


def arrange(app, doctree, docname):
    """Turn the assembled pages into a book."""
    if app.builder.format != "latex":
        return
    name_sections(app.env, doctree)
    file_the_welcome(doctree)
    unlink_titles(doctree)
    begin_parts(app, doctree)
    open_proofs(doctree)
    place_bibliography(doctree)
    fit_pictures(doctree)
    collect_solutions(app, doctree)


def name_sections(env, doctree):
    """Give each chapter its title as Sphinx keeps it, by which sphinx-proof finds the page."""
    for page in doctree.findall(addnodes.start_of_file):
        page[0]["names"].append(env.titles[page["docname"]].astext().lower())


def file_the_welcome(doctree):
    """The sections of the first page become those of a chapter of its own."""
    top = doctree[0]
    own = [node for node in top[1:] if not is_toctree(node)]
    welcome = nodes.section("", nodes.title("", "Welcome"), *own, ids=["welcome"])
    top.children = [top[0], welcome, *(node for node in top[1:] if is_toctree(node))]
    for child in top.children:
        child.parent = top


def unlink_titles(doctree):
    """Citations without their links, which LaTeX cannot have in its table of contents."""
    for title in doctree.findall(nodes.title):
        for half in list(title.findall(raw_latex)):  # the opening of a link, and its end
            half.parent.remove(half)


def is_toctree(node):
    return isinstance(node, nodes.compound) and "toctree-wrapper" in node["classes"]


def begin_parts(app, doctree):
    """A title page before each part, with the number that its caption gives."""
    toc = yaml.safe_load(Path(app.srcdir, "_toc.yml").read_text(encoding="utf-8"))
    captions = {part["chapters"][0]["file"]: part["caption"] for part in toc["parts"]}
    for page in list(doctree.findall(addnodes.start_of_file)):
        if caption := captions.get(page["docname"]):
            page.parent.insert(page.parent.index(page), title_of_part(caption))


def title_of_part(caption):
    number, _, title = caption.rpartition(" · ")
    return latex(rf"\{'numberedpart' if number else 'plainpart'}{{{title}}}")


def latex(text):
    return nodes.raw("", text, format="latex")


def open_proofs(doctree):
    """A proof runs on in the text and ends with a square, instead of a box without a heading."""
    for proof in list(doctree.findall(proof_node)):
        last = proof.children[-1]
        while last.children and not isinstance(last, nodes.TextElement):
            last = last.children[-1]
        last.append(latex(r"\hfill\(\square\)"))


def place_bibliography(doctree):
    """The entries, which have a title of their own in LaTeX, take the place of their page."""
    entries = next(doctree.findall(thebibliography))
    entries.parent.remove(entries)
    for page in doctree.findall(addnodes.start_of_file):
        if page["docname"].endswith("/bibliography"):
            target = rf"\phantomsection\label{{\detokenize{{{page['docname']}::doc}}}}"
            page.children = [latex(target), entries]
            entries.parent = page


def fit_pictures(doctree):
    """The pictures of explorables are tall: let them share a page with their text."""
    for image in doctree.findall(nodes.image):
        if "afli-explorable-picture" in image["classes"]:
            image["width"] = "60%"


def collect_solutions(app, doctree):
    """Move every hint and solution to the end of the book, under its chapter and exercise."""
    course = chapters(app.srcdir)
    end = nodes.compound("", latex(r"\plainpart{Hints and solutions}"))
    for page in list(doctree.findall(addnodes.start_of_file)):
        if found := taken_out(page):
            chapter = course[page["docname"]]
            title = nodes.title("", f"{chapter.number} {chapter.title}")
            name = f"solutions-{chapter.number}"
            end += nodes.section("", title, moved("", *found, docname=page["docname"]), ids=[name])
    doctree[0] += end


def taken_out(page):
    """The hints and solutions of a chapter, each after a line that names the exercise."""
    found, exercise = [], None
    for node in list(page.findall(nodes.Admonition)):
        if isinstance(node, exercise_node):
            exercise = node
            found.append(heading(exercise))
            exercise += nodes.paragraph("", "", latex(where(exercise)))
        elif isinstance(node, solution_node) or "hint" in node.get("classes", []):
            node.parent.remove(node)
            word = "Solution." if isinstance(node, solution_node) else "Hint."
            found += run_in(word, node.children[1:])
    return found


def heading(exercise):
    label = latex(rf"\phantomsection\label{{solution:{exercise['label']}}}")
    name = exercise[0].astext().removeprefix("Exercise (").removesuffix(")")
    return nodes.paragraph("", "", label, nodes.strong("", f"Exercise {name}"))


def where(exercise):
    return rf"\hfill\textit{{Hint and solution: page~\pageref{{solution:{exercise['label']}}}}}"


def run_in(word, contents):
    """Contents that begin with a word in italics."""
    contents = [
        node
        for child in contents
        for node in (child.children if isinstance(child, nodes.section) else [child])
    ]
    lead = nodes.emphasis("", word)
    if contents and isinstance(contents[0], nodes.paragraph):
        contents[0].insert(0, nodes.Text(" "))
        contents[0].insert(0, lead)
        return contents
    return [nodes.paragraph("", "", lead), *contents]


def set_elements(app, config):
    config.latex_elements = ELEMENTS
    config.latex_use_xindy = False  # makeindex comes with every TeX


def setup(app):
    """Register the hooks; late, when titles and links are settled."""
    app.add_node(moved, latex=(enter_moved, leave_moved))
    app.connect("config-inited", set_elements)
    app.connect("doctree-resolved", arrange, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
