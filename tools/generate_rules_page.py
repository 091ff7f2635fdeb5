"""Write ``docs/rules.md`` from the pages of the rules, or check that it is fresh."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from abi3build.rules.registry import RULES, rule_page

PAGE = Path(__file__).parent.parent / "docs" / "rules.md"
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
    """Write or check the page; return the exit status."""
    parser = argparse.ArgumentParser(description="Write docs/rules.md.")
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        PAGE.write_text(render(), encoding="utf-8")
        return 0
    fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == render()
    print(f"{PAGE.name} is", "fresh" if fresh else "stale: run without --check")
    return int(not fresh)


if __name__ == "__main__":
    sys.exit(main())
