"""Expectations over one Gaussian: quadrature nodes that respect the kinks of an activation."""

import numpy as np

REACH = 9.0  # the normal density is below 1e-18 of its peak beyond
ORDER = 16  # Gauss-Legendre points a panel
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(ORDER)
_AT_ONCE = 500_000  # nodes held in memory together
_MOST = 100_000  # panels for one variance
_PERIOD = 3.0  # panel length in x for an oscillating activation


def nodes(phi, q, split=1):
    """Quadrature nodes for expectations of phi(x), x = sqrt(q) Z, for each variance in `q`.

    Integrals are split at the kinks; panels are short where the normal density or a smooth
    activation changes, and reach into the tail beyond a far kink, so that the part of phi that
    lies there keeps its relative accuracy. For an odd or even phi the nodes cover z > 0 with
    doubled weights: take expectations of even functions only.

    Parameters
    ----------
    phi : Activation
    q : ndarray of float, shape (n,)
        Variances, at least 0.
    split : int
        Into how many each panel is split, for functions of phi that are narrower than phi.

    Returns
    -------
    z, x, weight : ndarray, shape (n, m)
        ``(weight * g(x)).sum(-1)`` is E[g(sqrt(q) Z)].

    Raises
    ------
    ValueError
        If an oscillating activation has too many periods within the reach of the Gaussian.
    """
    # At q = 0 the limit from q > 0 is wanted: 1e-300 takes either side of a kink at 0.
    root = np.sqrt(np.maximum(q, 1e-300))[:, None]
    edges = panels(phi, root, half=phi.odd or phi.even)
    if split > 1:
        parts = np.linspace(edges[:, :-1], edges[:, 1:], split, endpoint=False, axis=-1)
        edges = np.concatenate([parts.reshape(len(edges), -1), edges[:, -1:]], axis=-1)
    z, weight = panel_nodes(edges)
    weight *= np.exp(-0.5 * z * z) * ((2.0 if phi.odd or phi.even else 1.0) / np.sqrt(2 * np.pi))
    return z, root * z, weight


def pieces(phi, q):
    """Split sorted variances into runs whose nodes fit in memory together."""
    beyond = np.maximum(REACH * np.sqrt(q) - phi.half_width, 0) if phi.oscillates else 0 * q
    size = 400.0 + 2 * ORDER * beyond / _PERIOD
    start = 0
    while start < q.size:
        fits = np.arange(1, q.size - start + 1) * size[start:] <= _AT_ONCE
        fits &= q[start:] <= 1000 * max(q[start], 1e-3)
        stop = start + max(1, int(fits.sum()))
        yield q[start:stop]
        start = stop


def highest_resolved(phi):
    """The largest variance at which averages of `phi` are cheap enough to search for roots."""
    if not phi.oscillates:
        return np.inf
    span = _PERIOD * _MOST / 10
    top = ((phi.half_width + span) / REACH) ** 2
    # Where the oscillation begins in the far tail, panels follow it for 36 / tail.
    return top if phi.half_width**2 < 9 * top else phi.half_width * span / 36


def mean(weight, values):
    """The expectation of `values` at quadrature nodes of the given weight."""
    return np.einsum("...i,...i->...", weight, values)


def panel_nodes(edges):
    """Gauss-Legendre nodes and weights on the panels between sorted `edges` of the last axis."""
    middle = 0.5 * (edges[..., 1:] + edges[..., :-1])
    half = 0.5 * (edges[..., 1:] - edges[..., :-1])
    if edges.ndim == 2:  # panels that are empty in every row cost nothing
        used = half.any(0)
        middle, half = middle[:, used], half[:, used]
    shape = (*edges.shape[:-1], -1)
    z = middle[..., None] + half[..., None] * _POINTS
    return z.reshape(shape), (half[..., None] * _WEIGHTS).reshape(shape)


def panels(phi, root, half):
    """Edges of the panels in z for each standard deviation in `root` (shape (n, 1)), sorted."""
    kinks = np.unique(np.abs(phi.kinks)) if half else np.array(phi.kinks)
    tail = np.abs(kinks) / root
    beyond = np.where((tail > 3) & (tail < 38), tail + 36 / np.maximum(tail, 1), 0)
    end = np.maximum(REACH, beyond.max(-1, keepdims=True, initial=0))
    upper = [
        np.array([1.5, 3.0, 5.5]) + np.zeros_like(root),
        features(phi, root, end, phi.half_width) / root,
    ]
    if np.max(tail, initial=0) > 3:
        # Beyond a far kink the density falls by 1/e within 1/tail: follow it down.
        upper += [np.full_like(root, REACH)]
        upper += [tail + step / np.maximum(tail, 1.0) for step in (2.0, 6.0, 14.0)]
    if half:
        edges = np.concatenate([np.zeros_like(root), tail, *upper, end], axis=-1)
        return np.sort(np.clip(edges, 0, end), axis=-1)
    lower = [-edge for edge in upper]
    edges = np.concatenate([-end, np.zeros_like(root), kinks / root, *upper, *lower, end], axis=-1)
    return np.sort(np.clip(edges, -end, end), axis=-1)


def marks(phi, root, start):
    """The distances of `features` on both sides, for one standard deviation."""
    found = np.unique(features(phi, np.full((1, 1), root), np.full((1, 1), REACH), start))
    found = found[(found > 0) & (found < REACH * root)]
    return np.concatenate([-found[::-1], found])


def features(phi, root, end, start):
    """Distances in x at which panels end: even for an oscillation, else growing from each kink.

    Only those beyond `start`: inside its linear region phi needs no panels.
    """
    zero = np.zeros_like(root)
    far = float(np.max(root * end))
    if phi.linear_pieces:
        return zero
    if phi.oscillates:
        start = min(start, far)
        count = int((far - start) / _PERIOD)
        if count > _MOST:
            raise ValueError(
                f"q = {float(root.max()) ** 2:.3g} is too large for {phi.name}, which oscillates "
                f"{far / 6.28:.3g} times in the reach of the Gaussian: take a smaller q"
            )
        return start + _PERIOD * np.arange(1, count + 1) + zero
    levels = int(np.ceil(np.log(max(far / phi.scale, 1.0)) / np.log(3.0)))
    steps = phi.scale * 3.0 ** np.arange(max(1, levels))
    centres = np.unique(np.abs([0.0, *phi.kinks]))
    distances = np.concatenate([centre + sign * steps for centre in centres for sign in (1, -1)])
    return np.unique(distances[(distances > start) & (distances < far)]) + zero
