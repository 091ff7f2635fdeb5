"""Undeclared functions stop every compiler; Microsoft's is not at hand.

A stand-in takes its place, and a project's class says what it was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest
from setuptools import Extension
from setuptools.command.build_ext import build_ext
from setuptools.dist import Distribution

from abi3build.settings.model import Settings, Verify
from abi3build.setuptools_plugin.build_ext import BuildExtMixin
from abi3build.setuptools_plugin.plan import Plan
from abi3build.targets.target import Builder, decide_target
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from pathlib import Path


class Compiler:
    """Stand for a compiler of distutils, of which only its kind is asked."""

    def __init__(self, compiler_type: str) -> None:
        self.compiler_type = compiler_type


class Asking(build_ext):
    """Be a project's own class, which compiles nothing and keeps the options."""

    asked: ClassVar[list[list[str]]] = []

    def build_extension(self, ext: Extension) -> None:
        """Keep the options of one extension."""
        self.asked.append(list(ext.extra_compile_args))


@pytest.mark.parametrize(
    ("compiler_type", "verify", "options"),
    [
        ("msvc", Verify.ERROR, ["/we4013", "/own"]),
        ("msvc", Verify.OFF, ["/own"]),
        (
            "unix",
            Verify.ERROR,
            ["-MD", "-Werror=implicit-function-declaration", "/own"],
        ),
        ("unix", Verify.OFF, ["/own"]),
    ],
)
def test_the_option_for_undeclared_functions(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    compiler_type: str,
    verify: Verify,
    options: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(PythonVersion(3, 9), verify=verify)
    builder = Builder(
        implementation="cpython",
        version=PythonVersion(3, 13),
        free_threaded=False,
        debug=False,
        windows=False,
        extension_suffix=".so",
    )

    class Command(BuildExtMixin, Asking):
        plan = Plan(settings, builder, decide_target(settings, builder))

    extension = Extension("core", ["core.c"], extra_compile_args=["/own"])
    (tmp_path / "core.c").touch()
    command = Command(Distribution({"ext_modules": [extension]}))
    command.ensure_finalized()
    vars(command)["compiler"] = Compiler(compiler_type)
    Asking.asked.clear()
    command.build_extensions()
    command.build_extensions()
    assert Asking.asked == [options, options]
