"""The chapters as a drawing: a circle for each, an arrow from each to what builds on it."""

from html import escape
from math import hypot

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
            wish = (
                sum(above) / len(above)
                if above
                else 2 * len([other for other in column if row[other] == 0])
            )
            best = min(free, key=lambda at: (abs(at - wish), at))
            free.remove(best)
            column[name] = best
    used = sorted(set(column.values()))
    return {name: (used.index(column[name]), row[name]) for name in course}


def curve(start, end, bend):
    """The four points of a cubic curve from below one circle to above another."""
    (x, y), (u, v) = start, end
    y, v = y + RADIUS, v - RADIUS - 2
    turn = STEP_Y / 3  # early, so that a long arrow leaves the column of its start
    return (x, y), (x + bend, y + turn), (u + bend, y if v - y < STEP_Y else v - turn), (u, v)


def clearance(points, others):
    """How far a curve stays away from the centres of other circles."""
    nearest = float("inf")
    for step in range(1, 40):
        t = step / 40
        weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        x, y = (sum(w * p[i] for w, p in zip(weights, points, strict=True)) for i in (0, 1))
        nearest = min([nearest, *(hypot(x - u, y - v) for u, v in others)])
    return nearest


def around(start, end, others):
    """A curve that passes no circle: bent to a side as little as does it."""
    bends = sorted((side * STEP_X / 4 for side in range(-12, 13)), key=abs)
    curves = [curve(start, end, bend) for bend in bends]
    free = (one for one in curves if clearance(one, others) > RADIUS + 5)
    return next(free, None) or max(curves, key=lambda one: clearance(one, others))


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
        others = [place for name, place in at.items() if name not in (first, then)]
        from_, one, two, to = (f"{x:g} {y:g}" for x, y in around(at[first], at[then], others))
        path = f"M{from_} C{one} {two} {to}"
        parts.append(f'<path class="arrow" d="{path}" marker-end="url(#arrow-head)"/>')
    for name, (x, y) in at.items():
        label = escape(f"{course[name].number} {course[name].title}")
        parts.append(
            f'<a href="{escape(addresses[name])}" aria-label="{label}"><title>{label}</title>'
            f'<circle cx="{x:g}" cy="{y:g}" r="{RADIUS}"/>'
            f'<text x="{x:g}" y="{y + 5:g}">{escape(course[name].number)}</text></a>'
        )
    return "\n".join([*parts, "</svg>"])
