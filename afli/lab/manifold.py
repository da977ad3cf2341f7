"""Weights that stay orthogonal while they are trained.

Orthogonal weights W = sigma_w Q drift away from orthogonality in the first steps of training. One
step of the Newton-Schulz iteration,

    W <- W - (share / 2) (W W^T / sigma_w2 - I) W,

takes back the given share of a small deviation. It is one step of gradient descent on the squared
norm of W W^T / sigma_w2 - I, up to a factor; with share = 1 the deviation becomes of second order,
and the step returns to the manifold of orthogonal matrices. A soft penalty and a step on the
manifold differ in this number only.
"""

import torch

EVERY = 10  # steps of descent for one step back, whose two products of matrices are dear


def retraction(stack, shares, sigma_w2):
    """What brings the square hidden weights of a stack back towards orthogonality.

    Parameters
    ----------
    stack : Stack
    shares : sequence of K float
        From 0, which leaves a network alone, to 1.
    sigma_w2 : sequence of K float
        Squares of the singular values that the weights are to have.

    Returns
    -------
    callable or None
        To be called with the number of a step, as `after_step` of `afli.lab.train`: changes the
        weights at every tenth. None if there is nothing to do.

    References
    ----------
    Björck and Bowie (1971), for the iteration.
    """
    if not any(shares):
        return None

    def after_step(number):
        if number % EVERY:
            return
        for part, own in stack.parts():
            of_each = zip(shares[own], sigma_w2[own], strict=True)
            factors = torch.tensor([(s, 1 / w) for s, w in of_each], dtype=stack.dtype)
            share, inverse = factors.to(stack.device).view(-1, 2, 1, 1).unbind(1)
            for weight in part.weights[:-1]:
                if weight.shape[1] == weight.shape[2]:
                    excess = torch.bmm(weight, weight.mT) * inverse
                    excess.diagonal(dim1=1, dim2=2).sub_(1)
                    weight.sub_(torch.bmm(excess, weight) * (share / 2))

    return after_step
