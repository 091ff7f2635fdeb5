"""Environment variables that hold a command, as users and front ends set them."""

from __future__ import annotations

import sys

import pytest

from abi3build.errors import UsageError
from abi3build.setuptools_plugin.compile_obstacles import unable_to_run
from abi3build.surroundings import words_of_variable


@pytest.mark.skipif(sys.platform == "win32", reason="quotation marks stay there")
def test_words_are_split_as_a_shell_does() -> None:
    environ = {"CFLAGS": "-DNAME='two words'  -O2", "EMPTY": " "}
    assert words_of_variable("CFLAGS", environ) == ["-DNAME=two words", "-O2"]
    assert words_of_variable("EMPTY", environ) == []
    assert words_of_variable("ABSENT", environ) == []


def test_a_quotation_that_does_not_end_is_named() -> None:
    with pytest.raises(UsageError) as caught:
        words_of_variable("CFLAGS", {"CFLAGS": "-DNAME='two words"})
    assert str(caught.value) == (
        "environment variable CFLAGS: a quotation in -DNAME='two words does not end:"
        " close it, or write a backslash before the quotation mark"
    )


def test_an_empty_compiler_is_said_to_be_that() -> None:
    told = unable_to_run(["-Wall", "-c", "core.c"], "command '-Wall' failed")
    assert told is not None
    assert told.what == "cannot be built: no compiler is named"
    assert told.lines == (
        "hint: remove the variable CC, which is empty, or name a compiler in it",
    )
