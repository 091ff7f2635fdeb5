"""Paint a report in text for a terminal; what it says stays as it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

__all__ = ["is_painted", "painted"]


_RESET = "\033[0m"
_RED, _GREEN, _YELLOW, _BLUE = "\033[1;31m", "\033[32m", "\033[33m", "\033[36m"
# Compiled when something is painted: most reports are not.
_KEPT = r"(?<= )(?:keeps its promise|passes)"
_BROKEN = (
    r"(?<= )(?:does not keep (?:its promise|what its RECORD says)|fails"
    r"|is not proven to keep its promise|cannot be read)"
)
_FINDING = r"^ +(?P<code>ABI[0-9]{3}) (?P<rest>.*)$"
_LESSER = r" {3}(?:known:? )?(?P<severity>warning|info): "
_KNOWN = r" {3}known: "
_HINT = r"^ +hint:"


def is_painted(choice: str, environment: Mapping[str, str], stream: TextIO) -> bool:
    """Tell whether a stream gets colors.

    ``--color`` has the last word, then NO_COLOR (https://no-color.org), FORCE_COLOR
    (https://force-color.org), and whether it is a terminal that can.
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM", "dumb") != "dumb"


def painted(text: str) -> str:
    """Return the report with verdicts, codes and hints in colors."""
    return "".join(map(_painted_line, text.splitlines(keepends=True)))


def _painted_line(line: str) -> str:
    if not line.startswith(" "):
        for pattern, color in ((_BROKEN, _RED), (_KEPT, _GREEN)):
            matches = list(re.finditer(pattern, line))
            if matches:
                # The last one: a file's name may contain these words.
                return _in_color(line, *matches[-1].span(), color)
        return line
    finding = re.match(_FINDING, line)
    if finding:
        return _in_color(line, *finding.span("code"), _color_of(finding["rest"]))
    hint = re.match(_HINT, line)
    return (
        _in_color(line, hint.end() - len("hint:"), hint.end(), _BLUE) if hint else line
    )


def _color_of(finding: str) -> str:
    lesser = re.search(_LESSER, finding)
    if lesser:
        return _YELLOW if lesser["severity"] == "warning" else _BLUE
    return _BLUE if re.search(_KNOWN, finding) else _RED


def _in_color(line: str, start: int, end: int, color: str) -> str:
    return f"{line[:start]}{color}{line[start:end]}{_RESET}{line[end:]}"
