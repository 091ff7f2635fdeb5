"""``pyproject.toml`` as tables, with every reason why it cannot be read as one line."""

from __future__ import annotations

import codecs
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "has_byte_order_mark",
    "load_pyproject",
    "read_setup_cfg",
    "read_setup_files",
    "tool_schema",
]


def tool_schema(tool_name: str = "abi3build") -> dict[str, object]:
    """Return the JSON schema (draft 7) of the table.

    This is a plugin of validate-pyproject, which calls it with the table's name:
    https://validate-pyproject.readthedocs.io/en/latest/dev-guide.html
    Raise ``ValueError`` for the name of another tool's table.
    """
    if tool_name != "abi3build":
        message = f"not a table of abi3build: tool.{tool_name}"
        raise ValueError(message)
    text = Path(__file__).with_name("schema.json").read_text(encoding="utf-8")
    schema: dict[str, object] = json.loads(text)
    return schema


if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_POSITION = re.compile(
    r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$"
)


def load_pyproject(path: Path) -> Mapping[str, object]:
    """Read a TOML file into a table.

    Raise ``SettingsError`` if it cannot be opened, is not UTF-8 or is not TOML.
    The text begins with the path as given and the place of the fault.
    """
    text = _read_text(path)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        fault = _toml_fault(str(error), text)
    except RecursionError:
        fault = "its arrays or tables nest too deeply"
    except ValueError:
        # https://docs.python.org/3/library/stdtypes.html#int-max-str-digits
        fault = "one of its integers has too many digits"
    raise SettingsError([f"{path}: {fault}"])


def read_setup_cfg(folder: Path) -> str:
    """Return the text of a project's ``setup.cfg``, as far as it can be read."""
    return _text_if_any(folder / "setup.cfg")


def read_setup_files(folder: Path) -> str:
    """Return the text of ``setup.py`` and ``setup.cfg``, as far as it can be read."""
    return _text_if_any(folder / "setup.py") + read_setup_cfg(folder)


def has_byte_order_mark(path: Path) -> bool:
    """Tell whether a file that can be read begins with the mark of UTF-8."""
    with path.open("rb") as file:
        return file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8


def _text_if_any(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _read_text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        fault = f"{path}: cannot be read: {reason}: check the path and its permissions"
        raise SettingsError([fault]) from None
    try:
        # With a byte order mark, as some editors for Windows write one.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _position(data[: error.start].decode("utf-8"))
        byte = data[error.start]
        fault = (
            f"{path}: line {line}, column {column}: byte 0x{byte:02X} is not UTF-8,"
            " save the file as UTF-8"
        )
        raise SettingsError([fault]) from None


def _toml_fault(message: str, text: str) -> str:
    match = _POSITION.search(message)
    if match is None:
        return f"not valid TOML: {_lowered(message)}"
    line, column = (
        (match["line"], match["column"]) if match["line"] else _position(text)
    )
    what = _lowered(message[: match.start()])
    # A string in simple quotes ends with its line: https://toml.io/en/v1.0.0#string
    is_open = what.endswith(r"character '\n'")
    step = "close the quotation mark" if is_open else "correct it there"
    return f"line {line}, column {column}: {what}, {step}"


def _position(before: str) -> tuple[int, int]:
    """Count the line and the column, from 1, of what follows a text."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
