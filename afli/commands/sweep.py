"""`python -m afli sweep`: carry out an experiment, whatever interrupts it."""

import sys
from contextlib import nullcontext
from pathlib import Path

from .output import table

SUMMARY = "train the networks of an experiment; can be killed and goes on"
DESCRIPTION = """\
Carry out the runs of an experiment that have no record yet, and print its table. Kill it at any
moment: finished runs are kept, and the same command goes on with the others. The same command on
two machines with one shared folder divides the work between them."""
EPILOG = """\
experiments:
{}

budgets: quick takes minutes, laptop hours, paper has the published size.

With --scheduler the runs go to the workers of a Dask scheduler, which share the disk of --folder
and have one thread each:
  dask scheduler --port 8786
  dask worker tcp://HOST:8786 --nthreads 1 --nworkers 8
Under Slurm, SLURMCluster of dask-jobqueue starts them, on Kubernetes KubeCluster of
dask-kubernetes: python -c "import afli.lab.executors as e; help(e.dask)" shows how.

examples:
  python -m afli sweep demo --budget quick
  python -m afli sweep heatmap --budget laptop --folder /shared/heatmap --scheduler tcp://HOST:8786"""


def add_arguments(parser):
    """Declare the arguments of `sweep`."""
    from ..lab.experiments import EXPERIMENTS
    from ..lab.grids import BUDGETS

    lines = [f"  {name:<16}{one.question}" for name, one in EXPERIMENTS.items()]
    parser.description, parser.epilog = DESCRIPTION, EPILOG.format("\n".join(lines))
    add = parser.add_argument
    add("name", choices=EXPERIMENTS, metavar="NAME", help="the experiment, from the list below")
    text = "%(choices)s (default: %(default)s)"
    add("--budget", choices=BUDGETS, default="quick", metavar="B", help=text)
    text = "of records and checkpoints (default: runs/NAME-BUDGET)"
    add("--folder", type=Path, metavar="DIR", help=text)
    text = "processes (default: one for each core; on a GPU one)"
    add("--workers", type=int, metavar="N", help=text)
    text = "such as cpu or cuda (default: the GPU where there is one)"
    add("--device", default="auto", metavar="D", help=text)
    add("--scheduler", metavar="ADDRESS", help="a Dask scheduler, whose workers do the work")
    add("--quiet", action="store_true", help="write no progress to stderr")


def run(arguments):
    """Run what is missing and print the table of the experiment."""
    from ..lab.executors import dask
    from ..lab.experiments import experiment
    from ..lab.sweeps import sweep

    if arguments.scheduler and arguments.workers:
        raise ValueError("--workers goes with processes of this machine, not with --scheduler")
    chosen = experiment(arguments.name)
    scheduler = dask(arguments.scheduler) if arguments.scheduler else nullcontext()
    try:
        with scheduler as executor:
            records = sweep(
                chosen,
                budget=arguments.budget,
                folder=arguments.folder,
                executor=executor,
                workers=arguments.workers,
                device=arguments.device,
                progress=not arguments.quiet,
            )
    except KeyboardInterrupt:
        print("\nStopped. What is finished is kept; the same command goes on.", file=sys.stderr)
        return 130
    print(f"{chosen.question}\n\n{results(chosen, records)}\n\n{_origin(records)}")


def results(chosen, records):
    """A table of mean test accuracies after the last epoch.

    Parameters
    ----------
    chosen : Experiment
        Says which fields of the runs are rows and which are columns.
    records : list of dict
        See `afli.lab.records`.

    Returns
    -------
    str
        "-" stands where every run diverged or there was none.
    """
    cells = {}
    for record in records:
        row, column = (
            tuple(_value(record["run"][name]) for name in names)
            for names in (chosen.rows, chosen.columns)
        )
        mine = cells.setdefault(row, {}).setdefault(column, [])
        mine += record["curve"]["test_accuracy"][-1:] if record["outcome"] == "finished" else []
    columns = list(dict.fromkeys(column for row in cells.values() for column in row))
    head = [", ".join(f"{n} {v}" for n, v in zip(chosen.columns, c, strict=True)) for c in columns]
    body = [
        (", ".join(row), "", *(_mean(cells[row].get(column)) for column in columns))
        for row in cells
    ]
    what = "accuracy on images held out" if records[0]["run"]["holdout"] else "test accuracy"
    heading = f"{what}, mean over {_seeds(records)}"
    return heading + "\n\n" + table([(", ".join(chosen.rows), "", *head), *body])


def _value(value):
    return f"{value:g}" if isinstance(value, float) else "-" if value is None else str(value)


def _mean(accuracies):
    return f"{sum(accuracies) / len(accuracies):.3f}" if accuracies else "-"


def _seeds(records):
    count = len({record["run"]["seed"] for record in records})
    return "1 seed" if count == 1 else f"{count} seeds"


def _origin(records):
    """On which data the runs were trained, and how many diverged."""
    data = {record["data"]["fingerprint"]: record["data"] for record in records}
    names = sorted(
        one["name"] if one["official"] else f"{one['name']}, unofficial, {one['fingerprint']}"
        for one in data.values()
    )
    diverged = sum(record["outcome"] == "diverged" for record in records)
    return f"{len(records)} runs, {diverged} of them diverged, on {'; '.join(names)}"
