"""`python -m afli cost`: what an experiment would cost, here and elsewhere."""

from .output import json_object, table

SUMMARY = "what an experiment would cost here, on a GPU and on a cluster"
DESCRIPTION = """\
Count the training steps and the floating-point operations of an experiment, time a few steps of
each shape of network on this machine, and print the hours that the whole would take: here, on a
cluster of such machines, and on a GPU that sustains a given speed. Let nothing else run."""
EPILOG = """\
examples:
  python -m afli cost heatmap --budget paper
  python -m afli cost heatmap --budget laptop --machines 10 --tflops 15"""


def add_arguments(parser):
    """Declare the arguments of `cost`."""
    from ..lab.experiments import EXPERIMENTS
    from ..lab.grids import BUDGETS

    parser.description, parser.epilog = DESCRIPTION, EPILOG
    add = parser.add_argument
    add("name", choices=EXPERIMENTS, metavar="NAME", help="the experiment: %(choices)s")
    text = "%(choices)s (default: %(default)s)"
    add("--budget", choices=BUDGETS, default="paper", metavar="B", help=text)
    text = "such as cpu or cuda (default: the GPU where there is one)"
    add("--device", default="auto", metavar="D", help=text)
    text = "machines like this one in a cluster (default: %(default)s)"
    add("--machines", type=int, default=100, metavar="N", help=text)
    text = "10^12 operations a second that a GPU is taken to sustain (default: %(default)s)"
    add("--tflops", type=float, default=10.0, metavar="T", help=text)
    text = "for which each shape is timed, after as long to warm up (default: %(default)s)"
    add("--seconds", type=float, default=2.0, metavar="S", help=text)
    add("--json", action="store_true", help="print one JSON object instead")


def run(arguments):
    """Measure and print."""
    from ..lab.costs import cost
    from ..lab.experiments import experiment
    from ..theory import checks

    machines = checks.whole("machines", arguments.machines, low=1)
    tflops = float(checks.real("tflops", arguments.tflops, above=0))
    chosen = experiment(arguments.name)
    found = cost(chosen, arguments.budget, device=arguments.device, seconds=arguments.seconds)
    hours = found["seconds"] / 3600
    elsewhere = {"cluster": hours / machines, "gpu": found["flops"] / (tflops * 1e12) / 3600}
    if arguments.json:
        print(json_object(found | {"hours": {"here": hours} | elsewhere}))
        return
    print(f"{chosen.question}\n\nBudget {arguments.budget}: {found['runs']} runs\n")
    print(table(_rows(found, hours, elsewhere, machines, tflops)))


def _rows(found, hours, elsewhere, machines, tflops):
    what = "its GPU" if found["device"] == "cuda" else "its cores"
    for shape in found["shapes"]:
        name = f"depth {shape['depth']}, width {shape['width']}, batch {shape['batch']}"
        rate = f"{shape['steps_per_second']:.3g} steps/s here"
        yield (name, f"{shape['runs']} runs, {shape['steps']:.3g} steps", rate)
    yield "The whole"
    yield ("products", "floating-point operations", f"{found['flops']:.3g}")
    yield ("here", f"hours on {what}, as measured", f"{hours:.3g}")
    yield ("cluster", f"hours on {machines} machines like this", f"{elsewhere['cluster']:.3g}")
    text = f"hours on a GPU, if it sustains {tflops:g} * 10^12 operations a second"
    yield ("GPU", text, f"{elsewhere['gpu']:.3g}")
