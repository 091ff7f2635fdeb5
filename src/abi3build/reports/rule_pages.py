"""What reports take from a rule's page: title, address, first words, usual level."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from abi3build.rules.registry import RULES, find_rule, rule_page

__all__ = ["HOME", "RulePage", "page_of", "pages"]

HOME = "https://github.com/abi3build/abi3build"

_MARKS = re.compile(r"\*\*|`|[<>]")


class RulePage(NamedTuple):
    """Contain a rule's page and what its first lines say."""

    code: str
    name: str
    text: str
    """The whole page, in Markdown."""

    summary: str
    """The first paragraph on one line, without marks of Markdown."""

    severity: str
    """The usual severity: error, warning or info."""

    @property
    def title(self) -> str:
        """Return code and name, such as ``ABI102 newer-symbol``."""
        return f"{self.code} {self.name}"

    @property
    def address(self) -> str:
        """Return the address of the page in the documentation."""
        anchor = self.title.lower().replace(" ", "-")
        return f"{HOME}/blob/main/docs/rules.md#{anchor}"


@lru_cache(maxsize=1)
def pages() -> tuple[RulePage, ...]:
    """Return the pages of all rules, in the order of their codes."""
    made = []
    for rule in RULES:
        text = rule_page(rule)
        paragraph = " ".join(text.split("\n\n")[1].split())
        made.append(
            RulePage(
                rule.code,
                rule.name,
                text,
                _MARKS.sub("", paragraph),
                rule.severity.value,
            )
        )
    return tuple(made)


def page_of(code: str) -> RulePage:
    """Return the page of a finding's code."""
    rule = find_rule(code)
    return next(page for page in pages() if rule and page.code == rule.code)
