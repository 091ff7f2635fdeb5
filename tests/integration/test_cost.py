"""``abi3build cost`` on a real project, built and installed twice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench.kits import kit_for, wheel_source
from workbench.pythons import running_python
from workbench.running import clean_environment, run

if TYPE_CHECKING:
    from workbench.building import Workbench
    from workbench.fixture_types import Sample

CALLS = 'python -c "import sample; [sample.limit() for _ in range(200000)]"'


def command(
    workbench: Workbench, project: Path, *options: str
) -> tuple[list[str], dict[str, str]]:
    """Return the words and the variables of a measurement; temporary files go aside."""
    kit = kit_for(running_python(), workbench.cache)
    variables = wheel_source(kit.wheels, workbench.own / "wheels")
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


def test_a_command_that_fails_is_named(package: Sample, workbench: Workbench) -> None:
    project = package("any-target")
    command = "--command=python -c 'raise SystemExit(\"no data\")'"
    status, out, _ = cost(workbench, project, command)
    assert status == 1
    said = "with the version-specific build, the command ended with status 1: no data"
    assert f"floor 3.9: {said}\n" in out


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
