"""Averages over two correlated Gaussians, by the fastest method that is accurate enough."""

import numpy as np

from . import hermite, piecewise, planar
from .moments import Moments, mean

TOLERANCE = 2e-15  # of E[phi^2], for what a method leaves out
_AT_ONCE = 500  # correlations whose series are held in memory together
_SHORT, _LONG = (128, 512), (128, 512, 2048)  # lengths of Hermite series that are tried


class PairAverages:
    """E[phi(U1) phi(U2)] and its derivative in the correlation, at given variances.

    Closed kernels come first, then Price's theorem for piecewise-linear activations, then Hermite
    series of growing length, and quadrature in the plane for what is left (correlations near 1
    of activations with kinks, very large variances).

    Parameters
    ----------
    phi : Activation
    q : ndarray, shape (n,)
        Variances, greater than 0.
    for_newton : bool
        Whether an iteration will ask for each variance many times, and only needs the slope to
        find its way. Long series then pay off even where kinks that move with the variance make
        their coefficients dear.
    """

    def __init__(self, phi, q, for_newton=False):
        self.phi = phi
        self.lengths = _LONG if for_newton or not any(phi.kinks) else _SHORT
        self.slope_tolerance = 1e-6 if for_newton else TOLERANCE
        self.q, self.level = np.unique(q, return_inverse=True)
        if phi.kernel is None:
            moments = Moments(phi, self.q)
            self.total, self.slope_total = moments.square, self.q * moments.slope_square
            self.at_zero = mean(phi, self.q) ** 2
        self._series = {}

    def value(self, rho, index):
        """E[phi(U1) phi(U2)] at correlations `rho` (shape (m,)) and variances number `index`."""
        return self._in_parts(rho, self.level[index], slope=False)

    def slope(self, rho, index):
        """q E[phi'(U1) phi'(U2)], the derivative of `value` in `rho`."""
        return self._in_parts(rho, self.level[index], slope=True)

    def _in_parts(self, rho, level, slope):
        result = np.empty_like(rho)
        for start in range(0, rho.size, _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            result[part] = self._evaluate(rho[part], level[part], slope)
        return result

    def _evaluate(self, rho, level, slope):
        phi, q = self.phi, self.q[level]
        if phi.kernel is not None:
            value, derivative = phi.kernel(q, rho)
            return q * derivative if slope else value
        total = self.slope_total if slope else self.total
        tolerance = self.slope_tolerance if slope else TOLERANCE
        result = total[level]
        known = rho == 1
        if not slope:
            result = np.where(rho == 0, self.at_zero[level], result)
            known |= rho == 0
        pending = np.flatnonzero(~known)
        if phi.linear_pieces:
            # Price's formula cancels where the variance of phi is far below that of phi' x.
            good = (self.slope_total < 300 * self.total)[level[pending]]
            exact, pending = pending[good], pending[~good]
            if exact.size:
                result[exact] = piecewise.pair_averages(phi, q[exact], rho[exact])[slope]
        else:
            for terms in self.lengths:
                if not pending.size:
                    break
                a = self._coefficients(level[pending], terms)
                near = level[pending]
                answers = hermite.series(a, self.total[near], self.slope_total[near], rho[pending])
                result[pending] = answers[slope]
                pending = pending[~(answers[2 + slope] <= tolerance * total[near])]
        if pending.size:
            result[pending] = self._planar(rho[pending], level[pending], slope)
        return result

    def _coefficients(self, level, terms):
        """Rows of Hermite coefficients, computed once for each variance that needs them."""
        if terms not in self._series:
            self._series[terms] = np.zeros((self.q.size, terms)), np.zeros(self.q.size, bool)
        rows, known = self._series[terms]
        new = np.unique(level[~known[level]])
        for part in np.array_split(new, -(-new.size // 32)) if new.size else ():
            rows[part] = hermite.coefficients(self.phi, self.q[part], terms, self.total[part])
            known[part] = True
        return rows[level]

    def _planar(self, rho, level, slope):
        function = self.phi.derivative if slope else self.phi
        # An odd or even activation needs one side only.
        fold = self.phi.odd or self.phi.even
        points = np.stack([level, np.abs(rho) if fold else rho])
        distinct, inverse = np.unique(points, axis=1, return_inverse=True)
        values = [planar.pair_average(self.phi, function, self.q[int(i)], r) for i, r in distinct.T]
        values = np.array(values)[inverse.ravel()]
        flips = self.phi.odd != slope if self.phi.odd else self.phi.even and slope
        values = np.where(fold & flips & (rho < 0), -values, values)
        return self.q[level] * values if slope else values
