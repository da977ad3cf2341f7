"""`python -m afli`: help for a newcomer, and one clear line for every error."""

import os
import shlex
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest
from sources import BOOK

from afli import commands
from afli.__main__ import main

FULL = Path("/dev/full")
EOC = ("eoc", "tanh", "--sigma-b2", "0.1")


def module(name):
    return import_module(f"afli.commands.{name}")


def run(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "afli", *arguments], text=True, **options)


def complaint(capsys):
    """The only line on stderr; nothing is on stdout."""
    out, err = capsys.readouterr()
    assert out == "" and err.endswith("\n") and err.count("\n") == 1, (out, err)
    return err.rstrip("\n")


def help_of(name, capsys):
    assert main([name, "--help"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def examples(name, capsys):
    """The command lines in the help of a command, without `python -m afli`."""
    start = "python -m afli "
    lines = [line.strip() for line in help_of(name, capsys).splitlines()]
    return [shlex.split(line)[3:] for line in lines if line.startswith(start)]


def test_version():
    done = run("--version", capture_output=True, check=True)
    assert done.stdout.strip() == f"afli {version('afli')}"


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_the_help_lists_every_command(arguments, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert err == ""
    listed = [line.split(maxsplit=1) for line in out.splitlines() if line.startswith("    ")]
    assert listed == [[name, module(name).SUMMARY] for name in commands.NAMES]


@pytest.mark.parametrize("name", commands.NAMES)
def test_every_command_explains_itself(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    text = help_of(name, capsys)
    assert module(name).SUMMARY not in text, "the description says no more than the summary"
    assert max(map(len, text.splitlines())) <= 100
    assert examples(name, capsys)
    assert all(words[0] == name for words in examples(name, capsys))


@pytest.mark.parametrize("name", ["eoc", "design"])
def test_the_examples_of_the_help_run(name, capsys):
    for words in examples(name, capsys):
        assert main(words) == 0, words
        out, err = capsys.readouterr()
        assert out and err == ""


def test_the_book_lists_the_commands_and_shows_one_as_it_is(capsys):
    page = (BOOK / "reference" / "api.md").read_text(encoding="utf-8")
    for name in commands.NAMES:
        assert f"| `{name}` | {module(name).SUMMARY} |\n" in page
    block = page.split("```console\n$ python -m afli ")[1].split("```")[0]
    command, _, shown = block.partition("\n")
    assert main(shlex.split(command)) == 0
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("eco", "error: argument COMMAND: invalid choice: 'eco' (choose from "),
        ("--verbose", "error: unrecognized arguments: --verbose"),
        ("eoc", "eoc: error: the following arguments are required: ACTIVATION, --sigma-b2"),
        ("eoc tanh --sigma-b2 x", "eoc: error: argument --sigma-b2: invalid float value: 'x'"),
        ("eoc tanh --sigma-b2 -1", "eoc: error: sigma_b2 must be at least 0, got -1.0"),
        ("eoc tanh --sigma-b2 nan", "eoc: error: sigma_b2 must be finite, got nan"),
        ("eoc tann --sigma-b2 1", "eoc: error: name 'tann' is unknown: did you mean 'tanh'? "),
        ("eoc tanh --a 2 --sigma-b2 1", "eoc: error: tanh has no parameter 'a': it takes none"),
        ("eoc shtanh --sigma-b2 1", "eoc: error: shtanh needs the parameter 'a'"),
        ("eoc ssin --a 0.5 --sigma-b2 1", "eoc: error: a must be at least 1.0 for ssin"),
        ("eoc relu --sigma-b2 0 0.1", "eoc: error: relu has no edge of chaos at sigma_b2 = 0.1: "),
        ("design --depth 9", "design: error: the following arguments are required: --sigma-b2"),
        ("design --depth 1.5 --sigma-b2 1", "--depth: invalid int value: '1.5'"),
        ("design --depth 0 --sigma-b2 1", "design: error: depth must be at least 1, got 0"),
        ("design --depth 9 --sigma-b2 0", "design: error: sigma_b2 must be greater than 0, got 0"),
        ("design --depth 9 --sigma-b2 1 --tolerance 0", "design: error: tolerance must be"),
        ("design --depth 9 --sigma-b2 1 --activation tanh", "invalid choice: 'tanh'"),
        (
            "design --depth 2 --sigma-b2 1e-3 --activation ssin",
            "depth 2 needs only a = 0.104057, but a must be at least 1.0 for ssin",
        ),
    ],
)
def test_bad_arguments_get_one_line_and_exit_code_2(arguments, says, capsys):
    assert main(arguments.split()) == 2
    line = complaint(capsys)
    assert line.startswith("python -m afli") and says in line


@pytest.mark.parametrize("words", ["bench", "cost demo", "sweep demo --quiet"])
@pytest.mark.parametrize(
    ("device", "says"),
    [
        ("foo", "device must be 'cpu', 'cuda' or 'auto', got 'foo'"),
        ("cuda", "device is 'cuda', but PyTorch finds 0 GPUs: take 'cpu' or 'auto'"),
    ],
)
def test_a_device_that_is_not_there(words, device, says, capsys, monkeypatch, tmp_path):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.chdir(tmp_path)
    assert main([*words.split(), "--device", device]) == 2
    assert complaint(capsys) == f"python -m afli {words.split()[0]}: error: {says}"


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (FileNotFoundError(2, "No such file", "here"), 2, "[Errno 2] No such file: 'here'"),
        (TypeError("one\n  two"), 2, "one two"),
        (PermissionError(13, "Permission denied"), 1, "[Errno 13] Permission denied"),
        (OSError(28, "No space left"), 1, "[Errno 28] No space left"),
        (ConnectionResetError(104, "Connection reset"), 1, "[Errno 104] Connection reset"),
        (ArithmeticError("unsolved"), 1, "unsolved"),
        (BrokenPipeError(32, "Broken pipe"), 141, None),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_errors_of_a_command(error, code, says, capsys, monkeypatch):
    def fails(arguments):
        raise error

    monkeypatch.setattr(module("eoc"), "run", fails)
    assert main([*EOC]) == code
    if says:
        assert complaint(capsys) == f"python -m afli eoc: error: {says}"
    assert capsys.readouterr() == ("", "")


UNBUFFERED = [{"PYTHONUNBUFFERED": flag} for flag in ("", "1")]


@pytest.mark.parametrize("environment", UNBUFFERED, ids=["buffered", "unbuffered"])
def test_a_reader_that_leaves_gets_no_traceback(environment):
    reader, writer = os.pipe()
    os.close(reader)
    options = {"stdout": writer, "stderr": subprocess.PIPE, "env": os.environ | environment}
    try:
        table, help_ = run(*EOC, **options), run("--help", **options)
    finally:
        os.close(writer)
    assert (table.returncode, table.stderr) == (141, "")
    assert help_.stderr == "" and help_.returncode in (0, 141)  # argparse hides it at times


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("environment", UNBUFFERED, ids=["buffered", "unbuffered"])
def test_a_full_disk_is_one_line(environment):
    with FULL.open("w") as full:
        done = run(*EOC, stdout=full, stderr=subprocess.PIPE, env=os.environ | environment)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "No space left" in done.stderr


def test_the_process_exits_with_the_code_and_without_a_traceback():
    done = run("eoc", "relu", "--sigma-b2", "0.1", capture_output=True)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "take sigma_b2 = 0" in done.stderr


def test_torch_is_not_imported():
    """Nor anything else that is slow, by the help and by the commands of the theory."""
    program = """
import sys
from afli.__main__ import main
for words in ("--help", "eoc shtanh --a 2 --sigma-b2 0.1", "design --depth 9 --sigma-b2 0.1"):
    assert main(words.split()) == 0
print(sorted({"torch", "matplotlib", "distributed"} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True)
    assert done.stderr == "[]\n"
