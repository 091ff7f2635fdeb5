"""Ratios from runs in turns, on a machine whose clock and noise are made up."""

from __future__ import annotations

import json
import random
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from calling import run

from abi3build.costs.calls import CallCount, extra_calls
from abi3build.costs.cost_report import SCHEMA, render_costs
from abi3build.costs.flavors import Flavor
from abi3build.costs.measuring import Cost
from abi3build.costs.ratios import Block, Ratio, measure_ratio, ratio_of
from abi3build.costs.workloads import choose_workload
from abi3build.errors import UsageError
from abi3build.stable_abi.faster_ways import all_faster_ways, faster_way
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.trials.environments import Tools, Way, environment_at
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from abi3build.costs.flavors import Surroundings
    from abi3build.targets.interpreters import Interpreter

jsonschema = pytest.importorskip("jsonschema")

TRIALS = 20


class BusyMachine:
    """Stand for two cores that others use too: load that comes and goes, and spikes.

    The clock is made up, since a test must not wait, nor depend on a real machine.
    """

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311
        self._load = 1.0
        self.seconds = 0.0

    def taking(self, factor: float) -> Callable[[], float]:
        """Return what takes so many times 0.2 s when nothing else runs."""

        def run() -> float:
            if self._chance.random() < 0.1:
                self._load = self._chance.choice([1, 1, 1.3, 1.6])
            taken = 0.2 * factor * self._load * self._chance.lognormvariate(0, 0.02)
            if self._chance.random() < 0.15:
                taken *= 1 + self._chance.expovariate(5)
            self.seconds += taken
            return taken

        return run


def measured(seed: int, slower: float) -> Ratio:
    machine = BusyMachine(seed)
    return measure_ratio(
        machine.taking(slower),
        machine.taking(1.0),
        seconds=30,
        now=lambda: machine.seconds,
    )


def test_ten_percent_are_seen_in_19_of_20_runs() -> None:
    ratios = [measured(seed, 1.1) for seed in range(TRIALS)]
    assert sum(ratio.is_seen and ratio.value > 1 for ratio in ratios) >= TRIALS - 1


def test_no_difference_is_seen_between_equals_in_19_of_20_runs() -> None:
    ratios = [measured(seed, 1.0) for seed in range(TRIALS)]
    assert sum(not ratio.is_seen for ratio in ratios) >= TRIALS - 1


def test_few_blocks_do_not_make_equals_differ() -> None:
    """An interval of 95 % holds the truth that often with the fewest blocks as well."""
    chance = random.Random(16)  # noqa: S311

    def interval() -> Ratio:
        times = [chance.lognormvariate(0, 0.04) for _ in range(16)]
        return ratio_of([Block(*pair) for pair in zip(times[::2], times[1::2])])

    assert sum(interval().is_seen for _ in range(200)) <= 10


def test_a_quiet_machine_is_done_soon() -> None:
    """A narrow interval ends the timing, however long it might go on."""
    seconds = iter(range(10_000))
    ratio = measure_ratio(
        lambda: 1.5, lambda: 1.0, seconds=9e9, now=lambda: next(seconds)
    )
    assert ratio == Ratio(1.5, 1.5, 1.5, 8)


def test_the_same_blocks_give_the_same_interval() -> None:
    blocks = [Block(1 + number % 3 / 10, 1) for number in range(20)]
    assert ratio_of(blocks) == ratio_of(list(blocks))


TUPLES = (
    "Take arguments as an array with METH_FASTCALL; of other tuples, read each item"
    " once into your own struct."
)
SEEN = Ratio(1.25, 1.2, 1.3, 40)
UNSEEN = Ratio(1.001, 0.99, 1.01, 80)
COSTS = (
    Cost(
        "3.13.0",
        PythonVersion(3, 9),
        SEEN,
        UNSEEN,
        0.5,
        30_000,
        40_000,
        ("PyTuple_GetItem",),
    ),
    Cost("3.9.18", PythonVersion(3, 9), fault="the abi3 build does not build: no"),
)


def test_text_names_intervals_calls_and_faults() -> None:
    assert render_costs("text", "bench.py", COSTS) == (
        "abi3 against a version-specific build, timed: bench.py\n"
        "  Python   floor   processor time             wall time"
        "                             wheel          one run\n"
        "  3.13.0   3.9     x 1.250 (1.200 to 1.300)   no difference seen (0.990 to"
        " 1.010)   30 kB (-25%)   0.500 s\n"
        "  Python 3.9.18, floor 3.9: the abi3 build does not build: no\n"
        "  functions that only the abi3 build calls (--calls counts how often):\n"
        f"    PyTuple_GetItem   {TUPLES} (from a floor of 3.10 on)\n"
    )


def built_before(
    around: Surroundings, interpreter: Interpreter, floor: PythonVersion | None
) -> Flavor:
    """Stand for a build, with programs of the system as its environment."""
    place = around.folder / str(floor)
    place.mkdir()
    environment = environment_at(place / "run", interpreter, Way.OWN_PIP, Tools())
    wheel = place / "sample.whl"
    wheel.write_bytes(b"")
    return Flavor(wheel, environment, around.environ, frozenset(), ("sample",))


@pytest.mark.skipif(sys.platform == "win32", reason="commands of POSIX")
def test_the_build_with_which_a_command_fails_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("abi3build.costs.measuring.build_flavor", built_before)
    table = '[tool.abi3build]\nmin-python = "3.9"\n'
    (tmp_path / "pyproject.toml").write_text(table, encoding="utf-8")
    for works, kind in (("3.9", "version-specific"), ("None", "abi3")):
        script = f"test $(basename $PWD) = {works} && exit; echo no data; exit 3"
        command = f"--command=/bin/sh -c '{script}'"
        status, out, _ = run(capsys, "cost", tmp_path, command)
        fault = f"with the {kind} build, the command ended with status 3: no data"
        assert status == 1
        assert out.endswith(f", floor 3.9: {fault}\n")


def test_the_time_of_a_short_benchmark_is_not_rounded_to_nothing() -> None:
    text = render_costs("text", "bench.py", [replace(COSTS[0], seconds=0.0000345)])
    assert "   0.0345 ms\n" in text


def test_counted_calls_are_told_with_their_share_and_what_to_do() -> None:
    calls = (CallCount("PyTuple_GetItem", 4500, 1500), CallCount("PyFoo", 1000, 0))
    (cost, _) = (replace(each, calls=calls) for each in COSTS)
    text = render_costs("text", "bench.py", [cost])
    assert text.endswith(
        "  Python 3.13.0, floor 3.9: the abi3 build makes 4,000 calls more in one run\n"
        f"     75%   3,000   PyTuple_GetItem   {TUPLES} (from a floor of 3.10 on)\n"
        "     25%   1,000   PyFoo\n"
    )
    assert "functions that only" not in text
    markdown = render_costs("markdown", "bench.py", [cost])
    assert f"| 75% | 3,000 | `PyTuple_GetItem` | {TUPLES} (from a" in markdown
    (fields,) = json.loads(render_costs("json", "bench.py", [cost]))["costs"]
    assert fields["calls"] == [
        {"name": "PyTuple_GetItem", "abi3": 4500, "native": 1500, "advice": TUPLES},
        {"name": "PyFoo", "abi3": 1000, "native": 0, "advice": None},
    ]


def test_only_what_abi3_calls_more_often_counts() -> None:
    abi3, native = {"A": 5, "B": 9, "C": 1, "D": 7}, {"A": 5, "B": 2, "C": 4}
    assert extra_calls(abi3, native) == (CallCount("B", 9, 2), CallCount("D", 7, 0))


def test_faster_ways_are_for_stable_functions_and_take_stable_ones() -> None:
    ways = all_faster_ways()
    assert len(ways) > 50
    known = stable_symbols()
    assert [name for name in ways if name not in known] == []
    taken = {function for way in ways.values() for function in way.functions}
    assert taken <= known.keys()
    vectorcall = faster_way("PyObject_CallFunction")
    assert vectorcall is not None
    assert vectorcall.since == PythonVersion(3, 12)


def test_calls_are_counted_on_linux_alone(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    monkeypatch.setattr("platform.system", lambda: "Linux")
    status, _, err = run(capsys, "cost", tmp_path, "--calls", "--import")
    assert (status, err) == (
        2,
        "abi3build: error: --calls: counts only on Linux with x86_64 and aarch64, not"
        " on Linux with riscv64: leave it out, or run it there\n",
    )


def test_the_schema_describes_each_field_of_the_document() -> None:
    calls = (CallCount("PyTuple_GetItem", 4500, 1500),)
    costs = [replace(COSTS[0], calls=calls), COSTS[1]]
    document = json.loads(render_costs("json", "bench.py", costs))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    cost = document["costs"][0]
    ratio, (call,) = cost["processor_time"], cost["calls"]
    described = {name: kind["properties"] for name, kind in schema["$defs"].items()}
    assert document.keys() == schema["properties"].keys()
    assert {"cost": cost.keys(), "ratio": ratio.keys(), "call": call.keys()} == {
        name: properties.keys() for name, properties in described.items()
    }


def test_json_holds_the_same() -> None:
    document = json.loads(render_costs("json", "bench.py", COSTS))
    assert [cost["python"] for cost in document["costs"]] == ["3.13.0", "3.9.18"]
    assert document["costs"][0]["processor_time"] == {
        "ratio": 1.25,
        "low": 1.2,
        "high": 1.3,
        "blocks": 40,
        "difference_seen": True,
    }
    assert document["costs"][1]["error"] == "the abi3 build does not build: no"


PYTEST_BENCHMARK = "def test_it(\n    self, benchmark):\n    benchmark(len, '')\n"
PYPERF = "import pyperf\n\nrunner = pyperf.Runner()\n"


@pytest.mark.parametrize(
    ("kind", "files", "paths"),
    [
        (
            "pytest-benchmark",
            {"tests/speed.py": PYTEST_BENCHMARK, "bench.py": PYPERF},
            ["tests/speed.py"],
        ),
        (
            "asv",
            {
                "bench.py": PYPERF,
                "asv/asv.conf.json": '// "benchmark_dir": "b"\n{benchmark_dir: "c"}',
                "asv/c/a.py": "",
            },
            ["asv/c"],
        ),
        ("asv", {"asv.conf.jsonc": "{}", "benchmarks/a.py": ""}, ["benchmarks"]),
        (
            "pyperf",
            {"b/bench.py": PYPERF, "b/other.py": "import pyperf"},
            ["b/bench.py"],
        ),
    ],
)
def test_the_projects_own_benchmarks_are_found(
    kind: str, files: dict[str, str], paths: list[str], tmp_path: Path
) -> None:
    """What was installed or built among them is not the project's."""
    for foreign in (".venv", "own-environment", "build", "node_modules", ".git"):
        files[f"{foreign}/lib/test_speed.py"] = PYTEST_BENCHMARK
    for name, text in {**files, "own-environment/pyvenv.cfg": ""}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    workload = choose_workload(tmp_path, "auto")
    assert workload.reads_benchmarks
    assert workload.what == f"the project's benchmarks ({kind})"
    found = tuple(str(tmp_path / path) for path in paths)
    assert workload.words[-len(found) - 3 :] == (
        *(kind, "timed", "abi3build-benchmark.json"),
        *found,
    )


def test_benchmarks_of_another_kind_can_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "test_speed.py").write_text(PYTEST_BENCHMARK)
    (tmp_path / "bench.py").write_text(PYPERF)
    found = choose_workload(tmp_path, "pyperf")
    assert found.words[-1] == str(tmp_path / "bench.py")
    assert found.requires == ("pyperf",)


@pytest.mark.parametrize(
    ("option", "wanted"),
    [
        ("", "pytest-benchmark, asv or pyperf"),
        ("--pytest-benchmark", "pytest-benchmark"),
        ("--asv", "asv"),
        ("--pyperf", "pyperf"),
    ],
)
def test_a_project_without_benchmarks(
    option: str, wanted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "test_it.py").write_text("# see (benchmark\ndef test_it(): pass\n")
    words = [option] if option else []
    assert run(capsys, "cost", tmp_path, *words) == (
        2,
        "",
        f"abi3build: error: {tmp_path}: no benchmarks for {wanted} were found: name"
        ' what to time with --command "python {project}/bench.py", or --import\n',
    )


def test_the_folder_that_asv_is_told_of_is_missing(tmp_path: Path) -> None:
    (tmp_path / "asv.conf.json").write_text('{"benchmark_dir": "gone"}')
    with pytest.raises(UsageError) as caught:
        choose_workload(tmp_path, "auto")
    assert str(caught.value) == (
        f"{tmp_path / 'asv.conf.json'}: its benchmark_dir, {tmp_path / 'gone'}, is not"
        " there, as in some sdists: take the repository, or name what to time with"
        ' --command "python {project}/bench.py"'
    )


def test_a_command_as_if_it_ran_in_the_project(tmp_path: Path) -> None:
    """It would fail after builds that take minutes."""
    (tmp_path / "bench.py").write_text("")
    with pytest.raises(UsageError) as caught:
        choose_workload(tmp_path, "command", "python bench.py -n 3.5")
    assert str(caught.value) == (
        "--command python bench.py -n 3.5: starts in an empty folder, without bench.py:"
        " write {project}/bench.py"
    )
    words = choose_workload(tmp_path, "command", "python {project}/bench.py").words
    assert words == ("python", f"{tmp_path}/bench.py")


def test_a_folder_that_is_no_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "cost", tmp_path, "--import") == (
        2,
        "",
        f"abi3build: error: {tmp_path}: no pyproject.toml: name a project, or run"
        " abi3build init\n",
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--command", "python 'bench"],
            "--command python 'bench: No closing quotation: close the open quotation"
            " mark",
        ),
        (["--command", ""], "--command: is empty: name a program"),
        (
            ["--import", "--python", "3.9,,3.13"],
            "--python: expected versions or paths with commas between, got"
            ' "3.9,,3.13": write it as 3.9,3.13',
        ),
        (
            ["--import", "--floors", "3.15", "--python", sys.executable],
            "Python {here} cannot use a wheel with a floor of 3.15: measure on a later"
            " one with --python, or a lower floor with --floors",
        ),
    ],
)
def test_wrong_uses_are_answered_before_anything_is_built(
    words: list[str],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if "3.15" in words and sys.version_info >= (3, 15):
        pytest.skip("3.15 can use every floor that is known")
    (tmp_path / "pyproject.toml").write_text('[tool.abi3build]\nmin-python = "3.9"\n')
    here = "{}.{}".format(*sys.version_info)
    expected = f"abi3build: error: {said.format(here=here)}\n"
    assert run(capsys, "cost", tmp_path, *words) == (2, "", expected)


@pytest.mark.parametrize("form", ["json", "markdown", "text"])
def test_a_wrong_use_makes_no_document_of_another_command(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "cost", tmp_path, "--import", f"--format={form}")
    assert status == 2
    said = f"{tmp_path}: no pyproject.toml: name a project, or run abi3build init"
    assert err == f"abi3build: error: {said}\n"
    if form != "json":
        assert out == ""
        return
    document = json.loads(out)
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert (document["costs"], document["errors"]) == ([], [said])


@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "0", "soon"])
def test_a_time_limit_is_a_number_of_seconds(
    seconds: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = run(capsys, "cost", tmp_path, "--import", f"--seconds={seconds}")
    assert status == 2
    assert err == (
        "abi3build: error: cost: --seconds: expected a positive number of seconds, got"
        f" {seconds!r}: abi3build cost --help says more\n"
    )
