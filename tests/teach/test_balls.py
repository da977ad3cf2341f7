"""Ball arithmetic proves what is true, refuses what is false, and says where it gets stuck."""

import math

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from afli.teach.balls import NotProved, derivative, prove_positive


def bump(x):
    return (1 + x * x) * (-x * x / 2).exp()


def dip(x):
    """Negative only within 1e-6 of pi / 10."""
    return (x - arb.pi() / 10) ** 2 - arb(1e-12)


def test_one_piece_is_enough_for_a_constant():
    assert prove_positive(lambda x: arb(1), (-3, 5)) == 1


def test_more_pieces_are_needed_where_less_is_left():
    counts = [prove_positive(lambda x, top=top: top - bump(x), (0, 10)) for top in (2, 1.3, 1.22)]
    assert counts == sorted(counts) and counts[0] < counts[-1]


def test_a_false_inequality_comes_with_a_counterexample():
    with pytest.raises(NotProved, match="false at 0.99") as caught:
        prove_positive(lambda x: 1.213 - bump(x), (0, 10))
    ((low, high),) = caught.value.box
    assert caught.value.false and low == high and caught.value.value < 0
    assert (1 + low**2) * math.exp(-(low**2) / 2) > 1.213


def test_finds_what_a_grid_misses():
    grid = np.linspace(0, 1, 10_001)
    assert ((grid - np.pi / 10) ** 2 > 1e-12).all()
    with pytest.raises(NotProved) as caught:
        prove_positive(dip, (0, 1))
    ((low, high),) = caught.value.box
    assert abs(low - np.pi / 10) < 1.1e-6 and high - low < 1e-6


def test_equality_cannot_be_decided():
    with pytest.raises(NotProved, match="undecided in .*cannot be cut further") as caught:
        prove_positive(lambda x: (x - arb.pi()) ** 2, (3, 4))
    ((low, high),) = caught.value.box
    assert not caught.value.false and low < math.pi + 1e-7 and high > math.pi - 1e-7


def test_a_limit_on_the_pieces():
    with pytest.raises(NotProved, match="too many boxes"):
        prove_positive(lambda x: 1.2131 - bump(x), (0, 10), limit=100)


def test_not_a_number_is_no_proof():
    with pytest.raises(NotProved):
        prove_positive(lambda x: arb.nan(), (0, 1))


def test_two_arguments():
    def gap(x, y):
        return x * x + y * y - 2 * x * y + 0.1

    assert prove_positive(gap, (-1, 1), (-1, 1)) > 4
    with pytest.raises(NotProved) as caught:
        prove_positive(lambda x, y: gap(x, y) - 0.11, (-1, 1), (-1, 1))
    (x, _), (y, _) = caught.value.box
    assert abs(x - y) <= 0.1 + 1e-12


def test_many_powers_of_ten():
    def gap(x):
        return x + 1 / x - 1.99

    assert prove_positive(gap, (1e-8, 1e8), log=True) < 1000
    with pytest.raises(NotProved, match="undecided"):
        prove_positive(gap, (1e-8, 1e8), bits=5, log=True)


def test_precision_is_restored():
    before = ctx.prec
    with pytest.raises(NotProved):
        prove_positive(lambda x: arb(-1), (0, 1), bits=200)
    assert ctx.prec == before


@pytest.mark.parametrize("interval", [(1, 1), (2, 1), (0, math.inf), (math.nan, 1)])
def test_what_is_no_interval(interval):
    with pytest.raises(ValueError, match="low < high"):
        prove_positive(lambda x: x, interval)


def test_logarithms_ask_for_a_positive_interval():
    with pytest.raises(ValueError, match="above 0"):
        prove_positive(lambda x: x, (0, 1), log=True)
    with pytest.raises(ValueError, match="each argument"):
        prove_positive(lambda: arb(1))


@given(st.floats(0.1, 3), st.floats(0, 0.1))
def test_derivative_holds_the_slope_at_every_point(low, width):
    ball = arb(low).union(arb(low + width))
    slope = derivative(lambda x: (x / arb(2).sqrt()).erfc(), ball)
    for x in (low, low + width / 2, low + width):
        exact = -(2 / arb.pi()).sqrt() * (-(arb(x) ** 2) / 2).exp()
        assert slope.overlaps(exact)


def test_derivative_of_a_quotient():
    assert derivative(lambda x: 1 / x, arb(2)).contains(arb(-0.25))
    assert derivative(lambda x: x * x, arb(0).union(arb(1))).contains(arb(2))
