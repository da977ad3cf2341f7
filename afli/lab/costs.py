"""What an experiment costs: steps, floating-point operations, hours."""

from collections import Counter

from ..theory import checks
from .grids import Experiment
from .kinds import instance
from .plans import TEST, gpu_stack, images, parameters


def training_flops(run):
    """Floating-point operations of the matrix products of a run's training and evaluation.

    Three products a layer and image, of two operations an entry, but two in the first layer, whose
    inputs need no gradient; one product a layer and test image after each epoch.

    Examples
    --------
    >>> from afli.lab import Run
    >>> run = Run(data="shapeset", a=2, depth=1, width=10, batch=64, images_per_epoch=64, test=1)
    >>> training_flops(run)
    2680520
    """
    tested = run.holdout or run.test or TEST[run.data]
    first = run.width * _inputs(run)
    per_image = 2 * (3 * parameters(run) - first)
    per_epoch = steps_of(run) // run.epochs * run.batch * per_image + 2 * tested * parameters(run)
    return run.epochs * per_epoch


def steps_of(run):
    """Steps of the descent in all epochs of a run."""
    return run.epochs * (images(run) // run.batch)


def _inputs(run):
    return parameters(run) // run.width - (run.depth - 1) * run.width - 10


def cost(experiment, budget, *, device="auto", workers=None, seconds=2.0):
    """Measure how long an experiment takes on this machine.

    Each shape of network that occurs is trained for a few seconds, on random images: on a CPU by
    the processes of a sweep, on a GPU in one stack, whose median of five steps counts.

    Parameters
    ----------
    experiment : Experiment
    budget : str
    device : str
        "auto" is the GPU where there is one.
    workers : int, optional
        Processes of one thread each (default: one for each core); of no use on a GPU.
    seconds : float
        For which a shape is timed on a CPU, in whole epochs of 4096 images, after as long to warm
        up; the processes take some seconds more to start. A GPU does not need it.

    Returns
    -------
    dict
        ``runs``, ``steps``, ``flops``, ``device``, ``seconds`` (of the whole experiment, on this
        machine), and ``shapes``, a list of dict with depth, width, batch, runs, steps and
        ``steps_per_second`` of the whole machine.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what it says above.

    Examples
    --------
    >>> from afli.lab import Experiment, grid
    >>> few = grid(dict(data="digits", a=2, sigma_b2=0.1, width=9), depth=(2,), seed=range(3))
    >>> mine = Experiment("mine", "Is a moment enough?", {"quick": [few]})
    >>> found = cost(mine, "quick", device="cpu", workers=1, seconds=0.01)
    >>> found["runs"], found["steps"], found["seconds"] < 60
    (3, 66, True)
    """
    from .executors import cores
    from .tensors import device_of

    instance("experiment", experiment, Experiment, "afli.lab.experiment('demo')")
    device, seconds = device_of(device), checks.real("seconds", seconds, above=0)
    runs = experiment.runs(budget)
    runs = [run.replace(data="cifar10") if run.data == "auto" else run for run in runs]
    shapes = Counter((run.depth, run.width, run.batch) for run in runs)
    found = []
    for shape, count in shapes.items():
        alike = [run for run in runs if (run.depth, run.width, run.batch) == shape]
        if device.type == "cpu":
            rate = _rate_of_processes(shape, workers or cores(), seconds)
        else:
            rate = _rate_of_a_gpu(shape, alike[0], device)
        about = dict(zip(("depth", "width", "batch"), shape, strict=True))
        steps = sum(map(steps_of, alike))
        found.append(about | {"runs": count, "steps": steps, "steps_per_second": rate})
    return {
        "runs": len(runs),
        "steps": sum(one["steps"] for one in found),
        "flops": sum(map(training_flops, runs)),
        "device": device.type,
        "seconds": sum(one["steps"] / one["steps_per_second"] for one in found),
        "shapes": found,
    }


def _rate_of_processes(shape, workers, seconds):
    from .throughput import sweep_speed

    depth, width, batch = shape
    return sweep_speed(depth, width=width, batch=batch, workers=workers, seconds=seconds)


def _rate_of_a_gpu(shape, run, device):
    import torch

    from .benchmark import race

    memory = torch.cuda.get_device_properties(device).total_memory
    networks, (depth, width, batch) = gpu_stack(run, memory), shape
    found = race(depth, width=width, batch=batch, networks=networks, rounds=5, device=device)
    return 1 / found["ours"]
