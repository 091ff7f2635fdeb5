"""``abi3build init``: five kinds of projects, and those that are none of its own."""

from __future__ import annotations

import errno
import textwrap
from typing import TYPE_CHECKING, NoReturn

import pytest
from calling import run

from abi3build.project_init.knobs import clean_setup_py

if TYPE_CHECKING:
    from pathlib import Path

THREE_KNOBS = """\
from setuptools import Extension, setup

setup(
    name="demo",
    ext_modules=[
        Extension(
            "demo._core",
            ["core.c"],
            define_macros=[("FAST", "1"), ("Py_LIMITED_API", "0x030A0000")],
            py_limited_api=True,
        ),
    ],
    options={"bdist_wheel": {"py_limited_api": "cp310"}},
)
"""
CLEANED = """\
from setuptools import Extension, setup

setup(
    name="demo",
    ext_modules=[
        Extension(
            "demo._core",
            ["core.c"],
            define_macros=[("FAST", "1")],
        ),
    ],
)
"""
TABLE = '[tool.abi3build]\nmin-python = "{}"\n'
OLD_STYLE = '[build-system]\nrequires = ["setuptools>=77", "abi3build"]\n'


@pytest.fixture(autouse=True)
def _no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask no index for what a release would save."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def test_the_three_settings_by_hand_become_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, setup__py=THREE_KNOBS, core__c="#include <Python.h>\n")
    status, out, err = run(capsys, "init", "--yes", tmp_path)
    assert (status, err) == (0, "")
    assert (tmp_path / "setup.py").read_text() == CLEANED
    pyproject = (tmp_path / "pyproject.toml").read_text()
    assert pyproject == f"{OLD_STYLE}\n{TABLE.format('3.10')}"
    assert "+++ b/setup.py" in out
    assert out.endswith(
        "floor: Python 3.10, from the project's own abi3 settings\n"
        'replaced by the table: setup.py: ("Py_LIMITED_API", "0x030A0000") (line 9)\n'
        "replaced by the table: setup.py: py_limited_api=True (line 10)\n"
        'replaced by the table: setup.py: options={"bdist_wheel": {"py_limited_api":'
        ' "cp310"}} (line 13)\n'
        "wrote pyproject.toml, setup.py\n"
        "next: python -m build --wheel\n"
    )
    assert run(capsys, "init", "--yes", tmp_path)[:2] == (
        0,
        f"{tmp_path.name} is already set up: nothing to do\n",
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'E("a", ["a.c"], py_limited_api=True,\n  define_macros=[("Py_LIMITED_API",'
            " 3)],\n)",
            'E("a", ["a.c"],\n)',
        ),
        (
            'E("a", py_limited_api=True, define_macros=[("Py_LIMITED_API", 3)], x=1)',
            'E("a", x=1)',
        ),
        (
            'E(define_macros=[("A", 1), ("Py_LIMITED_API", 3)], py_limited_api=True)',
            'E(define_macros=[("A", 1)])',
        ),
        ("E(py_limited_api=True)", "E()"),
        (
            "setup(ext_modules=[E(py_limited_api=True)], options={'bdist_wheel':"
            " {'py_limited_api': 'cp39'}})",
            "setup(ext_modules=[E()])",
        ),
    ],
)
def test_takes_out_settings_wherever_they_stand(before: str, after: str) -> None:
    assert clean_setup_py(before).text == after


PYPROJECT = """\
# Built by hand.
[build-system]
requires = [
    "setuptools>=77",  # for ext-modules
]
build-backend = "setuptools.build_meta"

[project]
name = "demo"
version = "1.0"
requires-python = ">=3.10"

[tool.setuptools]
ext-modules = [{ name = "demo._core", sources = ["core.c"] }]
"""


REFUSED = "the lowest that setup.py does not refuse"
STATED = "the lowest that python_requires in setup.{} admits"


@pytest.mark.parametrize(
    ("lines", "floor", "reason"),
    [
        ("if sys.version_info < (3, 10): raise RuntimeError(2)", "3.10", REFUSED),
        ("if sys.version_info[:2] < (3, 11, 0):\n  print()\n  sys.exit(1)", "3.11",
         REFUSED),
        ("assert sys.version_info >= (3, 12)", "3.12", REFUSED),
        ("S = '>=3.10,<4'\ndef f(): setup(python_requires=S)", "3.10",
         STATED.format("py")),
        ("setuptools.setup(python_requires='~=3.10')", "3.10", STATED.format("py")),
        ("[options]\npython_requires = >=3.11\n", "3.11", STATED.format("cfg")),
        ("if sys.version_info < (3, 12): raise OSError\nsetup(python_requires='>=3.9')",
         "3.12", REFUSED),
        ("if sys.version_info < (3, 10): fallback = True", "3.9", ""),
        ("if sys.version_info > (3, 13): raise OSError", "3.9", ""),
        ("if sys.platform < (3, 10): raise OSError", "3.9", ""),
        ("setup(python_requires=f'>={minor}')", "3.9", ""),
        ("[options", "3.9", ""),
    ],
)  # fmt: skip
def test_the_floor_is_one_that_the_project_admits(
    lines: str,
    floor: str,
    reason: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Lines of setup.cfg begin with the section, all others are of setup.py."""
    setup = "setup(ext_modules=[Extension('core', ['core.c'])])\n"
    cfg, lines = (lines, "") if lines.startswith("[") else ("", lines)
    write(tmp_path, setup__py=f"{lines}\n{setup}", setup__cfg=cfg, core__c="int x;\n")
    status, out, _ = run(capsys, "init", "--yes", tmp_path)
    assert status == 0
    said = reason or "the oldest that abi3build builds with"
    assert f"floor: Python {floor}, {said}\n" in out


@pytest.mark.parametrize(
    ("files", "floor", "said"),
    [
        pytest.param(
            {"pyproject__toml": PYPROJECT, "core__c": "int x;\n"},
            "3.10",
            "the lowest that requires-python admits",
            id="pyproject",
        ),
        pytest.param(
            {
                "setup__cfg": "[metadata]\nname = demo\n\n[bdist_wheel]\n"
                "py_limited_api = cp311\n\n[flake8]\nmax-line-length = 99\n",
                "setup__py": "from setuptools import setup\n"
                "setup(cffi_modules=['build.py:ffi'])\n",
            },
            "3.11",
            "from the project's own abi3 settings\nfound: CFFI",
            id="cffi",
        ),
        pytest.param(
            {
                "setup__py": "from Cython.Build import cythonize\n"
                "from setuptools import setup\nsetup(ext_modules=cythonize('*.pyx'))\n",
                "core__pyx": "def f(): return 1\n",
            },
            "3.9",
            "the oldest that abi3build builds with\nfound: Cython",
            id="cython",
        ),
        pytest.param(
            {
                "pyproject__toml": PYPROJECT.replace("3.10", "3.9"),
                "core__c": "void f(void) { PyModule_AddObjectRef(0, 0, 0); }\n",
            },
            "3.10",
            "the lowest for which its sources need no change; 3.9 is too low",
            id="sources",
        ),
        pytest.param(
            {"pyproject__toml": PYPROJECT},
            "3.10",
            "the lowest that requires-python admits; its sources were not read:"
            " {folder}/core.c: setup compiles it, but it is not there",
            id="misspelt-source",
        ),
    ],
)
def test_other_projects(
    files: dict[str, str],
    floor: str,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(tmp_path, **files)
    status, out, err = run(capsys, "init", "--yes", tmp_path)
    assert (status, err) == (0, "")
    said = said.replace("{folder}", str(tmp_path))
    assert f"floor: Python {floor}, {said}\n" in out
    pyproject = (tmp_path / "pyproject.toml").read_text()
    assert pyproject.endswith(TABLE.format(floor))
    if "pyproject__toml" in files:
        assert (
            '    "setuptools>=77",  # for ext-modules\n    "abi3build",\n' in pyproject
        )
    if "setup__cfg" in files:
        assert (tmp_path / "setup.cfg").read_text() == (
            "[metadata]\nname = demo\n\n[flake8]\nmax-line-length = 99\n"
        )
    assert run(capsys, "init", "--yes", tmp_path)[1].endswith(": nothing to do\n")


def test_what_is_no_literal_stays_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = textwrap.dedent(
        """\
        from setuptools import Extension, setup
        ABI3 = True
        setup(ext_modules=[Extension("é", ["c.c"], py_limited_api=ABI3)])
        """
    )
    write(tmp_path, setup__py=text)
    status, out, _ = run(capsys, "init", "--yes", "--min-python", "3.12", tmp_path)
    assert status == 0
    assert (tmp_path / "setup.py").read_text() == text
    assert "floor: Python 3.12, as given by --min-python\n" in out
    assert (
        "left to you, because it is not a literal: setup.py: py_limited_api=ABI3"
        " (line 3)\n"
    ) in out


def test_nothing_is_written_without_consent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, setup__py=THREE_KNOBS)
    status, out, err = run(capsys, "init", tmp_path)
    assert status == 2
    assert '+min-python = "3.10"\n' in out
    assert err == (
        "abi3build: error: nothing was written: run it in a terminal to confirm, or"
        " give --yes\n"
    )
    assert (tmp_path / "setup.py").read_text() == THREE_KNOBS
    assert not (tmp_path / "pyproject.toml").exists()


def test_line_ends_and_marks_stay_but_for_the_one_that_pip_does_not_take(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in (
        ("pyproject.toml", "[build-system]\nrequires = ['setuptools']\n"),
        ("setup.py", THREE_KNOBS),
        ("setup.cfg", "[bdist_wheel]\npy_limited_api = cp310\n[metadata]\n"),
    ):
        whole = f"\ufeff{text}".replace("\n", "\r\n")
        (tmp_path / name).write_bytes(whole.encode())
    assert run(capsys, "init", tmp_path, "--yes")[0] == 0
    for name in ("pyproject.toml", "setup.py", "setup.cfg"):
        text = (tmp_path / name).read_bytes().decode()
        assert text.startswith("\ufeff") == (name != "pyproject.toml")
        assert "Py_LIMITED_API" not in text
        assert "py_limited_api" not in text
        assert text.count("\n") == text.count("\r\n") > 0


def test_a_setup_that_is_no_python(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, setup__py="import setuptools\nx = = 1\n")
    told = f"{tmp_path / 'setup.py'}: line 2: invalid syntax: correct it there"
    assert run(capsys, "init", tmp_path) == (2, "", f"abi3build: error: {told}\n")


def test_a_folder_that_takes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(**_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    write(tmp_path, setup__py=THREE_KNOBS)
    monkeypatch.setattr("tempfile.mkstemp", refuse)
    status, _, err = run(capsys, "init", tmp_path, "--yes")
    assert status == 2
    assert err.endswith(
        ": No space left on device: make room for it, or change the permissions of its"
        " folder\n"
    )


_PDM = """\
[build-system]
requires = ["pdm-backend"]
build-backend = "pdm.backend"

[project]
name = "demo"
version = "1.0"

[tool.pdm.build]
run-setuptools = {}
custom-hook = "tools/build_it.py"
"""


def test_pdm_is_for_abi3build_if_setuptools_compiles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "build_it.py").write_text(
        "def pdm_build_update_setup_kwargs(context, kwargs):\n"
        "    kwargs['ext_modules'] = []\n"
    )
    write(tmp_path, pyproject__toml=_PDM.format("true"))
    status, _, err = run(capsys, "init", "--yes", "--min-python=3.11", tmp_path)
    assert (status, err) == (0, "")
    pyproject = (tmp_path / "pyproject.toml").read_text()
    assert 'requires = ["pdm-backend", "abi3build"]' in pyproject
    assert pyproject.endswith(TABLE.format("3.11"))


@pytest.mark.parametrize(
    ("files", "text"),
    [
        pytest.param(
            {"pyproject__toml": _PDM.format("false")},
            "builds with pdm, but abi3build is for setuptools: keep pdm, set abi3"
            " there, and check its wheels with: abi3build audit dist/",
            id="pdm",
        ),
        pytest.param(
            {"pyproject__toml": _PDM.format("true").replace("tools/", "none/")},
            "no extension modules are declared in setup.py, setup.cfg or"
            " [tool.setuptools]: a wheel of Python files already works on every Python",
            id="pdm without a hook",
        ),
        pytest.param(
            {},
            "no pyproject.toml, setup.py or setup.cfg: name the folder of a project",
            id="empty",
        ),
        pytest.param(
            {"setup__py": "from setuptools import setup\nsetup(name='pure')\n"},
            "no extension modules are declared in setup.py, setup.cfg or"
            " [tool.setuptools]: a wheel of Python files already works on every Python",
            id="pure",
        ),
        pytest.param(
            {"pyproject__toml": '[build-system]\nbuild-backend = "maturin"\n'},
            "builds with maturin, but abi3build is for setuptools: keep maturin, set"
            " abi3 there, and check its wheels with: abi3build audit dist/",
            id="maturin",
        ),
        pytest.param(
            {"pyproject__toml": '[build-system]\nbuild-backend="flit_core.buildapi"\n'},
            "builds with flit, which compiles no extension modules: a wheel of Python"
            " files already works on every Python",
            id="flit",
        ),
    ],
)
def test_what_is_not_for_abi3build(
    files: dict[str, str],
    text: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(tmp_path, **files)
    assert run(capsys, "init", "--yes", tmp_path) == (
        2,
        "",
        f"abi3build: error: {tmp_path}: {text}\n",
    )
