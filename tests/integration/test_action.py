"""The GitHub Action: its description, and the scripts of its steps, run by bash.

GitHub's runner did not run them.  ``Runner`` does what GitHub documents of it for
composite actions: it puts in inputs and outputs, and starts each script with the
runner's own command line for ``shell: bash``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from workbench.building import copy_checkout
from workbench.kits import ROOT
from workbench.planted_wheels import from_floor, module, write_wheel

if TYPE_CHECKING:
    from pathlib import Path

yaml = pytest.importorskip("yaml")

ACTION = ROOT / "action.yml"
_EXPRESSION = re.compile(r"\$\{\{ *([\w.-]+) *\}\}")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="paths are those of POSIX")


class Step(NamedTuple):
    """What came of one step."""

    status: int
    log: str
    outputs: dict[str, str]
    summary: str


class Runner:
    """Run steps of the action in turn, with what they hand to each other."""

    def __init__(self, checkout: Path, scratch: Path) -> None:
        self._action = yaml.safe_load((checkout / "action.yml").read_text("utf-8"))
        self._checkout = checkout
        self._scratch = scratch
        self._known: dict[str, str] = {}

    def run(self, name: str, work: Path, **inputs: str) -> Step:
        """Run the step with this id; its outputs are known to later ones."""
        (step,) = (each for each in self._action["runs"]["steps"] if each["id"] == name)
        given = {key: each["default"] for key, each in self._action["inputs"].items()}
        for key, value in {**given, **inputs}.items():
            self._known[f"inputs.{key}"] = value
        script = self._scratch / "script.sh"
        script.write_text(step["run"], encoding="utf-8")
        files = {key: self._scratch / key for key in ("OUTPUT", "STEP_SUMMARY")}
        for path in files.values():
            path.write_text("", encoding="utf-8")
        assert step["shell"] == "bash"
        done = subprocess.run(
            ["/bin/bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=work,
            env={
                **os.environ,
                **{key: self.put_in(value) for key, value in step["env"].items()},
                **{f"GITHUB_{key}": str(path) for key, path in files.items()},
                "GITHUB_ACTION_PATH": str(self._checkout),
                "GITHUB_WORKSPACE": str(work),
                "RUNNER_TEMP": str(self._scratch),
                # Most of what is installed is never imported.
                "PIP_NO_COMPILE": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            encoding="utf-8",
        )
        written, summary = (path.read_text("utf-8") for path in files.values())
        outputs = dict(line.split("=", 1) for line in written.splitlines())
        for key, value in outputs.items():
            self._known[f"steps.{name}.outputs.{key}"] = value
        return Step(done.returncode, done.stdout, outputs, summary)

    def put_in(self, text: str) -> str:
        """Replace each expression by its value; one that is unset is empty."""
        return _EXPRESSION.sub(lambda match: self._known.get(match[1], ""), text)

    def outputs(self) -> dict[str, str]:
        """Return what the action as a whole hands to the workflow."""
        described = self._action["outputs"].items()
        return {name: self.put_in(each["value"]) for name, each in described}


def test_description_is_as_the_schema_says() -> None:
    pytest.importorskip("check_jsonschema")
    schema = "vendor.github-actions"
    command = ["-m", "check_jsonschema", "--builtin-schema", schema, str(ACTION)]
    subprocess.run([sys.executable, *command], check=True, capture_output=True)


def test_no_input_becomes_part_of_a_script() -> None:
    for step in yaml.safe_load(ACTION.read_text("utf-8"))["runs"]["steps"]:
        assert _EXPRESSION.search(step["run"]) is None


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """Copy what GitHub would check out for the action, and run its first step."""
    copy = copy_checkout(tmp_path_factory.mktemp("action") / "abi3build", "action.yml")
    runner = Runner(copy, tmp_path_factory.mktemp("runner temp"))
    step = runner.run("install", copy, python=sys.executable)
    assert step.status == 0, step.log
    return runner


def test_a_right_wheel_passes(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    write_wheel(module("linux-x86_64"), tmp_path / "dist")
    step = runner.run("audit", tmp_path)
    assert step.status == 0, step.log
    assert runner.outputs() == {"status": "0", "sarif": "abi3build.sarif"}
    assert step.summary.startswith("## abi3build: 1 of 1 keep their promise\n")
    assert "::error" not in step.log


def test_findings_fail_the_step_and_are_written_down(
    runner: Runner, tmp_path: Path
) -> None:
    work = tmp_path / "with spaces"
    for folder in ("dist", "report"):
        (work / folder).mkdir(parents=True)
    newer = from_floor("3.8", module("linux-x86_64", "PyType_GetName"))
    bad = write_wheel(newer, work / "dist")
    given = {"paths": "report\ndist/*cp38*\n", "sarif": "report/a b.sarif"}
    step = runner.run("audit", work, **given)
    assert step.status == 3, step.log
    given = {"paths": "dist/*cp3*\n", "sarif": "report/a b.sarif"}
    step = runner.run("audit", work, **given)
    assert step.status == 1, step.log
    assert runner.outputs() == {"status": "1", "sarif": "report/a b.sarif"}
    assert f"::error file=dist/{bad.name},title=ABI102 newer-symbol::" in step.log
    sarif = (work / "report" / "a b.sarif").read_text(encoding="utf-8")
    assert f'"uri": "dist/{bad.name}"' in sarif


def test_inputs_are_handed_on_and_never_run(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    write_wheel(module("linux-x86_64", "PyType_GetName"), tmp_path / "dist")
    step = runner.run("audit", tmp_path, sarif="", **{"min-python": "3.11"})
    assert (step.status, step.outputs) == (0, {"status": "0"})
    step = runner.run("audit", tmp_path, sarif="", **{"fail-on": "never"})
    assert (step.status, step.outputs) == (0, {"status": "0"})
    step = runner.run("audit", tmp_path, sarif="", paths="$(touch taken)")
    assert (step.status, step.outputs) == (3, {"status": "3"})
    assert not (tmp_path / "taken").exists()
