"""`python -m afli eoc`: what it prints is what the theory says."""

import itertools
import json
import math

import numpy as np
import pytest

import afli
from afli.__main__ import main
from afli.theory import simulation

ACTIVATIONS = {
    "shtanh": {"a": 2.0},
    "ssin": {"a": 1.5, "k": 3.0},
    "sexp": {"a": 0.7},
    "ssaw": {"a": 2.0},
    "hard_tanh": {},
    "tanh": {},
    "gelu": {},
    "selu": {},
    "sigmoid": {},
}
SIGMA_B2 = [1e-4, 0.1, 1.0]


def command(name, parameters, sigma_b2):
    options = [text for key, value in parameters.items() for text in (f"--{key}", str(value))]
    return ["eoc", name, *options, "--sigma-b2", *map(str, sigma_b2)]


def assert_rising(values):
    """Up to rounding: a clip attains the sharp bounds."""
    assert all(a <= b * (1 + 1e-9) + 1e-15 for a, b in itertools.pairwise(values)), values


def points(capsys, name, sigma_b2, **parameters):
    assert main([*command(name, parameters, sigma_b2), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["activation"], found["parameters"]) == (name, parameters)
    assert [point["sigma_b2"] for point in found["points"]] == sigma_b2
    return found["points"]


@pytest.mark.parametrize(("name", "parameters"), ACTIVATIONS.items())
def test_the_edge_of_chaos_and_its_depths(name, parameters, capsys):
    phi = afli.activation(name, **parameters)
    for point in points(capsys, name, SIGMA_B2, **parameters):
        edge = afli.edge_of_chaos(phi, point["sigma_b2"])
        for key in ("q", "sigma_w2", "chi1", "variance_slope", "stable"):
            assert point[key] == getattr(edge, key), key
        assert point["attraction"] == ("attracts" if edge.stable else "repels")
        assert point["moment_ratio"] == afli.moment_ratio(phi, edge.q)
        decay = afli.correlation_decay(phi, edge.q)
        power, depth = point["correlation_power"], point["correlation_depth"]
        assert (power, depth) == (decay.power, decay.depth)
        assert decay.constant == pytest.approx(depth**power, rel=1e-12)  # (l_c / l)^p
        at_ten_times = afli.spectrum_variance(phi, edge.q, 10 * point["isometry_depth"] + 10)
        assert at_ten_times == pytest.approx(10 + 10 / point["isometry_depth"], rel=1e-9)
        if edge.stable:
            xi_q, _ = afli.depth_scales(phi, edge.sigma_w2, edge.sigma_b2)
            assert point["length_depth"] == pytest.approx(xi_q, rel=1e-6)
        else:
            assert point["length_depth"] is None


def test_lengths_approach_q_at_the_rate_that_is_printed(capsys):
    (point,) = points(capsys, "tanh", [0.1])
    phi, gaps, q = afli.activation("tanh"), [], 2 * point["q"]
    for _ in range(12):
        q = afli.variance_map(phi, q, point["sigma_w2"], 0.1)
        gaps.append(q - point["q"])
    assert gaps[-1] / gaps[-2] == pytest.approx(math.exp(-1 / point["length_depth"]), rel=1e-3)


@pytest.mark.parametrize("name", ["shtanh", "ssin", "sexp", "ssaw", "hard_tanh"])
def test_bounds_stand_beside_the_true_values_and_hold(name, capsys):
    parameters = ACTIVATIONS[name]
    phi = afli.activation(name, **parameters)
    for point in points(capsys, name, SIGMA_B2, **parameters):
        bounds, sigma_b2 = point["bounds"], point["sigma_b2"]
        for source in ("sharp", "published"):
            expected = getattr(afli.bounds, source)(sigma_b2, phi.half_width)
            assert bounds[source]["half_width_ratio"] == list(expected.half_width_ratio)
            assert bounds[source]["correlation"] == expected.correlation
            assert bounds[source]["moment_ratio"] == expected.moment_ratio
        true = bounds["true"]
        assert true["half_width_ratio"] == pytest.approx(phi.half_width / math.sqrt(point["q"]))
        rho = np.linspace(0, 1, 101)
        gap = afli.correlation_map(phi, rho, point["q"], point["sigma_w2"], sigma_b2) - rho
        assert true["correlation"] == pytest.approx(np.abs(gap).max(), rel=1e-9)
        assert true["moment_ratio"] == pytest.approx(point["moment_ratio"] - 1, abs=1e-12)
        (least, most), (lower, upper) = (
            bounds[source]["half_width_ratio"] for source in ("published", "sharp")
        )
        assert_rising([least, lower, true["half_width_ratio"], upper, most])
        for key in ("correlation", "moment_ratio"):
            assert_rising([bounds[source][key] for source in ("true", "sharp", "published")])


MEMBERS = {"shtanh": 0.3, "ssin": 1.0, "sexp": 0.5, "ssaw": 0.3, "hard_tanh": None}
RELATIVES = {"sleaky": 0.3, "slog": 0.3}  # linear on [-a, a], and unbounded


@pytest.mark.parametrize("name", [name for name in afli.activations() if name != "softplus"])
@pytest.mark.parametrize("wider", [1, 40, 3000])
def test_bounds_are_printed_for_members_only_and_hold(name, wider, capsys):
    a = (MEMBERS | RELATIVES).get(name)
    parameters = {} if a is None else {"a": a * wider}
    sigma_b2 = [0.0, 0.01, 2.0] if a or name == "hard_tanh" else [0.0]
    for point in points(capsys, name, sigma_b2, **parameters):
        assert ("bounds" in point) == (name in MEMBERS), point
        if name not in MEMBERS or point["sigma_b2"] == 0:
            continue
        true, sharp = point["bounds"]["true"], point["bounds"]["sharp"]
        lower, upper = sharp["half_width_ratio"]
        assert_rising([lower, true["half_width_ratio"], upper])
        for key in ("correlation", "moment_ratio"):
            assert_rising([0.0, true[key], sharp[key]])
    main(command(name, parameters, sigma_b2))
    assert ("Bounds for every scaled-bounded" in capsys.readouterr().out) == (name in MEMBERS)


def test_a_random_network_on_the_printed_edge_keeps_its_gradients(capsys):
    """The mean of the squared singular values is 1, their variance L / l_J: at width 200."""
    (point,) = points(capsys, "shtanh", [0.1], a=2.0)
    phi, depth = afli.activation("shtanh", a=2.0), 5
    inputs = simulation.correlated_inputs(point["q"], 0.5, 200, point["sigma_w2"], 0.1)
    run = simulation.simulate(
        phi,
        inputs[:1],
        depth,
        200,
        point["sigma_w2"],
        0.1,
        weights="orthogonal",
        jacobian=True,
        networks=20,
    )
    squares = run.singular_values[:, 0] ** 2
    mean, error = simulation.mean_and_error(squares.mean(1))
    assert abs(mean - 1) < 5 * error + 0.02, (mean, error)
    variance, error = simulation.mean_and_error(squares.var(1))
    assert abs(variance - depth / point["isometry_depth"]) < 5 * error + 0.03, (variance, error)


def test_limits_without_biases(capsys):
    (tanh,) = points(capsys, "tanh", [0.0])
    assert (tanh["q"], tanh["sigma_w2"], tanh["attraction"]) == (0.0, 1.0, "neutral")
    assert tanh["correlation_depth"] is None and tanh["length_depth"] is None
    (relu,) = points(capsys, "relu", [0.0])
    assert (relu["sigma_w2"], relu["moment_ratio"], relu["isometry_depth"]) == (2.0, 2.0, 1.0)
    assert relu["correlation_depth"] == pytest.approx(3 * math.pi / math.sqrt(2))
    (clip,) = points(capsys, "shtanh", [0.0], a=2.0)
    assert clip["bounds"]["true"] == {
        "half_width_ratio": None,
        "correlation": 0.0,
        "moment_ratio": 0.0,
    }


@pytest.mark.parametrize(("name", "parameters"), ACTIVATIONS.items())
def test_the_table_holds_the_numbers_of_the_json(name, parameters, capsys):
    found = points(capsys, name, SIGMA_B2, **parameters)
    assert main(command(name, parameters, SIGMA_B2)) == 0
    out = capsys.readouterr().out
    lines = [line for line in out.splitlines()[2:] if line.startswith(("q*", "sigma_w2", "l_J"))]
    shown = [line.split()[-len(found) :] for line in lines]
    keys = ("q", "sigma_w2", "isometry_depth")
    assert shown == [[f"{point[key]:.6g}" for point in found] for key in keys]
    table = [line for line in out.splitlines()[2:] if line.endswith(tuple("0123456789-s"))]
    assert len({len(line) for line in table if "  " in line}) == 1, out
    assert ("Where q* repels" in out) == (not all(point["stable"] for point in found))
