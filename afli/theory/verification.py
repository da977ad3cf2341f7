"""Whether an activation is what its description says: checked when it is made."""

import numpy as np

from . import gaussian

_ACCURACY = 1e-11  # relative, of the averages that the quadrature must resolve
_SCALES = 3.0 ** -np.arange(7)


def verify(phi):
    """Compare an activation with its own description at a few thousand points."""
    where = f"activation {phi.name!r}"
    # An irrational ratio keeps the points off round numbers, where kinks tend to be.
    x = 1e-2 * 1.0472839 ** np.arange(175)
    x = np.concatenate([-x[::-1], x])
    value, slope = phi(x), phi.derivative(x)
    if not (np.isfinite(value).all() and np.isfinite(slope).all()):
        raise ValueError(f"{where}: value and derivative must be finite")
    for flag, sign in (("odd", -1.0), ("even", 1.0)):
        if getattr(phi, flag) and not np.allclose(value, sign * value[::-1], rtol=1e-9, atol=1e-12):
            raise ValueError(f"{where} is not {flag}: say {flag}=False")
    if phi.odd and phi.even:
        raise ValueError(f"{where} cannot be odd and even: say which it is")
    _compare_slopes(phi, where, x, slope)
    _look_for_jumps(phi, where)
    _look_for_kinks(phi, where)
    _check_linear_region(phi, where)
    if phi.linear_pieces:
        clear = _distance_to_kinks(phi, x) > 1e-9 * np.abs(x)
        slope = slope[clear]
        piece = np.searchsorted(phi.kinks, x[clear])
        if not np.allclose(slope, slope[np.searchsorted(piece, piece)], rtol=1e-12, atol=1e-14):
            raise ValueError(f"{where} is not linear between its kinks: say linear_pieces=False")


def resolved_scale(phi):
    """The width of feature at which the panels of the quadrature must start to follow phi."""
    for scale in _SCALES:
        object.__setattr__(phi, "scale", float(scale))
        errors = [
            _resolution_error(phi, q)
            for q in ((1e-2, 1.0, 1e2) + (1e4, 1e8) * (not phi.oscillates))
        ]
        if max(errors) <= _ACCURACY:
            return float(scale)
    raise ValueError(
        f"activation {phi.name!r}: its averages are not resolved (error {max(errors):.1g}): "
        "declare the points around which it changes quickly in kinks, or say oscillates=True if it "
        "goes on oscillating"
    )


def _resolution_error(phi, q):
    """Relative change of E[phi^2] and E[phi'^2] when every panel is halved."""
    root = np.full((1, 1), q**0.5)
    edges = gaussian.panels(phi, root, half=phi.odd or phi.even)
    finer = np.sort(np.concatenate([edges, 0.5 * (edges[:, 1:] + edges[:, :-1])], axis=-1))
    worst = 0.0
    for function in (phi.value, phi.derivative):
        coarse, fine = (_mean_square(function, root, panels) for panels in (edges, finer))
        worst = max(worst, abs(coarse - fine) / fine if fine else 0.0)
    return worst


def _mean_square(function, root, edges):
    z, weight = gaussian.panel_nodes(edges)
    return float(np.sum(function(root * z) ** 2 * np.exp(-0.5 * z * z) * weight))


def _distance_to_kinks(phi, x):
    return np.abs(x[:, None] - np.array(phi.kinks)).min(1, initial=np.inf)


def _compare_slopes(phi, where, x, slope):
    """Refuse a derivative that does not belong to the value."""
    h = 1e-5 * np.abs(x)
    quotient = (phi(x + h) - phi(x - h)) / (2 * h)
    wrong = np.abs(quotient - slope) > 1e-5 + 1e-4 * np.abs(slope) + 1e-10 * np.abs(phi(x)) / h
    wrong &= _distance_to_kinks(phi, x) > 2 * h
    if wrong.any():
        i = np.flatnonzero(wrong)[0]
        raise ValueError(
            f"{where}: derivative({x[i]:.6g}) is {slope[i]:.6g}, but value has slope "
            f"{quotient[i]:.6g} there: correct the derivative, or declare the kink in kinks"
        )


def _look_for_jumps(phi, where):
    """Refuse a function that jumps itself."""
    kinks = np.array(phi.kinks)
    if not kinks.size:
        return
    gap = 1e-9 * np.maximum(np.abs(kinks), 1e-3)
    jump = np.abs(phi(kinks + gap) - phi(kinks - gap))
    steepest = np.maximum(np.abs(phi.derivative(kinks + gap)), np.abs(phi.derivative(kinks - gap)))
    size = np.abs(phi(kinks))
    wrong = jump > 1e-6 * np.maximum(size, 1e-3) + 10 * gap * steepest
    if wrong.any():
        raise ValueError(
            f"{where} jumps at x = {kinks[wrong][0]:.6g}: the theory needs a continuous function, "
            "for E[phi'^2] is infinite at a jump; replace it by a steep slope"
        )


def _look_for_kinks(phi, where):
    """Refuse a derivative that jumps where no kink is declared."""
    # Far out an oscillation changes from point to point; its kinks are looked for near 0 only.
    far = np.geomspace(30.0, 31.0 if phi.oscillates else 1e6, 3000)
    x = np.concatenate([-far[:0:-1], np.linspace(-30.0, 30.0, 6001) + 1.234e-4, far[1:]])
    slope = phi.derivative(x)
    size = 0.02 * np.maximum(max(1.0, abs(phi.slope)), np.abs(slope[1:]))
    for i in np.flatnonzero(np.abs(np.diff(slope)) > size):
        low, high = x[i], x[i + 1]
        if any(low <= kink <= high for kink in phi.kinks):
            continue
        # A jump stays as large when the interval shrinks; a steep slope does not.
        for _ in range(60):
            middle = 0.5 * (low + high)
            left, centre, right = phi.derivative(np.array([low, middle, high]))
            low, high = (
                (low, middle) if abs(centre - left) > abs(right - centre) else (middle, high)
            )
        if abs(phi.derivative(high) - phi.derivative(low)) > 0.5 * size[i]:
            raise ValueError(f"{where}: the derivative jumps near x = {high:.6g}: add it to kinks")


def _check_linear_region(phi, where):
    """Refuse a slope or a half-width that is not that of the function."""
    true = 0.5 * (phi.derivative(1e-150) + phi.derivative(-1e-150))
    if abs(phi.slope - true) > 1e-9 * max(1.0, abs(true)):
        raise ValueError(f"{where}: slope is {phi.slope:.6g}, but at 0 it is {true:.6g}")
    if not phi.half_width >= 0:
        raise ValueError(f"{where}: half_width must be at least 0, got {phi.half_width}")
    x = np.linspace(-1, 1, 201) * min(phi.half_width, 1e3)
    if phi.half_width and not np.allclose(phi(x), phi.slope * x, rtol=1e-12, atol=0):
        raise ValueError(
            f"{where} is not linear on abs(x) <= half_width = {phi.half_width:.6g}: correct it"
        )
