"""Wide random networks in NumPy: what the theory predicts, measured."""

from dataclasses import dataclass

import numpy as np

from . import checks

WEIGHTS = ("gaussian", "orthogonal")


@dataclass(frozen=True)
class Simulation:
    """Statistics of random networks, layer by layer.

    Attributes
    ----------
    lengths : ndarray, shape (networks, depth + 1, inputs)
        Mean square of the preactivations of each layer; at index 0, of the input itself.
    correlations : ndarray, shape (networks, depth + 1, inputs, inputs)
        Cosines of the angles between the preactivations of two inputs; at index 0, between the
        inputs themselves.
    depths : tuple of int
        Layers at which the Jacobian was taken.
    singular_values : ndarray, shape (networks, len(depths), min(width, features))
        Singular values, largest first, of the derivative of that layer's activations with
        respect to the first input.
    """

    lengths: np.ndarray
    correlations: np.ndarray
    depths: tuple
    singular_values: np.ndarray


def simulate(
    phi,
    inputs,
    depth,
    width,
    sigma_w2,
    sigma_b2,
    *,
    networks=10,
    weights="gaussian",
    seed=0,
    jacobian=False,
):
    """Send inputs through random fully-connected networks.

    Layer l computes h = W phi(h_before) + b (the first: W x + b), with entries of W of variance
    sigma_w2 / fan-in and of b of variance sigma_b2.

    Parameters
    ----------
    phi : Activation
    inputs : array_like of float, shape (inputs, features)
        One input a row; a single input may be a vector.
    depth, width : int
        Number of layers and of units in each, at least 1.
    sigma_w2, sigma_b2 : float
        Variance of the weights times the fan-in, and of the biases; at least 0.
    networks : int
        How many independent networks. Network i is the same however many are asked for.
    weights : {"gaussian", "orthogonal"}
        Independent normal entries, or sqrt(sigma_w2) times a Haar-orthogonal matrix (where
        features and width differ: orthonormal rows or columns, scaled to the same variance).
    seed : int
        Seed of the random numbers, at least 0.
    jacobian : bool or sequence of int
        Layers at which to take the singular values of the Jacobian; True means the last.

    Returns
    -------
    Simulation

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number, out of range or of the wrong shape.

    Notes
    -----
    Infinite width is the limit of width to infinity at fixed depth: fluctuations between
    networks, and for Gaussian weights the corrections to the Jacobian, grow with depth / width.
    The time is that of drawing depth * networks matrices: 200 layers of 1000 units take about
    4 seconds with Gaussian weights on one core, and ten times as long with orthogonal ones.

    Examples
    --------
    >>> import afli
    >>> phi = afli.activation("relu")
    >>> run = simulate(phi, correlated_inputs(1.0, 0.5, 100, 2.0, 0.0), 3, 100, 2.0, 0.0)
    >>> run.lengths.shape, run.correlations.shape
    ((10, 4, 2), (10, 4, 2, 2))
    >>> mean, error = mean_and_error(run.lengths[:, -1])
    >>> bool(abs(mean[0] - 1) < 4 * error[0])
    True
    """
    checks.activation(phi)
    inputs = np.atleast_2d(checks.real("inputs", inputs))
    if inputs.ndim != 2 or 0 in inputs.shape:
        raise ValueError(f"inputs must have shape (inputs, features), got {inputs.shape}")
    depth, width = checks.whole("depth", depth, low=1), checks.whole("width", width, low=1)
    sizes = [_scalar(n, v) for n, v in (("sigma_w2", sigma_w2), ("sigma_b2", sigma_b2))]
    networks, seed = checks.whole("networks", networks, low=1), checks.whole("seed", seed, low=0)
    draw = _gaussian if checks.choice("weights", weights, WEIGHTS) == "gaussian" else _orthogonal
    depths = _depths(jacobian, depth)
    # Child i of a seed does not depend on how many are spawned.
    runs = [
        _one(np.random.default_rng(child), phi, inputs, depth, width, *np.sqrt(sizes), draw, depths)
        for child in np.random.SeedSequence(seed).spawn(networks)
    ]
    lengths, correlations, singular_values = (np.array(part) for part in zip(*runs, strict=True))
    return Simulation(lengths, correlations, depths, singular_values)


def correlated_inputs(q, rho, width, sigma_w2, sigma_b2, seed=0):
    """Two inputs whose first preactivations have variance `q` and correlation `rho`.

    Lengths and angle are exact: ``x @ x / width`` is (q - sigma_b2) / sigma_w2, the inner product
    divided by the width is (rho q - sigma_b2) / sigma_w2. Only the directions are random.

    Parameters
    ----------
    q : float
        Variance of the first preactivations, for instance the fixed point q*; above sigma_b2.
    rho : float
        Their correlation, from 2 sigma_b2 / q - 1 to 1: the bias that all inputs share cannot be
        cancelled.
    width : int
        Number of features, at least 2.
    sigma_w2 : float
        Variance of the weights times the fan-in, greater than 0.
    sigma_b2 : float
        Bias variance, at least 0.
    seed : int
        Seed of the random directions.

    Returns
    -------
    ndarray, shape (2, width)

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number, or no such inputs exist.

    References
    ----------
    Murray, Abrol and Tanner (2021), section 2.1, assume inputs normalised in this way.

    Examples
    --------
    >>> x = correlated_inputs(1.5, 0.6, 50, 2.0, 0.5)
    >>> (x @ x.T / 50).round(9).tolist()
    [[0.5, 0.2], [0.2, 0.5]]
    """
    width, seed = checks.whole("width", width, low=2), checks.whole("seed", seed, low=0)
    sigma_b2, sigma_w2 = _scalar("sigma_b2", sigma_b2), _scalar("sigma_w2", sigma_w2, above=0)
    q, rho = _scalar("q", q, above=sigma_b2), _scalar("rho", rho, low=-1, high=1)
    cosine = (rho * q - sigma_b2) / (q - sigma_b2)
    if cosine < -1:
        raise ValueError(
            f"rho must be at least 2 sigma_b2 / q - 1 = {2 * sigma_b2 / q - 1:.6g}, as all inputs "
            f"share the bias, got {rho}"
        )
    axes, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((width, 2)))
    angles = np.array([[1.0, 0.0], [cosine, np.sqrt((1 - cosine) * (1 + cosine))]])
    return np.sqrt(width * (q - sigma_b2) / sigma_w2) * angles @ axes.T


def mean_and_error(values):
    """Mean over networks and its standard error.

    Parameters
    ----------
    values : array_like of float, shape (networks, ...)
        A statistic of each network: a field of `Simulation`, or a function of it.

    Returns
    -------
    mean, error : float or ndarray
        The estimate and one standard deviation of it, of the shape of one network's statistic.

    Raises
    ------
    ValueError
        If there are fewer than two networks.

    Examples
    --------
    >>> mean_and_error([1.0, 2.0, 3.0])[0]
    2.0
    """
    values = checks.real("values", values)
    if values.ndim == 0 or len(values) < 2:
        raise ValueError("values must be of at least 2 networks: their spread gives the error")
    error = values.std(0, ddof=1) / np.sqrt(len(values))
    return checks.unwrap(values.mean(0)), checks.unwrap(error)


def _scalar(name, value, *, low=0.0, **limits):
    number = checks.real(name, value, low=low, **limits)
    if number.ndim:
        raise ValueError(f"{name} must be one number, got an array of shape {number.shape}")
    return float(number)


def _depths(jacobian, depth):
    if isinstance(jacobian, (bool, np.bool_)):
        return (depth,) if jacobian else ()
    layers = np.atleast_1d(jacobian).tolist()
    depths = tuple(checks.whole("jacobian", layer, low=1) for layer in layers)
    if depths and max(depths) > depth:
        raise ValueError(f"jacobian must name layers from 1 to depth = {depth}, got {max(depths)}")
    return depths


def _one(rng, phi, inputs, depth, width, weight_size, bias_size, draw, depths):
    """Lengths, correlations and singular values of one network, for columns of signals."""
    signal, jacobian = inputs.T, np.eye(inputs.shape[1])
    last = max(depths, default=0)
    lengths, correlations, values = *([part] for part in _statistics(signal)), {}
    for layer in range(1, depth + 1):
        matrix = weight_size * draw(rng, width, len(signal))
        before = matrix @ signal + bias_size * rng.standard_normal((width, 1))
        signal = phi(before)
        for list_, part in zip((lengths, correlations), _statistics(before), strict=True):
            list_.append(part)
        if layer <= last:
            jacobian = phi.derivative(before[:, :1]) * (matrix @ jacobian)
        if layer in depths:
            values[layer] = np.linalg.svd(jacobian, compute_uv=False)
    return lengths, correlations, [values[layer] for layer in depths]


def _statistics(signal):
    products = signal.T @ signal / len(signal)
    lengths = np.diagonal(products)
    # A signal of length 0 has no direction: its correlations are set to 0.
    scale = np.sqrt(np.where(lengths > 0, lengths, np.inf))
    return lengths.copy(), products / scale / scale[:, None]


def _gaussian(rng, rows, columns):
    return rng.standard_normal((rows, columns)) / np.sqrt(columns)


def _orthogonal(rng, rows, columns):
    tall = rng.standard_normal((max(rows, columns), min(rows, columns)))
    basis, triangle = np.linalg.qr(tall)
    # Without this the signs that the algorithm happens to choose would make Q not uniform.
    basis *= np.sign(np.diagonal(triangle))
    return (basis if rows >= columns else basis.T) * np.sqrt(max(1.0, rows / columns))
