"""``abi3build explain``: print a rule's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from abi3build.commands import Outcome

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "code",
        metavar="CODE",
        nargs="?",
        help="a rule's code or name, such as ABI302; without it, the list of rules",
    )


def run(options: argparse.Namespace) -> Outcome:
    """Print one rule's page, or a line for each rule."""
    from abi3build.commands import Outcome
    from abi3build.errors import UsageError
    from abi3build.rules.registry import RULES, find_rule, rule_page
    from abi3build.wording import nearest

    if options.code is None:
        return Outcome("".join(f"{rule.code} {rule.name}\n" for rule in RULES))
    rule = find_rule(options.code)
    if rule is None:
        names = [word for rule in RULES for word in (rule.code, rule.name)]
        meant = nearest(options.code, names)
        tip = f', did you mean "{meant}"?' if meant else ": run it without a code"
        message = f"{options.code}: no such rule{tip}"
        raise UsageError(message)
    return Outcome(rule_page(rule))
