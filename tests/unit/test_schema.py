"""The schema and the reference page: fresh, and of one mind with the settings."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from abi3build.errors import SettingsError
from abi3build.settings.loading import load_settings
from abi3build.settings.model import (
    KEYS,
    ONLY_AT_BUILD,
    FreeThreaded,
    OptionalExtensions,
    Verify,
)
from abi3build.settings.pyproject import load_pyproject, tool_schema
from abi3build.versions import PythonVersion

_ROOT = Path(__file__).parents[2]
_WAIVER = {"symbol": "PyFoo*", "reason": "ours"}


def test_schema_and_page_are_what_the_model_says() -> None:
    command = [sys.executable, "tools/generate_settings_pages.py", "--check"]
    result = subprocess.run(
        command, cwd=_ROOT, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_what_schemastore_would_get_takes_and_refuses_its_examples() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    folder = _ROOT / "schemas"
    text = (folder / "partial-abi3build.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    found = {
        name: jsonschema.Draft7Validator(schema).is_valid(
            _tables(folder / "test" / name / "abi3build.toml")["tool"]["abi3build"]
        )
        for name in ("pyproject", "negative")
    }
    assert found == {"pyproject": True, "negative": False}


def _tables(path: Path) -> dict[str, Any]:
    return dict(load_pyproject(path))


_VALUES: dict[str, list[object]] = {
    "min-python": [
        *(str(PythonVersion(3, minor)) for minor in range(18)),
        *("", "3", "3.09", "2.7", 3.9, 3, True, []),
    ],
    "abi3": [True, False, "true", 0, 1, []],
    "compat": [True, False, "true", 0, 1, []],
    "verify": [*(each.value for each in Verify), "", "fail", False, 1],
    "free-threaded": [*(each.value for each in FreeThreaded), "", "AUTO", True, {}],
    "optional": [*(each.value for each in OptionalExtensions), "warn", False, []],
    # A whole float such as 2.0 is an integer to JSON schema, which has but numbers.
    "parallel": [1, 64, "auto", 0, -1, 1.5, True, "4", "all", [1]],
    "allow": [
        *([], [_WAIVER], [_WAIVER, _WAIVER], _WAIVER, "PyFoo", ["PyFoo"], [{}], 1),
        *([{"symbol": "PyFoo", "reason": reason}] for reason in ("", " \n", 1, "x")),
        *([{"symbol": "PyFoo"}], [{"reason": "x"}], [{**_WAIVER, "until": "3.12"}]),
    ],
    "min-pyhton": ["3.9"],
    "": [1],
}


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key in _VALUES for value in _VALUES[key]]
)
def test_schema_accepts_what_the_settings_accept(key: str, value: object) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    table = {key: value}
    pyproject = {"project": {"requires-python": ">=3.9"}, "tool": {"abi3build": table}}
    try:
        load_settings(pyproject, environ={})
    except SettingsError:
        accepted = False
    else:
        accepted = True
    assert jsonschema.Draft7Validator(tool_schema()).is_valid(table) is accepted


def test_schema_is_sound_and_covers_every_key() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft7Validator.check_schema(tool_schema())
    properties = tool_schema()["properties"]
    assert isinstance(properties, dict)
    assert tuple(properties) == tuple(key for key in KEYS if key not in ONLY_AT_BUILD)


@pytest.mark.parametrize(
    ("table", "accepted"),
    [({"min-python": "3.9", "allow": [_WAIVER]}, True), ({"min-python": 3.9}, False)],
)
def test_validate_pyproject_finds_the_schema(
    table: dict[str, object], *, accepted: bool
) -> None:
    pytest.importorskip("validate_pyproject")
    from validate_pyproject import api, errors, plugins

    own = plugins.list_from_entry_points(lambda each: each.name == "abi3build")
    validator = api.Validator(plugins=own)
    pyproject: dict[str, Any] = {"tool": {"abi3build": table}}
    if accepted:
        assert validator(pyproject) == pyproject
    else:
        with pytest.raises(
            errors.ValidationError, match=r"tool\.abi3build\.min-python"
        ):
            validator(pyproject)


def test_schema_is_of_one_table_only() -> None:
    with pytest.raises(ValueError, match=r"^not a table of abi3build: tool\.other$"):
        tool_schema("other")


def test_every_example_of_the_page_loads(tmp_path: Path) -> None:
    page = (_ROOT / "docs/settings.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(examples) == len(KEYS) - len(ONLY_AT_BUILD) + 1
    for example in examples:
        file = tmp_path / "pyproject.toml"
        project = '[project]\nrequires-python = ">=3.9"\n'
        file.write_text(project + example, encoding="utf-8")
        assert load_settings(load_pyproject(file), environ={}) is not None
