"""Losses of a stack, and their gradients with respect to the outputs."""

import torch


def cross_entropy(outputs, labels):
    """-log p_y with p the softmax of the outputs.

    Parameters
    ----------
    outputs : Tensor, shape (K, batch, classes)
    labels : Tensor of int64, shape (K, batch)

    Returns
    -------
    loss : Tensor, shape (K, batch)
    gradient : Tensor, shape (K, batch, classes)
        Of each example's loss with respect to its outputs.
    """
    log_p = torch.log_softmax(outputs, -1)
    y = labels.unsqueeze(-1)
    gradient = log_p.exp()
    gradient.scatter_add_(-1, y, gradient.new_full((), -1.0).expand_as(y))
    return -log_p.gather(-1, y).squeeze(-1), gradient


def squared_error(outputs, labels):
    """Half the squared distance of the outputs from the label's unit vector.

    Parameters and results as for `cross_entropy`.
    """
    y = labels.unsqueeze(-1)
    gradient = outputs.clone()
    gradient.scatter_add_(-1, y, gradient.new_full((), -1.0).expand_as(y))
    return 0.5 * gradient.square().sum(-1), gradient


LOSSES = {"cross_entropy": cross_entropy, "squared_error": squared_error}
