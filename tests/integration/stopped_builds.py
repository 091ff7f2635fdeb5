"""Builds of forty units that fail or are ended from outside, and what they leave."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import uuid
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from small_project import PYPROJECT

from workbench.building import WITHOUT_ISOLATION
from workbench.kits import kit_for
from workbench.pythons import running_python
from workbench.running import clean_environment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from workbench.building import Workbench

__all__ = ["BY_FRONT_END", "BY_SETUP", "Ended", "FortyUnits", "Stop"]

BY_FRONT_END = ("-m", "build", "--wheel", *WITHOUT_ISOLATION)
BY_SETUP = ("setup.py", "--quiet", "bdist_wheel")

_MARK = "ABI3_TEST_BUILD"
_SECONDS_OF_A_HANGING_BUILD = 120
_SECONDS_TO_BURY = 2
"""The system may take so long until what was killed is gone."""

_SETUP = """\
from setuptools import Extension, setup

setup(
    py_modules=[],
    ext_modules=[
        Extension(
            name,
            ["common.c", name + ".c", *(f"{name}{number}.c" for number in range(8))],
            define_macros=[("WHO", str(who))],
        )
        for who, name in enumerate("abcd")
    ],
)
"""
_MODULE = """\
#include <Python.h>
int common(void), NAME0(void), NAME7(void);
static PyObject *get(PyObject *self, PyObject *none)
{ return PyLong_FromLong(common() + NAME0() + NAME7()); }
static PyMethodDef methods[] = {{"get", get, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "NAME", NULL, 0, methods,
                                        slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_NAME(void) { return PyModuleDef_Init(&definition); }
"""


class Stop(NamedTuple):
    """Say how a build is ended from outside."""

    number: signal.Signals
    to_group: bool
    """As a terminal does; else the process that was started gets it alone."""

    moment: float
    """When: a share of the time from the first object to the end."""


class Ended(NamedTuple):
    """Hold how a build ended, and all that is wrong about it."""

    status: int
    said: str
    faults: tuple[str, ...]
    has_wheel: bool = False
    """True of some that were ended too late as well."""


class FortyUnits:
    """Be a project of four modules with ten units each, of which all share one."""

    def __init__(self, folder: Path, workbench: Workbench) -> None:
        """Write the project, and learn from two builds what is right and how long."""
        self._folder, self._temporary = folder / "project", folder / "temporary"
        self._python = kit_for(running_python(), workbench.cache).python
        self._variables = workbench.variables(
            {"CFLAGS": "-O0 -g0", "TMPDIR": str(self._temporary)}
        )
        self._sources = _sources()
        for each in (self._folder, self._temporary):
            each.mkdir(parents=True)
        self.write()
        self._right: dict[str, bytes] | None = None
        assert self.build(parallel="1").status == 0
        self._right = self._modules()
        self.clean()
        self._seconds = 0.0
        assert not self.build(
            stop=Stop(signal.SIGCONT, to_group=False, moment=0)
        ).faults

    @property
    def units(self) -> list[str]:
        """Return the names of the sources in C."""
        return sorted(name for name in self._sources if name.endswith(".c"))

    def write(self, broken: Collection[str] = ()) -> None:
        """Write what is not as it should be; some units do not compile."""
        for name, right in self._sources.items():
            text = f"broken {name[:-2]};\n" if name in broken else right
            path = self._folder / name
            if not path.exists() or path.read_text() != text:
                path.write_text(text)

    def clean(self) -> None:
        """Take away all that builds have made."""
        for name in ("build", "dist"):
            shutil.rmtree(self._folder / name, ignore_errors=True)

    def build(
        self,
        command: Sequence[str] = BY_SETUP,
        *,
        stop: Stop | None = None,
        parallel: str = "4",
    ) -> Ended:
        """Build; it is wrong to hang, to leave anything but a wheel, or a wrong one."""
        shutil.rmtree(self._folder / "dist", ignore_errors=True)
        mark = str(uuid.uuid4())
        own = {_MARK: mark, "ABI3BUILD_PARALLEL": parallel}
        with subprocess.Popen(
            [self._python, *command],
            cwd=self._folder,
            env=clean_environment({**self._variables, **own}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            if stop is not None:
                self._stop(process, stop)
            try:
                said, _ = process.communicate(timeout=_SECONDS_OF_A_HANGING_BUILD)
            except subprocess.TimeoutExpired:
                for number in _processes(mark):
                    os.kill(number, signal.SIGKILL)
                return Ended(-1, "", ("hangs",))
        has_wheel = any(self._folder.glob("dist/*"))
        faults = [*self._left_behind(mark), *self._wrong_wheel()]
        if not process.returncode and not has_wheel:
            faults.append("there is no wheel")
        return Ended(process.returncode, said.decode(), tuple(faults), has_wheel)

    def _stop(self, process: subprocess.Popen[bytes], stop: Stop) -> None:
        """Send a signal in the middle; learn how long that takes if it is harmless."""
        while process.poll() is None and not any(self._folder.glob("build/**/*.o")):
            time.sleep(0.01)
        if stop.number is signal.SIGCONT:
            began = time.monotonic()
            process.wait()
            self._seconds = time.monotonic() - began
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=self._seconds * stop.moment)
        with suppress(ProcessLookupError):
            send = os.killpg if stop.to_group else os.kill
            send(process.pid, stop.number)

    def _left_behind(self, mark: str) -> Iterator[str]:
        limit = time.monotonic() + _SECONDS_TO_BURY
        while _processes(mark) and time.monotonic() < limit:
            time.sleep(0.01)
        for number in _processes(mark):
            yield f"still runs: {_words_of(number)}"
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        for path in sorted(self._temporary.iterdir()):
            yield f"left in the temporary folder: {path.name}"
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _wrong_wheel(self) -> Iterator[str]:
        paths = sorted(self._folder.glob("dist/*"))
        if any(path.suffix != ".whl" for path in paths):
            yield f"left in dist: {[path.name for path in paths]}"
        elif paths and self._right is not None and self._modules() != self._right:
            yield "the wheel is wrong"

    def _modules(self) -> dict[str, bytes]:
        (wheel,) = self._folder.glob("dist/*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.endswith(".so")]
            return {name: archive.read(name) for name in names}


def _sources() -> dict[str, str]:
    sources = {
        "pyproject.toml": PYPROJECT,
        "setup.py": _SETUP,
        "common.c": "int common(void) { return WHO; }\n",
    }
    for name in "abcd":
        sources[f"{name}.c"] = _MODULE.replace("NAME", name)
        for number in range(8):
            text = (
                f"#include <stdio.h>\nint {name}{number}(void) {{ return {number}; }}\n"
            )
            sources[f"{name}{number}.c"] = text
    return sources


def _processes(mark: str) -> list[int]:
    """Return the processes that have a variable; none without Linux's ``/proc``."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if f"{_MARK}={mark}".encode() in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
    return found


def _words_of(number: int) -> str:
    try:
        return Path(f"/proc/{number}/cmdline").read_text().replace("\0", " ")[:200]
    except OSError:
        return str(number)
