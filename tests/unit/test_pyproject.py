"""Reading ``pyproject.toml``: one line for every reason why it cannot be read."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abi3build.errors import SettingsError
from abi3build.settings.pyproject import load_pyproject

_FILE = Path("pyproject.toml")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_good_file_is_tables_all_the_way() -> None:
    _FILE.write_text('[tool.abi3build]\nverify = "érror"', encoding="utf-8")
    assert load_pyproject(_FILE) == {"tool": {"abi3build": {"verify": "érror"}}}


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        pytest.param(
            b"[project]\n\nab: 1",
            "pyproject.toml: line 3, column 3: expected '=' after a key in a key/value"
            " pair, correct it there",
            id="syntax",
        ),
        pytest.param(
            b'[project]\nname = "x\n',
            "pyproject.toml: line 2, column 10: illegal character '\\n', close the"
            " quotation mark",
            id="open-quote",
        ),
        pytest.param(
            b'[project]\nname = """x',
            "pyproject.toml: line 2, column 12: unterminated string, correct it there",
            id="end-of-document",
        ),
        pytest.param(
            "[project]\n\n# né à".encode("latin-1"),
            "pyproject.toml: line 3, column 4: byte 0xE9 is not UTF-8, save the file as"
            " UTF-8",
            id="latin-1",
        ),
        pytest.param(
            b"a = 1\na = 2",
            "pyproject.toml: line 2, column 6: cannot overwrite a value, correct it"
            " there",
            id="twice",
        ),
        pytest.param(
            b"a = " + b"[" * 100_000,
            "pyproject.toml: its arrays or tables nest too deeply",
            id="deep",
        ),
    ],
)
def test_a_bad_file_says_where(data: bytes, fault: str) -> None:
    _FILE.write_bytes(data)
    with pytest.raises(SettingsError) as caught:
        load_pyproject(_FILE)
    assert caught.value.lines == (fault,)


@pytest.mark.skipif(
    not hasattr(sys, "set_int_max_str_digits"), reason="int() takes any length here"
)
def test_an_integer_that_python_refuses() -> None:
    _FILE.write_text(f"a = {'9' * 5000}", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_pyproject(_FILE)
    assert caught.value.lines == (
        "pyproject.toml: one of its integers has too many digits",
    )


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(SettingsError) as caught:
        load_pyproject(_FILE)
    assert caught.value.lines == (
        "pyproject.toml: cannot be read: No such file or directory: check the path and"
        " its permissions",
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(st.binary(), st.text(alphabet="a=[]{}\"'\\\n ,.#1:-\t").map(str.encode))
)
def test_any_bytes_are_a_table_or_one_line(data: bytes) -> None:
    _FILE.write_bytes(data)
    try:
        load_pyproject(_FILE)
    except SettingsError as error:
        (line,) = error.lines
    else:
        return
    assert line.startswith("pyproject.toml: line ")
    assert line.isprintable()
