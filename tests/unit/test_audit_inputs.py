"""What ``abi3build audit`` takes, and what it says of what it cannot audit."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING

import pytest
from calling import LIBRARY, run, write_wheel

from abi3build.inputs import find_inputs

if TYPE_CHECKING:
    from pathlib import Path

ABI3 = "demo-1.0-cp39-abi3-linux_x86_64.whl"
PURE = "demo-1.0-py3-none-any.whl"
SPECIFIC = "demo-1.0-cp311-cp311-linux_x86_64.whl"
NO_ABI = "demo-1.0-py3-none-linux_x86_64.whl"
GIVE = "give --min-python to audit it anyway"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a tree with everything in it, and stand there."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    write_wheel(tmp_path / ABI3)
    for name in ("b.pyd", "a.so", "c.dylib", "d.dll", "e.txt", "f.so.1"):
        (tmp_path / "deep" / name).write_bytes(LIBRARY)
    (tmp_path / "deep" / "er" / "sample.abi3.so").write_bytes(LIBRARY)
    (tmp_path / "deep" / "gone.so").symlink_to("nowhere")
    monkeypatch.chdir(tmp_path)
    return tmp_path


FOUND = [
    pytest.param([ABI3], [ABI3], id="file"),
    pytest.param(
        ["deep"],
        ["deep/a.so", "deep/b.pyd", "deep/er/sample.abi3.so"],
        id="directory",
    ),
    pytest.param(
        ["."],
        ["deep/a.so", "deep/b.pyd", "deep/er/sample.abi3.so", ABI3],
        id="wheels-and-unpacked-files-alike",
    ),
    pytest.param(["deep/b.pyd", "deep/a.so"], ["deep/b.pyd", "deep/a.so"], id="order"),
    pytest.param(
        ["deep/b.pyd", "deep", "deep/b.pyd"],
        ["deep/b.pyd", "deep/a.so", "deep/er/sample.abi3.so"],
        id="each-once",
    ),
    pytest.param(
        ["./deep//a.so", "deep/./a.so", "deep/../deep/a.so"],
        ["deep/a.so", "deep/../deep/a.so"],
        id="untidy",
    ),
    pytest.param(["*.whl"], [ABI3], id="pattern"),
    pytest.param(["deep/?.so"], ["deep/a.so"], id="pattern-of-one-letter"),
    pytest.param(["**/*.abi3.so"], ["deep/er/sample.abi3.so"], id="pattern-of-folders"),
    pytest.param(["d*p/er"], ["deep/er/sample.abi3.so"], id="pattern-of-a-directory"),
    pytest.param(["-"], ["deep/a.so", "deep/er/sample.abi3.so"], id="standard-input"),
    pytest.param(
        ["deep/b.pyd", "-", ABI3],
        ["deep/b.pyd", "deep/a.so", "deep/er/sample.abi3.so", ABI3],
        id="standard-input-in-its-place",
    ),
]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("names", "found"), FOUND)
def test_names_stand_for_files(names: list[str], found: list[str]) -> None:
    inputs = find_inputs(names, ["deep/a.so", "deep/er"])
    assert [each.path for each in inputs.files] == found
    assert inputs.faults == ()


def test_a_file_that_looks_like_a_pattern_is_itself(folder: Path) -> None:
    (folder / "[a].so").write_bytes(LIBRARY)
    (folder / "a.so").write_bytes(LIBRARY)
    inputs = find_inputs(["[a].so"])
    assert [each.path for each in inputs.files] == ["[a].so"]


def test_a_file_that_is_named_and_found_counts_as_named(folder: Path) -> None:
    del folder
    for names in (["deep", "deep/a.so"], ["deep/a.so", "deep"]):
        named = [each.named for each in find_inputs(names).files]
        assert named == [True, False, False]


MISSING = [
    pytest.param(
        "gone.whl", "gone.whl: no such file or directory: check the path", id="file"
    ),
    pytest.param("", "'': no such file or directory: check the path", id="empty-name"),
    pytest.param("*.egg", "*.egg: no file matches: check the pattern", id="pattern"),
    pytest.param(
        "empty",
        (
            "empty: contains no wheel and no extension file (*.whl, *.so, *.pyd): name"
            " the directory that the build wrote to"
        ),
        id="directory",
    ),
    pytest.param(
        "-",
        "-: standard input is empty: write one path per line to it",
        id="standard-input",
    ),
]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("name", "text"), MISSING)
def test_what_is_not_there_ends_with_3_after_the_rest(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    text: str,
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n")))
    status, out, err = run(capsys, "audit", name, ABI3)
    assert (status, err) == (3, f"abi3build: error: {text}\n")
    assert out.startswith(f"{ABI3} keeps its promise to Python 3.9")


def test_a_none_tag_over_a_module_is_a_finding_wherever_it_is_found(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write_wheel(tmp_path / NO_ABI, metadata="Requires-Python: >=3.8\n")
    text = (
        f"{NO_ABI} does not keep its promise to Python 3.8\n"
        "  demo/sample.abi3.so\n"
        "    ABI611 sample.abi3.so   uses 2 symbols of CPython, but with the tag"
        " py3-none-linux_x86_64 it is installed on every Python 3, including PyPy and"
        " free-threaded builds\n"
    )
    for given in (path, tmp_path):
        status, out, err = run(capsys, "audit", given)
        assert (status, err) == (1, "")
        assert out.startswith(text)


def test_standard_input_has_one_path_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    lines = f"{folder / ABI3}\r\n\n{folder / 'deep' / 'er'}\n".encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    status, out, err = run(capsys, "audit", "-")
    assert (status, err) == (0, "")
    assert out.endswith("\n2 inputs: 2 keep their promise\n")


NOT_AUDITED = [
    pytest.param(
        PURE,
        (
            f"{PURE}: its tag, py3-none-any, is for wheels without machine code: name"
            " one with extensions"
        ),
        id="pure",
    ),
    pytest.param(
        SPECIFIC,
        f"{SPECIFIC}: its tag, cp311-cp311-linux_x86_64, promises one version of"
        f" Python, not the stable ABI: {GIVE}",
        id="version-specific",
    ),
    pytest.param(
        NO_ABI,
        (
            f"{NO_ABI}: its tag, py3-none-linux_x86_64, promises every Python, and none"
            " of its files uses CPython's API: name one with extensions"
        ),
        id="no-abi",
    ),
]


def members_of(name: str) -> dict[str, bytes]:
    """Return a module for the tag of one Python, and nothing of CPython for none."""
    return {} if "-none-" in name else {"demo/sample.abi3.so": LIBRARY}


@pytest.mark.parametrize(("name", "text"), NOT_AUDITED)
def test_what_promises_nothing_is_an_error_if_it_was_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, text: str
) -> None:
    path = write_wheel(tmp_path / name, members_of(name))
    assert run(capsys, "audit", path) == (3, "", f"abi3build: error: {text}\n")


@pytest.mark.parametrize(("name", "text"), NOT_AUDITED)
def test_what_promises_nothing_is_passed_by_if_it_was_found(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, text: str
) -> None:
    write_wheel(tmp_path / name, members_of(name))
    nothing = (
        "nothing to audit: none of the files found promises the stable ABI: give"
        " --min-python to audit them anyway"
    )
    assert run(capsys, "audit", tmp_path) == (
        3,
        "",
        f"abi3build: note: {text}\nabi3build: error: {nothing}\n",
    )
    write_wheel(tmp_path / ABI3)
    status, out, err = run(capsys, "audit", tmp_path)
    assert (status, err) == (0, f"abi3build: note: {text}\n")
    assert out.endswith("\n2 inputs: 1 keeps its promise, 1 skipped\n")


def test_a_module_for_one_python_is_passed_by_if_it_was_found(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "sample.cpython-311-x86_64-linux-gnu.so"
    path.write_bytes(LIBRARY)
    (tmp_path / "sample.abi3.so").write_bytes(LIBRARY)
    status, _, err = run(capsys, "audit", tmp_path)
    assert (status, err) == (
        0,
        f"abi3build: note: {path}: its name is for one version of Python, not for the"
        f" stable ABI: {GIVE}\n",
    )
    status, out, _ = run(capsys, "audit", path)
    assert status == 1
    assert f"ABI301 {path.name}   only the Python named in it imports the file" in out


def test_a_file_in_a_folder_that_may_not_be_entered(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.stat

    def refuse(path: str, **given: bool) -> os.stat_result:
        if str(path) == "dist/demo.whl":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return whole(path, **given)

    monkeypatch.setattr(os, "stat", refuse)
    told = "dist/demo.whl: Permission denied: check the path and its permissions"
    assert run(capsys, "audit", "dist/demo.whl") == (
        3,
        "",
        f"abi3build: error: {told}\n",
    )
