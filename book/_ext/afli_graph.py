"""The chapters as a drawing: a circle for each, an arrow from each to what builds on it."""

from html import escape

STEP_X, STEP_Y, RADIUS = 74, 84, 25


def rows(course, arrows):
    """How far down each chapter stands: below everything that it builds on."""
    row = {}
    for name in course:  # in the order of the course, so that what comes first is placed
        row[name] = max((row[first] + 1 for first, then in arrows if then == name), default=0)
    return row


def places(course, arrows):
    """Column and row of each chapter: below its predecessors where there is room."""
    row, column = rows(course, arrows), {}
    for depth in range(max(row.values()) + 1):
        free = list(range(len(course)))
        for name in (name for name in course if row[name] == depth):
            above = [column[first] for first, then in arrows if then == name]
            wish = sum(above) / len(above) if above else 2 * len(
                [other for other in column if row[other] == 0]
            )
            best = min(free, key=lambda at: (abs(at - wish), at))
            free.remove(best)
            column[name] = best
    used = sorted(set(column.values()))
    return {name: (used.index(column[name]), row[name]) for name in course}


def drawing(course, arrows, addresses):
    """The drawing as SVG, in the colours of the page, with a description."""
    at = {
        name: (STEP_X * (x + 0.5), STEP_Y * (y + 0.5))
        for name, (x, y) in places(course, arrows).items()
    }
    width = max(x for x, _ in at.values()) + STEP_X / 2
    height = max(y for _, y in at.values()) + STEP_Y / 2
    described = "The chapters and what they build on: " + "; ".join(
        f"{course[then].number} builds on {course[first].number}" for first, then in arrows
    )
    parts = [
        f'<svg class="afli-graph" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'role="group" aria-label="{escape(described)}.">',
        '<defs><marker id="arrow-head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker></defs>',
    ]
    for first, then in arrows:
        (x, y), (u, v) = at[first], at[then]
        y, v = y + RADIUS, v - RADIUS - 2
        turn = y + STEP_Y / 3  # early, so that a long arrow leaves the column of its start
        path = f"M{x:g} {y:g} C{x:g} {turn:g} {u:g} {y:g} {u:g} {v:g}"
        parts.append(f'<path class="arrow" d="{path}" marker-end="url(#arrow-head)"/>')
    for name, (x, y) in at.items():
        label = escape(f"{course[name].number} {course[name].title}")
        parts.append(
            f'<a href="{escape(addresses[name])}" aria-label="{label}"><title>{label}</title>'
            f'<circle cx="{x:g}" cy="{y:g}" r="{RADIUS}"/>'
            f'<text x="{x:g}" y="{y + 5:g}">{escape(course[name].number)}</text></a>'
        )
    return "\n".join([*parts, "</svg>"])
