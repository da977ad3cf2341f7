"""One-dimensional averages of an activation over N(0, q), each with its derivative in q."""

import numpy as np

from . import checks, gaussian


def derivative_moment(phi, q, k):
    """mu_k = E[phi'(sqrt(q) Z)^(2k)], Z standard normal.

    Parameters
    ----------
    phi : Activation
    q : array_like of float
        Preactivation variance, at least 0 (0 means the limit from above).
    k : int
        Order, from 1 to 100; if phi is linear between its kinks, as large as you like.

    Returns
    -------
    float or ndarray
        Shaped like `q`, without unit.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number or out of range, `k` is so large that the moment is not a
        float, or an oscillating activation cannot be resolved at so large a `q`.

    References
    ----------
    Murray, Abrol and Tanner (2021), after equation (12).

    Examples
    --------
    >>> import afli
    >>> afli.derivative_moment(afli.activation("relu"), 1.0, 2)
    0.5
    """
    checks.activation(phi)
    q = checks.real("q", q, low=0)
    k = checks.whole("k", k, low=1, high=None if phi.linear_pieces else 100)
    split = 1 if phi.linear_pieces else -(-k // 4)  # the power is the narrower, the larger k
    with np.errstate(over="ignore", invalid="ignore"):
        (found,) = average(phi, q, lambda z, x, q: [phi.derivative(x) ** (2 * k)], split)
    if not np.all(np.isfinite(found)):
        raise ValueError(
            f"k = {k} is too large for {phi.name}, whose phi'^(2k) is not a float: take a smaller k"
        )
    return checks.unwrap(found)


def moment_ratio(phi, q):
    """mu_2 / mu_1^2, at least 1: how far the layer Jacobian is from an isometry.

    Parameters
    ----------
    phi : Activation
    q : array_like of float
        Preactivation variance, at least 0 (0 means the limit from above).

    Returns
    -------
    float or ndarray
        Shaped like `q`, without unit.

    Raises
    ------
    TypeError, ValueError
        If `q` is not a number or negative, E[phi'^2] = 0 there, or an oscillating activation cannot
        be resolved at so large a `q`.

    References
    ----------
    Pennington, Schoenholz and Ganguli (2018); Murray, Abrol and Tanner (2021), equation (13).

    Examples
    --------
    >>> import afli
    >>> afli.moment_ratio(afli.activation("relu"), 1.0)
    2.0
    """
    checks.activation(phi)
    q = checks.real("q", q, low=0)
    squares, fourths = average(
        phi, q, lambda z, x, q: [phi.derivative(x) ** 2, phi.derivative(x) ** 4]
    )
    if np.any(squares == 0):  # a user's own activation may be flat
        raise ValueError(
            f"q = {q[squares == 0].flat[0]:.3g} gives E[phi'^2] = 0 for {phi.name}: no ratio exists"
        )
    return checks.unwrap(fourths / squares**2)


def ratio_excess(phi, q):
    """mu_2 / mu_1^2 - 1 without cancellation: deviations from the slope at the origin."""
    flat = np.ravel(q)
    mean, variance, lost = _variance(phi, flat, phi.slope**2)
    if np.any(mean == 0):
        raise ValueError(f"q = {flat[mean == 0][0]:.3g} gives E[phi'^2] = 0 for {phi.name}")
    for i in np.flatnonzero(lost):  # far out phi has another slope: deviations from the mean
        variance[i] = _variance(phi, flat[i : i + 1], mean[i])[1][0]
    return (np.maximum(variance, 0) / mean**2).reshape(np.shape(q))


def _variance(phi, q, centre):
    """Mean and variance of phi'^2 by deviations from `centre`, and where that cancels."""

    def terms(z, x, q):
        square = phi.derivative(x) ** 2
        return square, square - centre, (square - centre) ** 2

    mean, deviation, square = average(phi, q, terms)
    variance = square - deviation**2
    return mean, variance, variance < 1e-3 * square


def mean(phi, q):
    """E[phi(sqrt(q) Z)] for an array of variances; exactly 0 for an odd phi."""
    if phi.odd:
        return np.zeros_like(q)
    return average(phi, q, lambda z, x, q: [phi(x)])[0]


def square(phi, q):
    """E[phi(sqrt(q) Z)^2] for an array of variances."""
    if phi.kernel is not None:
        return phi.kernel(q, np.ones_like(q))[0]
    return average(phi, q, lambda z, x, q: [phi(x) ** 2])[0]


def slope_square(phi, q):
    """E[phi'(sqrt(q) Z)^2] for an array of variances."""
    if phi.kernel is not None:
        return phi.kernel(q, np.ones_like(q))[1]
    return average(phi, q, lambda z, x, q: [phi.derivative(x) ** 2])[0]


class Moments:
    """E[phi^2] and E[phi'^2] at an array of variances, and what the fixed points need of them.

    Attributes
    ----------
    square, slope_square : ndarray
        E[phi(sqrt(q) Z)^2] and E[phi'(sqrt(q) Z)^2].
    square_rate : ndarray
        dE[phi^2]/dq, from dE[g]/dq = E[g (Z^2 - 1)] / (2 q); where that cancels `by_parts`, which
        is E[phi phi' x] / q, unless phi oscillates and this is the worse.
    slope_square_growth : ndarray
        dE[phi'^2]/d ln q, with c the slope at the origin from phi'^2 - c^2, which does not cancel.
    excess, excess_rate : ndarray
        E[phi^2] - c^2 q with c the slope at the origin, without the cancellation, and its
        derivative in q.
    deficit : ndarray
        q E[phi'^2] - E[phi^2], the numerator of sigma_b2 on the edge of chaos. The linear part
        c x drops out of it, so it is computed from phi(x) - c x and keeps its relative accuracy
        when phi is linear almost everywhere.
    instability : ndarray
        dE[phi^2]/dq - E[phi'^2], which is (V' - 1) E[phi'^2] on the edge of chaos; the linear
        part drops out of it in the same way.
    """

    def __init__(self, phi, q):
        c = phi.slope

        def terms(z, x, q):
            value, slope = phi(x), phi.derivative(x)
            rate = (z * z - 1) / (2 * np.maximum(q, 1e-300))
            square, slope_square = value**2, slope**2
            bend, tilt = value - c * x, slope - c
            deficit = q * tilt**2 - bend**2
            excess = bend * (value + c * x)
            along = bend * z / np.sqrt(np.maximum(q, 1e-300))
            instability = tilt * (c * (z * z - 1) + along - tilt)
            growth = tilt * (slope + c) * (0.5 * (z * z - 1))
            return (
                *(square, slope_square, square * rate, growth),
                *(excess, excess * rate, deficit, instability),
                value * slope * x / np.maximum(q, 1e-300),
            )

        names = (
            "square slope_square square_rate slope_square_growth "
            "excess excess_rate deficit instability by_parts"
        )
        for name, values in zip(names.split(), average(phi, q, terms), strict=True):
            setattr(self, name, values)
        cancels = np.abs(self.square_rate) * q < (0 if phi.oscillates else 1e-4) * self.square
        self.square_rate = np.where(cancels, self.by_parts, self.square_rate)
        if phi.kernel is not None:
            self.square, self.slope_square = phi.kernel(q, np.ones_like(q))
        if phi.homogeneous:
            self.deficit = np.zeros_like(q)
        else:
            direct = q * self.slope_square - self.square
            large = direct > 0.1 * q * self.slope_square
            self.deficit = np.where(large, direct, self.deficit)


def average(phi, q, terms, split=1):
    """Averages over x = sqrt(q) Z of each array in terms(z, x, q), in pieces that fit in memory."""
    flat = np.ravel(q) if np.size(q) else np.ones(1)  # of nothing, the right number of nothings
    # Neighbours in size share their panels: many panels are made only where they are needed.
    order = np.argsort(flat)
    back = np.argsort(order)[: np.size(q)]
    pieces = []
    for part in gaussian.pieces(phi, flat[order]):
        z, x, weight = gaussian.nodes(phi, part, split)
        pieces.append([gaussian.mean(weight, term) for term in terms(z, x, part[:, None])])
    return [
        np.concatenate(column)[back].reshape(np.shape(q)) for column in zip(*pieces, strict=True)
    ]
