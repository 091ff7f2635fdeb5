"""Translation units side by side: really at once, and the objects in order."""

from __future__ import annotations

import threading

import pytest

from abi3build.setuptools_plugin.parallel_build import compile_in_parallel


class Compiler:
    """Stand for distutils' compilers, of which only ``compile`` is asked."""

    def __init__(self, parties: int) -> None:
        self.initialized = False
        self.meeting = threading.Barrier(parties, timeout=10)

    def initialize(self) -> None:
        """Find the tools, as Microsoft's compiler does at first."""
        self.initialized = True

    def compile(self, sources: list[str], output_dir: str = "") -> list[str]:
        """Compile one source, once all the others are here too."""
        assert self.initialized
        (source,) = sources
        if source == "broken.c":
            raise RuntimeError(source)
        # Nobody passes before all have come, so a compile one by one never ends here.
        self.meeting.wait()
        return [f"{output_dir}/{source}.o"]


def test_units_are_compiled_at_once_and_come_in_order() -> None:
    compiler = Compiler(parties=3)
    compile_in_parallel(compiler, units=3)
    objects = compiler.compile(["a.c", "b.c", "c.c"], output_dir="build")
    assert objects == ["build/a.c.o", "build/b.c.o", "build/c.c.o"]


def test_a_unit_that_fails_fails_the_extension() -> None:
    compiler = Compiler(parties=1)
    compile_in_parallel(compiler, units=2)
    with pytest.raises(RuntimeError, match=r"broken\.c"):
        compiler.compile(["a.c", "broken.c"])
