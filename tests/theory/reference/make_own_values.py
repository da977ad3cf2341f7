"""Compute own_values.json with mpmath, by definitions and quadrature that afli does not share.

    python tests/theory/reference/make_own_values.py      (about half an hour on one core)

One-dimensional averages: mpmath's tanh-sinh quadrature with 30 digits, split at the kinks. Pair
averages: 30-point Gauss-Legendre panels in both variables with 25 digits, the inner ones split
where the second variable crosses a kink, the outer ones around the kinks at the scale
sqrt(1 - rho^2) at which they are smoothed.
"""

import json
from itertools import pairwise
from pathlib import Path

from mpmath import mp

mp.dps = 30
ALPHA = mp.mpf("1.6732632423543772848170429916717")
SCALE = mp.mpf("1.0507009873554804934193349852946")


def odd(tail, a):
    return lambda x: x if abs(x) <= a else mp.sign(x) * tail(abs(x))


def activation(name, a):
    """Value and kinks, written from the definitions."""
    a = None if a is None else mp.mpf(a)
    return {
        "tanh": lambda: (mp.tanh, []),
        "erf": lambda: (mp.erf, []),
        "arctan": lambda: (mp.atan, []),
        "sin": lambda: (mp.sin, []),
        "softplus": lambda: (lambda x: mp.log1p(mp.exp(x)), []),
        "sigmoid": lambda: (lambda x: 1 / (1 + mp.exp(-x)), []),
        "silu": lambda: (lambda x: x / (1 + mp.exp(-x)), []),
        "gelu": lambda: (lambda x: x * mp.ncdf(x), []),
        "softsign": lambda: (lambda x: x / (1 + abs(x)), [0]),
        "elu": lambda: (lambda x: x if x > 0 else mp.expm1(x), [0]),
        "selu": lambda: (lambda x: SCALE * (x if x > 0 else ALPHA * mp.expm1(x)), [0]),
        "leaky_relu": lambda: (lambda x: x if x > 0 else x / 10, [0]),
        "abs": lambda: (abs, [0]),
        "shtanh": lambda: (odd(lambda u: a, a), [-a, a]),
        "ssin": lambda: (odd(lambda u: a - 1 + mp.cos(u - a), a), [-a, a]),
        "sexp": lambda: (odd(lambda u: a - 1 + mp.exp(a - u), a), [-a, a]),
        "ssaw": lambda: (odd(lambda u: max(2 * a - u, 0), a), [-2 * a, -a, a, 2 * a]),
    }[name]()


def slope(name, a):
    """The derivative, written from the definitions (mp.diff where that is simplest)."""
    a = None if a is None else mp.mpf(a)

    def even(tail):
        return lambda x: mp.mpf(1) if abs(x) <= a else tail(abs(x))

    return {
        "tanh": lambda: lambda x: mp.sech(x) ** 2,
        "erf": lambda: lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x),
        "arctan": lambda: lambda x: 1 / (1 + x * x),
        "sin": lambda: mp.cos,
        "softplus": lambda: lambda x: 1 / (1 + mp.exp(-x)),
        "sigmoid": lambda: lambda x: mp.exp(-x) / (1 + mp.exp(-x)) ** 2,
        "silu": lambda: lambda x: (1 + mp.exp(-x) * (1 + x)) / (1 + mp.exp(-x)) ** 2,
        "gelu": lambda: lambda x: mp.ncdf(x) + x * mp.npdf(x),
        "softsign": lambda: lambda x: 1 / (1 + abs(x)) ** 2,
        "elu": lambda: lambda x: mp.mpf(1) if x > 0 else mp.exp(x),
        "selu": lambda: lambda x: SCALE if x > 0 else SCALE * ALPHA * mp.exp(x),
        "leaky_relu": lambda: lambda x: mp.mpf(1) if x > 0 else mp.mpf("0.1"),
        "abs": lambda: mp.sign,
        "shtanh": lambda: even(lambda u: mp.mpf(0)),
        "ssin": lambda: even(lambda u: -mp.sin(u - a)),
        "sexp": lambda: even(lambda u: -mp.exp(a - u)),
        "ssaw": lambda: even(lambda u: mp.mpf(-1 if u < 2 * a else 0)),
    }[name]()


def average(function, q, kinks):
    root = mp.sqrt(q)
    steps = [s * x / root for s in (-1, 1) for x in (1, 3, 9, 27)]
    even = map(mp.mpf, (-12, -6, -3, -1, 0, 1, 3, 6, 12))
    points = sorted({*(k / root for k in kinks), *steps, *even})
    points = [p for p in points if abs(p) <= 12]
    return mp.quad(lambda z: function(root * z) * mp.npdf(z), points)


def legendre(n):
    nodes = []
    for i in range(n):
        x = mp.cos(mp.pi * (i + mp.mpf("0.75")) / (n + mp.mpf("0.5")))
        for _ in range(8):
            p0, p1 = mp.mpf(1), x
            for k in range(2, n + 1):
                p0, p1 = p1, ((2 * k - 1) * x * p1 - (k - 1) * p0) / k
            derivative = n * (x * p1 - p0) / (x * x - 1)
            x -= p1 / derivative
        nodes.append((x, 2 / ((1 - x * x) * derivative**2)))
    return nodes


NODES = legendre(30)


def panels(function, points):
    """Gauss-Legendre with 30 points on each panel."""
    total = mp.mpf(0)
    for low, high in pairwise(points):
        if high - low > mp.mpf("1e-20"):
            middle, half = (low + high) / 2, (high - low) / 2
            total += half * sum(w * function(middle + half * x) for x, w in NODES)
    return total


def pair_average(phi, q, rho, kinks):
    root, rest = mp.sqrt(q), mp.sqrt(1 - rho * rho)
    marks = [s * x / root for s in (-1, 1) for x in (1, 3, 9)]
    base = [mp.mpf(x) for x in ("-10", "-6", "-4", "-2", "-1", "0", "1", "2", "4", "6", "10")]

    def cut(points):
        return sorted({p for p in [*points, *base] if abs(p) <= 10})

    def inner(z):
        edges = [(p - rho * z) / rest for p in [*(k / root for k in kinks), *marks]]
        value = panels(lambda w: phi(root * (rho * z + rest * w)) * mp.npdf(w), cut(edges))
        return phi(root * z) * value * mp.npdf(z)

    near = [
        (k / root + s * d * rest) / max(abs(rho), mp.mpf("0.1")) * t
        for k in kinks
        for s in (-1, 1)
        for d in (0, 1, 3)
        for t in (-1, 1)
    ]
    return panels(inner, cut([*(k / root for k in kinks), *marks, *near]))


# name, a, q, sigma_w2, sigma_b2: averages at q and the map from them
POINTS = [
    ("tanh", None, "0.7"),
    ("tanh", None, "15"),
    ("erf", None, "3.3"),
    ("arctan", None, "6"),
    ("sin", None, "1.9"),
    ("softplus", None, "1.3"),
    ("sigmoid", None, "8"),
    ("silu", None, "2.7"),
    ("gelu", None, "0.4"),
    ("softsign", None, "1.7"),
    ("elu", None, "2.2"),
    ("selu", None, "0.6"),
    ("leaky_relu", None, "1.1"),
    ("abs", None, "1.4"),
    ("shtanh", "0.8", "1.9"),
    ("shtanh", "4", "3"),
    ("ssin", "1.5", "2"),
    ("ssin", "3", "12"),
    ("sexp", "0.7", "1"),
    ("sexp", "4", "5"),
    ("ssaw", "0.8", "1.2"),
    ("ssaw", "3", "30"),
]
RHO = ("-0.7", "0.45", "0.97")


def text(x):
    return mp.nstr(x, 20)


def row_of(name, a, q):
    phi, kinks = activation(name, a)
    derivative, variance = slope(name, a), mp.mpf(q)
    row = {"activation": name, "a": a, "q": q}
    row["square"] = text(average(lambda x: phi(x) ** 2, variance, kinks))
    row["mean"] = text(average(phi, variance, kinks))
    for k in (1, 2, 3):
        row[f"mu{k}"] = text(average(lambda x, k=k: derivative(x) ** (2 * k), variance, kinks))
    with mp.workdps(22):
        row["pair"] = {rho: text(pair_average(phi, variance, mp.mpf(rho), kinks)) for rho in RHO}
    return row


DESCRIPTION = (
    "square = E[phi^2], mean = E[phi], mu_k = E[phi'^(2k)] over N(0, q); pair[rho] = "
    "E[phi(U1) phi(U2)] at that correlation. Made by make_own_values.py with mpmath; 20 digits are "
    "printed, the averages over one variable are good to all of them, over two to about 15."
)


def main():
    rows = []
    for name, a, q in POINTS:
        rows.append(row_of(name, a, q))
        print(rows[-1], flush=True)
    path = Path(__file__).with_name("own_values.json")
    text_of_file = json.dumps({"description": DESCRIPTION, "rows": rows}, indent=1)
    path.write_text(text_of_file + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
