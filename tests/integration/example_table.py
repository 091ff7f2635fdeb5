"""What each of the example projects makes, prints, and prints after an edit."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EXAMPLES", "Edit", "Example"]


@dataclass(frozen=True)
class Edit:
    """Change one line of a source and what ``check.py`` then prints."""

    source: str
    old: str
    new: str
    prints: str


@dataclass(frozen=True)
class Example:
    """Say what one example makes and prints."""

    name: str
    files: tuple[str, ...]
    prints: str
    edit: Edit


EXAMPLES = (
    Example(
        "c-minimal",
        ("c_minimal.abi3.so",),
        prints="5\n",
        edit=Edit("c_minimal.c", "(a + b)", "(a - b)", prints="-1\n"),
    ),
    Example(
        "c-package",
        ("c_package/_stats.abi3.so", "c_package/_text.abi3.so"),
        prints="5.0\n",
        edit=Edit("csrc/stats.c", "sum = 0.0", "sum = 1.0", prints="6.0\n"),
    ),
    Example(
        "cpp",
        ("cpp_example.abi3.so",),
        prints="[None, None, 1.0]\n",
        edit=Edit(
            "ring_buffer.hpp", "= value;", "= -value;", prints="[None, None, -1.0]\n"
        ),
    ),
    Example(
        "cross-platform",
        ("cross_platform.abi3.so",),
        prints="fc036883edf61e5e\n",
        edit=Edit(
            "cross_platform.c",
            "hash = (hash ^",
            "hash = (hash +",
            prints="3d66c4aa2a2986d6\n",
        ),
    ),
    Example(
        "cython",
        ("cython_example.abi3.so",),
        prints="[2, 3, 5, 7, 11]\n",
        edit=Edit(
            "cython_example.pyx",
            "candidate = 2",
            "candidate = 3",
            prints="[3, 4, 5, 7, 11]\n",
        ),
    ),
    Example(
        "cffi",
        ("cffi_example/_crc32.abi3.so",),
        prints="3798131148\n",
        edit=Edit("csrc/crc32.c", "return ~sum", "return sum", prints="496836147\n"),
    ),
    Example(
        "setuptools-scm",
        ("scm_example/_gcd.abi3.so",),
        prints="6\n",
        edit=Edit("csrc/gcd.c", "(a);", "(a + 1);", prints="7\n"),
    ),
)
