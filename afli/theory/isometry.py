"""Singular values of the input-output Jacobian of a deep network on the edge of chaos."""

import numpy as np

from . import checks, free, moments
from .slopes import SlopeLaw

WEIGHTS = ("orthogonal", "gaussian")
DEEPEST = 10**8  # beyond, rounding, which grows with depth, reaches the sixth digit


def spectrum_variance(phi, q, depth, weights="orthogonal"):
    """Variance of the eigenvalues of J J^T, whose mean is 1 on the edge of chaos.

    Parameters
    ----------
    phi : Activation
    q : array_like of float
        Fixed point q* of the variance map, at least 0 (0 means the limit from above).
    depth : array_like of float
        Number of layers, from 1 to 1e100; broadcasts with `q`.
    weights : {"orthogonal", "gaussian"}

    Returns
    -------
    float or ndarray
        depth (mu_2 / mu_1^2 - 1) for orthogonal weights, and `depth` more for Gaussian ones.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number, out of range, or E[phi'^2] = 0.

    References
    ----------
    Pennington, Schoenholz and Ganguli (2017); Murray, Abrol and Tanner (2021), equation (13).

    Examples
    --------
    >>> import afli
    >>> spectrum_variance(afli.activation("relu"), 1.0, 10)
    10.0
    >>> spectrum_variance(afli.activation("linear"), 1.0, 10, weights="gaussian")
    10.0
    """
    checks.activation(phi)
    q, depth = checks.real("q", q, low=0), checks.real("depth", depth, low=1, high=1e100)
    q, depth = checks.broadcast(q=q, depth=depth)
    gaussian = checks.choice("weights", weights, WEIGHTS) == "gaussian"
    return checks.unwrap(np.asarray(depth * (moments.ratio_excess(phi, q) + gaussian)))


def spectral_density(phi, q, depth, s2, weights="orthogonal"):
    """Density of the squared singular values of J in the limit of infinite width.

    J is the product of D W over the layers, on the edge of chaos (sigma_w2 = 1 / mu_1). In
    addition there may be points with a mass of their own: see `spectral_atoms`. The density and
    these masses add up to 1, and the mean of the whole is 1.

    Parameters
    ----------
    phi : Activation
    q : float
        Fixed point q* of the variance map, greater than 0.
    depth : int
        Number of layers, from 1 to 1e8 (from 2 for orthogonal weights, as one layer then has the
        distribution of phi'^2 / mu_1 itself).
    s2 : array_like of float
        Squared singular values, at least 1e-300. The density may be infinite at 0; at great depth
        much of it lies so close to 0 that a logarithmic axis is needed to see it.
    weights : {"orthogonal", "gaussian"}

    Returns
    -------
    float or ndarray
        Shaped like `s2`, at least 0, exactly 0 outside the support.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number or out of range, or J is an isometry (an orthogonal
        network of a linear or absolute-value activation), so that there is no density.
    ArithmeticError
        If the solution cannot be followed to the real axis.

    Notes
    -----
    S-transforms multiply: with M = E[T / (zeta - T)], T = phi'^2 / mu_1, the Green's function at
    z = zeta^L (M / (1 + M))^(L-1), times (1 + M)^L for Gaussian weights, is (1 + M) / z. This is
    solved for zeta by Newton's method, followed from z < 0 through the upper half-plane. The
    relative error is about 1e-11 where phi'^2 takes finitely many values, 1e-10 for other
    activations, and 1e-5 of the maximum within 1e-8 of an edge of the support. Beyond 1e4 layers
    it grows in proportion to depth, to 1e-6 at 1e8.

    References
    ----------
    Pennington, Schoenholz and Ganguli (2018).

    Examples
    --------
    Two layers of orthogonal weights and ReLU: the support reaches up to 4.

    >>> import afli
    >>> spectral_density(afli.activation("relu"), 1.0, 2, [2.0, 4.1]).round(6).tolist()
    [0.079577, 0.0]
    """
    q, depth, gaussian = _checked(phi, q, depth, weights)
    s2 = checks.real("s2", s2, low=1e-300)
    law = SlopeLaw(phi, q)
    if not gaussian:
        if np.ptp(law.value) < 1e-10:
            raise ValueError(
                f"{phi.name} at q = {q:.3g} with orthogonal weights has all its squared singular "
                "values equal to 1, to working precision: no density exists; see spectral_atoms"
            )
        if depth == 1:
            raise ValueError(
                "depth must be at least 2 for orthogonal weights, got 1: the squared singular "
                "values of one layer are those of phi'^2 / mu_1; see spectral_atoms"
            )
    target = np.log(np.ravel(s2))
    for point, _ in _atoms(law, depth, gaussian):
        if point > 0:  # the pole itself is not part of the density
            target[np.abs(target - np.log(point)) < 1e-12] += 1e-11
    density = np.zeros_like(target)
    # Far beyond the support there is nothing to follow.
    near = np.flatnonzero(target < np.log(free.edge(law, depth, gaussian)) + 10)
    u, inside = free.follow(law, depth, gaussian, target[near])
    m, _, _ = law.transform(np.exp(u))
    density[near] = np.where(inside, np.maximum(-m.imag, 0) / np.pi / np.ravel(s2)[near], 0.0)
    return checks.unwrap(density.reshape(s2.shape))


def spectral_atoms(phi, q, depth, weights="orthogonal"):
    """Squared singular values of J that a positive share of all singular values takes.

    A clip sends the share P(abs(x) > a) to 0 at every depth, not more with more layers. With
    orthogonal weights a value t of phi'^2 / mu_1 that has probability p also leaves the mass
    1 - depth (1 - p), if positive, at t^depth: directions that no layer has touched.

    Parameters
    ----------
    phi : Activation
    q : float
        Fixed point q* of the variance map, greater than 0.
    depth : int
        Number of layers, from 1 to 1e8.
    weights : {"orthogonal", "gaussian"}

    Returns
    -------
    tuple of (float, float)
        Pairs (squared singular value, mass), in increasing order.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number or out of range.

    References
    ----------
    Belinschi (2003), for atoms of a free multiplicative convolution.

    Examples
    --------
    >>> import afli
    >>> [(s2, round(mass, 12)) for s2, mass in spectral_atoms(afli.activation("relu"), 1.0, 10)]
    [(0.0, 0.5)]
    >>> spectral_atoms(afli.activation("abs"), 1.0, 10)
    ((1.0, 1.0),)
    """
    q, depth, gaussian = _checked(phi, q, depth, weights)
    return _atoms(SlopeLaw(phi, q), depth, gaussian)


def spectral_edge(phi, q, depth, weights="orthogonal"):
    """The largest squared singular value of J in the limit of infinite width.

    Parameters
    ----------
    phi : Activation
    q : float
        Fixed point q* of the variance map, greater than 0.
    depth : int
        Number of layers, from 1 to 1e8.
    weights : {"orthogonal", "gaussian"}

    Returns
    -------
    float
        Upper end of the support, points with a mass of their own included.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number or out of range.

    References
    ----------
    Pennington, Schoenholz and Ganguli (2018).

    Examples
    --------
    >>> import afli
    >>> round(spectral_edge(afli.activation("linear"), 1.0, 3, weights="gaussian"), 9)
    9.481481481
    """
    q, depth, gaussian = _checked(phi, q, depth, weights)
    return free.edge(SlopeLaw(phi, q), depth, gaussian)


def _checked(phi, q, depth, weights):
    checks.activation(phi)
    q = checks.real("q", q, above=0)
    if q.ndim:
        raise ValueError(f"q must be one number, got an array of shape {q.shape}")
    gaussian = checks.choice("weights", weights, WEIGHTS) == "gaussian"
    return float(q), checks.whole("depth", depth, low=1, high=DEEPEST), gaussian


def _atoms(law, depth, gaussian):
    value, mass = law.value[: law.atoms], law.mass[: law.atoms]
    found = []
    for i in np.argsort(value):
        others = np.delete(law.mass, i).sum()
        if value[i] == 0:
            found.append((0.0, float(mass[i])))
        elif not gaussian and depth * others < 1:
            found.append((float(value[i] ** depth), float(1 - depth * others)))
    return tuple(found)
