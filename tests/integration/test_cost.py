"""``abi3build cost`` on a real project, built and installed twice."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from abi3build.costs import workloads
from abi3build.costs.own_benchmarks import find_benchmarks
from workbench.kits import kit_for, wheel_source
from workbench.pythons import running_python
from workbench.running import clean_environment, run, run_or_raise

if TYPE_CHECKING:
    from workbench.building import Workbench
    from workbench.fixture_types import Sample

TOOLS = ("asv_runner", "pyperf", "pytest-benchmark")
SCRIPT = Path(workloads.__file__).with_name("benchmark_script.py")
NAMES = {
    "pytest-benchmark": ["test_speed.py::test_total"],
    "asv": ["suite: totals.Totals.time_total-1"],
    "pyperf": ["speed.py: total"],
}


def command(
    workbench: Workbench, project: Path, *options: str
) -> tuple[list[str], dict[str, str]]:
    """Return the words and the variables of a measurement; temporary files go aside."""
    kit = kit_for(running_python(), workbench.cache)
    wheels = kit.further_wheels(*TOOLS)
    variables = wheel_source(wheels, workbench.own / "wheels")
    temporary = project.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    words = [str(kit.python), "-m", "abi3build", "cost", str(project), "--seconds=1"]
    own = {"PYTHONPATH": str(workbench.own / "unpacked"), "TMPDIR": str(temporary)}
    return [*words, *options], clean_environment({**variables, **own})


def cost(workbench: Workbench, project: Path, *options: str) -> tuple[int, str, str]:
    words, environ = command(workbench, project, *options)
    done = run(words, project, environ)
    assert not list(Path(environ["TMPDIR"]).iterdir())
    return done.returncode, done.stdout, done.stderr


ITEMS = """\
#include <Python.h>

#ifdef Py_LIMITED_API
#define ITEM PyTuple_GetItem
#else
#define ITEM PyTuple_GET_ITEM
#endif

static PyObject *
total(PyObject *Py_UNUSED(module), PyObject *items)
{
    double sum = 0.0;
    Py_ssize_t index, size = PyTuple_Size(items);
    for (index = 0; index < size; index++) {
        sum += PyFloat_AsDouble(ITEM(items, index));
    }
    return PyFloat_FromDouble(sum);
}

static PyMethodDef methods[] = {
    {"total", total, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "sample",
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_sample(void)
{
    return PyModule_Create(&definition);
}
"""
COUNTED = 'python -c "import sample; [sample.total((1.5,) * 10) for _ in range(70)]"'


@pytest.mark.skipif(sys.platform != "linux", reason="calls are counted on Linux")
def test_calls_are_counted_exactly(package: Sample, workbench: Workbench) -> None:
    project = package("any-target")
    (source,) = project.rglob("*.c")
    source.write_text(ITEMS, encoding="utf-8")
    options = ("--calls", f"--command={COUNTED}")
    status, out, err = cost(workbench, project, *options)
    assert status == 0, err
    said = out[out.index(", floor 3.9: the abi3") :]
    assert said == (
        ", floor 3.9: the abi3 build makes 700 calls more in one run\n"
        "    100%   700   PyTuple_GetItem   Take arguments as an array with"
        " METH_FASTCALL; of other tuples, read each item once into your own struct."
        " (from a floor of 3.10 on)\n"
    )


OWN_BENCHMARKS = {
    "pytest-benchmark": {
        "tests/test_speed.py": """
import sample

def test_total(benchmark):
    assert benchmark(sample.total, (1.5,) * 1000) == 1500
""",
        "tests/test_other.py": "import missing\n",
    },
    "asv": {
        "benchmarking/asv.conf.json": """{
    "version": 1,
    "project": "sample",
    "repo": "..",
    // "benchmark_dir": "benchmarks",
    "benchmark_dir": "suite",
}
""",
        "benchmarking/suite/__init__.py": "",
        "benchmarking/suite/totals.py": """
import sample

class Totals:
    params = [10, 1000]

    def setup_cache(self):
        return 1.5

    def setup(self, value, count):
        if count == 10:
            raise NotImplementedError("too short")
        self.items = (value,) * count

    def time_total(self, value, count):
        sample.total(self.items)

    def track_nothing(self, value, count):
        return 1
""",
    },
    "pyperf": {
        "benchmarks/speed.py": """
import pyperf
import sample

runner = pyperf.Runner()
runner.bench_func("total", sample.total, (1.5,) * 1000)
""",
    },
}


def with_benchmarks(package: Sample, *kinds: str) -> Path:
    project = package("any-target")
    (source,) = project.rglob("*.c")
    source.write_text(ITEMS, encoding="utf-8")
    for kind in kinds:
        for name, text in OWN_BENCHMARKS[kind].items():
            path = project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return project


@pytest.mark.skipif(sys.platform != "linux", reason="calls are counted on Linux")
def test_the_projects_own_benchmarks_are_timed_and_counted(
    package: Sample, workbench: Workbench
) -> None:
    """The times are the benchmarks' own: a process alone takes longer than that."""
    project = with_benchmarks(package, "asv")
    options = ("--seconds=10", "--calls", "--format=json")
    status, out, err = cost(workbench, project, *options)
    assert status == 0, (out, err)
    document = json.loads(out)
    assert document["timed"] == "the project's benchmarks (asv)"
    (measured,) = document["costs"]
    assert measured["floor"] == "3.9"
    assert measured["error"] is None
    assert 0.2 < measured["processor_time"]["ratio"] < 5
    assert measured["abi3_bytes"] != 0 != measured["native_bytes"]
    assert measured["processor_time"]["blocks"] >= 8
    assert measured["native_seconds"] < 0.005
    (items,) = measured["calls"]
    assert (items["name"], items["abi3"]) == ("PyTuple_GetItem", 1000)


def test_benchmarks_of_each_kind_are_really_run(
    package: Sample, workbench: Workbench, tmp_path: Path
) -> None:
    """It is run as ``cost`` runs it, and leaves the project as it was."""
    project = with_benchmarks(package, *OWN_BENCHMARKS)
    before = sorted(project.rglob("*"))
    copy = tmp_path / "copy"
    shutil.copytree(project, copy)
    built = workbench.build(copy, f"--outdir={tmp_path / 'dist'}", isolated=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "dist").iterdir()
    kit = kit_for(running_python(), workbench.cache)
    source = wheel_source(kit.further_wheels(*TOOLS))
    into = ("-m", "pip", "install", "--quiet", f"--target={tmp_path / 'installed'}")
    run_or_raise([kit.python, *into, *TOOLS, wheel], env=clean_environment(source))
    environ = clean_environment({"PYTHONPATH": str(tmp_path / "installed")})
    found = {}
    for kind in OWN_BENCHMARKS:
        for how in ("timed", "once"):
            result = tmp_path / f"{kind}-{how}.json"
            paths = find_benchmarks(project, kind).paths
            words = [kit.python, SCRIPT, kind, how, result, *paths]
            done = run(words, tmp_path, environ)
            assert done.returncode == 0, done.stderr
            found[kind, how] = json.loads(result.read_text(encoding="utf-8"))
    for (kind, how), seconds in found.items():
        assert [name.rpartition("/")[2] for name in seconds] == NAMES[kind]
        if how == "timed":
            assert 0 < next(iter(seconds.values())) < 0.005
    assert sorted(project.rglob("*")) == before


def test_a_benchmark_that_fails_is_named(
    package: Sample, workbench: Workbench, tmp_path: Path
) -> None:
    project = with_benchmarks(package, "asv")
    kit = kit_for(running_python(), workbench.cache)
    tools = kit.further_wheels(*TOOLS)
    (runner,) = tools.glob("asv_runner-*.whl")
    folder = project / "benchmarking" / "suite"
    (folder / "totals.py").write_text("def time_it():\n    raise OSError(5)\n")
    words = ("asv", "timed", tmp_path / "result", folder)
    done = run(
        [kit.python, SCRIPT, *words],
        tmp_path,
        clean_environment({"PYTHONPATH": str(runner)}),
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "totals.time_it: OSError: 5"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_nothing_behind(
    number: signal.Signals, package: Sample, workbench: Workbench
) -> None:
    """It comes while a build runs, whose process has to end as well."""
    project = package("any-target")
    (project / "setup.py").write_text(
        "import os, pathlib, time\n"
        f"pathlib.Path({str(project)!r}, 'started').write_text(str(os.getpid()))\n"
        "time.sleep(300)\n",
        encoding="utf-8",
    )
    words, environ = command(workbench, project, "--import")
    with subprocess.Popen(words, env=environ, stderr=subprocess.DEVNULL) as process:
        started = project / "started"
        deadline = time.monotonic() + 240
        while not (started.exists() and started.read_text()):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(number)
        assert process.wait(60) != 0
    assert not list(Path(environ["TMPDIR"]).iterdir())
    assert not Path("/proc", started.read_text()).exists()
