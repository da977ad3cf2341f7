"""Claims of the chapter "The whole spectrum": free matrices and the S-transform."""

import numpy as np
from scipy.optimize import brentq

from afli.teach.claims import claim


def haar(rng, n):
    """A Haar-orthogonal matrix."""
    q, r = np.linalg.qr(rng.standard_normal((n, n)))
    return q * np.sign(np.diagonal(r))


def _three_laws(n):
    """Eigenvalues of three positive matrices with mean about 1: uniform, two points, Wishart."""
    grid = (np.arange(n) + 0.5) / n
    return {
        "uniform": 2 * grid,
        "two points": np.where(grid < 0.5, 0.4, 1.6),
        "Wishart": (2 * np.cos(np.pi * grid / 2)) ** 2,
    }


def s_transform(values, w):
    """(1 + w) / (w z) where M(z) = w, for eigenvalues >= 0 and -1 < w < 0: then z < 0."""

    def gap(log_r):
        return np.mean(values / (-np.exp(log_r) - values)) - w

    return -(1 + w) / w * np.exp(-brentq(gap, -25.0, 15.0))


@claim(
    "F1",
    "If $U$ is Haar-orthogonal, the mean eigenvalue of $(A\\,UBU^T)^2$ tends to "
    "$m_2(A)\\,m_1(B)^2 + m_1(A)^2\\,m_2(B) - m_1(A)^2\\,m_1(B)^2$ as the matrices grow.",
    source="voiculescu1991",
    fails_with={"last": 0.98},
)
def fourth_mixed_moment(last=1.0):
    """Three pairs of laws, twelve Haar matrices of size 200 each."""
    rng, worst = np.random.default_rng(0), 0.0
    rotations = [haar(rng, 200) for _ in range(12)]
    laws = list(_three_laws(200).values())
    for a, b in ((laws[0], laws[1]), (laws[1], laws[1]), (laws[0], laws[0])):
        first, second = (np.array([x.mean(), (x**2).mean()]) for x in (a, b))
        predicted = first[1] * second[0] ** 2 + first[0] ** 2 * second[1]
        predicted -= last * first[0] ** 2 * second[0] ** 2
        # the trace of (A U B U^T)^2 is a quadratic form of C, the square of U B U^T entry by entry
        found = [a @ ((u * b) @ u.T) ** 2 @ a / 200 for u in rotations]
        worst = max(worst, abs(np.mean(found) / predicted - 1))
    return bool(worst < 0.005), "three pairs of matrices of size 200, within 0.5 %"


@claim(
    "F2",
    "$S$ of a product of two positive matrices in general position is the product of their $S$.",
    source="voiculescu1987",
    fails_with={"power": 1.05},
)
def s_multiplies(power=1.0):
    """The eigenvalues of a product of matrices of size 400, at four w, for three pairs of laws."""
    rng, n, worst = np.random.default_rng(1), 400, 0.0
    laws = list(_three_laws(n).values())
    u = haar(rng, n)
    for a, b in ((laws[0], laws[1]), (laws[1], laws[2]), (laws[0], laws[2])):
        root = np.sqrt(a)[:, None]
        both = np.linalg.eigvalsh(root * ((u * b) @ u.T) * root.T)
        for w in (-0.7, -0.5, -0.3, -0.1):
            found = s_transform(both, w)
            expected = (s_transform(a, w) * s_transform(b, w)) ** power
            worst = max(worst, abs(found / expected - 1))
    return bool(worst < 0.005), "three pairs of laws, four values of w, within 0.5 %"


@claim(
    "F3",
    "For an $N \\times N$ matrix $W$ of independent Gaussians of variance $1/N$, $S_{WW^T}(w) = "
    "1/(1+w)$; the eigenvalues of $WW^T$ have the density $\\frac{1}{2\\pi}\\sqrt{(4-x)/x}$.",
    source="marchenko1967",
    fails_with={"edge": 4.04},
)
def marchenko_pastur(edge=4.0):
    """One matrix of size 500: the transform at four w, four moments, the distribution function."""
    w = np.random.default_rng(2).standard_normal((500, 500)) / np.sqrt(500)
    found = np.linalg.eigvalsh(w @ w.T)
    worst = max(abs(s_transform(found, w) * (1 + w) - 1) for w in (-0.7, -0.5, -0.3, -0.1))
    moments = np.array([(found**k).mean() for k in (1, 2, 3, 4)])
    catalan = np.array([1, 2, 5, 14]) * (edge / 4) ** np.arange(1, 5)
    away = np.abs(moments / catalan - 1).max()
    # With x = edge sin(t)^2 the density integrates to (2 t + sin 2t) / pi.
    t = np.arcsin(np.sqrt(np.clip(found / edge, 0, 1)))
    distance = np.abs((2 * t + np.sin(2 * t)) / np.pi - (np.arange(500) + 0.5) / 500).max()
    good = worst < 0.02 and away < 0.02 and distance < 0.01
    return bool(good), "transform and moments within 2 %, distribution function within 0.01"
