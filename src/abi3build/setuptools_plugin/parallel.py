"""Compile the translation units of an extension side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

__all__ = ["compile_in_parallel"]


def compile_in_parallel(compiler: Any, units: int) -> None:  # noqa: ANN401 - see below
    """Make a compiler of distutils compile up to ``units`` sources at once.

    The compilers of setuptools, numpy and MSYS2 share no typed base class, only the
    method ``compile``, which takes the sources first and gives the objects.  Each
    source is handed to it alone, so whatever a subclass does there is kept.
    """
    compile_all = compiler.compile

    def compile_each(sources: list[str], *arguments: Any, **options: Any) -> list[str]:  # noqa: ANN401
        """Compile each source by itself; give the objects in the sources' order."""

        def compile_one(source: str) -> list[str]:
            objects: list[str] = compile_all([source], *arguments, **options)
            return objects

        if not getattr(compiler, "initialized", True):
            # MSVC looks for its tools at the first compile; threads would race there.
            compiler.initialize()
        with ThreadPoolExecutor(max_workers=units) as executor:
            results = list(executor.map(compile_one, sources))
        return [name for objects in results for name in objects]

    compiler.compile = compile_each
