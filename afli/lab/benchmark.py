"""How fast a training step is, against an ordinary loop and its matrix products alone."""

import statistics
import time
from functools import partial

import torch

from .. import theory
from ..theory import checks
from .initialisers import critical_
from .networks import Stack
from .preprocessing import Prepared
from .steps import Descent
from .tensors import device_of
from .training import subnormals_flushed, train

INPUTS, CLASSES, IMAGES = 3072, 10, 4096


def flops(depth, width, batch):
    """Floating-point operations of the matrix products of one step of one network.

    Three products a layer, forward, backward and update, each of two operations an entry; the
    first layer has no backward product.

    Examples
    --------
    >>> flops(depth=1, width=300, batch=64)
    237081600
    """
    return 2 * batch * (2 * INPUTS * width + 3 * width * ((depth - 1) * width + CLASSES))


class Race:
    """The same training step three ways, on the same random images.

    Parameters
    ----------
    depth, width, batch, networks : int
    device : str
    """

    def __init__(self, depth, width=300, batch=64, networks=1, device="auto"):
        self.depth, self.width, self.batch = depth, width, batch
        self.device = device_of(device)
        generator = torch.Generator().manual_seed(0)
        self.images = torch.randn(IMAGES, INPUTS, generator=generator).to(self.device)
        self.labels = torch.randint(CLASSES, (IMAGES,), generator=generator).to(self.device)
        x, y = self.images.cpu().numpy(), self.labels.cpu().numpy()
        about = ("noise", "0" * 16, "noise", "theory", 0)
        self.data = Prepared(x, y, x[:batch], y[:batch], tuple("0123456789"), *about)
        phi = theory.activation("shtanh", a=3.0)
        sizes = [INPUTS, *[width] * depth, CLASSES]
        law = partial(critical_, phi=phi, sigma_b2=0.1, weights="gaussian")
        self.stack = Stack(phi, sizes, law, seeds=range(networks), device=self.device)
        self.descent = Descent(self.stack, learning_rate=1e-4)
        layers = [torch.nn.Linear(i, o) for i, o in zip(sizes, sizes[1:], strict=False)]
        clips = [torch.nn.Hardtanh(-3.0, 3.0) for _ in range(depth)]
        pairs = zip(layers, [*clips, torch.nn.Identity()], strict=True)
        self.module = torch.nn.Sequential(*[part for pair in pairs for part in pair])
        self.module.to(self.device)
        self.optimiser = torch.optim.SGD(self.module.parameters(), lr=1e-4, fused=True)
        self.loader = iter(())
        put = {"device": self.device}
        self.buffers = (
            torch.randn(batch, width, **put),
            torch.randn(batch, width, **put),
            torch.zeros(width, width, **put),
            torch.zeros(width, INPUTS, **put),
        )

    def ours(self):
        """One step of every network of the stack."""
        indices = torch.randint(IMAGES, (len(self.stack) * self.batch,), device=self.device)
        shape = (len(self.stack), self.batch)
        with torch.no_grad():
            x = self.images.index_select(0, indices).view(*shape, -1)
            self.descent.step(x, self.labels.index_select(0, indices).view(shape))

    def training(self):
        """One epoch as a sweep trains it: shuffled, with the evaluation; returns its steps."""
        train(self.stack, self.data, epochs=1, learning_rate=1e-4, batch=self.batch)
        return IMAGES // self.batch

    def ordinary(self):
        """One step of a Sequential with a DataLoader, autograd and torch's fused SGD."""
        batch = next(self.loader, None)
        if batch is None:
            data = torch.utils.data.TensorDataset(self.images, self.labels)
            self.loader = iter(
                torch.utils.data.DataLoader(data, self.batch, shuffle=True, drop_last=True)
            )
            batch = next(self.loader)
        self.optimiser.zero_grad()
        torch.nn.functional.cross_entropy(self.module(batch[0]), batch[1]).backward()
        self.optimiser.step()

    def products(self):
        """The matrix products of one step of one network and nothing else: the floor."""
        z, h, square, first = self.buffers
        x, weight = self.images[: self.batch], self.stack.weights
        with torch.no_grad():
            torch.mm(x, weight[0][0].T, out=h)
            for layer in range(1, self.depth):
                torch.mm(z, weight[layer][0].T, out=h)
                torch.mm(z, weight[layer][0], out=h)
                torch.mm(z.T, h, out=square)
            torch.mm(z.T, x, out=first)


def race(depth, *, width=300, batch=64, networks=1, rounds=15, device="auto", threads=None):
    """Median times of a step, the three ways interleaved in one run.

    Parameters
    ----------
    depth, width, batch : int
        Hidden layers, their width, images in a batch.
    networks : int
        In the stack; times are per network.
    rounds : int
        The median is over so many.
    device : str
    threads : int, optional
        Of torch; by default as they are.

    Returns
    -------
    dict
        ``ours``, ``ordinary`` and ``products`` in seconds per step and network; ``ratio`` (of
        ours to the ordinary loop, larger is faster), ``floor`` (share of our time that the
        products need), ``gflops`` (billions of operations per second, in our step), ``peak`` (their
        share of what a large product reaches).

    Examples
    --------
    >>> found = race(2, width=20, rounds=1, device="cpu")
    >>> sorted(found)
    ['floor', 'gflops', 'ordinary', 'ours', 'peak', 'products', 'ratio']
    """
    rounds = checks.whole("rounds", rounds, low=1)
    before = torch.get_num_threads()
    if threads:
        torch.set_num_threads(checks.whole("threads", threads, low=1))
    try:
        with subnormals_flushed():
            course = Race(depth, width, batch, networks, device)
            ways = {name: getattr(course, name) for name in ("ours", "ordinary", "products")}
            times = {name: [] for name in ways}
            for turn in range(rounds + 2):
                for name, step in ways.items():
                    seconds = _timed(step, course.device)
                    if turn >= 2:
                        times[name].append(seconds / (networks if name == "ours" else 1))
            fastest = peak(course.device)
    finally:
        torch.set_num_threads(before)
    medians = {name: statistics.median(values) for name, values in times.items()}
    gflops = flops(depth, width, batch) / medians["ours"] / 1e9
    return medians | {
        "ratio": medians["ordinary"] / medians["ours"],
        "floor": medians["products"] / medians["ours"],
        "gflops": gflops,
        "peak": gflops / fastest,
    }


def peak(device="auto", size=None):
    """Billions of operations per second that a large matrix product in float32 reaches.

    Parameters
    ----------
    device : str
    size : int, optional
        Of the square matrices (default: 1024 on a CPU, 8192 on a GPU).

    Returns
    -------
    float
    """
    device = device_of(device)
    size = size or (1024 if device.type == "cpu" else 8192)
    matrix = torch.randn(size, size, device=device)
    seconds = [_timed(lambda: matrix @ matrix, device) for _ in range(7)]
    return 2 * size**3 / statistics.median(seconds[2:]) / 1e9


def _timed(step, device):
    start = time.perf_counter()
    step()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start
