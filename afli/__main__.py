"""The command line: `python -m afli --version`."""

import argparse
from importlib.metadata import version


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and act on it."""
    parser = argparse.ArgumentParser(prog="python -m afli", description="AFLI, the helper package")
    parser.add_argument("--version", action="version", version=f"afli {version('afli')}")
    parser.parse_args(arguments)
    parser.print_help()


if __name__ == "__main__":
    main()
