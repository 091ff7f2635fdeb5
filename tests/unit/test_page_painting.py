"""``explain`` on a terminal: a page without the marks of Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from calling import run

from abi3build.reports.page_painting import draw_page
from abi3build.rules.registry import RULES, rule_page

if TYPE_CHECKING:
    from abi3build.rules.registry import Rule

ESCAPE = re.compile(r"\033\[\d*m")
PAGE = """\
# ABI999 made-up

**Error.** It takes `Py_New Name`
and <https://example.org/x>.

- one, see [the page](settings.md)
- two

```c
int  x;
```
"""


def test_a_page_is_wrapped_and_colored() -> None:
    assert draw_page(PAGE, 30).splitlines() == [
        "\033[1mABI999 made-up\033[0m",
        "",
        "\033[1mError.\033[0m It takes",
        "\033[36mPy_New Name\033[0m and",
        "https://example.org/x.",
        "",
        "- one, see",
        "  the page (settings.md)",
        "- two",
        "",
        "    int  x;",
    ]


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_every_page_keeps_its_words(rule: Rule) -> None:
    page = rule_page(rule)
    plain = re.sub(r"[^A-Za-z0-9_]+", " ", ESCAPE.sub("", draw_page(page, 72)))
    marked = re.sub(r"(?m)^```\w*$", "", page)
    assert plain.split() == re.sub(r"[^A-Za-z0-9_]+", " ", marked).split()
    assert "**" not in draw_page(page, 72)


def test_a_pipe_gets_markdown_unless_colors_are_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    _, plain, _ = run(capsys, "explain", "ABI102", "ABI303")
    assert plain.startswith("# ABI102 newer-symbol\n")
    assert "\n# ABI303 no-init-function\n" in plain
    status, drawn, _ = run(capsys, "explain", "ABI102", "ABI303", "--color", "always")
    assert status == 0
    assert "\033[1mABI303 no-init-function\033[0m" in drawn
