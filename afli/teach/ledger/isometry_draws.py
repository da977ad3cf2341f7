"""Jacobians of many small random networks at once, for the claims of "Dynamical isometry"."""

import numpy as np


def haar(rng, count, n, corrected=True):
    """Orthogonal matrices from QR, uniform with the signs corrected: shape (count, n, n)."""
    q, r = np.linalg.qr(rng.standard_normal((count, n, n)))
    return q * np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None, :] if corrected else q


def jacobians(phi, sigma_w2, sigma_b2, x, depth, count, weights, seed):
    """The Jacobian of `count` networks at input `x`, all layers as wide as it is long."""
    rng, n = np.random.default_rng(seed), x.size
    z = np.broadcast_to(x[:, None], (count, n, 1))
    jacobian = np.eye(n)
    for _ in range(depth):
        if weights == "orthogonal":
            w = haar(rng, count, n)
        else:
            w = rng.standard_normal((count, n, n)) / np.sqrt(n)
        w = w * np.sqrt(sigma_w2)
        h = w @ z + np.sqrt(sigma_b2) * rng.standard_normal((count, n, 1))
        jacobian, z = phi.derivative(h) * (w @ jacobian), phi(h)
    return jacobian


def second_moment(jacobian):
    """m_2 of each Jacobian: the mean of the fourth powers of its singular values."""
    squared = jacobian @ jacobian.swapaxes(-1, -2)
    return (squared**2).sum(axis=(-1, -2)) / jacobian.shape[-1]


def mean_and_error(values):
    """Mean of a sample and its standard error."""
    return values.mean(), values.std(ddof=1) / np.sqrt(values.size)
