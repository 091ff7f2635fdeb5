"""What objects of Microsoft's kind say about the macro.

Clang stands in for Microsoft's compiler, which is not to be had on Linux: it takes the
same pragma and writes the same objects, and CPython's own ``pyconfig.h`` asks.  Three
headers of Windows are stood in for, too.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from abi3build.audit.report import audit
from abi3build.binaries.image import BinaryFile
from abi3build.evidence.microsoft_units import asked_libraries, read_microsoft_units
from abi3build.rules.audited_files import AuditedFiles
from abi3build.versions import Promise, PythonVersion
from workbench.running import run_or_raise
from workbench.wine import windows_headers

CLANG = (sys.executable, "-m", "ziglang", "clang", "-target", "x86_64-pc-windows-msvc")
STAND_INS = {
    "io.h": "",
    "basetsd.h": "typedef long long SSIZE_T;\n",
    "stdio.h": "",
}
LIMITED = "#define Py_LIMITED_API 0x03090000\n"


def compile_unit(folder: Path, name: str, text: str) -> Path:
    """Compile a source of ``src`` as distutils does, into a folder ``build``."""
    headers = folder / "headers"
    for header, content in STAND_INS.items():
        headers.mkdir(exist_ok=True)
        (headers / header).write_text(content, encoding="utf-8")
    source = folder / "src" / name
    output = folder / "build" / "src" / Path(name).with_suffix(".obj")
    for path in (source, output):
        path.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(text, encoding="utf-8")
    own = windows_headers("3.13").parent
    includes = [f"-I{headers}", f"-I{own}"]
    run_or_raise([*CLANG, *includes, "-c", source, "-o", output])
    return output


@pytest.mark.lab("windows-3.13-headers")
@pytest.mark.parametrize(
    ("macros", "library"),
    [
        pytest.param(LIMITED, "python3.lib", id="limited"),
        pytest.param("", "python313.lib", id="not limited"),
        pytest.param(f"#define _DEBUG\n{LIMITED}", "python313_d.lib", id="debug"),
        pytest.param(
            f"#define Py_GIL_DISABLED\n{LIMITED}", "python3t.lib", id="free-threaded"
        ),
    ],
)
def test_an_object_says_for_which_library_it_was_compiled(
    macros: str, library: str, tmp_path: Path
) -> None:
    made = compile_unit(tmp_path, "core.c", f"{macros}#include <pyconfig.h>\n")
    assert asked_libraries(made.read_bytes()) == (library,)


@pytest.mark.lab("windows-3.13-headers")
def test_a_unit_without_the_macro_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    good = f"{LIMITED}#include <pyconfig.h>\n"
    compile_unit(tmp_path, "good.c", good)
    compile_unit(tmp_path, "other.c", "int other(void) { return 1; }\n")
    compile_unit(tmp_path, "bad.cpp", "#undef Py_LIMITED_API\n#include <pyconfig.h>\n")
    gone = compile_unit(tmp_path, "gone.c", "#include <pyconfig.h>\n")
    (tmp_path / "src" / "gone.c").unlink()
    assert gone.exists()
    units = read_microsoft_units(tmp_path / "build")
    assert [unit.source for unit in units] == ["src/bad.cpp", "src/good.c"]
    promise = Promise(PythonVersion(3, 9))
    file = BinaryFile("core.pyd")
    report = audit(AuditedFiles("core.pyd", promise, (file,), units=units), ())
    found = [each for each in report.findings if each.code == "ABI401"]
    assert [(each.file, each.what, each.message) for each in found] == [
        (
            "src/bad.cpp",
            "python313.lib",
            "requested, so Py_LIMITED_API was not defined for Python.h",
        )
    ]
