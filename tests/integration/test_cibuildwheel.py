"""cibuildwheel's own code over the example's configurations, without its containers."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Callable

import pytest
from local_container import LocalContainer
from local_index import installed_modules, publish
from outcomes import abi3_pythons

from abi3build.audit.audit_input import audit_wheel
from workbench.kits import ROOT, kit_for
from workbench.pythons import running_python
from workbench.running import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from workbench.building import Workbench
    from workbench.fixture_types import PythonNamed, Sample
    from workbench.pythons import FoundPython

pytest.importorskip("cibuildwheel", reason="cibuildwheel needs Python 3.11")

from cibuildwheel.options import CommandLineArguments, compute_options
from cibuildwheel.platforms import ALL_PLATFORM_MODULES
from cibuildwheel.platforms.linux import PythonConfiguration, build_in_container
from cibuildwheel.util.packaging import find_compatible_wheel

if TYPE_CHECKING:
    CarryOut = Callable[..., tuple[LocalContainer, list[Path]]]

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="builds for manylinux")

EVERY_PYTHON = "ABI3_FULL_GRIDS" in os.environ
"""Set by ``nox -s grids``; else the first, the last and what differs are tried."""

_EXAMPLE = ROOT / "example_projects" / "cibuildwheel"
_PAGE = ROOT / "docs" / "cibuildwheel.md"
_PLATFORMS = ("linux", "macos", "windows")
_NATIVE = "configurations/native.toml"
_AUDIT = "abi3build audit {abi3_wheel}"

_GIL = ("cp39", "cp310", "cp311", "cp312", "cp313", "cp314", "cp315")
_FREE_THREADED = ("cp314t", "cp315t")
_REPAIRED = {
    "manylinux_x86_64": "manylinux_2_17_x86_64.manylinux2014_x86_64",
    "manylinux_aarch64": "manylinux_2_17_aarch64.manylinux2014_aarch64",
    "musllinux_x86_64": "musllinux_1_2_x86_64",
    "musllinux_aarch64": "musllinux_1_2_aarch64",
    "macosx_universal2": "macosx_10_9_universal2",
    "win_amd64": "win_amd64",
    "win_arm64": "win_arm64",
}
"""By cibuildwheel's name of a platform, the tag of the repaired wheel."""


def read_options(
    folder: Path,
    config: Path,
    platform: str,
    environ: Mapping[str, str] = MappingProxyType({}),
) -> Any:  # noqa: ANN401 - cibuildwheel's
    arguments = replace(
        CommandLineArguments.defaults(),
        platform=platform,
        config_file=str(config),
        output_dir=folder / "wheelhouse",
        package_dir=folder,
    )
    return compute_options(platform, arguments, environ)


def identifiers(options: Any, platform: str) -> list[str]:  # noqa: ANN401 - cibuildwheel's
    chosen = ALL_PLATFORM_MODULES[platform].get_python_configurations(
        options.globals.build_selector, options.globals.architectures
    )
    return [each.identifier for each in chosen]


@pytest.mark.parametrize(
    ("config", "pythons"),
    [
        ("pyproject.toml", _GIL),
        ("configurations/built-once.toml", ("cp39",)),
        ("configurations/free-threaded.toml", ("cp39", *_FREE_THREADED)),
        ("configurations/native.toml", ("cp313", "cp314")),
        (
            "configurations/beside-native.toml",
            ("cp39", "cp310", "cp311", "cp312", "cp315"),
        ),
        ("configurations/abi3t.toml", ("cp39", *_FREE_THREADED)),
        ("configurations/abi3t-only.toml", ("cp315",)),
    ],
)
def test_the_configurations_choose_what_they_say(
    config: str, pythons: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The processor is that of the machine, which is another one in each test run."""
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    for platform in _PLATFORMS:
        options = read_options(_EXAMPLE, _EXAMPLE / config, platform)
        chosen = identifiers(options, platform)
        assert tuple(dict.fromkeys(each.split("-")[0] for each in chosen)) == pythons
        for each in chosen if config != _NATIVE else ():
            assert _AUDIT in options.build_options(each).audit_command


@pytest.mark.parametrize("first", [True, False], ids=["native-first", "abi3-first"])
def test_two_runs_make_one_abi3_wheel_and_each_native_one(
    first: bool,  # noqa: FBT001 - which run is the first one
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Replay what is built and what is reused, by cibuildwheel's own search.

    The wheels of an earlier run are not looked at, so the order does not matter.
    """
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    configs = [_NATIVE, "configurations/beside-native.toml"]
    made: list[str] = []
    for config in configs if first else configs[::-1]:
        made += replayed(config)
    named = sorted(each for each in made if each.endswith("manylinux_x86_64"))
    assert named == [
        *("cp313-cp313-manylinux_x86_64", "cp314-cp314-manylinux_x86_64"),
        "cp39-abi3-manylinux_x86_64",
    ]
    platforms = {each.split("-")[2] for each in made}
    assert {"musllinux_x86_64", "macosx_x86_64", "win_amd64"} < platforms
    assert len(set(made)) == len(made) == 3 * len(platforms)


def test_one_run_would_swallow_the_native_wheels() -> None:
    """The page says so: cp313 finds the abi3 wheel of cp39, and is not built."""
    made = replayed("pyproject.toml")
    assert {each.split("-")[1] for each in made} == {"abi3"}


def replayed(config: str) -> list[str]:
    """Return Python, ABI and platform of each wheel that a run builds, in order.

    A build is the abi3 one unless abi3build's settings name its Python as native.
    """
    made = []
    for system in _PLATFORMS:
        options = read_options(_EXAMPLE, _EXAMPLE / config, system)
        built: list[Path] = []
        for each in identifiers(options, system):
            if find_compatible_wheel(built, each) is not None:
                continue
            python, _, platform = each.partition("-")
            environment = options.build_options(each).environment.as_dictionary({})
            native = environment.get("ABI3BUILD_NATIVE", "").split(",")
            is_native = f"{python[2]}.{python[3:]}" in native
            tag = f"{python}-{python if is_native else 'abi3'}"
            repaired = _REPAIRED.get(platform, platform.replace("_", "_10_9_", 1))
            built.append(Path(f"line_count-1.0.0-{tag}-{repaired}.whl"))
            made.append(f"{tag}-{platform}")
    return made


def test_the_environment_reaches_the_free_threaded_build_alone() -> None:
    config = _EXAMPLE / "configurations" / "abi3t.toml"
    options = read_options(_EXAMPLE, config, "linux")
    variables = {
        name: options.build_options(f"{name}-manylinux_x86_64").environment
        for name in ("cp39", "cp315t")
    }
    assert variables["cp39"].as_dictionary({}) == {}
    assert variables["cp315t"].as_dictionary({}) == {
        "ABI3BUILD_FREE_THREADED": "abi3t",
        "ABI3BUILD_MIN_PYTHON": "3.15",
    }


def test_each_later_python_reuses_the_wheel_of_the_first() -> None:
    """The whole matrix of the example: seven platforms, seven Pythons."""
    config = _EXAMPLE / "pyproject.toml"
    seen = set()
    for system in _PLATFORMS:
        for each in identifiers(read_options(_EXAMPLE, config, system), system):
            python, _, platform = each.partition("-")
            seen.add(platform)
            wheel = Path(f"line_count-1.0.0-cp39-abi3-{_REPAIRED[platform]}.whl")
            assert find_compatible_wheel([wheel], each) == wheel
            assert find_compatible_wheel([wheel], f"{python}t-{platform}") is None
    assert seen == set(_REPAIRED)


def test_cibuildwheel_does_not_know_abi3t_wheels_again() -> None:
    """The page says so, and builds with the GIL alone; a later release may know."""
    wheel = Path("free_threaded-1.0.0-cp315-abi3.abi3t-manylinux_2_17_x86_64.whl")
    assert find_compatible_wheel([wheel], "cp315t-manylinux_x86_64") is None
    assert find_compatible_wheel([wheel], "cp316-manylinux_x86_64") == wheel


def test_every_configuration_on_the_page_is_one(tmp_path: Path) -> None:
    """Unknown keys and wrong types are errors of cibuildwheel."""
    shown = re.findall(r"```toml\n(.*?)```", _PAGE.read_text("utf-8"), re.DOTALL)
    assert len(shown) == 10
    for number, lines in enumerate(shown):
        config = tmp_path / f"{number}.toml"
        config.write_text(lines, encoding="utf-8")
        for platform in _PLATFORMS:
            options = read_options(_EXAMPLE, config, platform)
            for each in identifiers(options, platform):
                assert options.build_options(each).build_frontend


@on_linux
@pytest.mark.lab("3.15", "uv", "auditwheel", "patchelf")
def test_builds_once_and_tests_on_every_python(
    carry_out: CarryOut,
    pythons: tuple[FoundPython, ...],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Build, repair, both audits and the tests, as ``build_in_container`` does them."""
    tried = regular(pythons, "3.9", running_python().label, "3.15")
    container, (wheel,) = carry_out("pyproject.toml", tried)
    assert re.fullmatch(r"line_count-1\.0\.0-cp39-abi3-manylinux\S+\.whl", wheel.name)
    programs = [words[:3] for words in container.commands]
    assert programs.count(["python", "-m", "build"]) == 1
    tests = [words for words in container.commands if "pytest /project/tests" in words]
    assert len(tests) == len(tried) >= 2
    said = capfd.readouterr().out
    assert said.count("Found previously built wheel") == len(tried) - 1
    assert "Running audit command: abi3audit --strict --report" in said
    assert f"{wheel.name} keeps its promise to Python 3.9" in said
    report = audit_wheel(wheel)
    assert (report.keeps_promise, report.findings) == (True, ())


@on_linux
@pytest.mark.lab("3.13t", "uv", "auditwheel", "patchelf")
def test_builds_a_free_threaded_wheel_beside_it(
    carry_out: CarryOut,
    python_named: PythonNamed,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """There is no 3.13t in cibuildwheel 4.3; its steps are the same for all."""
    tried = [running_python(), python_named("3.13t")]
    _, wheels = carry_out("configurations/free-threaded.toml", tried)
    tags = ["-".join(wheel.name.split("-")[2:4]) for wheel in wheels]
    assert tags == ["cp313-cp313t", "cp39-abi3"]
    said = capfd.readouterr().out
    assert said.count("Running audit command: abi3build audit") == 1
    assert "No audit required for this wheel, as it is not abi3" in said


@on_linux
@pytest.mark.lab("3.9", "3.13", "3.14", "3.15", "uv", "auditwheel", "patchelf")
def test_each_python_takes_its_wheel_of_a_set_that_was_built(
    carry_out: CarryOut,
    pythons: tuple[FoundPython, ...],
    workbench: Workbench,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Select and reuse as cibuildwheel does, build really, and let pip choose."""
    here = regular(pythons, "3.9", "3.13", "3.14", "3.15")
    wheels: list[Path] = []
    reused = 0
    for config in (_NATIVE, "configurations/beside-native.toml"):
        select = read_options(_EXAMPLE, _EXAMPLE / config, "linux").globals
        tried = [each for each in here if select.build_selector(identifier(each))]
        _, wheels = carry_out(config, tried, CIBW_TEST_SKIP="*")
        reused += capfd.readouterr().out.count("Found previously built wheel")
    natives = ("3.13", "3.14")
    assert ["-".join(wheel.name.split("-")[2:4]) for wheel in wheels] == [
        *("cp313-cp313", "cp314-cp314", "cp39-abi3"),
    ]
    assert reused == len(here) - len(natives) - 1
    index = publish(tmp_path, "line-count", wheels)
    taken = {
        each.label: installed_modules(
            each, workbench, tmp_path / each.label, index, "line-count"
        )
        for each in here
    }
    assert {"3.9", "3.13", "3.14", "3.15"} <= taken.keys()
    for label, (name,) in taken.items():
        own = f"line_count.cpython-{label.replace('.', '')}-"
        is_native = label in natives
        assert name.startswith(own if is_native else "line_count.abi3.so"), label


@pytest.fixture
def carry_out(
    example: Sample,
    workbench: Workbench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> CarryOut:
    """Run cibuildwheel's steps of a configuration; return container and wheels.

    What is not cibuildwheel's is the container, and where the Pythons are.
    """
    project = example("cibuildwheel")
    own = {"UV_FIND_LINKS": str(workbench.own / "wheels")}
    # With pip in place of uv it would fetch virtualenv from GitHub.
    environ = {"CIBW_BUILD_FRONTEND": "build[uv]"}

    def run(
        config: str, pythons: list[FoundPython], **more: str
    ) -> tuple[LocalContainer, list[Path]]:
        root = tmp_path / Path(config).stem
        container = LocalContainer(root, clean_environment(own))
        monkeypatch.chdir(project)
        monkeypatch.setenv(*next(iter(own.items())))
        build_in_container(
            options=read_options(
                project, project / config, "linux", {**environ, **more}
            ),
            platform_configs=[configuration(each, workbench) for each in pythons],
            container=container,
            container_project_path=PurePosixPath("/project"),
            container_package_dir=PurePosixPath("/project"),
            local_tmp_dir=root / "local",
        )
        return container, sorted((project / "wheelhouse").iterdir())

    return run


def configuration(python: FoundPython, workbench: Workbench) -> PythonConfiguration:
    """Say where a Python is, in an environment with the tools that an image has."""
    return PythonConfiguration(
        version="{}.{}".format(*python.minor),
        identifier=identifier(python),
        path_str=str(kit_for(python, workbench.cache).python.parents[1]),
    )


def regular(pythons: Iterable[FoundPython], *labels: str) -> list[FoundPython]:
    """Return the Pythons with these labels, or all that abi3 is for."""
    every = [python for python in abi3_pythons(pythons) if python.is_regular]
    return [each for each in every if EVERY_PYTHON or each.label in labels]


def identifier(python: FoundPython) -> str:
    return f"cp{python.label.replace('.', '')}-manylinux_x86_64"
