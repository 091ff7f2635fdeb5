"""When translations by Cython are worth processes of their own."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import TYPE_CHECKING

from abi3build.setuptools_plugin.cython_at_once import are_translators_worth

if TYPE_CHECKING:
    from pathlib import Path


class _BuildExt:
    def __init__(self, *sources: Path, force: bool = False) -> None:
        self.force = force
        self.extensions = [
            SimpleNamespace(sources=[os.fspath(source)], language=None)
            for source in sources
        ]


class _OfCython(_BuildExt):
    pass


_OfCython.__module__ = "Cython.Distutils.build_ext"


def written(path: Path, changed: float, size: int = 30_000) -> Path:
    """Write a file that was changed at a time."""
    path.write_text("#" * size, encoding="utf-8")
    os.utime(path, (changed, changed))
    return path


def test_several_large_sources_that_are_to_be_translated_are_worth_it(
    tmp_path: Path,
) -> None:
    one, two = (written(tmp_path / f"{name}.pyx", 100) for name in ("one", "two"))
    small = written(tmp_path / "small.pyx", 100, size=10)
    assert are_translators_worth(_OfCython(one, two))
    assert not are_translators_worth(_BuildExt(one, two))
    assert not are_translators_worth(_OfCython(one, small))
    assert not are_translators_worth(_OfCython(written(tmp_path / "x.pyx", 1, 90_000)))

    for source in (one, two):
        written(source.with_suffix(".c"), 200)
    assert not are_translators_worth(_OfCython(one, two))
    assert are_translators_worth(_OfCython(one, two, force=True))
    written(tmp_path / "shared.pxd", 300)
    assert are_translators_worth(_OfCython(one, two))
