"""Tasks of the assignment "signals", on Parts III and IV."""

import numpy as np

import afli
from afli.teach.tasks import task

TANH, SINE = afli.activation("tanh"), afli.activation("sin")


def _layers_of_sine(q, sigma_w2, sigma_b2, layers=3):
    lengths = [q]
    for _ in range(layers):
        lengths.append(float(afli.variance_map(SINE, lengths[-1], sigma_w2, sigma_b2)))
    return np.array(lengths)


@task(
    "III.1.3",
    hint="Apply sigma_w2 (1 - exp(-2q)) / 2 + sigma_b2 three times.",
    book={"q": 1.0, "sigma_w2": 1.5, "sigma_b2": 0.1},
    choices={
        "q": (0.5, 0.6, 0.8, 1.5, 2.0),
        "sigma_w2": (1.2, 1.4, 1.6, 1.8, 2.4),
        "sigma_b2": (0.05, 0.15, 0.2, 0.25, 0.3),
    },
    mistakes={
        "The list begins with the length in layer 2, not with the one that is given.": (
            lambda q, sigma_w2, sigma_b2: _layers_of_sine(q, sigma_w2, sigma_b2)[:3]
        ),
        "The biases add their variance at every layer.": (
            lambda q, sigma_w2, sigma_b2: _layers_of_sine(q, sigma_w2, 0.0)[1:]
        ),
    },
)
def three_layers_of_sine(q, sigma_w2, sigma_b2):
    return _layers_of_sine(q, sigma_w2, sigma_b2)[1:]


@task(
    "III.2.2",
    book={"sigma_b2": 0.1},
    choices={"sigma_b2": tuple(n / 200 for n in range(4, 101))},
    mistakes={
        "Without biases, yes. A bias is the same for both inputs.": lambda sigma_b2: -1.0,
        "The bias counts twice: it is missing in the first term and added by the second.": (
            lambda sigma_b2: sigma_b2 / _settled(sigma_b2) - 1
        ),
    },
)
def opposite_inputs_of_tanh(sigma_b2):
    return 2 * sigma_b2 / _settled(sigma_b2) - 1


def _settled(sigma_b2):
    return afli.edge_of_chaos(TANH, sigma_b2).q


@task(
    "III.5.2",
    book={"q": 1.0, "sigma_b2": 0.1, "rho": 0.9},
    choices={
        "q": (2.0, 4.0, 5.0, 8.0, 10.0),
        "sigma_b2": (0.04, 0.05, 0.08, 0.2, 0.25),
        "rho": (0.64, 0.72, 0.79, 0.83, 0.87, 0.94),
    },
    mistakes={
        "That is the number of layers after the first; the first layer counts too.": (
            lambda q, sigma_b2, rho: _layer(q, sigma_b2, rho) - 1
        ),
        "You let the correlation grow to what is to be left, 1 - rho.": (
            lambda q, sigma_b2, rho: _layer(q, sigma_b2, 1 - rho)
        ),
    },
)
def layer_of_a_correlation(q, sigma_b2, rho):
    return _layer(q, sigma_b2, rho)


def _layer(q, sigma_b2, rho):
    """The first layer with that correlation: 1 - rho = q / (q + (l - 1) sigma_b2)."""
    return 1 + int(np.ceil(q / sigma_b2 * rho / (1 - rho) - 1e-9))


def _fading(sigma_w2, sigma_b2, factor, q=None):
    q = afli.fixed_point(TANH, sigma_w2, sigma_b2) if q is None else q
    return int(np.ceil(np.log(factor) / np.log(afli.chi1(TANH, q, sigma_w2))))


@task(
    "IV.1.3",
    hint="Solve chi_1^k < factor for the smallest whole k, with chi_1 at the fixed point.",
    book={"sigma_w2": 1.2, "sigma_b2": 0.05, "factor": 1e-3},
    choices={
        "sigma_w2": (0.9, 1.0, 1.1, 1.15, 1.25, 1.3),
        "sigma_b2": (0.03, 0.04, 0.06, 0.08, 0.1, 0.12),
        "factor": (1e-2, 1e-4, 1e-5, 1e-6),
    },
    mistakes={
        "The root mean square falls with the square root of chi_1; the mean square was asked "
        "for.": lambda sigma_w2, sigma_b2, factor: _fading(sigma_w2, sigma_b2, factor**2),
        "One layer more: there the mean square is still above the bound.": (
            lambda sigma_w2, sigma_b2, factor: _fading(sigma_w2, sigma_b2, factor) - 1
        ),
    },
)
def layers_until_lost(sigma_w2, sigma_b2, factor):
    return _fading(sigma_w2, sigma_b2, factor)


def _spread(slope, power=2):
    """mu_2 / mu_1^2 - 1 of leaky ReLU."""
    return ((1 - slope**2) / (1 + slope**2)) ** power


@task(
    "IV.2.3",
    hint="mu_1 = (1 + slope^2) / 2 and mu_2 = (1 + slope^4) / 2; with orthogonal weights g = 0.",
    book={"slope": 0.3, "layers": 20},
    choices={
        "slope": (0.1, 0.15, 0.2, 0.25, 0.35, 0.4, 0.45, 0.5),
        "layers": (10, 15, 25, 30, 40, 45, 50, 60),
    },
    mistakes={
        "That is the depth times the moment ratio, as for Gaussian weights; subtract 1.": (
            lambda slope, layers: layers * (_spread(slope) + 1)
        ),
        "That is one layer: the spread adds up over all of them.": (
            lambda slope, layers: _spread(slope)
        ),
        "The quotient is squared.": lambda slope, layers: layers * _spread(slope, 1),
    },
)
def spread_of_leaky_relu(slope, layers):
    return layers * _spread(slope)
