"""Carry out runs: build their stack, train it, measure it at the start and at the end."""

import json
from functools import lru_cache, partial

import numpy as np

from . import initialisers
from .datasets import load_dataset
from .fields import HEURISTICS
from .kinds import instance, sequence
from .manifold import retraction
from .measurements import layers_of, measured
from .networks import Stack
from .preprocessing import Prepared, input_scale, prepare
from .runs import Run
from .steps import Descent
from .training import Curve, train


@lru_cache(maxsize=2)
def _prepared(data, train, test, how, holdout):
    return prepare(load_dataset(data, train=train, test=test), how=how, holdout=holdout)


def data_of(run):
    """The prepared images of a run; kept, because runs of a sweep share them."""
    return _prepared(run.data, run.train, run.test, run.preprocessing, run.holdout)


def build(runs, data, device="auto"):
    """The stack of some runs of the same shape, at its initialisation.

    Parameters
    ----------
    runs : sequence of Run
        Equal in shape, optimiser and data (`Run.stack_key`).
    data : Prepared
    device : str

    Returns
    -------
    Stack
        Of len(runs) networks, with the inputs scaled to q*.

    Raises
    ------
    TypeError, ValueError
        If the runs do not share a stack key, one has no length to start at (`Run.variances`), or
        an argument is not what it says above.

    Examples
    --------
    >>> from afli.lab import Run, build, load_dataset, prepare
    >>> data = prepare(load_dataset("digits"))
    >>> runs = [Run(data="digits", a=a, sigma_b2=0.1, depth=3, width=20) for a in (1, 2)]
    >>> stack = build(runs, data, "cpu")
    >>> len(stack), stack.sizes
    (2, (64, 20, 20, 20, 10))
    """
    runs, data = _checked(runs), instance("data", data, Prepared, "prepare(load_dataset('digits'))")
    if len({run.stack_key() for run in runs}) > 1:
        raise ValueError("runs of one stack must agree in shape, activation, optimiser and data")
    run = runs[0]
    sizes = [data.train_inputs.shape[1], *[run.width] * run.depth, len(data.classes)]
    return Stack(
        [run.phi() for run in runs],
        sizes,
        [_initialiser(run) for run in runs],
        seeds=[run.seed for run in runs],
        input_scale=[_input_scale(run) for run in runs],
        norm=run.norm,
        branch=run.depth**-0.5 if run.residual else None,
        dtype=run.dtype,
        device=device,
    )


def _checked(runs):
    """The runs of a stack as a tuple, or what is wrong with them."""
    example = "[Run(a=2.0, sigma_b2=0.1)]"
    return tuple(instance("runs", run, Run, example) for run in sequence("runs", runs, example))


def _initialiser(run):
    """The function that fills a layer of this run's network."""
    if run.weights in HEURISTICS:
        heuristic = getattr(initialisers, run.weights + "_")
        return lambda weight, bias, generator: heuristic(weight, generator=generator)
    return partial(_fill, law=run.weights, sigma_w2=run.variances()[1], sigma_b2=run.sigma_b2)


def _fill(weight, bias, *, generator, law, sigma_w2, sigma_b2):
    draw = initialisers.orthogonal_ if law == "orthogonal" else initialisers.gaussian_
    draw(weight, sigma_w2, generator=generator)
    initialisers.bias_normal_(bias, sigma_b2, generator=generator)


def _input_scale(run):
    q, _ = run.variances()
    return 1.0 if q is None else input_scale(run.phi(), q, run.preprocessing)


def carry_out(runs, data, *, device="auto", snapshots=None, after_epoch=None):
    """Train the stack of some runs, from the start or from snapshots.

    Parameters
    ----------
    runs : sequence of K Run
        With one stack key.
    data : Prepared
    device : str
    snapshots : sequence of K dict, optional
        As given to `after_epoch`, all after the same epoch: the training goes on from there.
    after_epoch : callable, optional
        ``after_epoch(epoch, snapshot)``: epoch counts from 1, ``snapshot(k)`` makes the snapshot
        of network k, a dict of NumPy arrays.

    Returns
    -------
    list of K dict
        ``outcome`` ("finished" or "diverged"), ``curve`` (see `Curve`), ``start`` and ``end``
        (layer statistics and Jacobian moments; ``end`` is None for what diverged), and for a run
        that is watched ``watched``, the layer statistics after every epoch.

    Raises
    ------
    TypeError, ValueError
        As `build` and `afli.lab.train` do.

    Examples
    --------
    >>> from afli.lab import Run, carry_out, load_dataset, prepare
    >>> data = prepare(load_dataset("digits", train=200, test=50))
    >>> run = Run(data="digits", a=2, sigma_b2=0.1, depth=3, width=20, batch=20, epochs=2)
    >>> result, = carry_out([run], data, device="cpu")
    >>> result["outcome"], len(result["curve"]["test_accuracy"])
    ('finished', 2)
    >>> len(result["start"]["layers"]["correlation"])
    3
    """
    runs = _checked(runs)
    run = runs[0]
    stack = build(runs, data, device)
    descent = Descent(stack, learning_rate=run.learning_rate, momentum=run.momentum, loss=run.loss)
    if snapshots:
        restored = [_restore(stack, descent, k, snap) for k, snap in enumerate(snapshots)]
        starts, watched, curves = map(list, zip(*restored, strict=True))
        done = max(len(curve.train_loss) for curve in curves)
        stack.phi = [run.phi(max(done - 1, 0)) for run in runs]
    else:
        starts, watched = measured(stack, data, run), [[] for _ in runs]
        curves = [Curve() for _ in runs]

    def before(epoch, stack):
        _schedule(runs, stack, epoch)

    def after(epoch, stack, curves, descent):
        if run.watch:
            found = layers_of(stack, data, run)
            for rows, layers, curve in zip(watched, found, curves, strict=True):
                rows += [] if curve.diverged_at else [layers]
        if after_epoch:
            about = [
                {"start": start, "watched": rows, "curve": curve.as_dict()}
                for start, rows, curve in zip(starts, watched, curves, strict=True)
            ]
            after_epoch(epoch + 1, lambda k: _snapshot(stack, descent, k, about[k]))

    train(
        stack,
        data,
        epochs=run.epochs,
        learning_rate=run.learning_rate,
        batch=run.batch,
        images_per_epoch=run.images_per_epoch,
        momentum=run.momentum,
        loss=run.loss,
        before_epoch=before,
        after_step=_retraction(runs, stack),
        after_epoch=after,
        curves=curves,
        descent=descent,
    )
    ends = measured(stack, data, run)
    return [
        {
            "outcome": "diverged" if curve.diverged_at else "finished",
            "curve": curve.as_dict(),
            "start": start,
            "end": None if curve.diverged_at else end,
            **({"watched": rows} if run.watch else {}),
        }
        for start, end, rows, curve in zip(starts, ends, watched, curves, strict=True)
    ]


def _retraction(runs, stack):
    variances = [run.variances()[1] if run.orthogonality else 1.0 for run in runs]
    return retraction(stack, [run.orthogonality for run in runs], variances)


def _schedule(runs, stack, epoch):
    """Give the networks the activation of the epoch, and rescale what is to be rescaled."""
    phis = tuple(run.phi(epoch) for run in runs)
    if phis == stack.phi:
        return
    stack.phi = phis
    for k, run in enumerate(runs):
        if run.rescale and epoch:
            ratio = run.edge(epoch).sigma_w2 / run.edge(epoch - 1).sigma_w2
            for weight in stack.weights[:-1]:
                weight[k] *= float(ratio) ** 0.5


def _snapshot(stack, descent, k, about):
    return {**stack.state(k), **descent.state(k), "about": np.array(json.dumps(about))}


def _restore(stack, descent, k, snapshot):
    stack.load(k, snapshot)
    descent.load(k, snapshot)
    about = json.loads(str(snapshot["about"]))
    return about["start"], about["watched"], Curve(**about["curve"])
