"""`python -m afli bench`: how fast the training is on this machine."""

from .output import json_object, table

SUMMARY = "how fast networks train here, and what a sweep would cost"
DESCRIPTION = """\
Time a training step of a fully-connected network on images of the size of CIFAR-10, three ways in
turns: the laboratory's, an ordinary loop (Sequential, DataLoader, fused SGD) and the bare matrix
products, which no training can beat. Then the whole machine: the processes of a sweep, one on each
core, against one ordinary loop with as many threads. Let nothing else run meanwhile."""
EPILOG = """\
examples:
  python -m afli bench
  python -m afli bench --depth 100 --width 300 --batch 64 --rounds 5"""
STEPS_OF_AN_EPOCH = 50_000


def add_arguments(parser):
    """Declare the arguments of `bench`."""
    parser.description, parser.epilog = DESCRIPTION, EPILOG
    add = parser.add_argument
    text = "hidden layers; several give a column each (default: 20 50 100 200)"
    add("--depth", type=int, nargs="+", default=[20, 50, 100, 200], metavar="L", help=text)
    add("--width", type=int, default=300, metavar="N", help="units (default: %(default)s)")
    add("--batch", type=int, default=64, metavar="B", help="images (default: %(default)s)")
    text = "networks in the stack (default: %(default)s)"
    add("--networks", type=int, default=1, metavar="K", help=text)
    text = "steps that are timed; medians are shown (default: %(default)s)"
    add("--rounds", type=int, default=15, metavar="R", help=text)
    text = '"cpu", "cuda" or "auto", a GPU where there is one (default: %(default)s)'
    add("--device", default="auto", metavar="NAME", help=text)
    add("--json", action="store_true", help="print one JSON object instead")


def run(arguments):
    """Time the steps and print them."""
    from ..lab import benchmark, throughput
    from ..lab.executors import cores
    from ..lab.tensors import device_of
    from ..theory import checks

    for name in ("width", "batch", "networks", "rounds"):
        checks.whole(name, getattr(arguments, name), low=1)
    depths = [checks.whole("depth", depth, low=1) for depth in arguments.depth]
    device = device_of(arguments.device)
    shape = {"width": arguments.width, "batch": arguments.batch}
    one = {"threads": 1} if device.type == "cpu" else {}
    networks = {"networks": arguments.networks, "rounds": arguments.rounds}
    steps = [benchmark.race(d, device=device, **shape, **networks, **one) for d in depths]
    whole = [None] * len(depths)
    if device.type == "cpu":
        turns = {"workers": cores(), "seconds": min(3.0, arguments.rounds / 5)}
        whole = [throughput.machine(depth, **shape, **turns) for depth in depths]
    if arguments.json:
        rows = zip(depths, steps, whole, strict=True)
        print(json_object([{"depth": d, "step": s, "machine": w} for d, s, w in rows]))
        return
    print(table(_rows(depths, steps, whole, device, arguments)))


def _rows(depths, steps, whole, device, arguments):
    rate = [w["ours"] if w else 1 / s["ours"] for s, w in zip(steps, whole, strict=True)]
    per_epoch = STEPS_OF_AN_EPOCH // arguments.batch
    kind = "one thread" if device.type == "cpu" else "the GPU"
    yield ("L", "hidden layers", *depths)
    yield f"A step, {kind}, in milliseconds (median of {arguments.rounds})"
    for name, words in (
        ("ours", "one network of the stack"),
        ("ordinary", "ordinary loop"),
        ("products", "matrix products alone"),
    ):
        yield (name, words, *(1e3 * step[name] for step in steps))
    yield ("ratio", "speed, relative to the ordinary loop", *(step["ratio"] for step in steps))
    yield ("floor", "share of a step that the products need", *(step["floor"] for step in steps))
    yield ("GFLOP/s", "of the products, in our step", *(step["gflops"] for step in steps))
    yield ("peak", "their share of what a large product reaches", *(s["peak"] for s in steps))
    if whole[0]:
        yield "The whole machine, in steps per second"
        yield ("ours", "the processes of a sweep", *(w["ours"] for w in whole))
        yield ("ordinary", "one loop, all threads", *(w["ordinary"] for w in whole))
        yield ("ratio", "speed, relative to the ordinary loop", *(w["ratio"] for w in whole))
    yield "What it means"
    yield ("s/epoch", "one network, 50,000 images", *(per_epoch / r for r in rate))
    yield ("h/run", "100 epochs of one network", *(100 * per_epoch / r / 3600 for r in rate))
