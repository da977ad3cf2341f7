"""A run is data: what it may hold, what its key depends on, where its network starts."""

import numpy as np
import pytest

import afli
from afli.lab import Run, build, carry_out, outlook
from afli.lab.plans import plan
from afli.lab.trials import data_of

FALLING = {"schedule": "linear", "a_end": 1.0}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"depth": 0}, "depth must be at least 1, got 0"),
        ({"a": -1.0}, "a must be greater than 0"),
        ({"activation": "tahn", "a": None}, "did you mean 'tanh'"),
        ({"weights": "he"}, "weights must be one of"),
        ({"weights": "he_normal"}, "fix the variances: leave out sigma_w2 and sigma_b2"),
        ({"schedule": "cosine"}, "schedule 'cosine' needs a and a_end"),
        ({"seed": 1.5}, "seed must be a whole number, got 1.5"),
        ({"momentum": 1}, "momentum must be below 1"),
        ({"orthogonality": 2}, "orthogonality must be at most 1"),
        ({"loss": "hinge"}, "loss must be one of"),
        ({"data": None}, "data must be one of .*, got None"),
        ({"a": [1.0, 2.0]}, r"a must be one number, got an array of shape \(2,\)"),
        ({"images_per_epoch": 1}, "images_per_epoch must be at least the batch of 64, got 1"),
        ({"a_end": 1.0}, "'constant' does not change a: leave out a_end and rescale, got a_end"),
        ({"rescale": True}, "leave out a_end and rescale, got a_end = None, rescale = True"),
    ],
)
def test_a_run_is_checked(change, says):
    with pytest.raises(ValueError, match=says):
        Run(**({"activation": "shtanh", "a": 2.0, "sigma_b2": 0.1} | change))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"residual": "yes"}, "residual must be True or False, got 'yes'"),
        ({"watch": None}, "watch must be True or False, got None"),
        (FALLING | {"rescale": 1}, "rescale must be True or False, got 1"),
        ({"residual": np.True_}, "residual must be True or False"),  # JSON has no such thing
        ({"sigma_b2": None}, "sigma_b2 must be a real number .*, got None"),
        ({"holdout": None}, "holdout must be a real number .*, got None"),
        ({"depth": True}, "depth must be a real number .*, got True"),
    ],
)
def test_the_kinds_of_its_fields_are_checked(change, says):
    with pytest.raises(TypeError, match=says):
        Run(**({"activation": "shtanh", "a": 2.0, "sigma_b2": 0.1} | change))


def test_a_run_is_data():
    run = Run(activation="shtanh", a=2, sigma_b2=0.1, seed=3)
    assert Run.from_dict(run.as_dict()) == run and run.a == 2.0
    assert run.key("x") == Run(activation="shtanh", a=2.0, sigma_b2=0.1, seed=3).key("x")
    assert len({run.key("x"), run.key("y"), run.replace(seed=4).key("x")}) == 3
    assert run.stack_key() == run.replace(seed=4, a=3.0).stack_key()
    assert run.stack_key() != run.replace(depth=21).stack_key()
    q, sigma_w2 = run.variances()
    assert (q, sigma_w2) == pytest.approx((1.41314, 1.10191), rel=1e-5)
    with pytest.raises(TypeError, match="a run has no field 'colour'"):
        Run.from_dict({"colour": 1})


STILL = [
    dict(a=2.0),
    dict(activation="tanh"),
    dict(activation="gelu", weights="gaussian"),
    dict(activation="tanh", sigma_w2=0.9),
    dict(activation="relu", sigma_w2=1.5),
]


@pytest.mark.parametrize("fields", STILL, ids=str)
def test_a_run_that_has_no_length_to_start_at_is_refused(fields):
    """Where q* is asked for, and before a sweep trains anything; a template may be made."""
    small = dict(data="digits", train=20, test=5, depth=2, width=5, batch=5)
    run = Run(**small, **fields)
    ready, says = data_of(run), "sigma_b2 must be greater than 0 for .*, got 0.0"
    for refuse in (
        run.variances,
        lambda: build([run], ready, "cpu"),
        lambda: carry_out([run], ready, device="cpu"),
        lambda: outlook(run, inputs=64),
        lambda: plan([run.replace(sigma_b2=0.1, sigma_w2=1.0), run]),
    ):
        with pytest.raises(ValueError, match=says):
            refuse()


MOVING = [
    dict(activation="tanh", sigma_w2=1.1),
    dict(activation="relu"),
    dict(activation="selu", sigma_w2=1.0),
    dict(activation="sigmoid", sigma_w2=1.0),
    dict(activation="gelu", weights="he_normal"),
    dict(activation="shaped_tanh"),
]


@pytest.mark.parametrize("fields", MOVING, ids=str)
def test_others_start_without_biases(fields):
    run = Run(data="digits", train=20, test=5, depth=2, width=5, batch=5, **fields)
    (result,) = carry_out([run], data_of(run), device="cpu")
    assert result["outcome"] == "finished" and len(plan([run])) == 1


def test_an_edge_that_is_not_there_stops_a_sweep_at_once():
    with pytest.raises(afli.NoFixedPoint, match="relu has no edge of chaos at sigma_b2 = 0.1"):
        plan([Run(data="digits", activation="relu", sigma_b2=0.1)])
