"""The ledger shows the comparisons on which the verdict of a test depends, and no others."""

import pytest

from afli.teach.criteria import criteria


def direct():
    error = 0.5
    assert error > -1
    return bool(error < 1e-12), "text"


def by_name():
    good, worst = True, 0.0
    for n in range(3):
        worst = max(worst, n if n > 1 else 0)
        good &= abs(n - 1) < 2
    good = good and worst < 3
    return good, f"{worst < 7}"


def in_a_list():
    holds = []
    holds.append(1 == 1)
    return all(holds), ""


def by_a_helper():
    return direct()


def by_an_exception():
    try:
        n = int("1")
    except ValueError as error:
        return False, str(error)
    return True, f"{n}"


def never_fails():
    good = True
    return good, "always"


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (direct, ["error < 1e-12"]),
        (by_name, ["abs(n - 1) < 2", "worst < 3"]),
        (in_a_list, ["1 == 1"]),
        (by_a_helper, ["error < 1e-12"]),
        (by_an_exception, ["no ValueError"]),
        (never_fails, []),
    ],
)
def test_criteria(test, expected):
    assert criteria(test) == expected
