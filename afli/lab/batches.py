"""A batch of images and labels for a stack: as tensors where it is, or what is wrong with them."""

import numpy as np
import torch


def images_for(stack, inputs):
    """Images as a tensor in float64 on the stack's device.

    Parameters
    ----------
    stack : Stack
    inputs : array_like, shape (n, inputs)

    Returns
    -------
    Tensor, shape (n, inputs)

    Raises
    ------
    TypeError, ValueError
        If they are not real and finite, or not as wide as the stack's inputs.
    """
    x = _tensor("inputs", inputs, stack)
    if x.is_complex():
        raise TypeError(f"inputs must be real numbers, got {x.dtype}")
    if x.ndim != 2 or not len(x) or x.shape[1] != stack.sizes[0]:
        shape = tuple(x.shape)
        raise ValueError(f"inputs must have the shape (images, {stack.sizes[0]}), got {shape}")
    finite = x.isfinite()
    if not finite.all():
        raise ValueError(f"inputs must be finite, got {x[~finite][0].item()}")
    return x.double()


def labels_for(stack, labels, count):
    """Labels of so many images as a tensor of int64 on the stack's device.

    Parameters
    ----------
    stack : Stack
    labels : array_like of int, shape (count,)
    count : int

    Returns
    -------
    Tensor, shape (count,)

    Raises
    ------
    TypeError, ValueError
        If they are not integers, not as many, or not classes of the stack.
    """
    y = _tensor("labels", labels, stack)
    if y.dtype == torch.bool or y.is_floating_point() or y.is_complex():
        raise TypeError(f"labels must be of an integer type, got {y.dtype}")
    if y.shape != (count,):
        raise ValueError(f"labels must have the shape ({count},), as images, got {tuple(y.shape)}")
    y, last = y.long(), stack.sizes[-1] - 1
    wrong = (y < 0) | (y > last)
    if wrong.any():
        raise ValueError(f"labels must be from 0 to {last}, got {y[wrong][0].item()}")
    return y


def _tensor(name, values, stack):
    try:
        values = values if isinstance(values, torch.Tensor) else np.asarray(values)
        return torch.as_tensor(values, device=stack.device)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be an array of numbers: {error}") from None
