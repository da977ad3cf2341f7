"""What the teacher's guide collects from the chapters, and the numbers of the exam problems."""

import yaml
from afli_graph import drawing
from docutils import nodes
from sphinx.util.docutils import SphinxDirective, SphinxRole

from afli.teach import exam
from afli.teach.course import arrows, chapters, too_early
from afli.teach.exercises import exercises


class Collected(SphinxDirective):
    """A directive that writes Markdown about the chapters."""

    def run(self):
        """Parse what `lines` gives; the page depends on every chapter."""
        self.course = chapters(self.env.app.srcdir)
        self.by_number = {one.number: one for one in self.course.values()}
        for name in self.course:
            self.env.note_dependency(self.env.doc2path(name))
        return self.parse_text_to_nodes("\n".join(self.lines()), allow_section_headings=True)

    @staticmethod
    def link(chapter):
        """A link to a chapter, with its number."""
        return f"{{doc}}`{chapter.number} {chapter.title} </{chapter.name}>`"


class Objectives(Collected):
    """For each chapter: time, exercises, slides, and the objectives."""

    def lines(self):
        """One folded box a chapter."""
        for one in self.course.values():
            deck = one.name.rsplit("/", 1)[-1]
            yield f":::{{admonition}} {one.number} {one.title}: {one.minutes} minutes"
            yield ":class: dropdown"
            yield f"{self.link(one)}, {one.exercises} exercises, cells of {one.seconds} seconds, "
            yield f'<a href="../../slides/{deck}.html">slides</a>. Afterwards a student can'
            yield ""
            yield from (f"* {aim}" for aim in one.objectives)
            yield ":::"
            yield ""


class Graph(Collected):
    """The chapters and what each builds on, as a drawing and as a table."""

    def run(self):
        """The drawing for screens, and the table for everyone."""
        table = super().run()
        builder = self.env.app.builder
        if builder.format != "html":
            return table
        where = {name: builder.get_relative_uri(self.env.docname, name) for name in self.course}
        picture = drawing(self.course, arrows(self.course), where)
        return [nodes.raw("", picture, format="html"), *table]

    def lines(self):
        """Which chapter builds on which."""
        behind = {}
        for first, then in arrows(self.course):
            behind.setdefault(then, []).append(self.course[first].number)
        yield from ("| chapter | builds on | minutes |", "|---|---|---|")
        for one in self.course.values():
            yield f"| {self.link(one)} | {', '.join(behind.get(one.name, ['']))} | {one.minutes} |"


class Syllabus(Collected):
    """A plan in YAML: a list of sessions with `when`, `chapters`, `do` and `set`.

    `do` maps what is done in class to its minutes, which make up the option `minutes`; a text in
    place of it stands for what needs no class.
    """

    has_content = True
    option_spec = {"minutes": int}

    def lines(self):
        """A list with computed times; a chapter before its prerequisites is an error."""
        plan = yaml.safe_load("\n".join(self.content))
        numbers = [number for session in plan for number in session["chapters"]]
        unknown = {id for session in plan for id in session["set"]} - set(exercises())
        if wrong := too_early(numbers, self.course) or sorted(unknown):
            raise self.error(f"too early, with what should come before, or unknown: {wrong}")
        for session in plan:
            read = [self.by_number[number] for number in session["chapters"]]
            minutes = f"{sum(one.minutes for one in read)} minutes of reading"
            yield " · ".join([session["when"], ", ".join(map(self.link, read)), minutes])
            yield f": {self.in_class(session)}\n\n  *To set:* {', '.join(session['set'])}\n"

    def in_class(self, session):
        """What is done in a session, with minutes."""
        done = session["do"]
        if isinstance(done, str):
            return f"{done}."
        if sum(done.values()) != self.options["minutes"]:
            raise self.error(f"{session['when']}: {sum(done.values())} minutes in class")
        return "*In class:* " + "; ".join(f"{what} ({minutes})" for what, minutes in done.items())


class Misconceptions(Collected):
    """The boxes of the chapters by their titles, with advice in YAML: how to meet each."""

    has_content = True

    def lines(self):
        """Every box, with the advice that there is; advice without a box is an error."""
        advice = yaml.safe_load("\n".join(self.content))
        boxes = {title for one in self.course.values() for title in one.misconceptions}
        if not set(advice) <= boxes:
            raise self.error(f"no chapter has these boxes: {sorted(set(advice) - boxes)}")
        for one in self.course.values():
            for title in one.misconceptions:
                yield f'"{title}"\n: {self.link(one)}. {advice.get(title, "")}\n'


class WrongAnswers(Collected):
    """The mistakes that the exercises know by name, chapter by chapter."""

    def lines(self):
        """One folded box a chapter."""
        for one in self.course.values():
            told = [
                f"* {id}: {text}"
                for id, task in exercises().items()
                if id.startswith(f"{one.number}.")
                for text in task.mistakes
            ]
            if told:
                yield f":::{{admonition}} {one.number} {one.title}\n:class: dropdown"
                yield from (line.replace("*", "\\*").replace("\\*", "*", 1) for line in told)
                yield ":::\n"


class ExamNumber(SphinxRole):
    """A number of an exam problem, computed."""

    def run(self):
        """The number, in a formula."""
        shown = exam.text(self.text)
        if "e" in shown:
            digits, power = shown.split("e")
            shown = rf"{digits} \cdot 10^{{{int(power)}}}"
        return [nodes.math(shown, shown)], []


def setup(app):
    """Register the directives and the role."""
    for name, directive in (
        ("course-objectives", Objectives),
        ("course-graph", Graph),
        ("syllabus", Syllabus),
        ("misconceptions", Misconceptions),
        ("wrong-answers", WrongAnswers),
    ):
        app.add_directive(name, directive)
    app.add_role("exam", ExamNumber())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
