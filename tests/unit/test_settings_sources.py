"""Settings: the environment, the command line and the file, and which one counts."""

from __future__ import annotations

import pytest

from abi3build.errors import SettingsError
from abi3build.settings.loading import load_settings
from abi3build.settings.model import OptionalExtensions, Parallel, Settings, Verify
from abi3build.versions import PythonVersion

_UNKNOWN = (
    'unknown key, expected "min-python", "abi3", "compat", "native", "verify",'
    ' "allow", "free-threaded", "optional", "parallel", "target", "targets" or "zig"'
)
_WAIVERS_IN_FILE = (
    "waivers need a reason, so they can only be set in the file: write them under"
    " [[tool.abi3build.allow]] in pyproject.toml"
)


@pytest.mark.parametrize(
    ("config_settings", "environ", "faults"),
    [
        pytest.param(
            {"min-python": "3.1"},
            {},
            [
                '-C min-python: expected a Python version from "3.2" to "3.15", got'
                ' "3.1", did you mean "3.10"?'
            ],
            id="a-number-of-yaml",
        ),
        pytest.param(
            {"min-python": ["3.9", "3.10"]},
            {},
            [
                '-C min-python: expected a string such as "3.10", got several values'
                ' (["3.9", "3.10"]): give one'
            ],
            id="twice",
        ),
        pytest.param(
            {"abi3": "True", "parallel": "x", "verify": ""},
            {},
            [
                '-C abi3: expected "true", "false", "1" or "0", got "True", did you'
                ' mean "true"?',
                '-C verify: expected "error", "warn", "strict" or "off", got ""',
                '-C parallel: expected a positive integer or "auto", got "x"',
            ],
            id="text",
        ),
        pytest.param(
            {"verify": None, "abi3": 2},
            {},
            [
                "-C abi3: expected true or false, got an integer (2)",
                '-C verify: expected "error", "warn", "strict" or "off", got null',
            ],
            id="json",
        ),
        pytest.param(
            {"verfy": "off", "two\nlines": "1", "--global-option": ["-v"]},
            {},
            [
                '-C verfy: unknown key, did you mean "verify"?',
                f'-C "two\\nlines": {_UNKNOWN}',
            ],
            id="unknown-settings",
        ),
        pytest.param(
            {"allow": ["PyFoo", "PyBar"]},
            {"ABI3BUILD_ALLOW": "PyFoo"},
            [
                f"-C allow: {_WAIVERS_IN_FILE}",
                f"ABI3BUILD_ALLOW: {_WAIVERS_IN_FILE}",
            ],
            id="waivers-outside-the-file",
        ),
        pytest.param(
            {},
            {"ABI3BUILD_X": "1", "ABI3BUILD_VERFY": "off", "ABI3BUILD_PARALLEL": "0"},
            [
                'ABI3BUILD_VERFY: unknown variable, did you mean "ABI3BUILD_VERIFY"?',
                'ABI3BUILD_X: unknown variable, expected "ABI3BUILD_MIN_PYTHON",'
                ' "ABI3BUILD_ABI3", "ABI3BUILD_COMPAT", "ABI3BUILD_NATIVE",'
                ' "ABI3BUILD_VERIFY", "ABI3BUILD_ALLOW",'
                ' "ABI3BUILD_FREE_THREADED", "ABI3BUILD_OPTIONAL",'
                ' "ABI3BUILD_PARALLEL", "ABI3BUILD_TARGET", "ABI3BUILD_TARGETS" or'
                ' "ABI3BUILD_ZIG"',
                'ABI3BUILD_PARALLEL: expected a positive integer or "auto", got 0',
            ],
            id="variables",
        ),
        pytest.param(
            {"min-python": "cp39", "optional": "alow"},
            {"ABI3BUILD_MIN_PYTHON": "39"},
            [
                '-C min-python: expected a Python version from "3.2" to "3.15", got'
                ' "cp39", did you mean "3.9"?',
                'ABI3BUILD_MIN_PYTHON: expected a Python version from "3.2" to "3.15",'
                ' got "39", did you mean "3.9"?',
                '-C optional: expected "error" or "allow", got "alow", did you mean'
                ' "allow"?',
            ],
            id="every-source-at-once",
        ),
    ],
)
def test_text_sources_speak_in_their_own_names(
    config_settings: dict[str, object], environ: dict[str, str], faults: list[str]
) -> None:
    pyproject = {"tool": {"abi3build": {"min-python": "3.9"}}}
    with pytest.raises(SettingsError) as caught:
        load_settings(pyproject, config_settings, environ)
    assert list(caught.value.lines) == faults


def test_environment_counts_before_command_before_file_before_defaults() -> None:
    settings = load_settings(
        {
            "project": {"requires-python": ">=3.9"},
            "tool": {
                "abi3build": {"verify": "off", "parallel": 2, "optional": "allow"}
            },
        },
        {"verify": "warn", "parallel": "3", "abi3": "0", "editable_mode": "strict"},
        {"ABI3BUILD_VERIFY": "error", "ABI3BUILD_OPTIONAL": "", "ABI3": "x"},
    )
    assert settings == Settings(
        min_python=PythonVersion(3, 9),
        abi3=False,
        verify=Verify.ERROR,
        optional=OptionalExtensions.ALLOW,
        parallel=Parallel(3),
    )
    assert settings.sources == (
        ("min-python", "project.requires-python"),
        ("abi3", "-C abi3"),
        ("compat", "default"),
        ("native", "default"),
        ("verify", "environment variable ABI3BUILD_VERIFY"),
        ("allow", "default"),
        ("free-threaded", "default"),
        ("optional", "tool.abi3build.optional"),
        ("parallel", "-C parallel"),
        ("target", "default"),
        ("targets", "default"),
        ("zig", "default"),
    )
    assert settings.source_of("parallel") == "-C parallel"


def test_the_environment_of_the_process_is_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ABI3BUILD_MIN_PYTHON", "3.12")
    settings = load_settings({"tool": {"abi3build": {}}})
    assert settings is not None
    assert settings.min_python == PythonVersion(3, 12)


@pytest.mark.parametrize(
    ("pyproject", "config_settings"),
    [
        pytest.param({}, None, id="empty"),
        pytest.param({"project": 1, "tool": {"other": {}}}, {}, id="other-tool"),
        pytest.param(
            {},
            {"--build-option": "-v", "editable-mode": "strict", "cmake.args": "x"},
            id="foreign-settings",
        ),
    ],
)
def test_inert_where_nobody_asks_for_abi3build(
    pyproject: dict[str, object], config_settings: dict[str, object] | None
) -> None:
    environ = {"ABI3BUILD_MIN_PYTHON": "3.9", "ABI3BUILD_TYPO": "1"}
    assert load_settings(pyproject, config_settings, environ) is None


def test_a_command_line_setting_is_enough_to_ask() -> None:
    settings = load_settings({}, {"min-python": "3.9"}, {})
    assert settings == Settings(min_python=PythonVersion(3, 9))


def test_a_misspelt_command_line_setting_is_not_lost() -> None:
    pyproject = {"project": {"requires-python": ">=3.9"}}
    with pytest.raises(SettingsError) as caught:
        load_settings(pyproject, {"min-pyhton": "3.9"}, {})
    assert caught.value.lines == (
        '-C min-pyhton: unknown key, did you mean "min-python"?',
    )
