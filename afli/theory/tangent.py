"""The tangent kernel: how far one step on one image moves the outputs for another."""

import numpy as np

from . import checks
from .correlation import _correlation
from .meanfield import variance_map
from .pairs import PairAverages

DRIFT = 1e-9  # of q in one layer: below it q counts as a fixed point
DEEPEST = 10_000  # layers, one by one: half a minute at worst for one correlation


def tangent_kernel(phi, rho, q, sigma_w2, sigma_b2, *, depth, width, inputs=None):
    """Parts of the neural tangent kernel that the layers of a fully-connected network contribute.

    For two images x and x', the kernel is the scalar product of the gradients of one output in all
    weights and biases. At large width the part of layer l is

        (n_l E[z z'] + 1) chi(rho_l) chi(rho_(l+1)) ... chi(rho_depth) ,

    where n_l is the fan-in, E[z z'] = (q rho_l - sigma_b2) / sigma_w2 the mean product of inputs of
    the layer, rho_l the correlation of the preactivations of layer l, and chi the slope R' of the
    correlation map. Weights are trained as they are (standard parametrisation), without factors.

    Parameters
    ----------
    phi : Activation
    rho : array_like of float
        Correlation of the preactivations of the first layer, from -1 to 1.
    q : array_like of float
        Variance of all preactivations: a fixed point of the variance map, greater than 0.
    sigma_w2 : array_like of float
        Variance of the weights times the fan-in, greater than 0.
    sigma_b2 : array_like of float
        Variance of the biases, at least 0.
    depth : int
        Number of hidden layers, from 1 to 10000.
    width : int
        Units in each of them.
    inputs : int, optional
        Inputs of the network; left out, as many as `width`.

    Returns
    -------
    ndarray, shape (..., depth + 1)
        In the unit of z^2, one value for each layer from the first to the outputs; the shape
        before it is that of the other arguments, broadcast. The sum over the last axis is the
        kernel.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number, out of range, its shape does not fit, or `q` is not a
        fixed point.

    References
    ----------
    Jacot, Gabriel and Hongler (2018); Xiao, Pennington and Schoenholz (2020).

    Examples
    --------
    >>> import afli
    >>> phi = afli.activation("relu")
    >>> layers = afli.tangent_kernel(phi, [0.0, 1.0], 1.0, 2.0, 0.0, depth=2, width=100)
    >>> layers.sum(axis=-1).round(6).tolist()
    [36.190105, 153.0]
    """
    checks.activation(phi)
    depth = checks.whole("depth", depth, low=1, high=DEEPEST)
    width = checks.whole("width", width, low=1)
    inputs = width if inputs is None else checks.whole("inputs", inputs, low=1)
    rho, q, sigma_w2, sigma_b2 = checks.broadcast(
        rho=_correlation(rho),
        q=checks.real("q", q, above=0),
        sigma_w2=checks.real("sigma_w2", sigma_w2, above=0),
        sigma_b2=checks.real("sigma_b2", sigma_b2, low=0),
    )
    _check_fixed_point(phi, q, sigma_w2, sigma_b2)
    averages, rows = PairAverages(phi, q.ravel()), np.arange(q.size)
    products, slopes = [inputs * (q * rho - sigma_b2) / sigma_w2 + 1], []
    for _ in range(depth):
        product, slope = (
            part(rho.ravel(), rows).reshape(q.shape) for part in (averages.value, averages.slope)
        )
        products.append(width * product + 1)
        slopes.append(sigma_w2 * slope / q)
        mapped = np.clip((sigma_w2 * product + sigma_b2) / q, -1, 1)
        rho = np.where(rho == 1, 1.0, mapped)  # exactly: next to 1 a kink magnifies rounding
    back = np.cumprod([np.ones(q.shape), *slopes[::-1]], axis=0)[::-1]
    return np.moveaxis(products * back, 0, -1)


def _check_fixed_point(phi, q, sigma_w2, sigma_b2):
    mapped = np.atleast_1d(variance_map(phi, q, sigma_w2, sigma_b2) / q)
    moves = np.abs(mapped - 1)
    if not np.all(moves <= DRIFT):
        worst = np.argmax(moves)
        raise ValueError(
            f"q must be a fixed point of the variance map, got {q.flat[worst]}, which the map "
            f"multiplies by {mapped.flat[worst]:.9g}: take it from afli.edge_of_chaos or "
            "afli.fixed_point"
        )
