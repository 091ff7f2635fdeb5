"""Write ``docs/rules.md`` from the pages of the rules, or check that it is fresh."""

from __future__ import annotations

import sys

from abi3build.rules.registry import RULES, rule_page
from generated_files import write_or_compare

HEADER = """\
<!-- Written by tools/generate_rules_page.py from src/abi3build/rules/pages. -->

# Rules

`abi3build explain CODE` prints one of these pages.

"""


def render() -> str:
    """Return the whole page: a list of the rules, then each with its own heading."""
    names = [(rule.code, rule.name) for rule in RULES]
    index = [f"- [{code} {name}](#{code.lower()}-{name})" for code, name in names]
    pages = [rule_page(rule).replace("\n## ", "\n### ") for rule in RULES]
    return HEADER + "\n".join(index) + "\n\n#" + "\n#".join(pages)


def main() -> int:
    """Write the page, or compare it; return the exit status."""
    return write_or_compare("generate_rules_page.py", {"docs/rules.md": render()})


if __name__ == "__main__":
    sys.exit(main())
