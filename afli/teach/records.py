"""The records of the book, which chapters, claims and scores read wherever they run."""

from pathlib import Path

RECORDS = Path(__file__).parents[2] / "book" / "records"


def recorded(name: str):
    """The record of an experiment.

    Parameters
    ----------
    name : str
        Of the experiment and its budget, such as "demo-quick".

    Returns
    -------
    afli.lab.tables.Records

    Raises
    ------
    FileNotFoundError
        If there is no such record, or the package is installed without the course.

    Examples
    --------
    >>> recorded("demo-quick").about["experiment"]
    'demo'
    """
    if not RECORDS.is_dir():
        raise FileNotFoundError(
            "the records are part of the course, not of the package alone: in a clone of the "
            'course, pip install -e ".[teach]"'
        )
    from ..lab import load_records

    return load_records(RECORDS / f"{name}.csv")
