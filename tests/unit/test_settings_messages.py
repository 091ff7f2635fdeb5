"""Settings: the whole text of every fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from abi3build.errors import SettingsError
from abi3build.settings.loading import load_settings
from abi3build.settings.pyproject import load_pyproject

if TYPE_CHECKING:
    from pathlib import Path

_FLOOR = (
    'tool.abi3build.min-python: expected a Python version from "3.2" to "3.15", got '
)
_NUMBER = 'tool.abi3build.min-python: expected a string such as "3.10", got '
_MISSING = (
    "tool.abi3build.min-python: missing, and project.requires-python{}: add the"
    " oldest Python that you support under [tool.abi3build] in pyproject.toml, such"
    ' as min-python = "3.10"'
)
_TYPO = 'tool.abi3build.min-pyhton: unknown key, did you mean "min-python"?'
_UNKNOWN = (
    'unknown key, expected "min-python", "abi3", "compat", "native", "verify",'
    ' "allow", "free-threaded", "optional", "parallel", "target", "targets" or "zig"'
)
_ABI3 = "tool.abi3build.abi3: expected true or false, got "
_VERIFY = 'tool.abi3build.verify: expected "error", "warn", "strict" or "off", got '
_FREE_THREADED = (
    'tool.abi3build.free-threaded: expected "auto", "abi3t", "version-specific" or'
    ' "error", got '
)
_OPTIONAL = 'tool.abi3build.optional: expected "error" or "allow", got '
_PARALLEL = 'tool.abi3build.parallel: expected a positive integer or "auto", got '
_ALLOW = (
    "tool.abi3build.allow: expected an array of tables with symbol and reason, got "
)
_ITEM = "tool.abi3build.allow"
_SYMBOL = 'expected a string such as "PyFoo*"'
_REASON = "expected a string that says why it is safe"
_TABLE = "tool.abi3build: expected a table, [tool.abi3build], got "
_FLOOR_CASES = [
    ('"3"', _FLOOR + '"3", did you mean "3.2", the first with a stable ABI?'),
    ('"py3"', _FLOOR + '"py3", did you mean "3.2", the first with a stable ABI?'),
    (
        '"3.16"',
        _FLOOR
        + (
            '"3.16": this abi3build knows Python only up to 3.15, upgrade it for later'
            " versions"
        ),
    ),
    ('"3.1O"', _FLOOR + '"3.1O", did you mean "3.10"?'),
    ('"3.l2"', _FLOOR + '"3.l2", did you mean "3.12"?'),
    ('"3.1"', _FLOOR + '"3.1", did you mean "3.10"?'),
    ('"2.7"', _FLOOR + '"2.7": the stable ABI starts with Python 3.2'),
    (
        '"3.10.2"',
        _FLOOR + '"3.10.2": write the minor version without a patch level, "3.10"',
    ),
    ('"3.1.5"', _FLOOR + '"3.1.5"'),
    ('"cp39"', _FLOOR + '"cp39", did you mean "3.9"?'),
    ('"39"', _FLOOR + '"39", did you mean "3.9"?'),
    ('">=3.9"', _FLOOR + '">=3.9", did you mean "3.9"?'),
    ('"~= 3.9"', _FLOOR + '"~= 3.9", did you mean "3.9"?'),
    ('"==3.9.*"', _FLOOR + '"==3.9.*", did you mean "3.9"?'),
    ('"3.09"', _FLOOR + '"3.09", did you mean "3.9"?'),
    ('" 3.9"', _FLOOR + '" 3.9", did you mean "3.9"?'),
    ('"3.15t"', _FLOOR + '"3.15t", did you mean "3.15"?'),
    ('"cp310-abi3"', _FLOOR + '"cp310-abi3", did you mean "3.10"?'),
    ('"0x030A0000"', _FLOOR + '"0x030A0000", did you mean "3.10"?'),
    ('"latest"', _FLOOR + '"latest"'),
    ('""', _FLOOR + '""'),
    ('"3.9\\n\\u0007"', _FLOOR + '"3.9\\n\\u0007"'),
    (
        "3.10",
        _NUMBER
        + 'a float (3.1)\n  hint: write "3.10" in quotes: as a number it is 3.1',
    ),
    ("3.9", _NUMBER + 'a float (3.9)\n  hint: write "3.9" in quotes'),
    ("4.5", _NUMBER + "a float (4.5)"),
    ("nan", _NUMBER + "a float (nan)"),
    ("310", _NUMBER + 'an integer (310)\n  hint: write "3.10" in quotes'),
    (
        "0x03090000",
        _NUMBER + 'an integer (50921472)\n  hint: write "3.9" in quotes',
    ),
    ("-1", _NUMBER + "an integer (-1)"),
    ("true", _NUMBER + "a boolean (true)"),
    ('["3.9"]', _NUMBER + 'an array (["3.9"])'),
    ('{ lowest = "3.9" }', _NUMBER + 'a table ({lowest = "3.9"})'),
    ("2026-11-20", _NUMBER + "a date (2026-11-20)"),
    ("10:30:00", _NUMBER + "a time (10:30:00)"),
    ("2026-11-20T10:30:00", _NUMBER + "a date-time (2026-11-20 10:30:00)"),
    ("[[[[1]]]]", _NUMBER + "an array ([[[[...]]]])"),
    ("[" + "1234567, " * 9 + "]", _NUMBER + f"an array ([{'1234567, ' * 6}12345...)"),
]

_KEY_CASES = [
    ('min-pyhton = "3.9"', [_TYPO]),
    ('min_python = "3.9"', [_TYPO.replace("min-pyhton", "min_python")]),
    ("colour = 1", [f"tool.abi3build.colour: {_UNKNOWN}"]),
    ('"a b\\n" = 1', [f'tool.abi3build."a b\\n": {_UNKNOWN}']),
    ('abi3 = "false"', [_ABI3 + 'a string ("false")']),
    ("abi3 = 0", [_ABI3 + "an integer (0)"]),
    (
        "compat = 1",
        ["tool.abi3build.compat: expected true or false, got an integer (1)"],
    ),
    ('verify = "eror"', [_VERIFY + '"eror", did you mean "error"?']),
    ('verify = "OFF"', [_VERIFY + '"OFF", did you mean "off"?']),
    ('verify = "later"', [_VERIFY + '"later"']),
    ("verify = false", [_VERIFY + "a boolean (false)"]),
    (f"verify = 0x{'F' * 5000}", [_VERIFY + f"an integer (0x{'f' * 58}...)"]),
    ('free-threaded = "abi3"', [_FREE_THREADED + '"abi3", did you mean "abi3t"?']),
    ("free-threaded = []", [_FREE_THREADED + "an array ([])"]),
    ('optional = "alow"', [_OPTIONAL + '"alow", did you mean "allow"?']),
    ("optional = 1", [_OPTIONAL + "an integer (1)"]),
    ("parallel = 0", [_PARALLEL + "0"]),
    (
        'native = "3.13"',
        [
            'tool.abi3build.native: expected an array such as ["3.13", "3.14"], or'
            ' "builder", got a string ("3.13")'
        ],
    ),
    (
        'native = ["3.13", 3.14]',
        [
            'tool.abi3build.native[1]: expected a string such as "3.10", got a float'
            ' (3.14)\n  hint: write "3.14" in quotes'
        ],
    ),
    ("parallel = 2.0", [_PARALLEL + "a float (2.0)"]),
    ("parallel = true", [_PARALLEL + "a boolean (true)"]),
    ('parallel = "all"', [_PARALLEL + 'a string ("all")']),
    ('parallel = "4"', [_PARALLEL + 'a string ("4"): write 4 without quotes']),
    ('allow = "PyFoo"', [_ALLOW + 'a string ("PyFoo")']),
    ('allow = { symbol = "a" }', [_ALLOW + 'a table ({symbol = "a"})']),
    (
        'allow = ["PyFoo"]',
        [
            _ITEM
            + '[0]: expected a table with symbol and reason, got a string ("PyFoo")'
        ],
    ),
    (
        'allow = [{ symbol = "PyFoo", reason = "ours" }, { symbol = "PyBar" }, {}]',
        [
            f"{_ITEM}[1].reason: missing, {_REASON}",
            f"{_ITEM}[2].symbol: missing, {_SYMBOL}",
            f"{_ITEM}[2].reason: missing, {_REASON}",
        ],
    ),
    (
        'allow = [{ symbol = 1, reson = "typing error" }]',
        [
            f'{_ITEM}[0].reson: unknown key, did you mean "reason"?',
            f"{_ITEM}[0].symbol: {_SYMBOL}, got an integer (1)",
        ],
    ),
    (
        'allow = [{ symbol = "PyFoo", reason = " " }]',
        [f'{_ITEM}[0].reason: {_REASON}, got " "'],
    ),
    (
        'min-pyhton = "3.9"\nverify = "eror"\nallow = 1\nparallel = 1.5',
        [
            _TYPO,
            _VERIFY + '"eror", did you mean "error"?',
            _ALLOW + "an integer (1)",
            _PARALLEL + "a float (1.5)",
        ],
    ),
]

_FILE_CASES = [
    ("tool = 2", ["tool: expected a table, got an integer (2)"]),
    ("[tool]\nabi3build = true", [_TABLE + "a boolean (true)"]),
    ("[[tool.abi3build]]\nabi3 = true", [_TABLE + "an array ([{abi3 = true}])"]),
    ("[tool.abi3build]", [_MISSING.format(" is missing too")]),
    ('[tool.abi3build]\nmin-pyhton = "3.9"', [_TYPO]),
    (
        "project = 1\n[tool.abi3build]",
        ["project: expected a table, got an integer (1)"],
    ),
    (
        '[project]\ndynamic = ["requires-python"]\n[tool.abi3build]',
        [_MISSING.format(" is dynamic")],
    ),
    (
        '[project]\nrequires-python = "<4"\n[tool.abi3build]',
        [_MISSING.format(' ("<4") names no lower bound')],
    ),
    (
        '[project]\nrequires-python = ">=3"\n[tool.abi3build]',
        [
            _MISSING.format(
                ' (">=3") starts at Python 3.0, before the first stable ABI in 3.2'
            )
        ],
    ),
    (
        '[project]\nrequires-python = ">=3.16"\n[tool.abi3build]',
        [
            (
                'project.requires-python: ">=3.16" starts at Python 3.16, but this'
                " abi3build knows Python only up to 3.15: upgrade it"
            )
        ],
    ),
    (
        '[project]\nrequires-python = "3.9"\n[tool.abi3build]\nverify = 1',
        [
            "project.requires-python: expected a version specifier such as"
            ' ">=3.10", got "3.9", did you mean ">=3.9"?',
            _VERIFY + "an integer (1)",
        ],
    ),
    (
        '[project]\nrequires-python = 3.9\n[tool.abi3build]\nmin-python = "3.9"',
        [
            'project.requires-python: expected a string such as ">=3.10", got a float'
            " (3.9)"
        ],
    ),
]


def _faults(path: Path, text: str) -> list[str]:
    file = path / "pyproject.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(load_pyproject(file), environ={})
    return list(caught.value.lines)


@pytest.mark.parametrize(
    ("value", "fault"), _FLOOR_CASES, ids=[value for value, _ in _FLOOR_CASES]
)
def test_floor_says_the_spelling_that_is_meant(
    tmp_path: Path, value: str, fault: str
) -> None:
    assert _faults(tmp_path, f"[tool.abi3build]\nmin-python = {value}") == [fault]


@pytest.mark.parametrize(
    ("table", "faults"), _KEY_CASES, ids=[table[:40] for table, _ in _KEY_CASES]
)
def test_each_key_says_what_it_expects(
    tmp_path: Path, table: str, faults: list[str]
) -> None:
    head = '[project]\nrequires-python = ">=3.9"\n[tool.abi3build]\n'
    assert _faults(tmp_path, head + table) == faults


@pytest.mark.parametrize(
    ("text", "faults"), _FILE_CASES, ids=[text for text, _ in _FILE_CASES]
)
def test_the_file_as_a_whole(tmp_path: Path, text: str, faults: list[str]) -> None:
    assert _faults(tmp_path, text) == faults
