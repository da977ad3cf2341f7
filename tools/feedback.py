"""The page that a student gets back: what nbgrader knows, on a page that stands alone."""

import re
from html import escape
from pathlib import Path

from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.api import Gradebook
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor

FUNCTION = re.compile(r"(<mi>\w{2,}</mi>)(?=<m[ins])")


class Unread(NbGraderPreprocessor):
    """Say of each answer whether a person has still to read it."""

    def preprocess(self, nb, resources):
        """Ask the gradebook, which has the answer."""
        known = resources["nbgrader"]
        with Gradebook(known["db_url"]) as book:
            sent = book.find_submission_notebook(
                known["notebook"], known["assignment"], known["student"]
            )
            unread = {grade.name for grade in sent.grades if grade.needs_manual_grade}
        for cell in nb.cells:
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader.unread = cell.metadata.nbgrader.grade_id in unread
        return nb, resources


class WithMathML(IPythonRenderer):
    """Formulas as MathML, which a browser draws without a script."""

    def inline_math(self, body):
        """A formula in a line."""
        return _formula(body, "inline")

    def block_math(self, body):
        """A formula on its own."""
        return _formula(body, "block")

    def multiline_math(self, text):
        """The same, between brackets."""
        return _formula(text.removeprefix("\\[").removesuffix("\\]"), "block")


def _formula(body, display):
    try:
        # Without the sign for "function of" a browser sets no space in tanh x.
        return FUNCTION.sub(r"\1<mo>&#x2061;</mo>", convert(body, display=display))
    except Exception:  # a student's formula may be wrong: it is shown as it was written
        return f"<code>{escape(body)}</code>"


def markdown(source):
    """HTML from Markdown with formulas."""
    return MarkdownWithMath(renderer=WithMathML(escape=False)).render(source)


def configure(config):
    """Let nbgrader make its feedback with this page."""
    # nbgrader asks for the template "feedback" by its name
    templates = Path(__file__).resolve().parent / "templates"
    config.HTMLExporter.extra_template_basedirs = [str(templates)]
    config.HTMLExporter.filters = {"markdown2html": markdown}
    config.GenerateFeedback.preprocessors = [GetGrades, Unread, CSSHTMLHeaderPreprocessor]
