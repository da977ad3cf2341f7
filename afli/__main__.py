"""The command line, `python -m afli`: one parser, and one line on stderr for every error."""

import argparse
import os
import sys
from importlib import import_module
from importlib.metadata import version

from .commands import NAMES
from .extras import needs

PROGRAM = "python -m afli"
BAD_ARGUMENTS, FAILED, INTERRUPTED, NOBODY_READS = 2, 1, 130, 141
DESCRIPTION = """\
Tools of the AFLI course: how the activation function and the variances of weights and biases
decide whether a deep network can be trained."""
EPILOG = f"""\
example:
  {PROGRAM} eoc tanh --sigma-b2 0.1

{PROGRAM} COMMAND --help explains a command and gives an example."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage in front."""

    def error(self, message):
        self.exit(_complain(self.prog, message, BAD_ARGUMENTS))


def main(arguments: list[str] | None = None) -> int:
    """Run a command line and return its exit code.

    Parameters
    ----------
    arguments : list of str, optional
        What stands behind ``python -m afli`` (default: what the process was started with).

    Returns
    -------
    int
        0 if all is well, 1 if the system fails (disk, network), a package is not installed or a
        computation does not end, 2 for bad arguments, 130 if interrupted, 141 if nobody reads the
        output any more.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    name = " ".join([PROGRAM, *(word for word in arguments[:1] if word in NAMES)])
    try:
        with needs("lab"):
            code = _run(arguments)
        print(end="", flush=True)  # an error of writing is met here and not at exit
        return code
    except (ValueError, TypeError, FileNotFoundError) as error:
        return _complain(name, error, BAD_ARGUMENTS)
    except BrokenPipeError:
        return NOBODY_READS
    except (OSError, ArithmeticError, ModuleNotFoundError) as error:
        return _complain(name, error, FAILED)
    except KeyboardInterrupt:
        return _complain(name, "interrupted", INTERRUPTED)
    finally:
        _drop_what_cannot_be_written()


def _run(arguments):
    parser = _parser()
    try:
        chosen = parser.parse_args(arguments)
    except SystemExit as stop:  # after --help, --version or an error
        return stop.code
    if chosen.command is None:
        parser.print_help()
        return 0
    return chosen.run(chosen) or 0


def _parser():
    raw = argparse.RawDescriptionHelpFormatter
    parser = Parser(PROGRAM, description=DESCRIPTION, epilog=EPILOG, formatter_class=raw)
    parser.add_argument("--version", action="version", version=f"afli {version('afli')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for name in NAMES:
        module = import_module(f".commands.{name}", __package__)
        command = commands.add_parser(
            name, help=module.SUMMARY, description=module.SUMMARY, formatter_class=raw
        )
        command.set_defaults(run=module.run)
        module.add_arguments(command)
    return parser


def _complain(name, message, code):
    print(f"{name}: error: {' '.join(str(message).split())}", file=sys.stderr)
    return code


def _drop_what_cannot_be_written():
    """Let Python not try again at exit, with a message of its own."""
    try:
        print(end="", flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
