"""Names that the loader binds for a module, as real linkers leave them."""

from __future__ import annotations

import shlex
import struct
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING, Any

import pytest

from abi3build.binaries.image import MobileSystem
from abi3build.inspection.image_files import read_file

if TYPE_CHECKING:
    from pathlib import Path

    from abi3build.binaries.image import Image

SOURCE = """
typedef struct _object PyObject;
VISIBILITY int PyLong_AsInt(PyObject *object, int *result)
{
    *result = object != 0;
    return 0;
}
CALLS
PyObject *PyInit_core(void)
{
    int result = scanner_create();
    START;
    return 0;
}
"""
CALL = "PyLong_AsInt(0, &result)"
ADDRESS = "int (*volatile table[])(PyObject *, int *) = {PyLong_AsInt};"
SCANNER = "static int scanner_create(void) { return 0; }"


def compiled(
    folder: Path,
    *options: str,
    start: str = CALL,
    calls: str = SCANNER,
    visibility: str = "",
    libraries: tuple[str, ...] = (),
) -> Image:
    """Compile a module whose own function has the name of one of CPython's."""
    text = SOURCE.replace("VISIBILITY", visibility).replace("CALLS", calls)
    (folder / "core.c").write_text(text.replace("START", start), encoding="utf-8")
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")
    words = [*compiler, "-shared", "-fPIC", "-O1", "-fno-inline", *options, "core.c"]
    words += ["-o", "core.so", *libraries]
    subprocess.run(words, cwd=folder, check=True)
    (image,) = read_file(folder / "core.so").images
    return image


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param({}, ("PyLong_AsInt",), id="call"),
        pytest.param(
            {"calls": SCANNER + ADDRESS, "start": "table[0](0, &result)"},
            ("PyLong_AsInt",),
            id="address",
        ),
        pytest.param(
            {"visibility": '__attribute__((visibility("protected")))'},
            (),
            id="protected",
        ),
        pytest.param(
            {"visibility": '__attribute__((visibility("hidden")))'}, (), id="hidden"
        ),
        pytest.param({"visibility": "static"}, (), id="static"),
    ],
)
def test_own_names_that_the_loader_looks_up(
    tmp_path: Path, words: dict[str, Any], found: tuple[str, ...]
) -> None:
    image = compiled(tmp_path, **words)
    assert image.interposable == found
    assert image.unprovided == ()


@pytest.mark.parametrize("option", ["-Bsymbolic", "-Bsymbolic-functions"])
def test_own_names_that_the_linker_binds(tmp_path: Path, option: str) -> None:
    assert compiled(tmp_path, f"-Wl,{option}").interposable == ()


@pytest.mark.skipif(sys.byteorder != "little", reason="the tag is looked for as bytes")
def test_a_tag_makes_the_loader_begin_with_the_file(tmp_path: Path) -> None:
    """DF_SYMBOLIC among DT_FLAGS, where the linker left relocations anyway."""
    assert compiled(tmp_path, "-Wl,-z,now").interposable == ("PyLong_AsInt",)
    file = tmp_path / "core.so"
    flags, now, symbolic = 30, 8, 2
    layout = "=QQ" if sys.maxsize > 2**32 else "=II"
    tag = struct.pack(layout, flags, now)
    data = file.read_bytes()
    assert data.count(tag) == 1
    file.write_bytes(data.replace(tag, struct.pack(layout, flags, now | symbolic)))
    (image,) = read_file(file).images
    assert image.interposable == ()


ANDROID_NOTE = """
__asm__(".pushsection .note.android.ident,\\"a\\",%note\\n"
        ".long 8\\n.long 4\\n.long 1\\n.asciz \\"OWNER\\"\\n.long 24\\n"
        ".popsection");
"""


@pytest.mark.parametrize(
    ("owner", "system", "level"),
    [("Android", MobileSystem.ANDROID, (24, 0)), ("Another", None, None)],
)
def test_the_note_of_androids_tools(
    tmp_path: Path,
    owner: str,
    system: MobileSystem | None,
    level: tuple[int, int] | None,
) -> None:
    note = ANDROID_NOTE.replace("OWNER", owner)
    image = compiled(tmp_path, calls=SCANNER + note)
    assert (image.mobile_system, image.minimum_os) == (system, level)


@pytest.mark.parametrize(
    ("calls", "libraries", "found"),
    [
        pytest.param("int scanner_create(void);", (), ("scanner_create",), id="alone"),
        pytest.param(
            "int scanner_create(void); int puts(const char *);"
            ' void f(void) { puts("x"); }',
            (),
            ("scanner_create",),
            id="beside-a-function-of-glibc",
        ),
        pytest.param(
            "__attribute__((weak)) int scanner_create(void);", (), (), id="weak"
        ),
        pytest.param(
            f"{SCANNER} double sqrt(double); double f(double x) {{ return sqrt(-x); }}",
            (),
            (),
            id="mathematics-without-its-library",
        ),
        pytest.param(
            "int scanner_create(void);",
            ("-Wl,--no-as-needed", "-L.", "-lother"),
            (),
            id="library-that-may-have-it",
        ),
        pytest.param(
            f"{SCANNER} void *memcpy(void *, const void *, unsigned long);"
            " void f(void *x, unsigned long n) { memcpy(x, x + 1, n); }",
            ("-nostdlib",),
            (),
            id="no-library-at-all",
        ),
    ],
)
def test_names_that_no_library_has(
    tmp_path: Path, calls: str, libraries: tuple[str, ...], found: tuple[str, ...]
) -> None:
    (tmp_path / "other.c").write_text("int other(void) { return 0; }", encoding="utf-8")
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")
    subprocess.run(
        [*compiler, "-shared", "-fPIC", "other.c", "-o", "libother.so"],
        cwd=tmp_path,
        check=True,
    )
    assert compiled(tmp_path, calls=calls, libraries=libraries).unprovided == found
