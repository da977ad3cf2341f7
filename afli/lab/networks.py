"""K fully-connected networks of the same shape, as one object that computes them at once."""

import numpy as np
import torch

from ..theory import checks
from .blocks import NORMS, normalised, through_norm
from .kinds import sequence
from .modules import modules
from .pointwise import Pointwise
from .tensors import aligned_zeros, device_of, generator_of

DTYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16}


class Stack:
    """K fully-connected networks of the same shape, trained side by side.

    Layer l computes h = W z + b and z = phi(h); the last layer has no activation. With `norm` the
    preactivations of the hidden layers are normalised, with `branch` they add up from layer to
    layer. Each network has a seed of its own, and its weights do not depend on which other networks
    are in the stack.

    Parameters
    ----------
    phi : Activation or sequence of K Activation
        Of the hidden layers: the same for all networks, or one scaled-bounded family with a
        half-width for each network.
    sizes : sequence of int
        Widths from the inputs to the outputs, such as [3072, 300, 300, 10].
    initialise : callable or sequence of K callables
        ``initialise(weight, bias, generator=generator)`` fills one layer of one network in place:
        weight (out, in) and bias (out,) in float64; the bias is 0 before. Initialisers that fill
        the weight alone, such as `he_normal_`, want a function around them, see the examples.
    seeds : sequence of K int
        One for each network.
    input_scale : float or sequence of K float
        Factor on the inputs, so that the first preactivation has the variance that the theory
        assumes (`afli.lab.input_scale`).
    norm : {"layer", "batch"}, optional
        z = phi((h - mean) / deviation), taken over the units of an image ("layer") or over the
        images of the batch ("batch", in the evaluation too).
    branch : float, optional
        Makes the hidden layers residual from the second on: h + branch * (W z + b) takes the place
        of W z + b, where h are the preactivations of the layer below and z = phi(h).
    dtype : {"float32", "float64", "bfloat16"}
        Precision of the products; in "bfloat16" the weights are kept in float32.
    device : str or torch.device
        "auto" is the GPU where there is one.

    Attributes
    ----------
    weights, biases : list of Tensor, shapes (K, out, in) and (K, 1, out)
        In the order of the layers. Change them in place only.
    depth : int
        Number of hidden layers.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what it says above.

    Examples
    --------
    >>> import torch, afli
    >>> from afli.lab import Stack, critical_
    >>> from functools import partial
    >>> phi = afli.activation("shtanh", a=2.0)
    >>> law = partial(critical_, phi=phi, sigma_b2=0.1)
    >>> stack = Stack(phi, [12, 8, 8, 3], law, seeds=[0, 1], device="cpu")
    >>> stack.output(torch.ones(2, 5, 12)).shape
    torch.Size([2, 5, 3])

    With a heuristic, which knows nothing of biases, and torch's own modules from there on:

    >>> from afli.lab import he_normal_
    >>> def he(weight, bias, generator):
    ...     he_normal_(weight, generator=generator)
    >>> network = Stack(afli.activation("relu"), [12, 8, 3], he, device="cpu").module()
    >>> network(torch.ones(5, 12)).shape
    torch.Size([5, 3])
    """

    def __init__(
        self,
        phi,
        sizes,
        initialise,
        *,
        seeds=(0,),
        input_scale=1.0,
        norm=None,
        branch=None,
        dtype="float32",
        device="auto",
    ):
        sizes = sequence("sizes", sizes, "[3072, 300, 10]")
        self.sizes = tuple(checks.whole("sizes", size, low=1) for size in sizes)
        if len(self.sizes) < 2:
            raise ValueError(f"sizes must name the inputs and the outputs at least, got {sizes}")
        seeds = sequence("seeds", seeds, "[0] for one network")
        self.seeds = tuple(checks.whole("seeds", seed, low=0) for seed in seeds)
        self.norm = norm if norm is None else checks.choice("norm", norm, tuple(NORMS))
        self.branch = branch if branch is None else float(checks.real("branch", branch))
        if self.branch is not None and len(set(self.sizes[1:-1])) > 1:
            raise ValueError(f"branch needs hidden layers of one width, got {self.sizes[1:-1]}")
        self.compute_dtype = DTYPES[checks.choice("dtype", dtype, tuple(DTYPES))]
        self.dtype = torch.float64 if dtype == "float64" else torch.float32
        self.device = device_of(device)
        self.weights, self.biases = self._drawn(self._each("initialise", initialise))
        scales = checks.real("input_scale", input_scale, above=0)
        self.input_scale = torch.tensor(
            np.broadcast_to(scales, len(self)).copy(), dtype=self.compute_dtype, device=self.device
        ).view(-1, 1, 1)
        self.phi = phi

    def _each(self, name, value):
        """One value for each network."""
        values = list(value) if isinstance(value, list | tuple) else [value] * len(self)
        if len(values) != len(self):
            raise ValueError(f"{name} has {len(values)} entries for {len(self)} networks")
        return values

    def _drawn(self, initialise):
        """The weights, drawn network by network and layer by layer in float64 on the CPU."""
        shapes = list(zip(self.sizes[1:], self.sizes, strict=False))
        put = {"dtype": self.dtype, "device": self.device}
        weights = [aligned_zeros(len(self), *shape, **put) for shape in shapes]
        biases = [aligned_zeros(len(self), 1, shape[0], **put) for shape in shapes]
        for k, (seed, fill) in enumerate(zip(self.seeds, initialise, strict=True)):
            generator = generator_of(seed, (0,))
            for layer, shape in enumerate(shapes):
                weight = torch.empty(shape, dtype=torch.float64)
                bias = torch.zeros(shape[0], dtype=torch.float64)
                fill(weight, bias, generator=generator)
                weights[layer][k], biases[layer][k, 0] = weight, bias
        return weights, biases

    def __len__(self):
        return len(self.seeds)

    @property
    def depth(self):
        return len(self.weights) - 1

    @property
    def phi(self):
        """The activations, one for each network; assign to change them."""
        return self._phi

    @phi.setter
    def phi(self, phi):
        self._phi = tuple(self._each("phi", phi))
        self.pointwise = Pointwise(self._phi, self.input_scale)
        self._parts = None

    def parts(self):
        """What is computed at once, as (stack, slice) pairs: on a GPU the stack itself.

        On a CPU each network by itself, in the same memory. A batch of products is no faster
        there, and a network's results must be the same, bit for bit, in every stack.
        """
        if self._parts is None:
            whole = len(self) == 1 or self.device.type != "cpu"
            slices = [slice(0, len(self))] if whole else [slice(k, k + 1) for k in range(len(self))]
            self._parts = [(self if whole else self._part(own), own) for own in slices]
        return self._parts

    def _part(self, own):
        part = object.__new__(Stack)
        part.__dict__ |= self.__dict__
        part.seeds = self.seeds[own]
        part.weights = [weight[own] for weight in self.weights]
        part.biases = [bias[own] for bias in self.biases]
        part.input_scale = self.input_scale[own]
        part.phi = self.phi[own]
        return part

    @property
    def plain(self):
        """Whether every hidden layer is phi(W z + b)."""
        return self.norm is None and self.branch is None

    def forward(self, x, keep=True, deviations=None):
        """All preactivations and activations for inputs `x` of shape (K, batch, sizes[0]).

        Parameters
        ----------
        x : Tensor
        keep : bool
            False lets activations take the place of preactivations, which a step of a plain stack
            does not need.
        deviations : list, optional
            To it is added what each hidden layer with a norm divided by; `back` asks for it.

        Returns
        -------
        h, z : list of Tensor
            ``h[l]`` are the preactivations of layer l, normalised if there is a norm, ``z[l]``
            what goes into it: ``z[0]`` are the scaled inputs, ``h[-1]`` the outputs. Shapes
            (K, batch, width).
        """
        h, z, total = [], [x.to(self.compute_dtype) * self.input_scale], None
        activate = self.pointwise.forward if keep else self.pointwise.forward_
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            weight, bias = weight.to(self.compute_dtype), bias.to(self.compute_dtype)
            if h:
                z.append(activate(h[-1]))
            total = self._added(layer, torch.baddbmm(bias, z[-1], weight.mT), total)
            h.append(total)
            if self.norm and layer < self.depth:
                h[-1], deviation = normalised(total, self.norm)
                if deviations is not None:
                    deviations.append(deviation)
        return h, z

    def residual(self, layer):
        """Whether W z + b of layer 0, 1, ... is added to the preactivations below it."""
        return self.branch is not None and 0 < layer < self.depth

    def _added(self, layer, change, total):
        return total.add(change, alpha=self.branch) if self.residual(layer) else change

    def back(self, layer, gradient, carried, h, z, deviations):
        """One hidden layer of the backward pass.

        Parameters
        ----------
        layer : int
            From `depth` down to 1, the first.
        gradient : Tensor
            In the layer's activations; it may be overwritten.
        carried : Tensor or None
            In the preactivations of the layer above, as this function returned it for that layer.
        h, z, deviations : list of Tensor
            As `forward` gave them.

        Returns
        -------
        gradient : Tensor
            In W z + b of this layer.
        carried : Tensor or None
        """
        gradient = self.pointwise.backward_(gradient, h[layer - 1], z[layer])
        if self.plain:
            return gradient, None
        if self.norm:
            gradient = through_norm(gradient, h[layer - 1], deviations[layer - 1], self.norm)
        if carried is not None:
            gradient = gradient + carried
        carried = gradient if self.branch is not None else None
        return (gradient * self.branch if self.residual(layer - 1) else gradient), carried

    def output(self, x):
        """The outputs alone, of shape (K, batch, sizes[-1])."""
        z, total = x.to(self.compute_dtype) * self.input_scale, None
        activate = self.pointwise.forward_ if self.plain else self.pointwise.forward
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if layer:
                z = activate(normalised(total, self.norm)[0] if self.norm else total)
            change = torch.baddbmm(bias.to(z.dtype), z, weight.to(z.dtype).mT)
            total = self._added(layer, change, total)
        return total

    def state(self, k):
        """Copies of the weights of network `k` as NumPy arrays by name, to be saved unpickled."""
        layers = enumerate(zip(self.weights, self.biases, strict=True))
        return {
            f"{part}{layer}": tensor[k].cpu().numpy().copy()
            for layer, tensors in layers
            for part, tensor in zip(("weight", "bias"), tensors, strict=True)
        }

    def load(self, k, state):
        """Put the weights of `state`, as `state(k)` gave them, into network `k`."""
        for layer, tensors in enumerate(zip(self.weights, self.biases, strict=True)):
            for part, tensor in zip(("weight", "bias"), tensors, strict=True):
                tensor[k] = torch.from_numpy(np.asarray(state[f"{part}{layer}"]))

    def double(self):
        """A copy in float64, for statistics that would underflow in float32."""
        copy = object.__new__(Stack)
        copy.__dict__ |= self.__dict__
        copy.dtype = copy.compute_dtype = torch.float64
        copy.weights = [weight.double() for weight in self.weights]
        copy.biases = [bias.double() for bias in self.biases]
        copy.input_scale = self.input_scale.double()
        copy.phi = self.phi
        return copy

    def module(self, k=0):
        """Network `k` as an ordinary torch.nn.Sequential, a copy."""
        return torch.nn.Sequential(*modules(self, k))
