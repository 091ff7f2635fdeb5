"""Read the errors of a unit from a compiler's output, in each of its forms."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from abi3build.evidence.compiled_units import is_own_file
from abi3build.sources.code import text_of_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "Diagnostic",
    "DocumentedMessage",
    "documented_messages",
    "plain_command",
    "plain_output",
    "read_diagnostics",
    "read_other_errors",
]


@dataclass(frozen=True)
class Diagnostic:
    """Describe one error, at the place in the project's own files that leads to it."""

    file: str
    line: int
    text: str
    code: str = ""
    """The line of code and the marks under it, as far as the compiler shows them."""

    column: int = 0
    """The column of the code, from 1 on; 0 if the compiler does not say it."""

    inside: str = ""
    """The place in a header of others, if the error stands there."""

    @property
    def pointed(self) -> str:
        """Return the code from the column on, or the whole line."""
        line = self.code.partition("\n")[0]
        # GCC writes "   16 |     PyObject *x;", Clang the line alone.
        line = re.sub(r"^\s*\d+ \| ?", "", line)
        return line[max(self.column - 1, 0) :]


class DocumentedMessage(NamedTuple):
    """Hold what a compiler says of one place, in a document made for programs."""

    kind: str
    """Such as ``error``."""

    option: str
    """The option that asks for it, such as ``-Wdeprecated-declarations``, or empty."""

    text: str
    file: str
    line: int
    column: int
    """From 1 on; 0 if the compiler does not say it."""


_ERRORS = frozenset(("error", "fatal error"))
_ESCAPE = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-9;?]*[ -/]*[@-~]")
"""Colors, and the links that GCC puts around the names of options (ECMA-48)."""

_ERROR = re.compile(
    r"^(?P<place>[^\s:(](?:[A-Z]?:[\\/])?[^:\n(]*?)"
    r"(?::(?P<line>\d+)(?::(?P<column>\d+))?: (?:fatal )?error: "
    r"|\((?P<msline>\d+)(?:,(?P<mscolumn>\d+))?\)\s*: (?:fatal )?error:? )"
    r"(?P<text>.*)$",
    re.MULTILINE,
)
"""In the words of GCC and Clang, of Microsoft's compiler, and of Clang in its form."""

_INCLUDED = re.compile(
    r"^(?P<first>In file included| +) from (?P<place>[^\n]+?:\d+)(?::\d+)?[,:]$",
    re.MULTILINE,
)
_EXPANSION = re.compile(
    r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+):(?P<column>\d+): note: in expansion of"
    r" macro .*\n(?P<code>.*)$",
    re.MULTILINE,
)
_PLACELESS = re.compile(
    r"^(?:[^\s:]+(?: :)?:? )?(?:fatal |Command line )?error ?:? (?P<text>.*)$",
    re.MULTILINE,
)
_OPTION = re.compile(r" \[-W[^\]]*\]\s*$")
_FORM_OPTIONS = (
    "-fdiagnostics-",
    "-fno-diagnostics-",
    "-fcolor-diagnostics",
    "-fansi-escape-codes",
    "-fno-caret-diagnostics",
    "-fmessage-length",
    "-fmax-errors",
    "-ferror-limit",
    "-Wfatal-errors",
    "/diagnostics:",
)
"""How errors look, and after how many to stop, for three families of compilers."""


def plain_command(command: Sequence[str]) -> list[str]:
    """Return a compile without the options that change the form of its errors."""
    return [word for word in command if not word.startswith(_FORM_OPTIONS)]


def plain_output(output: str) -> str:
    """Return a compiler's output without colors and links."""
    return _ESCAPE.sub("", output)


def read_diagnostics(output: str) -> list[Diagnostic]:
    """Return the errors in a compiler's output, in their order.

    The output is text, with or without colors, or JSON or SARIF as GCC writes them.
    """
    plain = plain_output(output)
    return [*_in_documents(plain), *_in_text(plain)]


def read_other_errors(output: str) -> list[str]:
    """Return the texts of errors without a line, such as those about an option."""
    plain = plain_output(output)
    return [match["text"].strip() for match in _PLACELESS.finditer(plain)]


def _in_text(output: str) -> Iterator[Diagnostic]:
    matches = list(_ERROR.finditer(output))
    ends = [*(match.start() for match in matches[1:]), len(output)]
    for match, end in zip(matches, ends):
        after = output[match.end() : end]
        found = Diagnostic(
            match["place"],
            int(match["line"] or match["msline"]),
            _bare(match["text"]),
            # Below the error stand the line of code and the mark under it.
            "\n".join(after.splitlines()[1:3]),
            int(match["column"] or match["mscolumn"] or 0),
        )
        yield _at_own_line(found, output[: match.start()], after)


def _at_own_line(found: Diagnostic, before: str, after: str) -> Diagnostic:
    """Move an error in a foreign header to the project's line that includes it."""
    if is_own_file(found.file):
        return found
    inside = f"{found.file}:{found.line}"
    for match in _EXPANSION.finditer(after):
        if is_own_file(match["file"]):
            line, column = int(match["line"]), int(match["column"])
            return Diagnostic(match["file"], line, found.text, match["code"], column)
    place = _including_line(before)
    if not place:
        return found
    file, _, line_text = place.rpartition(":")
    return replace(found, file=file, line=int(line_text), inside=inside)


def _including_line(output: str) -> str:
    """Return the project's own line that leads to an error in a foreign header.

    GCC names the innermost of the including lines first, Clang the outermost.
    """
    chain: list[str] = []
    end = 0
    for match in _INCLUDED.finditer(output):
        if not match["first"].strip():
            chain.append(match["place"])
        elif match.start() == end + 1:
            chain.insert(0, match["place"])
        else:
            chain = [match["place"]]
        end = match.end()
    return next((each for each in chain if is_own_file(each.rpartition(":")[0])), "")


def _in_documents(output: str) -> Iterator[Diagnostic]:
    for each in documented_messages(output):
        if each.kind in _ERRORS:
            yield _with_code(each.file, each.line, each.text, each.column)


def documented_messages(output: str) -> Iterator[DocumentedMessage]:
    """Yield what a compiler says in the documents of GCC, a document a line.

    They are JSON, ``-fdiagnostics-format=json`` of GCC 9 to 14, and SARIF 2.1,
    ``-fdiagnostics-format=sarif-stderr`` of GCC from 13 on.
    """
    for line in output.splitlines():
        if not line.startswith(("[{", "{")):
            continue
        try:
            document = json.loads(line)
            read = _in_json if isinstance(document, list) else _in_sarif
            yield from read(document)
        except (ValueError, LookupError, TypeError, AttributeError):
            # Another program's document.
            continue


def _in_json(document: Iterable[Any]) -> Iterator[DocumentedMessage]:
    for each in document:
        if each.get("locations"):
            caret = each["locations"][0]["caret"]
            column = caret.get("byte-column", caret.get("column", 0))
            kind, option = each.get("kind", ""), each.get("option", "")
            place = caret["file"], caret["line"], column
            yield DocumentedMessage(kind, option, each["message"], *place)


def _in_sarif(document: dict[str, Any]) -> Iterator[DocumentedMessage]:
    for each in (each for run in document.get("runs", ()) for each in run["results"]):
        if each.get("locations"):
            found = each["locations"][0]["physicalLocation"]
            file = found["artifactLocation"]["uri"].removeprefix("file://")
            region = found.get("region", {})
            place = file, region.get("startLine", 0), region.get("startColumn", 0)
            kind, option = each.get("level", ""), each.get("ruleId", "")
            yield DocumentedMessage(kind, option, each["message"]["text"], *place)


def _with_code(file: str, line: int, text: str, column: int) -> Diagnostic:
    """Return an error with the line of its source: documents carry no code."""
    lines = text_of_source(file).splitlines()
    code = lines[line - 1] if 0 < line <= len(lines) else ""
    return Diagnostic(file, line, _bare(text), code, column)


def _bare(text: str) -> str:
    """Remove what a compiler guesses, and the option that makes it an error."""
    return _OPTION.sub("", text).partition("; did you mean")[0].strip()
