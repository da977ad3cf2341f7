"""QR and singular values of matrices whose columns differ by hundreds of orders of magnitude."""

import numpy as np
from scipy.linalg import lapack, qr

# Factors e^-200 and e^-400 keep squares of what matters well inside the range of floats.
_STAGE = np.exp(-200.0)
_SPAN, _MARGIN = 300.0, 100.0


def graded_qr(matrix, sizes):
    """Factorise `matrix` diag(e^sizes) = Q diag(e^new_sizes) U, up to the order of columns.

    Returns Q, the descending new sizes, U (upper triangular, entries at most 1) and the order.
    Pivots are found in stages, each rescaled: sizes may span more than floats do. Rows are
    sorted because Householder's method then keeps the relative accuracy of small ones; rows of
    zeros stay zeros, so that the rank is right.
    """
    height, width = matrix.shape
    rank = min(height, width)
    work = np.hstack([matrix, np.eye(height)])  # the right half becomes the transpose of Q
    order, upper, found, done = np.arange(width), np.zeros((rank, width)), np.empty(rank), 0
    while done < rank:
        left, scales = work[done:, done:width], sizes[order[done:]]
        with np.errstate(divide="ignore"):
            top = np.max(scales + np.log(np.abs(left).max(0)))
        if top == -np.inf:  # what is left is exactly 0
            break
        stage = left * np.exp(np.minimum(scales - top, 700.0))
        sort = np.argsort(-np.abs(stage).max(1))
        (reflectors, tau), triangle, pivots = qr(stage[sort], mode="raw", pivoting=True)
        diagonal = np.abs(np.diagonal(triangle))
        new = np.count_nonzero(diagonal > _STAGE * diagonal[0])
        for columns in (order[None], upper[:done], work):
            columns[:, done:width] = columns[:, done:width][:, pivots]
        upper[done : done + new, done:] = triangle[:new] / diagonal[:new, None]
        found[done : done + new] = np.log(diagonal[:new]) + top
        work[done:] = lapack.dormqr(
            "L", "T", reflectors[:, :new], tau[:new], work[done:][sort], 64 * work.shape[1]
        )[0]
        done += new
    return work[:done, width:].T, found[:done], upper[:done], order


def triangular(sizes, upper):
    """Log singular values of diag(e^sizes) `upper`, where upper[i, j] is O(e^(sizes_j - sizes_i)).

    The sizes descend. One call suffices for a range of e^400. Beyond, a window slides along the
    diagonal: cutting off what is e^100 above or below changes a value by a factor 1 + O(e^-100).
    """
    values, done = np.empty(len(sizes)), 0
    while done < len(sizes):
        below = sizes[done] - sizes
        first = np.searchsorted(below, -_MARGIN)
        stop, last = np.searchsorted(below, [_SPAN, _SPAN + _MARGIN], side="right")
        if last == len(sizes):
            stop = last
        window = upper[first:last, first:last].T * np.exp(-below[first:last])
        # Scaled columns (joba), no vectors (jobu, jobv), nothing small set to 0 (jobr, jobp).
        found, _, _, work, _, info = lapack.dgejsv(window, joba=0, jobu=3, jobv=3, jobr=0, jobp=0)
        if info:
            raise np.linalg.LinAlgError(f"the Jacobi method did not converge (dgejsv: {info})")
        logs = np.log(found) + np.log(work[0] / work[1]) + sizes[done]
        values[done:stop] = logs[done - first : stop - first]
        done = stop
    return values
