"""The commands of `python -m afli`: one module each, in the order in which the help lists them.

A module has a `SUMMARY` of one line, `add_arguments(parser)`, which also gives the parser a
description and an example, and `run(arguments)`, which prints and returns the exit code (None
for 0). All are imported for the help, so whatever is heavy is imported inside `run`.
"""

NAMES = ("data", "eoc", "design", "cost", "sweep", "records", "bench")
