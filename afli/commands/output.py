"""What the commands print: aligned tables for people, JSON for machines."""

import json
import math
from functools import reduce
from operator import getitem


def table(rows):
    """Lines of text with aligned columns.

    Parameters
    ----------
    rows : iterable
        Tuples (symbol, words, value, value, ...), all of one length, the values being numbers,
        texts or None where nothing is defined; or a text, which becomes a heading.

    Returns
    -------
    str

    Examples
    --------
    >>> print(table([("q*", "fixed point", 1 / 3, 2), "Depths", ("l_c", "merge", 1e9, None)]))
    q*   fixed point  0.333333  2
    <BLANKLINE>
    Depths
    l_c  merge           1e+09  -
    """
    rows = [row if isinstance(row, str) else (*row[:2], *map(_text, row[2:])) for row in rows]
    columns = zip(*(row for row in rows if not isinstance(row, str)), strict=True)
    widths = [max(map(len, column)) for column in columns]
    return "\n".join(f"\n{row}" if isinstance(row, str) else _line(row, widths) for row in rows)


def columns(rows, points):
    """Fill rows for `table`: a value from each point, found by a key, by a key in that, and so on.

    Examples
    --------
    >>> list(columns(["Size", ("L", "depth", "net", "depth")], [{"net": {"depth": 5}}]))
    ['Size', ('L', 'depth', 5)]
    """
    for row in rows:
        if isinstance(row, str):
            yield row
        else:
            yield *row[:2], *(reduce(getitem, row[2:], point) for point in points)


def json_object(value):
    """One line of JSON; infinite numbers become null, because JSON has no infinity.

    Examples
    --------
    >>> json_object({"depth": math.inf, "a": (1, 2.5)})
    '{"depth": null, "a": [1, 2.5]}'
    """
    return json.dumps(_finite(value), allow_nan=False)


def _line(row, widths):
    words = [text.ljust(width) for text, width in zip(row[:2], widths, strict=False)]
    values = [text.rjust(width) for text, width in zip(row[2:], widths[2:], strict=True)]
    return "  ".join(words + values)


def _text(value):
    if value is None:
        return "-"
    return value if isinstance(value, str) else f"{value:.6g}"


def _finite(value):
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and math.isinf(value) else value
