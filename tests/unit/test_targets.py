"""The decision what a build makes, over recorded facts about interpreters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from abi3build.errors import BuilderError
from abi3build.settings.model import FreeThreaded, Native, Settings
from abi3build.targets.target import (
    Builder,
    Target,
    TargetKind,
    decide_target,
    running_builder,
)
from abi3build.versions import PythonVersion


def cpython(minor: int, kind: str = "", *, windows: bool = False) -> Builder:
    """Return the facts that a released CPython reports of itself."""
    flags = f"3{minor}{kind}"
    suffix = f".cpython-{flags}-x86_64-linux-gnu.so"
    if windows:
        suffix = f"{'_d' if 'd' in kind else ''}.cp{flags.strip('d')}-win_amd64.pyd"
    return Builder(
        implementation="cpython",
        version=PythonVersion(3, minor),
        free_threaded="t" in kind,
        debug="d" in kind,
        windows=windows,
        extension_suffix=suffix,
    )


def other(implementation: str, minor: int, suffix: str) -> Builder:
    return Builder(
        implementation=implementation,
        version=PythonVersion(3, minor),
        free_threaded=False,
        debug=False,
        windows=False,
        extension_suffix=suffix,
    )


PYPY = other("pypy", 11, ".pypy311-pp73-x86_64-linux-gnu.so")
GRAALPY = other("graalpy", 12, ".graalpy250-312-native-x86_64-linux.so")


def settings(floor: str, free_threaded: str = "auto", *, abi3: bool = True) -> Settings:
    return Settings(
        PythonVersion.parse(floor),
        abi3=abi3,
        free_threaded=FreeThreaded(free_threaded),
    )


def stable(floor: str, kind: TargetKind, suffix: str) -> Target:
    version = PythonVersion.parse(floor)
    macro = "Py_LIMITED_API" if kind is TargetKind.ABI3 else "Py_TARGET_ABI3T"
    return Target(kind, version, suffix, ((macro, version.hex),))


ABI3, ABI3T = TargetKind.ABI3, TargetKind.ABI3T

STABLE = [
    *(
        (cpython(minor), settings("3.9"), stable("3.9", ABI3, ".abi3.so"))
        for minor in range(9, 16)
    ),
    (cpython(15), settings("3.15"), stable("3.15", ABI3, ".abi3.so")),
    (cpython(8), settings("3.2"), stable("3.2", ABI3, ".abi3.so")),
    (cpython(10, "d"), settings("3.9"), stable("3.9", ABI3, ".abi3.so")),
    (cpython(15, "d"), settings("3.9"), stable("3.9", ABI3, ".abi3.so")),
    (cpython(11, windows=True), settings("3.9"), stable("3.9", ABI3, ".pyd")),
    (cpython(15), settings("3.15", "abi3t"), stable("3.15", ABI3T, ".abi3t.so")),
    (cpython(15, "t"), settings("3.15", "abi3t"), stable("3.15", ABI3T, ".abi3t.so")),
    (cpython(15, "t"), settings("3.15"), stable("3.15", ABI3T, ".abi3t.so")),
    (
        cpython(15, "t", windows=True),
        settings("3.15"),
        stable("3.15", ABI3T, ".pyd"),
    ),
]


@pytest.mark.parametrize(("builder", "wanted", "expected"), STABLE)
def test_stable_targets(builder: Builder, wanted: Settings, expected: Target) -> None:
    assert decide_target(wanted, builder) == expected


VERSION_SPECIFIC = [
    (cpython(11), settings("3.9", abi3=False), "abi3 = false requests it"),
    # Above the builder, but no promise is asked for.
    (cpython(11), settings("3.12", abi3=False), "abi3 = false requests it"),
    (PYPY, settings("3.9"), "PyPy 3.11 does not load CPython's stable ABI"),
    (GRAALPY, settings("3.9"), "GraalPy 3.12 does not load CPython's stable ABI"),
    (
        cpython(13, "t"),
        settings("3.9"),
        "CPython 3.13t is free-threaded and has no stable ABI before 3.15",
    ),
    (
        cpython(14, "td"),
        settings("3.9", "version-specific"),
        "CPython 3.14td is free-threaded and has no stable ABI before 3.15",
    ),
    (
        cpython(15, "t"),
        settings("3.9"),
        (
            "CPython 3.15t is free-threaded and its stable ABI, abi3t, starts with"
            ' 3.15, later than min-python = "3.9"'
        ),
    ),
    (
        cpython(15, "t"),
        settings("3.15", "version-specific"),
        'free-threaded = "version-specific" and CPython 3.15t is free-threaded',
    ),
    (
        cpython(9, "d"),
        settings("3.9"),
        "the headers of CPython 3.9d refuse Py_LIMITED_API",
    ),
    (
        cpython(13, "d", windows=True),
        settings("3.9"),
        "CPython 3.13d on Windows links its own debug library",
    ),
    (
        cpython(15, "td", windows=True),
        settings("3.15"),
        "CPython 3.15td on Windows links its own debug library",
    ),
    (
        other("cpython", 9, ".cpython-39-x86_64-cygwin.dll"),
        settings("3.9"),
        "CPython 3.9 on Cygwin has no library of the stable ABI",
    ),
]


@pytest.mark.parametrize(("builder", "wanted", "reason"), VERSION_SPECIFIC)
def test_version_specific_targets(
    builder: Builder, wanted: Settings, reason: str
) -> None:
    target = decide_target(wanted, builder)
    assert target == Target(
        TargetKind.VERSION_SPECIFIC,
        builder.version,
        builder.extension_suffix,
        reason=reason,
    )
    assert target.promise is None
    assert not target.abi_tag


REFUSED = [
    (
        cpython(11),
        settings("3.12"),
        (
            'min-python = "3.12" is newer than the Python that runs the build, CPython'
            " 3.11: build with Python 3.12 or later, or lower min-python"
        ),
    ),
    (
        cpython(13, "t"),
        settings("3.14"),
        (
            'min-python = "3.14" is newer than the Python that runs the build, CPython'
            " 3.13t: build with Python 3.14 or later, or lower min-python"
        ),
    ),
    (
        cpython(13, "t"),
        settings("3.9", "error"),
        (
            'free-threaded = "error", and the Python that runs the build is CPython'
            ' 3.13t: build with a GIL-enabled Python, or set free-threaded = "auto"'
        ),
    ),
    (
        cpython(15),
        settings("3.14", "abi3t"),
        (
            'free-threaded = "abi3t" needs min-python = "3.15" or later, but it is'
            ' "3.14": one file cannot work for both. Build two wheels instead: set'
            ' free-threaded = "auto", build cp314-abi3 with a GIL-enabled Python and a'
            " version-specific wheel with each free-threaded one"
        ),
    ),
]


@pytest.mark.parametrize(("builder", "wanted", "text"), REFUSED)
def test_refused_targets(builder: Builder, wanted: Settings, text: str) -> None:
    with pytest.raises(BuilderError) as caught:
        decide_target(wanted, builder)
    assert str(caught.value) == text


@pytest.mark.parametrize("builder", [cpython(13), cpython(8)], ids=["newer", "below"])
def test_a_native_builder_makes_its_own_wheel(builder: Builder) -> None:
    both = Native((PythonVersion(3, 8), PythonVersion(3, 13)))
    wanted = replace(settings("3.9"), native=both)
    target = decide_target(wanted, builder)
    assert (target.kind, target.floor, target.suffix, target.macros) == (
        TargetKind.VERSION_SPECIFIC,
        builder.version,
        builder.extension_suffix,
        (),
    )
    assert target.reason == (
        f'native = "3.8,3.13" includes {builder.label}; other Pythons build the'
        " abi3 wheel"
    )
    assert decide_target(wanted, cpython(12)).label == "cp39-abi3"
    always = replace(settings("3.9"), native=Native(builder=True))
    assert not decide_target(always, builder).is_stable


def test_every_grid_point_has_an_answer() -> None:
    """No combination of facts and settings ends in anything but a target or a line."""
    builders = [
        cpython(minor, kind, windows=windows)
        for minor in range(8, 17)
        for kind in ("", "d", "t", "td")
        for windows in (False, True)
    ]
    for builder in [*builders, PYPY, GRAALPY]:
        for floor in ("3.2", "3.9", "3.14", "3.15"):
            for choice in FreeThreaded:
                for abi3 in (True, False):
                    wanted = replace(settings(floor), free_threaded=choice, abi3=abi3)
                    try:
                        target = decide_target(wanted, builder)
                    except BuilderError:
                        assert abi3
                        continue
                    assert target.is_stable is bool(target.macros)
                    assert target.is_stable is not bool(target.reason)
                    assert "abi3-" not in target.suffix


def test_tags_and_promises() -> None:
    abi3 = decide_target(settings("3.9"), cpython(13))
    assert (abi3.label, abi3.abi_tag) == ("cp39-abi3", "abi3")
    assert str(abi3.promise) == "Python 3.9"
    abi3t = decide_target(settings("3.15", "abi3t"), cpython(15))
    assert (abi3t.label, abi3t.abi_tag) == ("cp315-abi3.abi3t", "abi3.abi3t")
    assert str(abi3t.promise) == "Python 3.15, including free-threaded builds"


def test_the_running_interpreter_describes_itself() -> None:
    builder = running_builder()
    assert builder.label.startswith("CPython 3.")
    assert builder.extension_suffix.endswith((".so", ".pyd"))
