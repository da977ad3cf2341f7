"""Answers to the exercises of the chapter "The theorem"."""

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import erf, erfc

import afli
from afli.teach import exercise, judged


@exercise(
    "V.2.1",
    hint="First y, then the cube root of 8 y / pi.",
    rtol=0.005,
    mistakes={
        "y is sigma_b2 divided by the square of a.": lambda: (8 * 0.1 / 3 / np.pi) ** (1 / 3),
        "The exponent 1/6 belongs to Lambda. Here the root is the third.": (
            lambda: (8 * 0.1 / 9 / np.pi) ** (1 / 6)
        ),
        "That is y times the upper bound on Lambda; Lambda enters with its square.": (
            lambda: (8 / np.pi) ** (1 / 6) * (0.1 / 9) ** (2 / 3)
        ),
        "That is the bound for all of [-1, 1]; on [0, 1] it is half as large.": (
            lambda: 2 * (8 * 0.1 / 9 / np.pi) ** (1 / 3)
        ),
    },
)
def bound_on_the_gap():
    return afli.bounds.published(0.1, 3.0).correlation


def _density(x):
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


@exercise(
    "V.2.2",
    hint="R(0) is y Lambda^2. One of the two inequalities of step 4 has it on its left.",
    mistakes={
        "That is the tail alone; the term with the density is missing.": (
            lambda: erfc(np.sqrt(2.0))
        ),
        "That is the tail of one side; |Z| has two.": (
            lambda: 0.5 * erfc(np.sqrt(2.0)) + 4 * _density(2.0)
        ),
        "That is y. We ask for R(0), which is y times the square of Lambda.": (
            lambda: (erfc(np.sqrt(2.0)) + 4 * _density(2.0)) / 4
        ),
    },
)
def largest_gap_at_two_deviations():
    return erfc(np.sqrt(2.0)) + 4 * _density(2.0)


@exercise(
    "V.2.3",
    hint="Follow the constant 2 through the proof: first to Lambda^3, then to y Lambda^2.",
    rtol=0.003,
    mistakes={
        "That is the factor of Lambda^3; take the cube root, and square.": lambda: np.exp(-0.5),
        "That is the factor of the bound on Lambda; R(0) has its square.": lambda: np.exp(-1 / 6),
        "That is the other way round: the new bound is the smaller one.": lambda: np.exp(1 / 3),
    },
)
def factor_of_the_sharper_constant():
    return np.exp(-1 / 3)


@exercise(
    "V.2.4",
    hint="The first needs no integral. The second is the derivative of (2/pi) arcsin(rho).",
    mistakes={
        "The second is right. For the first, take the slope of sign away from 0.": (
            lambda: np.array([1, 1]) * 2 / np.pi / np.sqrt(0.75)
        ),
        "The first is right. The derivative of arcsin has a square root.": (
            lambda: np.array([0.0, 2 / np.pi / 0.75])
        ),
        "The first is right, the second is K itself: differentiate it.": (
            lambda: np.array([0.0, 1 / 3])
        ),
    },
)
def slope_of_a_step():
    return np.array([0.0, 2 / np.pi / np.sqrt(1 - 0.5**2)])


def _half_width(ratio):
    """The a at which ratio(a) - 1, which falls, is a tenth."""
    return brentq(lambda a: ratio(a) - 0.1, 0.2, 50.0, xtol=1e-10)


def _clip_ratio(a):
    clip = afli.activation("shtanh", a=a)
    return float(afli.moment_ratio(clip, afli.edge_of_chaos(clip, 0.1).q)) - 1


@exercise(
    "V.2.5",
    hint="Both fall as a grows: bracket between 0.2 and 50 and bisect, or use scipy's brentq.",
    rtol=0.005,
    mistakes={
        "The second is right. The first asks for the bound on the moment ratio, not on R.": (
            lambda: np.array([np.sqrt(0.1 * 8 / np.pi / 1e-3), _half_width(_clip_ratio)])
        ),
        "The two are exchanged.": lambda: half_widths_for_isometry()[::-1],
        "These are values of a^2.": lambda: half_widths_for_isometry() ** 2,
    },
)
def half_widths_for_isometry():
    published = _half_width(lambda a: float(afli.bounds.published(0.1, a).moment_ratio))
    return np.array([published, _half_width(_clip_ratio)])


@judged(
    "V.2.6",
    hint="Write (34) in reverse at nu as a function of y and of the constant, and try 1.5 first.",
    example=lambda: 1.0,
)
def constant_of_the_lower_bound(answer):
    from flint import arb

    from afli.teach.balls import NotProved, prove_positive

    constant = float(answer)
    if not 0 <= constant < 10:
        return "The constant is a number between 0 and 2."
    if constant > 1.9:
        return "That is not smaller than the paper's 2 by a tenth."

    def gap(y):
        delta2 = (2 / (arb.pi() * y * y)).lambertw()
        height = constant + delta2
        nu2 = (2 / (arb.pi() * (height * y) ** 2)).lambertw()
        return height - 1 - (1 - y) * (nu2 / 2).sqrt().erfc() / y

    try:
        prove_positive(gap, (1e-8, 10), log=True)
    except NotProved as failure:
        return f"No proof: {str(failure).split(';')[0]}."
    return None


def _half_width_ratio(phi):
    """Lambda of an activation with a = 1 at sigma_b2 = 0.1, from its values on a grid."""
    x = np.linspace(0, 10, 200_001)
    value, middle = np.asarray(phi(x), float), (x[1:] + x[:-1]) / 2
    slope, mean = np.diff(value) / np.diff(x), (value[1:] + value[:-1]) / 2

    def excess(q):
        weight = np.exp(-(middle**2) / (2 * q))
        return q - weight @ mean**2 / (weight @ slope**2) - 0.1

    top = (1 / erf(np.sqrt(0.5)) + np.sqrt(0.1)) ** 2
    return 1 / np.sqrt(brentq(excess, 0.1, top, xtol=1e-12))


def _saw(tooth):
    """x, back down to 0, then up and down between -tooth and tooth, and 0 from 10 on."""

    def phi(x):
        size = np.minimum(np.abs(x), 10)  # finitely many kinks
        wave = (size - 2) % (4 * tooth)
        beyond = np.where(wave < 2 * tooth, np.abs(wave - tooth) - tooth, tooth)
        beyond = np.where(wave >= 2 * tooth, tooth - np.abs(wave - 3 * tooth), beyond)
        return np.sign(x) * np.where(size <= 1, size, np.where(size <= 2, 2 - size, beyond))

    return phi


@judged(
    "V.2.7",
    hint="Ssaw rests at 0 beyond 2a. Slopes there would help, values there would hurt.",
    example=lambda: _saw(0.1),
)
def wider_than_the_saw(answer):
    if not callable(answer):
        return "Give a function of a NumPy array."
    x = np.linspace(0, 10, 200_001)
    value = np.asarray(answer(x), float)
    if value.shape != x.shape or not np.isfinite(value).all():
        return "It returns one finite number for each entry of the array."
    if np.abs(np.asarray(answer(-x), float) + value).max() > 1e-9:
        return "It is not odd."
    if np.abs(value[x <= 1] - x[x <= 1]).max() > 1e-9:
        return "It is not x on [-1, 1]."
    if np.abs(value).max() > 1 + 1e-9:
        return "Beyond a its size exceeds ka = 1."
    if np.abs(np.diff(value)).max() > (1 + 1e-6) * (x[1] - x[0]):
        return "A slope exceeds 1, or the function jumps."
    found, saw = _half_width_ratio(answer), _half_width_ratio(afli.activation("ssaw", a=1.0))
    if found < saw + 1e-4:
        return f"It is scaled-bounded, but its Lambda is {found:.5f}, and Ssaw's {saw:.5f}."
    return None


def _leaky_ratio(slope, y=1e-3):
    phi = afli.Activation(
        name="leaky clip",
        value=lambda x: slope * x + (1 - slope) * np.clip(x, -1, 1),
        derivative=lambda x: np.where(abs(x) < 1, 1.0, slope),
        kinks=(-1.0, 1.0),
        odd=True,
        linear_pieces=True,
    )
    return float(afli.moment_ratio(phi, afli.edge_of_chaos(phi, y).q))


def _worst(y):
    top = minimize_scalar(lambda s: -_leaky_ratio(s, y), bounds=(0.0, 0.95), method="bounded")
    return top.x


@exercise(
    "V.2.8",
    hint="Scan the outer slope from -1 to 0.95; the curve is flat at its top, so refine there.",
    rtol=0.03,
    mistakes={
        "That is the clip. Leaky clips with a positive outer slope are worse.": lambda: 0.0,
        "That is the largest moment ratio minus 1; we ask for the slope where it is attained.": (
            lambda: _leaky_ratio(worst_outer_slope()) - 1
        ),
        "That is the worst slope at y = 0.01; here y is 0.001.": lambda: _worst(1e-2),
    },
)
def worst_outer_slope():
    return _worst(1e-3)
