"""Whoever gives one thing for another is told which it was, and how to get the right one."""

from functools import partial

import pytest

import afli
from afli import lab

RUN = lab.Run(a=2.0, sigma_b2=0.1, width=5, depth=2)
TANH = afli.activation("tanh")


@pytest.fixture(scope="module")
def dataset():
    return lab.load_dataset("shapeset", train=50, test=10)


@pytest.fixture(scope="module")
def data(dataset):
    return lab.prepare(dataset)


def stack(sizes=(1024, 5, 9), **more):
    law = partial(lab.critical_, phi=TANH, sigma_b2=0.1)
    return lab.Stack(TANH, sizes, law, device="cpu", **more)


def test_data_that_are_not_prepared(dataset):
    says = r"data must be of type Prepared, such as prepare\(.*, got Dataset\('Shapeset-3x2', "
    with pytest.raises(TypeError, match=says):
        lab.train(stack(), dataset, epochs=1, learning_rate=0.1, batch=10)
    with pytest.raises(TypeError, match=says):
        lab.build([RUN], dataset, "cpu")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: lab.prepare(3), "dataset must be of type Dataset, .*, got 3"),
        (lambda: lab.outlook(3, inputs=9), r"run must be of type Run, such as Run\(.*, got 3"),
        (lambda: lab.cost("demo", "quick"), "experiment must be of type Exp.*, got 'demo'"),
        (lambda: stack(seeds=0), r"seeds must be a sequence, such as \[0\] .*, got 0"),
        (lambda: stack(sizes=5), r"sizes must be a sequence, such as \[3072, .*, got 5"),
        (lambda: lab.grid({}, depth=3), "depth must be a sequence, .*, got 3"),
        (lambda: lab.grid({}, activation="tanh"), "activation must be a sequence, .*, got 'tanh'"),
        (lambda: lab.grid({}, variants={"a": 2}), "variants must be a sequence, .*, got {'a': 2}"),
        (lambda: lab.grid({}, variants=[3]), "variants must be of type dict, .*, got 3"),
        (lambda: lab.grid([3], a=[2]), r"base must be of type dict, such as dict\(.*, got \[3\]"),
        (lambda: lab.grid({}, depht=[3]), "a run has no field 'depht'"),
        (lambda: lab.grid({"colour": 3}), "a run has no field 'colour'"),
    ],
)
def test_other_kinds(call, says):
    with pytest.raises(TypeError, match=says):
        call()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: stack(seeds=()), "seeds must not be empty: take one such as"),
        (lambda: lab.grid({}, depth=[]), "depth must not be empty: take one such as"),
    ],
)
def test_nothing(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_runs_of_a_stack(data):
    for do in (lab.build, lab.carry_out):
        with pytest.raises(ValueError, match=r"runs must not be empty: take one such as \[Run"):
            do([], data, device="cpu")
        with pytest.raises(TypeError, match=r"runs must be a sequence, .*, got Run\(data='auto'"):
            do(RUN, data, device="cpu")
        with pytest.raises(TypeError, match=r"runs must be of type Run, such as \[Run\(.*, got 3"):
            do([RUN, 3], data, device="cpu")


def test_what_holds_arrays_is_shown_in_a_line(dataset, data):
    assert repr(dataset) == (
        "Dataset('Shapeset-3x2', train=Images(50 of shape (1, 32, 32)), "
        "test=Images(10 of shape (1, 32, 32)))"
    )
    assert repr(data) == (
        "Prepared('Shapeset-3x2', how='theory', holdout=0, "
        "50 training and 10 test images of 1024 inputs)"
    )
