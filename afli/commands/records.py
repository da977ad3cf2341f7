"""`python -m afli records`: the records of a sweep as one table."""

from pathlib import Path

SUMMARY = "collate the records of an experiment to one CSV and one JSON"
DESCRIPTION = """\
Collate the records that `python -m afli sweep` made to NAME-BUDGET.csv, a row for each run and
epoch, and NAME-BUDGET.json, which says where it comes from. Every record is checked."""
EPILOG = """\
examples:
  python -m afli records demo
  python -m afli records heatmap --budget laptop --folder /shared/heatmap"""


def add_arguments(parser):
    """Declare the arguments of `records`."""
    from ..lab.experiments import EXPERIMENTS
    from ..lab.grids import BUDGETS

    parser.description, parser.epilog = DESCRIPTION, EPILOG
    add = parser.add_argument
    add("name", choices=EXPERIMENTS, metavar="NAME", help="the experiment: %(choices)s")
    text = "%(choices)s (default: %(default)s)"
    add("--budget", choices=BUDGETS, default="quick", metavar="B", help=text)
    add("--folder", type=Path, metavar="DIR", help="of the sweep (default: runs/NAME-BUDGET)")
    text = "where the two files are written (default: book/records; outside a clone records)"
    add("--destination", type=Path, metavar="DIR", help=text)
    add("--partial", action="store_true", help="collate even if runs are missing")


def run(arguments):
    """Write the table and its account, and say where they are."""
    from ..lab.collation import collate
    from ..lab.experiments import experiment
    from ..lab.tables import load_records

    name, budget = arguments.name, arguments.budget
    folder = arguments.folder or Path("runs") / f"{name}-{budget}"
    home = Path("book/records" if Path("book").is_dir() else "records")
    destination = arguments.destination or home
    path = collate(experiment(name), budget, folder, destination, partial=arguments.partial)
    about = load_records(path).about
    runs, rows = about["runs"], about["table"]["rows"]
    print(f"{path}: {rows} rows of {len(about['keys'])} runs of {runs['planned']}")
    print(f"{path.with_suffix('.json')}: versions, devices and data of these runs")
