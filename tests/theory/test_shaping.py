"""Activations tailored to a depth."""

import numpy as np
import pytest

import afli
from afli.theory import moments, shaping


@pytest.mark.parametrize("name", ["tanh", "softplus", "erf", "gelu", "sigmoid"])
@pytest.mark.parametrize(("depth", "zeta"), [(5, 1.5), (100, 1.5), (100, 1.01), (10_000, 3.0)])
def test_four_conditions(name, depth, zeta):
    phi = shaping.shaped(afli.activation(name), depth, zeta)
    assert afli.variance_map(phi, 1.0, 1.0, 0.0) == pytest.approx(1, abs=1e-11)
    assert afli.variance_slope(phi, 1.0, 1.0) == pytest.approx(1, abs=1e-11)
    assert abs(moments.mean(phi, np.array(1.0))) < 1e-11
    assert afli.chi1(phi, 1.0, 1.0) ** depth == pytest.approx(zeta, rel=1e-7)


def test_it_is_phi_with_four_constants():
    tanh = afli.activation("tanh")
    phi = shaping.shaped(tanh, 30)
    x = np.linspace(-3, 3, 7)
    # Four unknowns: g tanh(a x + b) + g d must fit at more than four points.
    slope = phi.derivative(x)
    from scipy.optimize import least_squares

    def misfit(p):
        g, a, b, d = p
        return np.concatenate(
            [g * (tanh(a * x + b) + d) - phi(x), g * a * tanh.derivative(a * x + b) - slope]
        )

    fit = least_squares(misfit, [5.0, 0.2, 0.5, -0.5], xtol=1e-15, ftol=1e-15, gtol=1e-15)
    assert fit.cost < 1e-20 and fit.x[1] > 0


def test_shaped_maps_the_correlations_as_promised():
    phi = shaping.shaped(afli.activation("softplus"), 40, 1.5)
    rho = np.array([0.0, 0.5, 1 - 1e-5])
    end = rho
    for _ in range(40):
        end = afli.correlation_map(phi, end, 1.0, 1.0, 0.0)
    assert abs(end[0]) < 1e-12
    assert 1 - 1.5 * 0.5 < end[1] < 0.5  # convex, with slope 1.5 at 1
    assert (1 - end[2]) / 1e-5 == pytest.approx(1.5, rel=1e-3)


@pytest.mark.parametrize(("depth", "eta"), [(1, 0.2), (20, 0.9), (100, 0.9), (100, 0.05)])
def test_tailored_leaky_relu(depth, eta):
    phi = shaping.tailored_leaky_relu(depth, eta)
    rho = 0.0
    for _ in range(depth):
        rho = afli.correlation_map(phi, rho, 1.0, 1.0, 0.0)
    assert rho == pytest.approx(eta, abs=1e-11)
    for q in (1e-3, 1.0, 1e3):
        assert afli.variance_map(phi, q, 1.0, 0.0) == pytest.approx(q, rel=1e-12)
    assert afli.chi1(phi, 1.0, 1.0) == pytest.approx(1, abs=1e-12)
    up, down = phi.derivative(1.0), phi.derivative(-1.0)
    assert 0 <= down < up and up**2 + down**2 == pytest.approx(2, rel=1e-14)


def test_networks_can_use_them():
    torch = pytest.importorskip("torch")
    for phi in (
        shaping.shaped(afli.activation("tanh"), 20),
        shaping.tailored_leaky_relu(20),
    ):
        x = np.array([-2.0, -0.5, 0.3, 4.0])
        tensor = torch.tensor(x, dtype=torch.float64)
        np.testing.assert_allclose(phi(tensor).numpy(), phi(x), rtol=1e-12)
        np.testing.assert_allclose(phi.derivative(tensor).numpy(), phi.derivative(x), rtol=1e-12)


def test_errors_name_the_argument_and_the_cure():
    tanh = afli.activation("tanh")
    for call, error, words in (
        (lambda: shaping.shaped("tanh", 10), TypeError, "phi must be an activation"),
        (lambda: shaping.shaped(tanh, 0), ValueError, "depth must be at least 1"),
        (lambda: shaping.shaped(tanh, 2.5), ValueError, "depth must be a whole number"),
        (lambda: shaping.shaped(tanh, 10, 1.0), ValueError, "zeta must be greater than 1"),
        (lambda: shaping.shaped(tanh, 10, np.nan), ValueError, "zeta must be finite"),
        (lambda: shaping.shaped(tanh, 10, [1.5, 2.0]), TypeError, "zeta must be one number"),
        (lambda: shaping.shaped(afli.activation("relu"), 10), ValueError, "phi must be smooth"),
        (
            lambda: shaping.shaped(afli.activation("linear"), 10),
            ValueError,
            "phi must not be linear",
        ),
        (lambda: shaping.shaped(tanh, 1, 1e6), ValueError, "zeta closer to 1"),
        (lambda: shaping.tailored_leaky_relu(0), ValueError, "depth must be at least 1"),
        (lambda: shaping.tailored_leaky_relu(10**9), ValueError, "depth must be at most 1000000"),
        (lambda: shaping.shaped(tanh, 10**9), ValueError, "depth must be at most 1000000, got 1"),
        (lambda: shaping.tailored_leaky_relu(10, 0.0), ValueError, "eta must be greater than 0"),
        (lambda: shaping.tailored_leaky_relu(2, 0.9), ValueError, "take a smaller eta or more"),
        (lambda: shaping.tailored_leaky_relu(10, 1.0), ValueError, "eta must be less than"),
    ):
        with pytest.raises(error, match=words):
            call()
