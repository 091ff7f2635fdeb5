"""Nothing stale is shipped, and nothing is compiled without need."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from small_project import PYPROJECT

from workbench.running import run_or_raise

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.building import Workbench

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="dependency files are GCC's and Clang's"
)

SETUP = """\
from setuptools import Extension, setup

setup(
    py_modules=[],
    libraries=[("own", {"sources": ["own.c"]})],
    ext_modules=[
        Extension("sample", ["sample.c"]),
        Extension("other", ["other.c"], extra_objects=["extra.o"]),
    ],
)
"""
MODULE = """\
#include <Python.h>
#include "{name}.h"
static PyModuleDef_Slot slots[] = {{{{0, NULL}}}};
static struct PyModuleDef definition = {{PyModuleDef_HEAD_INIT, "{name}", NULL, 0,
                                        NULL, slots, NULL, NULL, NULL}};
PyMODINIT_FUNC PyInit_{name}(void) {{ return PyModuleDef_Init(&definition); }}
"""
COMPILER = """\
#!/bin/sh
for word in "$@"; do
    case $word in
        /*.c) ;;
        *.c) echo "$word" >> made.txt ;;
        */*.abi3.so) test -z "$STOPPED" || exit 3
            basename "$word" .abi3.so >> made.txt ;;
    esac
done
exec cc "$@"
"""


class Project:
    """Build one project again and again; say what was compiled each time."""

    def __init__(self, folder: Path, workbench: Workbench) -> None:
        self.folder = folder
        self.workbench = workbench
        self.compiler = folder / "compiler"
        self.write("pyproject.toml", PYPROJECT)
        self.write("setup.py", SETUP)
        self.write("own.c", '#include "own.h"\nint own(void) { return OWN; }\n')
        self.write("own.h", "#define OWN 1\n")
        for name in ("sample", "other"):
            self.write(f"{name}.c", MODULE.format(name=name))
            self.write(f"{name}.h", "/* nothing yet */\n")
        self.write("compiler", COMPILER)
        self.compiler.chmod(0o755)
        self.link_in("int extra = 1;")

    def write(self, name: str, text: str) -> None:
        """Write one of the project's files."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def link_in(self, source: str) -> None:
        """Make the prebuilt object that one of the extensions takes."""
        self.write("extra.c", source)
        run_or_raise(["cc", "-fPIC", "-c", "extra.c"], self.folder)

    def made(self, env: Mapping[str, str] | None = None) -> list[str]:
        """Build the wheel; return what was compiled and what was linked, sorted."""
        (build,) = self.workbench.build_each(
            [self.folder], env={"CC": str(self.compiler), **(env or {})}
        )
        assert build.returncode == 0, build.stderr
        return self._taken()

    def made_in_place(self, **settings: str) -> list[str]:
        """Build as ``pip install --editable`` does; return the same."""
        variables = {"CC": str(self.compiler)}
        hook = "build_editable"
        done = self.workbench.call_backend(hook, self.folder, settings, variables)
        assert done.returncode == 0, done.stderr
        assert "the build of other.abi3.so, sample.abi3.so keeps its" in done.stderr
        return self._taken()

    def made_beside_the_sources(self, **env: str) -> list[str]:
        """Build libraries and extensions as developers do; return the same."""
        words = ("--quiet", "build_clib", "build_ext", "--inplace")
        variables = {"CC": str(self.compiler), **env}
        done = self.workbench.run_setup(self.folder, *words, env=variables)
        assert done.returncode == 0, done.stderr
        return self._taken()

    def _taken(self) -> list[str]:
        log = self.folder / "made.txt"
        made = sorted(set(log.read_text("utf-8").split())) if log.exists() else []
        log.unlink(missing_ok=True)
        return made


SOURCES = {"other.c", "own.c", "sample.c"}
ALL = sorted({"other", "sample", *SOURCES})


def test_what_changed_is_built_anew_and_nothing_else(
    tmp_path: Path, workbench: Workbench
) -> None:
    project = Project(tmp_path, workbench)
    assert project.made() == ALL
    assert project.made() == []

    project.write("sample.h", "/* edited */\n")
    assert project.made() == ["sample", "sample.c"]
    old = tmp_path / "sample.h"
    project.write("sample.h", "/* taken back from long ago */\n")
    os.utime(old, (1, 1))
    assert project.made() == ["sample", "sample.c"]
    project.write("own.h", "#define OWN 2\n")
    assert project.made() == ["other", "own.c", "sample"]
    project.link_in("int extra = 2;")
    assert project.made() == ["other"]
    for path in tmp_path.glob("*.[ch]"):
        path.touch()
    assert project.made() == []


def test_a_changed_setting_flag_or_compiler_builds_anew(
    tmp_path: Path, workbench: Workbench
) -> None:
    project = Project(tmp_path, workbench)
    assert project.made() == ALL
    for change in (
        {"CFLAGS": "-DNEW"},
        {"ABI3BUILD_VERIFY": "off"},
        {"CPATH": str(tmp_path)},
        {"ABI3BUILD_MIN_PYTHON": "3.10"},
    ):
        assert project.made(change) == ALL, change
        # What nobody watched may have read anything.
        again = ALL if "ABI3BUILD_VERIFY" in change else []
        assert project.made(change) == again, change
    project.made()
    project.write("compiler", COMPILER + "# a new release\n")
    assert project.made() == ALL

    setup = SETUP.replace('["sample.c"]', '["sample.c"], define_macros=[("NEW", "1")]')
    project.write("setup.py", setup)
    assert project.made() == ["sample", "sample.c"]


def test_what_no_file_that_was_read_shows_is_built_anew(
    tmp_path: Path, workbench: Workbench
) -> None:
    """A header that comes first, a linker script, and what is no more."""
    project = Project(tmp_path, workbench)
    flags = {"CFLAGS": f"-I{tmp_path}/first -I{tmp_path}/second"}
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
    project.write("second/found.h", "#define FOUND 1\n")
    project.write("sample.h", "#include <found.h>\n")
    project.write("exported.map", "{ global: *; };\n")
    given = 'extra_objects=["extra.o"]'
    script = f'{given}, extra_link_args=["-Wl,--version-script=exported.map"]'
    project.write("setup.py", SETUP.replace(given, script))
    project.made(flags)
    assert project.made(flags) == []

    project.write("first/found.h", "#define FOUND 2\n")
    assert project.made(flags) == ["sample", "sample.c"]
    project.write("exported.map", "{ global: PyInit_other; local: *; };\n")
    assert project.made(flags) == ["other"]
    (lib,) = tmp_path.glob("build/lib*")
    (lib / "gone.py").touch()
    assert project.made(flags) == []
    assert not (lib / "gone.py").exists()


def test_a_damaged_stamp_builds_anew(tmp_path: Path, workbench: Workbench) -> None:
    project = Project(tmp_path, workbench)
    project.made()
    (folder,) = tmp_path.glob("build/temp*/abi3build-stamps")
    (folder / "sample.json").write_text('{"ingredients": 1, "linked": [3]}', "utf-8")
    assert project.made() == ["sample"]
    for stamp in folder.iterdir():
        stamp.write_text('{"ingredients": 1, "linked": [3]}', "utf-8")
    assert project.made() == ALL


def test_an_object_that_is_not_what_was_compiled_is_compiled_again(
    tmp_path: Path, workbench: Workbench
) -> None:
    project = Project(tmp_path, workbench)
    project.made()
    (kept,) = tmp_path.glob("build/temp*/sample.o")
    kept.write_bytes((tmp_path / "extra.o").read_bytes())
    assert project.made() == ["sample", "sample.c"]


def test_editable_installs_make_what_changed(
    tmp_path: Path, workbench: Workbench
) -> None:
    project = Project(tmp_path, workbench)
    assert project.made_in_place() == ALL
    assert project.made_in_place() == []
    copied = tmp_path / "sample.abi3.so"
    right = copied.read_bytes()
    copied.write_bytes(right[:100])
    assert project.made_in_place() == []
    assert copied.read_bytes() == right
    project.write("sample.h", "/* edited */\n")
    assert project.made_in_place() == ["sample", "sample.c"]
    project.write("own.h", "#define OWN 2\n")
    assert project.made_in_place() == ["other", "own.c", "sample"]
    # The strict mode takes the modules from the front end's folder, a temporary one.
    linked = ["other", "sample"]
    assert project.made_in_place(**{"editable-mode": "strict"}) == linked


def test_builds_beside_the_sources_keep_their_objects(
    tmp_path: Path, workbench: Workbench
) -> None:
    project = Project(tmp_path, workbench)
    assert project.made_beside_the_sources() == ALL
    assert project.made_beside_the_sources() == []
    project.write("own.h", "#define OWN 2\n")
    assert project.made_beside_the_sources() == ["other", "own.c", "sample"]
    assert project.made_beside_the_sources() == []


def test_a_link_or_a_copy_that_was_cut_short_is_done_again(
    tmp_path: Path, workbench: Workbench
) -> None:
    """The copy is younger than what it was made of, and so is half a module."""
    project = Project(tmp_path, workbench)
    project.made_beside_the_sources()
    copied = tmp_path / "sample.abi3.so"
    (built,) = tmp_path.glob("build/lib*/sample.abi3.so")
    whole = copied.read_bytes()
    copied.write_bytes(whole[:5000])
    assert project.made_beside_the_sources() == []
    assert copied.read_bytes() == whole

    built.unlink()
    with pytest.raises(AssertionError, match="failed with exit code 3"):
        project.made_beside_the_sources(STOPPED="yes")
    built.write_bytes(whole[:5000])
    assert "sample" in project.made_beside_the_sources()
    assert built.read_bytes() == copied.read_bytes() == whole


def test_a_static_library_has_no_member_of_before(
    tmp_path: Path, workbench: Workbench
) -> None:
    """Neither a source that left it nor an archive that was half written."""
    project = Project(tmp_path, workbench)
    project.write("left.c", "int left(void) { return 1; }\n")
    project.write("setup.py", SETUP.replace('["own.c"]', '["own.c", "left.c"]'))
    project.made()
    (archive,) = tmp_path.glob("build/temp*/libown.a")
    assert b"left" in archive.read_bytes()
    project.write("setup.py", SETUP)
    assert "own.c" not in project.made()
    assert b"left" not in archive.read_bytes()
    (stamp,) = tmp_path.glob("build/temp*/abi3build-stamps/library own.json")
    stamp.unlink()
    archive.write_bytes(b"!<arch>\n")
    project.made()
    assert b"own" in archive.read_bytes()
