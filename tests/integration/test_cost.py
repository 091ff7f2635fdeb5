"""``abi3build cost`` on a real project, built and installed twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from workbench.kits import kit_for, wheel_source
from workbench.pythons import running_python
from workbench.running import clean_environment, run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Workbench
    from workbench.fixture_types import Sample

CALLS = 'python -c "import sample; [sample.limit() for _ in range(200000)]"'


def cost(workbench: Workbench, project: Path, *options: str) -> tuple[int, str, str]:
    kit = kit_for(running_python(), workbench.cache)
    variables = wheel_source(kit.wheels, workbench.own / "wheels")
    temporary = project.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    done = run(
        [kit.python, "-m", "abi3build", "cost", project, "--seconds=1", *options],
        project,
        clean_environment(
            {
                **variables,
                "PYTHONPATH": str(workbench.own / "unpacked"),
                "TMPDIR": str(temporary),
            }
        ),
    )
    assert not list(temporary.iterdir())
    return done.returncode, done.stdout, done.stderr


def test_both_flavors_are_built_and_timed(
    package: Sample, workbench: Workbench
) -> None:
    project = package("any-target")
    status, out, err = cost(workbench, project, f"--command={CALLS}", "--format=json")
    assert status == 0, err
    (measured,) = json.loads(out)["costs"]
    assert measured["floor"] == "3.9"
    assert measured["error"] is None
    assert 0.2 < measured["processor_time"]["ratio"] < 5
    assert measured["abi3_bytes"] != 0 != measured["native_bytes"]


def test_a_command_that_fails_is_named(package: Sample, workbench: Workbench) -> None:
    project = package("any-target")
    command = "--command=python -c 'raise SystemExit(\"no data\")'"
    status, out, _ = cost(workbench, project, command)
    assert status == 1
    assert "floor 3.9: the command ended with status 1: no data\n" in out
