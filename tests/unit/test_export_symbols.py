"""What a build asks the linkers of Windows to export."""

from __future__ import annotations

from dataclasses import replace

import pytest
from setuptools import Extension
from setuptools.command.build_ext import build_ext
from setuptools.dist import Distribution

from abi3build.settings.model import FreeThreaded, Settings
from abi3build.setuptools_plugin.build_ext import BuildExtMixin
from abi3build.setuptools_plugin.plan import Plan
from abi3build.targets.builder import Builder
from abi3build.targets.target import decide_target
from abi3build.versions import PythonVersion

BUILDER = Builder(
    implementation="cpython",
    version=PythonVersion(3, 15),
    free_threaded=False,
    debug=False,
    windows=True,
    extension_suffix=".cp315-win_amd64.pyd",
)
ABI3 = Settings(PythonVersion(3, 15))


@pytest.mark.parametrize(
    ("settings", "exported"),
    [
        pytest.param(ABI3, ["helper", "PyInit_core"], id="abi3"),
        pytest.param(
            replace(ABI3, free_threaded=FreeThreaded.ABI3T), ["helper"], id="abi3t"
        ),
    ],
)
def test_a_module_made_from_slots_has_no_init_function(
    settings: Settings, exported: list[str]
) -> None:
    class Command(BuildExtMixin, build_ext):
        plan = Plan(settings, BUILDER, decide_target(settings, BUILDER))

    extension = Extension("demo.core", [], export_symbols=["helper"])
    assert Command(Distribution()).get_export_symbols(extension) == exported
