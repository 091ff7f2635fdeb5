"""Undeclared functions stop every compiler; Microsoft's is not at hand.

A stand-in takes its place, and a project's class says what it was asked for.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

import pytest
from setuptools import Extension
from setuptools.command.build_ext import build_ext
from setuptools.dist import Distribution

from abi3build.settings.model import Settings, Verify
from abi3build.setuptools_plugin.build_ext import BuildExtMixin
from abi3build.setuptools_plugin.plan import Plan
from abi3build.setuptools_plugin.watching import collect_evidence
from abi3build.targets.target import Builder, decide_target
from abi3build.versions import PythonVersion


class Compiler:
    """Stand for a compiler of distutils, of which only its kind is asked."""

    def __init__(self, compiler_type: str) -> None:
        self.compiler_type = compiler_type
        self.compiler_so: list[str] = []


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
            ["-Werror=implicit-function-declaration", "/own"],
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


@pytest.mark.parametrize(
    ("says", "more", "is_asked"),
    [
        ("#define __cplusplus 201703L", "-Werror", False),
        ("#define __cplusplus 201703L", "a++", False),
        ("#define X 1", "-Werror", True),
        pytest.param("#define __cplusplus 1", "-Wall", True, id="harmless-anyway"),
    ],
)
def test_a_compiler_that_takes_c_for_cplusplus_is_not_asked(
    says: str,
    more: str,
    *,
    is_asked: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With -Werror it would stop at an option that C++ does not have."""
    monkeypatch.chdir(tmp_path)
    compiler = Compiler("unix")
    compiler.compiler_so = [sys.executable, "-c", f"print({says!r})", more]
    extension = Extension("core", ["core.c"])
    settings = Settings(PythonVersion(3, 9))
    builder = Builder(
        implementation="cpython",
        version=PythonVersion(3, 13),
        free_threaded=False,
        debug=False,
        windows=False,
        extension_suffix=".so",
    )
    plan = Plan(settings, builder, decide_target(settings, builder))
    collect_evidence(extension, plan, compiler, Path("build"))
    options = extension.extra_compile_args
    assert ("-Werror=implicit-function-declaration" in options) is is_asked
