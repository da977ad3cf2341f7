"""Where tensors live and what draws them: devices, generators, aligned memory."""

import numpy as np
import torch

from ..theory import checks


def device_of(name="auto"):
    """The torch device called `name`; "auto" is the GPU where there is one."""
    if isinstance(name, str) and name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name)


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
