"""`python -m afli design`: the half-width it prints does what it promises."""

import json

import pytest

import afli
from afli.__main__ import main


def designs(capsys, *options, depths=(1, 20, 300), sigma_b2=0.1):
    given = ["--depth", *map(str, depths), "--sigma-b2", str(sigma_b2), *options]
    assert main(["design", *given, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["depth"] for one in found["designs"]] == list(depths)
    return found


@pytest.mark.parametrize("name", ["shtanh", "ssin", "sexp", "ssaw"])
@pytest.mark.parametrize("tolerance", [0.1, 1.0, 50.0])
def test_the_promise_is_kept(name, tolerance, capsys):
    found = designs(capsys, "--activation", name, "--tolerance", str(tolerance), sigma_b2=30.0)
    assert (found["activation"], found["sigma_b2"], found["tolerance"]) == (name, 30.0, tolerance)
    for one in found["designs"]:
        depth, phi = one["depth"], afli.activation(name, a=one["a"])
        assert one["a"] == afli.half_width_for_depth(depth, 30.0, tolerance)
        point = afli.edge_of_chaos(phi, 30.0)
        assert (one["q"], one["sigma_w2"]) == (point.q, point.sigma_w2)
        variance = afli.spectrum_variance(phi, point.q, depth)
        assert one["spectrum_variance"] == variance <= tolerance * (1 + 1e-9)
        assert one["correlation_depth"] == afli.correlation_decay(phi, point.q).depth
        if name == "shtanh":
            ratio = one["bounds"]["true"]["half_width_ratio"]
            assert one["isometry_depth"] == pytest.approx(afli.isometry_depth(ratio), rel=1e-9)
            assert one["correlation_depth"] == pytest.approx(
                afli.correlation_depth(ratio), rel=1e-9
            )
            room = one["isometry_depth"] * tolerance / depth, one["correlation_depth"] / depth
            assert min(room) == pytest.approx(1, rel=1e-9)  # and no more than is needed


def test_the_defaults(capsys):
    found = designs(capsys)
    assert (found["activation"], found["tolerance"]) == ("shtanh", 0.5)
    assert found == designs(capsys, "--activation", "shtanh", "--tolerance", "0.5")


@pytest.mark.parametrize("name", ["shtanh", "sexp"])
def test_the_table_holds_the_numbers_of_the_json(name, capsys):
    found = designs(capsys, "--activation", name, depths=(50, 100))["designs"]
    arguments = f"design --depth 50 100 --sigma-b2 0.1 --activation {name}"
    assert main(arguments.split()) == 0
    lines = capsys.readouterr().out.splitlines()
    shown = {line.split()[0]: line.split()[-2:] for line in lines if line}
    keys = {"L": "depth", "a": "a", "q*": "q", "sigma_w2": "sigma_w2", "Var": "spectrum_variance"}
    keys |= {"l_J": "isometry_depth", "l_c": "correlation_depth"}
    for symbol, key in keys.items():
        assert shown[symbol] == [f"{one[key]:.6g}" for one in found]


def test_it_says_where_the_inputs_of_another_activation_merge_too_early(capsys):
    merges = "design --depth 20 1000 --sigma-b2 0.1 --tolerance 1 --activation"
    assert main([*merges.split(), "sexp"]) == 0
    assert "apart to L = 1000 layers, sexp needs a larger a" in capsys.readouterr().out
    assert main([*merges.split(), "shtanh"]) == 0
    assert "needs a larger a" not in capsys.readouterr().out
