"""``abi3build explain``: print a rule's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from abi3build.commands import Outcome
    from abi3build.rules.registry import Rule

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "codes",
        metavar="CODE",
        nargs="*",
        help="a rule's code or name, such as ABI302 (default: list all rules)",
    )
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="whether to draw pages for a terminal instead of as Markdown (default:"
        " auto, on a terminal; NO_COLOR and FORCE_COLOR are honored)",
    )


def run(options: argparse.Namespace) -> Outcome:
    """Return the page of each named rule, or a line for each rule.

    Raise ``UsageError`` for an unknown name, with the nearest one.
    """
    from abi3build.commands import Outcome
    from abi3build.rules.registry import RULES, rule_page

    if not options.codes:
        return Outcome("".join(f"{rule.code} {rule.name}\n" for rule in RULES))
    pages = [rule_page(_rule(code)) for code in options.codes]
    width = _terminal_width(options.color)
    if width:
        from abi3build.reports.page_painting import draw_page

        pages = [draw_page(page, width) for page in pages]
    return Outcome("\n".join(pages))


def _terminal_width(color: str) -> int:
    """Return the number of columns to draw pages for; 0 if they stay in Markdown."""
    import os
    import shutil
    import sys

    from abi3build.reports.painting import is_painted

    if sys.stdout is None or not is_painted(color, os.environ, sys.stdout):
        return 0
    return shutil.get_terminal_size().columns


def _rule(code: str) -> Rule:
    from abi3build.errors import UsageError
    from abi3build.rules.registry import RULES, find_rule
    from abi3build.wording import nearest

    rule = find_rule(code)
    if rule is None:
        names = [word for rule in RULES for word in (rule.code, rule.name)]
        # Letters that look like the digits of a code are common typos.
        alike = code.upper().translate(str.maketrans("OI", "01", "-_ "))
        alike = alike.replace("AB1", "ABI", 1)
        # A number that no rule has is near to others by chance alone.
        is_code = alike.startswith("ABI") and alike[len("ABI") :].isdecimal()
        other = None if is_code else nearest(code, names)
        meant = alike if find_rule(alike) else other
        tip = (
            f', did you mean "{meant}"?'
            if meant
            else ": run it without a code to list them"
        )
        message = f"{code}: no such rule{tip}"
        raise UsageError(message)
    return rule
