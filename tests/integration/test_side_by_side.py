"""All units of all extensions side by side: right wheels, and nothing left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from typing import TYPE_CHECKING

import pytest
from small_project import PYPROJECT

from workbench.kits import kit_for
from workbench.pythons import running_python
from workbench.running import clean_environment, run_or_raise

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.building import Workbench

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Microsoft's compiler runs one by one"
)

MANY = int(os.environ.get("ABI3_MANY_BUILDS", "10"))
"""How often a build that depends on order is repeated; a session of nox has more."""

INTERRUPTED = MANY if "ABI3_MANY_BUILDS" in os.environ else 1
AT_ONCE = {"ABI3BUILD_PARALLEL": "4"}
MODULE = """\
#include <Python.h>
long who(void);
static PyObject *get(PyObject *self, PyObject *none) { return PyLong_FromLong(who()); }
static PyMethodDef methods[] = {{"get", get, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "NAME", NULL, 0, methods,
                                        slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_NAME(void) { return PyModuleDef_Init(&definition); }
"""
SHARED = """\
from setuptools import Extension, setup

setup(
    py_modules=[],
    ext_modules=[
        Extension(name, ["common.c", name + ".c"], define_macros=[("WHO", str(number))])
        for number, name in enumerate("abc", 1)
    ],
)
"""
ASK = """\
import importlib.machinery, importlib.util, sys
for path in sys.argv[1:]:
    loader = importlib.machinery.ExtensionFileLoader(path.split("/")[-1][0], path)
    spec = importlib.util.spec_from_file_location(loader.name, path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    print(loader.name, module.get())
"""


def shared_project(folder: Path) -> Path:
    """Write three extensions that share a source, each with its own macro."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "setup.py").write_text(SHARED)
    (folder / "setup.cfg").write_text("[build_ext]\nparallel = 3\n")
    (folder / "common.c").write_text(
        "#include <Python.h>\nlong who(void) { return WHO; }\n"
    )
    for name in "abc":
        (folder / f"{name}.c").write_text(MODULE.replace("NAME", name))
    return folder


def test_extensions_that_share_a_source_each_get_their_own_object(
    tmp_path: Path, workbench: Workbench
) -> None:
    projects = [shared_project(tmp_path / str(number)) for number in range(MANY)]
    builds = workbench.build_each(projects, env={**AT_ONCE, "CFLAGS": "-O0 -g0"})
    assert {build.returncode for build in builds} == {0}, builds[0].stderr
    paths, contents = [], set()
    for build in builds:
        with zipfile.ZipFile(build.wheel) as archive:
            names = [name for name in archive.namelist() if name.endswith(".so")]
            contents |= {(name, archive.read(name)) for name in names}
            folder = build.wheel.parent / "unpacked"
            archive.extractall(folder)
        paths += [str(folder / name) for name in sorted(names)]
    asked = run_or_raise([sys.executable, "-c", ASK, *paths])
    assert asked.stdout.splitlines() == ["a 1", "b 2", "c 3"] * MANY
    assert len(contents) == len("abc")


def test_nothing_of_shared_sources_is_made_twice(
    tmp_path: Path, workbench: Workbench
) -> None:
    project = shared_project(tmp_path / "project")
    (build,) = workbench.build_each([project], env=AT_ONCE)
    objects = {path: path.stat().st_mtime_ns for path in project.rglob("build/**/*.o")}
    shutil.rmtree(project / "dist")
    (project / "a.c").write_text(MODULE.replace("NAME", "a") + "/* edited */\n")
    (build,) = workbench.build_each([project], env=AT_ONCE)
    assert build.returncode == 0, build.stderr
    changed = [path for path, was in objects.items() if path.stat().st_mtime_ns != was]
    assert [path.name for path in changed] == ["a.o"]

    done = workbench.run_setup(project, "-q", "build_ext", "--force")
    assert done.returncode == 0, done.stderr
    assert [p for p, was in objects.items() if p.stat().st_mtime_ns == was] == []
    (project / "a.c").write_text(MODULE.replace("NAME", "a"))
    done = workbench.run_setup(project, "build_ext")
    assert "6 units, 5 reused, " in done.stdout, done


BROKEN = """\
from setuptools import Extension, setup

setup(
    py_modules=[],
    ext_modules=[
        Extension("first", ["first.c", "good.c"]),
        Extension("other", ["other.c"]),
    ],
)
"""


def test_every_unit_that_failed_is_told_and_the_rest_does_not_begin(
    tmp_path: Path, workbench: Workbench
) -> None:
    """Two of them fail at once, because each waits for the other to begin."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    late = "".join(f'Extension("late{n}", ["good.c"]), ' for n in range(9))
    (tmp_path / "setup.py").write_text(
        BROKEN.replace("    ],", f"        {late}\n    ],")
    )
    for name in ("first", "other"):
        (tmp_path / f"{name}.c").write_text(f"#include <Python.h>\nbroken {name};\n")
    (tmp_path / "good.c").write_text("int good;\n")
    compiler = tmp_path / "compiler"
    compiler.write_text(
        "#!/bin/sh\n"
        'for word in "$@"; do case $word in *.c) name=$word ;; esac; done\n'
        '[ -z "$name" ] || echo "$name" >> begun.txt\n'
        "case $name in first.c|other.c)\n"
        "    touch $name.begun; times=0\n"
        "    until [ -e first.c.begun -a -e other.c.begun -o $times = 600 ]; do\n"
        "        sleep 0.1; times=$((times + 1))\n"
        "    done ;;\n"
        "esac\n"
        'exec cc "$@"\n'
    )
    compiler.chmod(0o755)
    variables = {"CC": str(compiler), "ABI3BUILD_PARALLEL": "2"}
    (build,) = workbench.build_each([tmp_path], env=variables)
    assert build.returncode == 1
    assert build.wheels == ()
    for name in ("first", "other"):
        assert f"broken {name};" in build.stderr
        assert f"abi3build: error: extension {name} does not compile" in build.stderr
        assert f"\n  {name}.c:2: " in build.stderr
    begun = (tmp_path / "begun.txt").read_text().split()
    assert begun.count("good.c") <= 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_leaves_nothing_running(
    number: signal.Signals, tmp_path: Path, workbench: Workbench
) -> None:
    """It comes with the first compiler, while other extensions wait for their turn."""
    for run in range(INTERRUPTED):
        _interrupt(number, tmp_path / str(run), workbench)


def _interrupt(number: signal.Signals, folder: Path, workbench: Workbench) -> None:
    project = shared_project(folder)
    compiler = project / "compiler"
    compiler.write_text("#!/bin/sh\necho $$ >> running.txt\nsleep 600 &\nwait\n")
    compiler.chmod(0o755)
    kit = kit_for(running_python(), workbench.cache)
    variables = workbench.variables({"CC": str(compiler), **AT_ONCE})
    with subprocess.Popen(
        [kit.python, "setup.py", "bdist_wheel"],
        cwd=project,
        env=clean_environment(variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as build:
        begun = project / "running.txt"
        while build.poll() is None and not (begun.exists() and begun.read_text()):
            time.sleep(0.005)
        build.send_signal(number)
        said, _ = build.communicate(timeout=120)
    assert build.returncode not in {0, None}, said
    groups = [int(line) for line in begun.read_text().split()]
    assert groups
    assert [group for group in (build.pid, *groups) if _still_runs(group)] == []
    assert not list(project.glob("dist/*.whl"))
    done = workbench.run_setup(project, "-q", "bdist_wheel", env=AT_ONCE)
    assert done.returncode == 0, done.stderr


def _still_runs(group: int) -> bool:
    """Tell whether a group of processes has any, but for those not yet reaped."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.05)
    return True


LIBRARY = """\
from setuptools import setup

sources = [f"unit{number}.c" for number in range(4)]
setup(py_modules=[], libraries=[("own", {"sources": sources})])
"""
MEETING = """\
#!/bin/sh
mkdir busy 2> /dev/null || touch met
sleep 0.3
rmdir busy 2> /dev/null
exec cc "$@"
"""


def test_static_libraries_keep_to_the_number_of_jobs_of_extensions(
    tmp_path: Path, workbench: Workbench
) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "setup.py").write_text(LIBRARY)
    (tmp_path / "setup.cfg").write_text("[build_ext]\nparallel = 1\n")
    for number in range(4):
        (tmp_path / f"unit{number}.c").write_text(f"int unit{number};\n")
    compiler = tmp_path / "compiler"
    compiler.write_text(MEETING)
    compiler.chmod(0o755)
    env = {"CC": str(compiler)}
    done = workbench.run_setup(tmp_path, "-q", "build_clib", env=env)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "met").exists()


HOOKED = """\
import os
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

class Hooked(build_ext):
    def build_extensions(self):
        compile_one = self.compiler._compile

        def hooked(obj, src, ext, cc_args, extra_postargs, pp_opts):
            compile_one(obj, src, ext, cc_args, [*extra_postargs, "-DWHO=1"], pp_opts)
            # Some look at an object at once.
            assert os.path.getsize(obj) > 0

        self.compiler._compile = hooked
        super().build_extensions()

setup(
    py_modules=[],
    cmdclass={"build_ext": Hooked},
    ext_modules=[Extension("a", ["common.c", "a.c"])],
)
"""


def test_a_hook_that_needs_each_object_at_once_has_it(
    tmp_path: Path, workbench: Workbench
) -> None:
    project = shared_project(tmp_path / "project")
    (project / "setup.py").write_text(HOOKED)
    done = workbench.run_setup(project, "-v", "bdist_wheel")
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert "one by one: __main__ replaces the compiler's _compile" in said


SEEN = """\
import functools, os, subprocess
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from distutils.ccompiler import CCompiler
from distutils.unixccompiler import UnixCCompiler

def see(owner, name):
    old = getattr(owner, name)

    def seen(*arguments, **options):
        with open("seen.txt", "a") as file:
            flat = str(arguments)
            files = [each for each in ("a.c", "b.c", "common.c") if each in flat]
            print(name, files, sorted(options), file=file)
        return old(*arguments, **options)

    setattr(owner, name, seen)

owner, name = os.environ["SEEN"].split(".")
if owner != "compiler":
    see(globals()[owner], name)

class Seeing(build_ext):
    def build_extensions(self):
        if owner == "compiler":
            see(self.compiler, name)
        super().build_extensions()

setup(
    py_modules=[],
    cmdclass={"build_ext": Seeing},
    ext_modules=[
        Extension(name, ["common.c", name + ".c"], define_macros=[("WHO", "1")])
        for name in "ab"
    ],
)
"""


@pytest.mark.parametrize(
    "hook",
    [
        "CCompiler.call",
        "UnixCCompiler._compile",
        "UnixCCompiler.link",
        "compiler.compile",
        "subprocess.check_call",
    ],
)
def test_hooks_see_the_same_calls_as_one_by_one(
    hook: str, tmp_path: Path, workbench: Workbench
) -> None:
    calls = []
    for jobs in "14":
        project = shared_project(tmp_path / jobs)
        (project / "setup.py").write_text(SEEN)
        env = {"ABI3BUILD_PARALLEL": jobs, "SEEN": hook, "CFLAGS": "-O0 -g0"}
        (build,) = workbench.build_each([project], env=env)
        assert build.returncode == 0, build.stderr
        calls.append((project / "seen.txt").read_text().splitlines())
    assert calls[0]
    assert calls[1] == calls[0]
