#!/usr/bin/env python3
"""Draw the pictures of reports that the documentation shows, with chromium.

The summary of a job is rendered by markdown-it with a style like GitHub's: GitHub draws
it, and GitHub cannot be asked here.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from markdown_it import MarkdownIt

from workbench.planted_images import Recipe, Taken
from workbench.planted_wheels import PLATFORMS, STABLE, Planted, write_wheel

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BAD", "GOOD", "PICTURES", "audit", "chromium", "draw_all", "screenshot"]

_ROOT = Path(__file__).parent.parent
_IMAGES = _ROOT / "docs" / "images"
_STYLE = Path(__file__).with_name("job_summary.css")

_LINUX, _MACOS = "linux-x86_64", "macos-universal2"

GOOD = Planted(
    {
        "demo/core.abi3.so": Recipe(_MACOS, STABLE),
        "demo/fast.abi3.so": Recipe(_MACOS, STABLE, gives=("PyInit_fast",)),
    },
    PLATFORMS[_MACOS],
)
"""A wheel that keeps its promise."""

_NEWER = (*STABLE, Taken(("PyFrame_GetCode", "PyType_GetName")))
_PRIVATE = (*STABLE, Taken(("_PyLong_NumBits",)))

BAD = Planted(
    {
        "demo/core.abi3.so": Recipe(_LINUX, STABLE),
        "demo/fast.abi3.so": Recipe(_LINUX, _NEWER, gives=("PyInit_fast",)),
        "demo/old.abi3.so": Recipe(_LINUX, _PRIVATE, gives=("PyInit_old",)),
    },
    PLATFORMS[_LINUX],
)
"""A wheel that does not keep it, in two ways."""


class Picture(NamedTuple):
    """Say what a picture shows, and how large it is in pixels."""

    wheel: Planted
    form: str
    height: int
    dark: bool = False


PICTURES = {
    "html-good.png": Picture(GOOD, "html", 490),
    "html-bad.png": Picture(BAD, "html", 760),
    "html-bad-dark.png": Picture(BAD, "html", 760, dark=True),
    "summary-good.png": Picture(GOOD, "markdown", 210),
    "summary-bad.png": Picture(BAD, "markdown", 600),
}
_WIDTH = 1000


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw all pictures; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.parse_args(arguments)
    if shutil.which("chromium") is None:
        sys.stdout.write("chromium is not on PATH: install it (Debian: chromium)\n")
        return 1
    _IMAGES.mkdir(exist_ok=True)
    for path in draw_all(_IMAGES):
        sys.stdout.write(f"{path.relative_to(_ROOT)}: {path.stat().st_size} bytes\n")
    return 0


def draw_all(folder: Path) -> list[Path]:
    """Make each wheel, audit it, and draw the report; return the pictures."""
    drawn = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, picture in PICTURES.items():
            report = audit(write_wheel(picture.wheel, Path(scratch)), picture.form)
            page = report if picture.form == "html" else _like_github(report)
            source = Path(scratch, "page.html")
            source.write_text(page, encoding="utf-8")
            drawn.append(folder / name)
            size = (_WIDTH, picture.height)
            screenshot(source, folder / name, size, dark=picture.dark)
    return drawn


def audit(wheel: Path, form: str) -> str:
    """Audit a wheel with the command; return its report."""
    command = [sys.executable, "-m", "abi3build", "audit", "--format", form, wheel.name]
    run = subprocess.run(
        command, cwd=wheel.parent, stdout=subprocess.PIPE, check=False, encoding="utf-8"
    )
    return run.stdout


def screenshot(
    page: Path, picture: Path, size: tuple[int, int], *, dark: bool = False
) -> None:
    """Let chromium draw a page without a window."""
    scheme = 0 if dark else 1
    chromium(
        f"--screenshot={picture}",
        f"--window-size={size[0]},{size[1]}",
        f"--blink-settings=preferredColorScheme={scheme}",
        "--hide-scrollbars",
        page.as_uri(),
    )


def chromium(*arguments: str) -> str:
    """Run chromium once, with a profile of its own; return its standard output."""
    with tempfile.TemporaryDirectory() as profile:
        quiet = ("--no-sandbox", "--disable-gpu", "--no-first-run")
        command = ["chromium", "--headless", *quiet, f"--user-data-dir={profile}"]
        run = subprocess.run(
            [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
            encoding="utf-8",
            timeout=120,
        )
    return run.stdout


def _like_github(markdown: str) -> str:
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    style = _STYLE.read_text(encoding="utf-8")
    return (
        f'<!DOCTYPE html>\n<meta charset="utf-8">\n<style>\n{style}</style>\n'
        f"<main>\n{body}</main>\n"
    )


if __name__ == "__main__":
    sys.exit(main())
