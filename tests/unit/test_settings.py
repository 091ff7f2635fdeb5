"""Settings: every fault's whole text, and which source counts."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timezone
from typing import TYPE_CHECKING, Any

from hypothesis import example, given
from hypothesis import strategies as st

from abi3build.errors import SettingsError
from abi3build.settings.loading import load_settings
from abi3build.settings.model import (
    KEYS,
    FreeThreaded,
    OptionalExtensions,
    Parallel,
    Settings,
    Verify,
    Waiver,
)
from abi3build.settings.pyproject import load_pyproject
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from pathlib import Path


def _load(path: Path, text: str) -> Settings | None:
    file = path / "pyproject.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(load_pyproject(file), environ={})


def test_a_full_table_becomes_settings(tmp_path: Path) -> None:
    settings = _load(
        tmp_path,
        """
        [tool.abi3build]
        min-python = "3.10"
        abi3 = false
        compat = true
        verify = "warn"
        allow = [{ symbol = "PyFoo*", reason = "ours" }]
        free-threaded = "version-specific"
        optional = "allow"
        parallel = 4
        """,
    )
    assert settings == Settings(
        min_python=PythonVersion(3, 10),
        abi3=False,
        compat=True,
        verify=Verify.WARN,
        allow=(Waiver("PyFoo*", "ours"),),
        free_threaded=FreeThreaded.VERSION_SPECIFIC,
        optional=OptionalExtensions.ALLOW,
        parallel=Parallel(4),
    )


def test_parallel_counts_processors_only_where_asked() -> None:
    cases = [Parallel(), Parallel(), Parallel(3)]
    assert [each.resolve(n) for each, n in zip(cases, (8, 0, 8))] == [8, 1, 3]
    assert [str(each) for each in cases] == ["auto", "auto", "3"]


_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(["3.9", "auto", "error", "allow", ">=3.9", 3.1]),
    st.dates(),
    st.datetimes(),
    st.times(),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.text(max_size=8), st.sampled_from(["symbol", "reason"])),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)
_TABLES = st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text()), _VALUES)
_PYPROJECTS = st.one_of(
    st.fixed_dictionaries(
        {"tool": st.fixed_dictionaries({"abi3build": _TABLES})},
        optional={
            "project": st.one_of(
                _VALUES, st.fixed_dictionaries({"requires-python": _VALUES})
            )
        },
    ),
    st.fixed_dictionaries({"tool": _VALUES}),
)
_VARIABLES = st.dictionaries(
    st.one_of(
        st.sampled_from([f"ABI3BUILD_{key.upper().replace('-', '_')}" for key in KEYS]),
        st.text(max_size=8).map("ABI3BUILD_{}".format),
    ),
    st.text(),
)
_KNOWN_NAME = re.compile(
    r"(tool|project)((\.|:)|: )|-C [^ ]|ABI3BUILD_|\"ABI3BUILD_",
)


def _faults(*sources: dict[str, Any]) -> tuple[str, ...]:
    try:
        load_settings(*sources)
    except SettingsError as error:
        return error.lines
    return ()


@given(pyproject=_PYPROJECTS, config_settings=_TABLES, environ=_VARIABLES)
@example(
    pyproject={
        "tool": {
            "abi3build": {
                "min-python": [
                    date(2026, 1, 1),
                    time(10),
                    datetime(2026, 1, 1, tzinfo=timezone.utc),
                ],
                "verify": object(),
            }
        }
    },
    config_settings={"min-python": "\ud800"},
    environ={"ABI3BUILD_\ud800": "\x1b[31m"},
)
def test_nothing_but_settings_errors_with_known_names(
    pyproject: dict[str, Any], config_settings: dict[str, Any], environ: dict[str, str]
) -> None:
    for fault in _faults(pyproject, config_settings, environ):
        assert _KNOWN_NAME.match(fault), fault
        assert all(line.isprintable() for line in fault.split("\n")), fault
