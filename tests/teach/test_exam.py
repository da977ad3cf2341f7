"""Every number in the exam solutions is found again in a second way, and the page uses them all."""

import re
from functools import cache

import numpy as np
import pytest
from scipy import integrate, optimize, stats
from sources import BOOK

import afli
from afli.teach import exam


def gaussian(function):
    """E[function(Z)] by adaptive quadrature."""
    return integrate.quad(lambda z: function(z) * stats.norm.pdf(z), -12, 12, limit=400)[0]


def half(function):
    """The part of it from z > 0, split at 2."""
    parts = ((0, 2), (2, 12))
    return sum(
        integrate.quad(lambda z: function(z) * stats.norm.pdf(z), *part)[0] for part in parts
    )


def eigenvalues():
    """Of E[x x^T] for 80 inputs uniform on [0, 1], with the matrix written out."""
    return np.linalg.eigvalsh(np.full((80, 80), 0.25) + np.eye(80) / 12)


def sine_map(q):
    return gaussian(lambda z: np.sin(np.sqrt(q) * z) ** 2) + 0.2


def relu_pair(rho):
    """R(rho) for ReLU as a double integral, by 200 nodes in each direction."""
    x, weight = np.polynomial.legendre.leggauss(400)
    angle, weight = np.pi * x, weight / 2  # the radius integrates to E[r^2] = 2
    first = np.maximum(np.cos(angle), 0)
    second = np.maximum(rho * np.cos(angle) + np.sqrt(1 - rho**2) * np.sin(angle), 0)
    return 2 * 2 * np.sum(weight * first * second)


def settled(step, start):
    return optimize.brentq(lambda q: step(q) - q, 1e-3, start, xtol=1e-12)


@cache
def tanh_length():
    return settled(lambda q: 1.2 * gaussian(lambda z: np.tanh(np.sqrt(q) * z) ** 2) + 0.1, 5)


@cache
def tanh_slope():
    return gaussian(lambda z: np.cosh(np.sqrt(tanh_length()) * z) ** -4)


@cache
def edge():
    return afli.edge_of_chaos(afli.activation("shtanh", a=2.0), exam.value("clip-biases"))


def leaky(weights):
    phi = afli.activation("leaky_relu", slope=0.5)
    return afli.spectrum_variance(phi, 1.0, 40, weights=weights)


SECOND = {
    "he-bound": lambda: optimize.brentq(lambda c: 256 * c**2 / 3 / 2 - 1, 0.01, 1),
    "default-decades": lambda: sum(np.log10([1 / 3 / 2] * 30)),
    "top-eigenvalue": lambda: eigenvalues()[-1],
    "condition": lambda: eigenvalues()[-1] / eigenvalues()[0],
    "stable-rate": lambda: 2 / eigenvalues()[-1],
    "sine-2": lambda: sine_map(1.0),
    "sine-3": lambda: sine_map(sine_map(1.0)),
    "sine-settled": lambda: settled(sine_map, 5),
    "sine-slope": lambda: (sine_map(settled(sine_map, 5) + 1e-4) - settled(sine_map, 5)) / 1e-4,
    "relu-orthogonal": lambda: relu_pair(0.0),
    "relu-second": lambda: relu_pair(relu_pair(0.0)),
    "clip-weights": lambda: edge().sigma_w2,
    "clip-biases": lambda: (
        edge().q - edge().sigma_w2 * 2 * half(lambda z: np.minimum(np.sqrt(edge().q) * z, 2) ** 2)
    ),
    "clip-gap": lambda: afli.correlation_map(
        afli.activation("shtanh", a=2.0), 0.0, edge().q, edge().sigma_w2, edge().sigma_b2
    ),
    "tanh-settled": tanh_length,
    "tanh-mean-slope": tanh_slope,
    "tanh-chi": lambda: 1.2 * tanh_slope(),
    "tanh-layers": lambda: next(k for k in range(1, 999) if (1.2 * tanh_slope()) ** k < 1e-4),
    "leaky-tau": lambda: (0.5**4 + 1) / 2 / ((0.5**2 + 1) / 2) ** 2 - 1,
    "leaky-orthogonal": lambda: leaky("orthogonal"),
    "leaky-gaussian": lambda: leaky("gaussian"),
    "rule-outside": lambda: 2 * stats.norm.sf(exam.value("rule-ratio")),
    "rule-ratio": lambda: optimize.brentq(
        lambda x: 2 * stats.norm.sf(x) / (1 - 2 * stats.norm.sf(x)) - 0.5 / 100, 1, 5
    ),
    "rule-density": lambda: stats.norm.pdf(exam.value("rule-ratio")),
    "rule-y": lambda: 0.05 / afli.half_width_for_depth(100, 0.05, 0.5) ** 2,
    "rule-a": lambda: afli.half_width_for_depth(100, 0.05, 0.5),
}


@pytest.mark.parametrize("name", exam.names())
def test_a_second_computation_agrees(name):
    assert exam.value(name) == pytest.approx(SECOND[name](), rel=2e-4)
    assert float(exam.text(name)) == pytest.approx(exam.value(name), rel=0.01)


def test_the_page_and_the_numbers_name_the_same():
    page = (BOOK / "teaching" / "exam.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\{exam\}`([^`]+)`", page)) == set(exam.names())


def test_the_points_of_each_problem_add_up():
    page = (BOOK / "teaching" / "exam.md").read_text(encoding="utf-8")
    problems = re.split(r"^## ", page, flags=re.M)[1:]
    total = 0
    for problem in problems:
        points = int(re.match(r".*\((\d+) points\)", problem)[1])
        scheme = problem[problem.index(":::{admonition} Marking scheme") :]
        assert sum(map(int, re.findall(r"(?<=\s)\((\d+)\)", scheme))) == points, problem[:40]
        total += points
    assert f"{len(problems)} problems" in page and f"{total} points" in page


def test_a_wrong_name_says_which_there_are():
    with pytest.raises(ValueError, match="no exam number 'x'; there are he-bound"):
        exam.value("x")
    with pytest.raises(ValueError, match="'he-bound' is taken"):
        exam.number("he-bound", "{}")(float)
