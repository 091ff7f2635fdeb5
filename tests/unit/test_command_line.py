"""The command as users call it: exit status, standard output, standard error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from calling import LIBRARY, run, write_wheel

from abi3build import __version__

_LINUX = Path(__file__).parent.parent / "binaries" / "linux"

NAME = "demo-1.0-cp313-abi3-linux_x86_64.whl"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Write a wheel with one module that keeps its promise."""
    return write_wheel(tmp_path / NAME)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"abi3build {__version__}\n", "")


def test_help_tells_the_exit_statuses(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "--help")
    assert status == 0
    assert "3  unreadable input, or nothing to audit" in out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ("floor",),
            "floor: the following arguments are required: PATH: abi3build floor --help"
            " says more",
        ),
        (
            ("audit", "--jobs", "x", "dist"),
            "audit: --jobs: expected a positive integer, got 'x': abi3build audit"
            " --help says more",
        ),
        (
            ("audit", "--fail-on", "erorr", "dist"),
            'audit: --fail-on: expected error, warning, never, got "erorr", did you'
            ' mean "error"?',
        ),
        (
            ("port", "--to", "pypy"),
            'port: --to: expected abi3, abi3t, got "pypy": abi3build port --help says'
            " more",
        ),
        (
            ("import-library", "--min-pyton=3.9", "--machine", "x86_64"),
            'import-library: --min-pyton: no such option, did you mean "--min-python"?',
        ),
    ],
)
def test_wrong_usage_is_one_line_and_ends_with_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], text: str
) -> None:
    assert run(capsys, *arguments) == (2, "", f"abi3build: error: {text}\n")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ("--bad",),
            "--bad: no such option: abi3build --help lists what there is",
        ),
        (("--versoin",), '--versoin: no such option, did you mean "--version"?'),
        (
            ("audit", "--formt=json", "x.whl"),
            'audit: --formt: no such option, did you mean "--format"?',
        ),
        (
            ("check", "-Z"),
            "check: -Z: no such option: abi3build check --help lists what there is",
        ),
        (
            ("completion", "zsh", "fish"),
            "completion: fish: one argument too many: abi3build completion --help"
            " lists what there is",
        ),
        (
            ("audit", "--require", "3.9", "x.whl"),
            "audit: --require: no such option, it is one of try",
        ),
    ],
)
def test_an_option_that_does_not_exist_is_named_with_the_nearest(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], text: str
) -> None:
    assert run(capsys, *arguments) == (2, "", f"abi3build: error: {text}\n")


@pytest.mark.parametrize(
    ("code", "tip"),
    [
        ("ABI1O1", ', did you mean "ABI101"?'),
        ("ABI999", ": run it without a code to list them"),
    ],
)
def test_a_code_with_letters_for_digits_leads_to_its_own(
    capsys: pytest.CaptureFixture[str], code: str, tip: str
) -> None:
    told = f"abi3build: error: {code}: no such rule{tip}\n"
    assert run(capsys, "explain", code) == (2, "", told)


def test_a_wheel_that_keeps_its_promise(
    capsys: pytest.CaptureFixture[str], wheel: Path
) -> None:
    status, out, err = run(capsys, "audit", wheel)
    assert (status, err) == (0, "")
    assert out == (
        f"{NAME} keeps its promise to Python 3.13, by its symbols (1 file, 3 stable"
        " symbols, available since 3.2)\n"
    )


def test_another_floor_than_the_tag(
    capsys: pytest.CaptureFixture[str], wheel: Path
) -> None:
    _, out, _ = run(capsys, "audit", "--min-python", "3.12", wheel)
    assert out == (
        f"{NAME} keeps its promise to Python 3.12, by its symbols (1 file, 3 stable"
        " symbols, available since 3.2)\n"
        "  demo/sample.abi3.so\n"
        "    ABI102 Py_GetConstantBorrowed   info: stable since 3.13; weak, so it may"
        " be missing\n"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (
            "3.1",
            '--min-python: expected a Python version from "3.2" to "3.15", got "3.1",'
            ' did you mean "3.10"?',
        ),
        (
            "cp39",
            '--min-python: expected a Python version from "3.2" to "3.15", got "cp39",'
            ' did you mean "3.9"?',
        ),
    ],
)
def test_a_wrong_floor_ends_with_2(
    capsys: pytest.CaptureFixture[str], wheel: Path, value: str, text: str
) -> None:
    assert run(capsys, "audit", "--min-python", value, wheel) == (
        2,
        "",
        f"abi3build: error: {text}\n",
    )


def test_one_unreadable_input_does_not_hide_the_others(
    capsys: pytest.CaptureFixture[str], wheel: Path
) -> None:
    broken = wheel.with_name("demo-2.0-cp313-abi3-linux_x86_64.whl")
    broken.write_bytes(b"no zip file")
    status, out, err = run(capsys, "audit", broken, wheel)
    assert status == 3
    assert out.startswith(NAME)
    assert err == (
        f"abi3build: error: {broken.name}: not a readable zip file (it has"
        " no directory at its end): build it again\n"
    )


def test_a_loose_file_is_read_as_the_lowest_floor_it_allows(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "sample.abi3.so"
    path.write_bytes(LIBRARY)
    status, out, _ = run(capsys, "audit", path)
    assert status == 0
    assert out.startswith(
        "sample.abi3.so states no floor; checked against Python 3.2, the lowest that"
        " it allows: passes\n"
    )


def test_explain_prints_a_page_and_lists_them_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, _ = run(capsys, "explain", "abi302")
    assert status == 0
    assert out.startswith("# ABI302 name-not-loadable-at-floor\n")
    _, out, _ = run(capsys, "explain")
    assert "ABI101 unstable-symbol\nABI102 newer-symbol\n" in out
    assert run(capsys, "explain", "ABI3O2") == (
        2,
        "",
        'abi3build: error: ABI3O2: no such rule, did you mean "ABI302"?\n',
    )


def test_symbol_ends_with_1_for_what_is_not_stable(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, _ = run(capsys, "symbol", "PyList_Size")
    assert (status, out) == (0, "PyList_Size: function, stable since 3.2\n")
    status, out, _ = run(capsys, "symbol", "PyList_Size", "PyList_GET_SIZE")
    assert status == 1
    assert "  use PyList_Size (stable since 3.2)\n" in out
    _, out, _ = run(capsys, "symbol", "--format", "json", "PyModule_AddObjectRef")
    (symbol,) = json.loads(out)["symbols"]
    assert symbol["added"] == "3.10"


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("METH_METHOD", "METH_METHOD: constant, in the Limited API since 3.9"),
        ("Py_T_INT", "Py_T_INT: constant, in the Limited API since 3.12"),
        ("vectorcallfunc", "vectorcallfunc: type, in the Limited API since 3.12"),
        ("Py_VISIT", "Py_VISIT: macro, in the Limited API since 3.2"),
        ("PyType_Slot", "PyType_Slot: structure, in the Limited API since 3.2"),
        (
            "PyTypeObject",
            "PyTypeObject: structure, in the Limited API since 3.2\n"
            "  opaque: the Limited API hides its size and its fields",
        ),
        (
            "PyObject",
            (
                "PyObject: structure, in the Limited API since 3.2\n"
                "  of its fields, only ob_refcnt and ob_type are guaranteed"
            ),
        ),
        (
            "Py_tracefunc",
            "Py_tracefunc: type, not in the Limited API\n"
            "  in the headers of 3.6 to 3.15",
        ),
        (
            "Py_LIMITED_API",
            (
                "Py_LIMITED_API: a macro that sources define and the headers check\n"
                "  in the headers of 3.6 to 3.15"
            ),
        ),
        (
            "_PyInterpreterFrame.owner",
            "_PyInterpreterFrame.owner: the Limited API hides the fields of"
            " _PyInterpreterFrame",
        ),
        (
            "PyModuleDef.m_slots",
            "PyModuleDef.m_slots: the Limited API shows the fields of PyModuleDef",
        ),
        (
            "PyObject.ob_type",
            "PyObject.ob_type: a field of PyObject, in the Limited API",
        ),
        ("pylist_size", "pylist_size: no CPython has it, did you mean PyList_Size?"),
        (
            "METH_FASTCAL",
            "METH_FASTCAL: no CPython has it, did you mean METH_FASTCALL?",
        ),
        ("Quux", "Quux: no CPython has it"),
    ],
)
def test_symbol_knows_what_leaves_no_symbol(
    name: str, block: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(capsys, "symbol", name)
    assert out.startswith(f"{block}\n")
    assert status == int("in the Limited API since" not in block)


def test_show_tells_settings_with_their_sources_and_the_target(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nrequires-python = ">=3.9"\n[tool.abi3build]\nverify = "warn"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("ABI3BUILD_OPTIONAL", "allow")
    status, out, _ = run(capsys, "show", tmp_path, "-C", "parallel=2")
    assert status == 0
    assert out.splitlines()[:12] == [
        "min-python    = 3.9                (project.requires-python)",
        "abi3          = true               (default)",
        "compat        = false              (default)",
        "native        = no builder         (default)",
        "verify        = warn               (tool.abi3build.verify)",
        "allow         = nothing            (default)",
        "free-threaded = auto               (default)",
        "optional      = allow              (environment variable ABI3BUILD_OPTIONAL)",
        "parallel      = 2                  (-C parallel)",
        "target        = this platform      (default)",
        "targets       = nothing            (default)",
        "zig           = found when needed  (default)",
    ]
    status, out, _ = run(capsys, "show", tmp_path, "--format", "json")
    assert json.loads(out)["settings"]["min-python"]["value"] == "3.9"


def test_show_with_a_directory_for_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "pyproject.toml"
    path.mkdir()
    told = (
        f"abi3build: error: {path}: cannot be read: Is a directory: check the path and"
        " its permissions\n"
    )
    assert run(capsys, "show", tmp_path) == (2, "", told)


def test_show_without_a_table_says_what_to_add(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text('[project]\nname = "demo"\n', encoding="utf-8")
    assert run(capsys, "show", tmp_path) == (
        2,
        "",
        f"abi3build: error: {path}: no [tool.abi3build] table, so nothing is built for"
        ' the stable ABI: add the table with min-python = "3.9"\n',
    )


def test_an_audit_stays_within_its_budget(wheel: Path) -> None:
    """Stop what would be felt; benchmarks/startup.py measures the real bound."""
    least = [sys.executable, "-c", "import argparse, json, zipfile, typing"]
    audit = [sys.executable, "-m", "abi3build", "audit", str(wheel)]
    needed = min(_processor_time(least) for _ in range(5))
    taken = min(_processor_time(audit) for _ in range(5))
    assert taken < 3 * needed + 0.1


def _processor_time(command: list[str]) -> float:
    """Return the seconds of processor time that a command takes with its children."""
    before = os.times()
    subprocess.run(command, capture_output=True, check=True)
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


def test_a_process_ends_with_the_status_of_its_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "abi3build", "audit", str(tmp_path / "gone.whl")]
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert completed.returncode == 3
    assert completed.stdout == ""
    assert completed.stderr.endswith("no such file or directory: check the path\n")


def test_a_reader_that_has_enough_ends_it_quietly(tmp_path: Path) -> None:
    """Such as ``head``."""
    for number in range(20):
        write_wheel(tmp_path / NAME.replace("demo", f"demo{number}"))
    command = [sys.executable, "-m", "abi3build", "audit", "--verbose", str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_a_console_that_cannot_show_a_name(tmp_path: Path) -> None:
    path = tmp_path / "näme.abi3.so"
    path.write_bytes(LIBRARY)
    completed = subprocess.run(
        [sys.executable, "-m", "abi3build", "audit", path],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert completed.stdout.startswith(b"n\\xe4me.abi3.so states no floor")
    assert completed.stderr == b""


def test_the_command_alone_and_help_are_help(
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = run(capsys, "--help")
    assert run(capsys) == run(capsys, "help") == whole
    assert whole[0] == 0
    assert run(capsys, "help", "audit") == run(capsys, "audit", "--help")
    assert run(capsys, "-V") == run(capsys, "--version")


@pytest.mark.parametrize(
    ("word", "tip"),
    [
        ("audt", ', did you mean "audit"?'),
        ("xyzzy", ": abi3build --help lists them"),
    ],
)
def test_a_word_that_is_no_command(
    word: str, tip: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, word) == (
        2,
        "",
        f"abi3build: error: {word}: no such command{tip}\n",
    )


def test_several_pages_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    one, other = (run(capsys, "explain", code)[1] for code in ("ABI101", "abi102"))
    assert run(capsys, "explain", "ABI101", "abi102") == (0, f"{one}\n{other}", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_knows_every_command(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("shtab")
    status, out, _ = run(capsys, "completion", shell)
    assert status == 0
    for word in ("import-library", "--min-python", "init"):
        assert word.strip("-") in out


def test_a_dash_is_standard_output(
    wheel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "audit", wheel, "-o", "-") == run(capsys, "audit", wheel)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    ("arguments", "step"),
    [
        (("explain",), "send it elsewhere"),
        (("audit", "--help"), "send it elsewhere"),
        (("audit", _LINUX / "library-x86_64.elf"), "write to a file with --output"),
    ],
)
def test_standard_output_that_takes_nothing(
    arguments: tuple[object, ...], step: str
) -> None:
    command = [sys.executable, "-m", "abi3build", *map(str, arguments)]
    environ = {key: os.environ[key] for key in os.environ if key != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("w") as full:
        completed = subprocess.run(
            command,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=environ,
        )
    assert completed.returncode == 2
    assert completed.stderr == (
        f"abi3build: error: standard output: No space left on device: {step}\n"
    )


def test_a_file_that_cannot_be_written_shows_no_page(
    wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "no" / "report.html"
    told = (
        f"abi3build: error: --output {file}: the directory {file.parent} does not"
        " exist: create it, or name another\n"
    )
    result = run(capsys, "audit", wheel, "--format", "html", "-o", file)
    assert result == (2, "", told)


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes it")
def test_standard_output_that_is_closed() -> None:
    command = f'"{sys.executable}" -m abi3build explain >&-'
    completed = subprocess.run(
        ["/bin/sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False
    )
    assert completed.returncode == 2
    assert completed.stderr == (
        "abi3build: error: standard output is closed: open it\n"
    )
