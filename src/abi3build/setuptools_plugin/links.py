"""Watch of which objects each module is linked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["watch_links"]


def watch_links(compiler: Any) -> dict[str, list[str]]:  # noqa: ANN401 - see failures.py
    """Watch a compiler of distutils; give the objects of each file that it links."""
    link = compiler.link_shared_object
    linked: dict[str, list[str]] = {}

    def watching(
        objects: Iterable[str],
        output_filename: str,
        *arguments: Any,  # noqa: ANN401 - whatever distutils hands on
        **options: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        given = list(objects)
        result = link(given, output_filename, *arguments, **options)
        linked[output_filename] = [os.fspath(each) for each in given]
        return result

    compiler.link_shared_object = watching
    return linked
