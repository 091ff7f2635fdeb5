"""What the notes of translation units say, as lines of text and as JSON."""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abi3build.audit import ImageSummary

__all__ = ["units_fields", "units_lines"]


def units_lines(image: ImageSummary) -> list[str]:
    """Say how many units were compiled for what, with which headers: a line each."""
    return [
        f"    {count} {'unit' if count == 1 else 'units'} compiled for {note.target}"
        f" with headers of {note.release}"
        for note, count in image.units
    ]


def units_fields(image: ImageSummary) -> list[dict[str, object]]:
    """Give the same facts as JSON's fields."""
    return [
        {
            "floor": str(note.floor),
            "headers": note.release,
            "abi3t": note.abi3t,
            "count": count,
        }
        for note, count in image.units
    ]
