"""Every row of the reference file, by activation; a failure prints the worst points."""

from collections import defaultdict

import numpy as np
import pytest
from theory.cases import compare, reference, reference_activation

import afli

TOLERANCE = 1e-12
FILE = reference()
RHO = np.array([float(rho) for rho in FILE["rho"]])
NAMES = sorted({row["activation"] for row in FILE["eoc"]})

# The scan behind the file missed a fixed point that falls exactly on its grid, at q = 1:
# V(1) = 0.9 E[phi(Z)^2] + 0.1 is 1 to 19 digits for a clip at 10, and exactly 1 for SELU.
MISSED = {("selu", None), ("shtanh", "10"), ("s_sin", "10"), ("s_exp", "10"), ("s_saw", "10")}


def rows(part, name, status):
    for row in FILE[part]:
        if row["activation"] == name and row["status"] == status:
            phi = reference_activation(row)
            if phi is not None:
                yield row, phi


def relative(value, expected):
    return abs(value / float(expected) - 1)


@pytest.mark.parametrize("name", NAMES)
def test_edge_of_chaos(name, record_property):
    errors = defaultdict(list)
    for row, phi in rows("eoc", name, "unique"):
        where = f"{name}, a = {row['a']}, sigma_b2 = {row['sigma_b2']}"
        expected = row["solutions"][0]
        point = afli.edge_of_chaos(phi, float(row["sigma_b2"]))
        found = {
            "q_star": point.q,
            "sigma_w2": point.sigma_w2,
            "mu1": afli.derivative_moment(phi, point.q, 1),
            "mu2": afli.derivative_moment(phi, point.q, 2),
            "moment_ratio": afli.moment_ratio(phi, point.q),
            "V_prime": point.variance_slope,
        }
        for quantity, value in found.items():
            errors[quantity].append((relative(value, expected[quantity]), where))
        errors["chi1"].append((abs(point.chi1 - 1), where))
        assert point.stable == (abs(float(expected["V_prime"])) < 1), where
        maps = afli.correlation_map(phi, RHO, point.q, point.sigma_w2, point.sigma_b2)
        for rho, value, exact in zip(RHO, maps, expected["R"], strict=True):
            errors["R"].append((relative(value, exact), f"{where}, rho = {rho}"))
    if name not in ("relu", "leaky_relu"):
        assert errors
        compare(errors, TOLERANCE, "edge of chaos", record_property)


@pytest.mark.parametrize("name", ["relu", "leaky_relu"])
def test_degenerate_and_missing(name):
    """Without bias every variance is fixed; with bias none is, and the error says why."""
    ((row, phi),) = rows("eoc", name, "degenerate")
    expected, point = row["solutions"][0], afli.edge_of_chaos(phi, 0.0)
    assert point.q == 1
    assert relative(point.sigma_w2, expected["sigma_w2"]) < 1e-15
    maps = afli.correlation_map(phi, RHO, 1.0, point.sigma_w2, 0.0)
    np.testing.assert_allclose(maps, [float(r) for r in expected["R"]], rtol=1e-13)
    missing = list(rows("eoc", name, "none"))
    assert len(missing) == 8
    for row, _ in missing:
        with pytest.raises(afli.NoFixedPoint, match="for every q.*take sigma_b2 = 0"):
            afli.edge_of_chaos(phi, float(row["sigma_b2"]))


@pytest.mark.parametrize("name", NAMES)
def test_off_critical(name, record_property):
    errors = defaultdict(list)
    for row, phi in rows("off_critical", name, "unique"):
        where = (
            f"{name}, a = {row['a']}, sigma_w2 = {row['sigma_w2']}, sigma_b2 = {row['sigma_b2']}"
        )
        sigma_w2, sigma_b2 = float(row["sigma_w2"]), float(row["sigma_b2"])
        expected = row["fixed_points"][0]
        q = afli.fixed_point(phi, sigma_w2, sigma_b2)
        errors["q_star"].append((relative(q, expected["q_star"]), where))
        errors["chi1"].append((relative(afli.chi1(phi, q, sigma_w2), expected["chi1"]), where))
        slope = afli.variance_slope(phi, q, sigma_w2)
        errors["V_prime"].append((relative(slope, expected["V_prime"]), where))
        limit = afli.limiting_correlation(phi, sigma_w2, sigma_b2)
        errors["limiting correlation"].append(
            (relative(limit, expected["limit_correlation"]), where)
        )
    compare(errors, TOLERANCE, "off critical", record_property)


@pytest.mark.parametrize("name", NAMES)
def test_rows_without_fixed_point(name):
    for row, phi in rows("off_critical", name, "none"):
        sigma_w2, sigma_b2 = float(row["sigma_w2"]), float(row["sigma_b2"])
        if (name, row["a"]) in MISSED and sigma_w2 == 0.9:
            assert abs(afli.fixed_point(phi, sigma_w2, sigma_b2) - 1) < 1e-14
        else:
            with pytest.raises(afli.NoFixedPoint, match="take a smaller"):
                afli.fixed_point(phi, sigma_w2, sigma_b2)


def test_the_file_is_wrong_where_we_say_so():
    """SELU is made so that E[phi(Z)^2] = 1: with 30 digits, q = 1 is a fixed point."""
    mp = pytest.importorskip("mpmath").mp.clone()
    mp.dps = 30
    scale = mp.mpf("1.0507009873554804934193349852946")
    alpha = mp.mpf("1.6732632423543772848170429916717")

    def square(z):
        return (scale * (z if z > 0 else alpha * mp.expm1(z))) ** 2 * mp.npdf(z)

    selu = mp.quad(square, [-20, -4, 0, 4, 20])
    clip = mp.quad(lambda z: min(abs(z), 10) ** 2 * mp.npdf(z), [-30, -10, -4, 0, 4, 10, 30])
    for second_moment in (selu, clip):
        assert abs(mp.mpf("0.9") * second_moment + mp.mpf("0.1") - 1) < mp.mpf("1e-18")
    missed = {
        (row["activation"], row["a"])
        for row in FILE["off_critical"]
        if row["status"] == "none" and row["sigma_w2"] == "0.9"
    }
    assert missed == MISSED
