"""The lowest Python of a specifier, against every version one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from abi3build.settings.requires_python import first_python_3, requires_python_floor
from abi3build.versions import PythonVersion


@pytest.mark.parametrize(
    ("specifier", "floor"),
    [
        (">=3.9", "3.9"),
        (">= 3.10 , < 4", "3.10"),
        (">=3.9.2", "3.9"),
        (">3.8", "3.8"),
        (">3.8.99", "3.8"),
        (">=3", "3.0"),
        (">=2.7,!=3.0.*,!=3.1.*", "2.7"),
        ("~=3.9", "3.9"),
        ("~=3.9.1", "3.9"),
        ("==3.11.*", "3.11"),
        ("==3.11.4", "3.11"),
        ("===3.11.4", "3.11"),
        (">=3.9,>=3.10", "3.10"),
        (">=3.9,!=3.9.*,!=3.10.*", "3.11"),
        (">=3.9,!=3.9.*", "3.10"),
        (">=3.9,!=3.9.0", "3.9"),
        (">=3.9,!=3.9.0,!=3.9.1,<3.9.3", "3.9"),
        (">3.9.3,<3.9.5", "3.9"),
        (">=3.15.0b1", "3.15"),
        (">=3.99999999", "3.99999999"),
        ("", None),
        ("<4", None),
        ("!=3.9.*", None),
        ("===3.11", None),
        ("===whatever", None),
        (">=3.10,<3.9", None),
        (">=3.9,==3.8.*", None),
    ],
)
def test_floor_of_a_specifier(specifier: str, floor: str | None) -> None:
    found = requires_python_floor(specifier)
    assert (None if found is None else str(found)) == floor


@pytest.mark.parametrize(
    "specifier", ["3.9", ">=3.9;", "python>=3.9", ">=x", "~=3", ">=3.9.*", "<3.9.*"]
)
def test_what_is_no_specifier_raises(specifier: str) -> None:
    for floor_of in (requires_python_floor, first_python_3):
        with pytest.raises(ValueError, match="nvalid specifier"):
            floor_of(specifier)


_RELEASES = st.builds(
    lambda *parts: ".".join(str(part) for part in parts if part is not None),
    st.sampled_from([2, 3]),
    st.integers(8, 11),
    st.one_of(st.none(), st.integers(0, 2)),
)
_CLAUSES = st.one_of(
    st.builds("{}{}".format, st.sampled_from([">=", ">", "<", "<=", "~="]), _RELEASES),
    st.builds("{}{}".format, st.sampled_from(["==", "!="]), _RELEASES),
    st.builds(
        "{}{}.{}.*".format,
        st.sampled_from(["==", "!="]),
        st.sampled_from([2, 3]),
        st.integers(8, 11),
    ),
)
_MINORS = [PythonVersion(major, minor) for major in (2, 3) for minor in range(16)]


@given(st.lists(_CLAUSES, min_size=1, max_size=5).map(",".join))
def test_floor_is_the_first_version_that_is_admitted(specifier: str) -> None:
    specifiers = SpecifierSet(specifier)
    bounded = any(each.operator in {">=", ">", "~=", "=="} for each in specifiers)
    admitted = (
        minor
        for minor in _MINORS
        if any(specifiers.contains(f"{minor}.{patch}") for patch in (*range(8), 99))
    )
    expected = next(admitted, None) if bounded else None
    assert requires_python_floor(specifier) == expected


_MINOR = st.integers(0, 4)
_AS_WHEELS_SAY = st.builds(
    lambda *parts: ",".join(clause for part in parts for clause in part),
    st.sampled_from([(">=2.7",), (">= 3.0",), (">=3.1",), (">=3.2.1",), ()]),
    st.lists(_MINOR.map(" !=3.{}.*".format), max_size=4),
    st.lists(_MINOR.map("!=3.{}.0".format), max_size=2),
    st.lists(st.sampled_from(["<4", "<3.1", "<3.2.5", "< 3.4"]), max_size=1),
)


@given(st.one_of(_AS_WHEELS_SAY, st.lists(_CLAUSES, max_size=5).map(",".join)))
def test_the_first_python_3_is_the_one_that_packaging_admits(specifier: str) -> None:
    """Most specifiers are read without ``packaging``."""
    expected = requires_python_floor(specifier)
    if expected is not None and expected.major < 3:
        specifiers = SpecifierSet(specifier)
        threes = [each for each in _MINORS if each.major == 3]
        admitted = (each for each in threes if specifiers.contains(f"{each}.99"))
        expected = next(admitted, None)
    assert first_python_3(specifier) == expected


def test_no_specifier_bounds_nothing() -> None:
    assert first_python_3("") is None
