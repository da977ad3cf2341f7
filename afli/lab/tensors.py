"""Where tensors live and what draws them: devices, generators, aligned memory."""

import numpy as np
import torch

from ..theory import checks


def device_of(name="auto"):
    """The torch device of that name, if the laboratory can compute there.

    Parameters
    ----------
    name : str or torch.device
        "cpu", "cuda" or one of several GPUs such as "cuda:1"; "auto" is the GPU where there is one.

    Returns
    -------
    torch.device

    Raises
    ------
    TypeError, ValueError
        If there is no such device, or one of another kind: statistics need float64 there.

    Examples
    --------
    >>> device_of("cpu")
    device(type='cpu')
    """
    if not isinstance(name, str | torch.device):
        raise TypeError(f"device must be a string such as 'cpu', or a torch.device, got {name!r}")
    name, gpus = str(name), torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return torch.device("cuda" if gpus else "cpu")
    try:
        device = torch.device(name) if name.startswith(("cpu", "cuda")) else None
    except RuntimeError:  # its message lists every kind of device there is
        device = None
    if device is None:
        raise ValueError(f"device must be 'cpu', 'cuda' or 'auto', got {name!r}")
    if device.type == "cuda" and (device.index or 0) >= gpus:
        raise ValueError(f"device is {name!r}, but PyTorch finds {gpus} GPUs: take 'cpu' or 'auto'")
    return device


def generator_of(seed, stream):
    """A generator for one purpose of one network: it depends on nothing but these two.

    Parameters
    ----------
    seed : int
        Of the network, at least 0.
    stream : tuple of int
        Which purpose: (0,) draws weights, (1, epoch) orders the data of an epoch.
    """
    words = np.random.SeedSequence((checks.whole("seed", seed, low=0), *stream)).generate_state(2)
    return torch.Generator().manual_seed(int(words[0]) << 31 ^ int(words[1]))


def aligned_zeros(count, rows, columns, *, dtype, device):
    """Zeros of shape (count, rows, columns), each matrix at a multiple of 64 bytes.

    The last bit of a product depends on where its matrices begin, and a network must not depend
    on its place in a stack.
    """
    size = rows * columns
    buffer = torch.zeros(count, -(-size // 16) * 16, dtype=dtype, device=device)
    return buffer.narrow(1, 0, size).unflatten(1, (rows, columns))
