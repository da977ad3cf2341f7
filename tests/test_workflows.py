"""The workflows are well-formed and safe; their steps do what they say, as far as they go here."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from sources import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
BIN = Path(sys.executable).parent


def steps():
    """Every step of every job, and of the action that they share."""
    found = []
    for path in WORKFLOWS:
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values():
            found += job["steps"]
    setup = (GITHUB / "actions" / "setup" / "action.yml").read_text(encoding="utf-8")
    return found + yaml.safe_load(setup)["runs"]["steps"]


def step(name):
    """The script of the step with a name."""
    return next(step["run"] for step in steps() if step.get("name") == name)


def bash(script, folder, **environment):
    """Run the script of a step as a runner does."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder, env=os.environ | environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def stub(folder, name, script):
    """Put a command into a folder that stands first in PATH."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/usr/bin/env bash\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


SCHEMAS = {
    "github-workflows": WORKFLOWS,
    "github-actions": sorted(GITHUB.glob("actions/*/action.yml")),
    "dependabot": [GITHUB / "dependabot.yml"],
}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_files_follow_their_schema(schema):
    command = [BIN / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", *SCHEMAS[schema]]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_linter_finds_nothing():
    command = [BIN / "zizmor", "--offline", "--strict-collection", "--persona", "pedantic", GITHUB]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_actions_are_pinned_and_scripts_are_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for step in steps():
        if uses := step.get("uses"):
            ours = uses.startswith("$/") and (ROOT / uses[2:] / "action.yml").is_file()
            assert ours or re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", uses), uses
        script = step.get("run", "true")
        assert bash(f"if false; then\n{script}\nfi", ROOT).returncode == 0, script
        for target in re.findall(r"^make (\w+)", script, re.M):
            assert f"\n{target}:" in makefile
        for file in re.findall(r"(?:bash|python3?) ((?:tools|\.ci)/\S+)", script):
            assert (ROOT / file).is_file()


GH = """
if [ "$1 $2" = "issue list" ]
then jq -r "${@: -1}" < "$ISSUES"
else printf '%s\\n' "$@" > "$SAID"
fi
"""


@pytest.mark.skipif(not shutil.which("jq"), reason="needs jq, which gh has built in")
@pytest.mark.parametrize("known", [False, True])
def test_a_failure_opens_one_issue(known, tmp_path):
    """With a command gh that has the answers of GitHub, and notes what it is told."""
    title = "Links of the course lead nowhere"
    issues = tmp_path / "issues.json"
    titles = {3: "Links", 7: title if known else "Other links"}
    listed = [{"number": number, "title": text} for number, text in titles.items()]
    issues.write_text(json.dumps(listed))
    environment = stub(tmp_path / "bin", "gh", GH) | {
        "ISSUES": str(issues),
        "SAID": str(tmp_path / "said"),
        "GITHUB_SERVER_URL": "https://example.org",
        "GITHUB_REPOSITORY": "owner/afli",
        "GITHUB_RUN_ID": "42",
        "GITHUB_JOB": "links",
        "GITHUB_WORKFLOW": "Watch",
        "GITHUB_SHA": "0123456789abcdef",
    }
    script = next(step["run"] for step in steps() if title in step.get("run", ""))
    done = bash(script, ROOT, **environment)
    assert done.returncode == 0, done.stderr
    said = (tmp_path / "said").read_text().splitlines()
    assert said[:3] == (["issue", "comment", "7"] if known else ["issue", "create", "--repo"])
    assert "https://example.org/owner/afli/actions/runs/42" in said[-1]
    assert title in said or known


def test_publishing_asks_for_the_address_of_the_repository(tmp_path):
    script = step("The launch buttons lead to this repository")
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    (tmp_path / "_config.yml").write_text(config, encoding="utf-8")
    url = yaml.safe_load(config)["repository"]["url"]
    server, _, repository = url.partition(".com/")
    right = bash(script, tmp_path, GITHUB_SERVER_URL=f"{server}.com", GITHUB_REPOSITORY=repository)
    assert right.returncode == 0, right.stdout
    wrong = bash(script, tmp_path, GITHUB_SERVER_URL=f"{server}.com", GITHUB_REPOSITORY="a/b")
    assert wrong.returncode == 1
    assert "Set repository.url to https://github.com/a/b" in wrong.stdout


def test_torch_comes_without_cuda(tmp_path):
    """With commands python and uv that note what they are told."""
    for name in ("python", "uv"):
        environment = stub(tmp_path / "bin", name, f'echo {name} "$@" >> said')
    done = bash(step("Install"), tmp_path, REQUIREMENTS="some.txt", **environment)
    assert done.returncode == 0, done.stderr
    last = (tmp_path / "said").read_text().splitlines()[-1]
    assert last == "uv pip install --python .venv --torch-backend cpu --requirement some.txt"


def test_binder_installs_what_the_chapters_need(tmp_path):
    """The pins are those of requirements.txt, in a form that an installer takes as constraints."""
    script = ROOT / ".binder" / "postBuild"
    assert os.access(script, os.X_OK)
    for name in ("python", "uv"):
        keep = 'cp "${@: -3:1}" pins; ' if name == "uv" else ""
        environment = stub(tmp_path / "bin", name, f'{keep}echo {name} "$@" >> said')
    (tmp_path / "requirements.txt").write_text((ROOT / "requirements.txt").read_text("utf-8"))
    done = bash(str(script), tmp_path, **environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "said").read_text().rstrip().endswith("--editable .[lab,teach]")
    pins = (tmp_path / "pins").read_text().splitlines()
    assert any(pin.startswith("torch==") for pin in pins)
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)


def test_newest_requirements_have_no_versions():
    said = subprocess.run(
        [sys.executable, ROOT / "tools" / "newest.py"], capture_output=True, text=True, check=True
    ).stdout
    names = [line for line in said.splitlines() if line and not line.startswith("#")]
    assert "==" not in said and "torch" in names and "sphinx" in names
    assert "attrs" not in names, "packages that only come along are left out"
    assert names[-1] == "-e .[lab,cluster,book]"
