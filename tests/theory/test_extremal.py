"""Saws: members of the class, as close to its bounds as their teeth are fine."""

import numpy as np
import pytest

import afli
from afli.theory.extremal import fine_saw

X = np.linspace(-20, 20, 4001) + 1e-4


@pytest.mark.parametrize("a", [0.3, 1.0, 5.0])
@pytest.mark.parametrize(("teeth", "floor"), [(1, 0.0), (3, 0.0), (4, 0.75), (10, 0.4)])
def test_a_saw_is_scaled_bounded(a, teeth, floor):
    phi = fine_saw(a, teeth, floor)
    x = a * X
    beyond = abs(x) > a
    assert np.array_equal(phi(x[~beyond]), x[~beyond])
    size = abs(phi(x[beyond]))
    assert size.min() >= floor * a - 1e-12 and size.max() <= a * (1 + 1e-12)
    assert set(np.unique(phi.derivative(x))) == {-1.0, 0.0, 1.0}
    assert abs(np.diff(phi(x))).max() <= np.diff(x).max() * (1 + 1e-9)
    np.testing.assert_allclose(phi(-x), -phi(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("y", [0.1, 1.0, 10.0])
def test_finer_teeth_approach_the_largest_half_width_ratio(y):
    top = afli.bounds.half_width_ratio_max(y)
    gaps = []
    for teeth in (2, 4, 8):
        q = afli.edge_of_chaos(fine_saw(1.0, teeth, reach=40.0), y).q
        gaps.append(1 - 1 / np.sqrt(q) / top)
    assert gaps[0] > 2 * gaps[1] > 4 * gaps[2] > 0, gaps
    assert gaps[2] < 3e-3


def test_a_saw_below_a_is_nearly_an_isometry():
    phi = fine_saw(1.0, 8, floor=7 / 8)
    edge = afli.edge_of_chaos(phi, 0.1)
    assert afli.moment_ratio(phi, edge.q) - 1 < 1e-9
    assert afli.bounds.half_width_ratio_min(0.1) < 1 / np.sqrt(edge.q)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((0.0, 4), "a must"),
        ((1.0, 0), "teeth"),
        ((1.0, 4, 0.8), "floor"),
        ((1.0, 4, -0.1), "floor"),
        ((1.0, 4, 0.0, 1.5), "reach"),
        ((1.0, 4, 0.0, np.inf), "reach"),
    ],
)
def test_errors_name_the_argument(arguments, word):
    with pytest.raises(ValueError, match=word):
        fine_saw(*arguments)


def test_tensors():
    torch = pytest.importorskip("torch")
    phi = fine_saw(1.0, 4)
    x = torch.linspace(-3, 3, 61, dtype=torch.float64) + 0.01
    np.testing.assert_allclose(phi(x).numpy(), phi(x.numpy()), rtol=0, atol=1e-15)
    assert np.array_equal(phi.derivative(x).numpy(), phi.derivative(x.numpy()))
