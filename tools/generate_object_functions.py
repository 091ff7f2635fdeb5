"""Write src/abi3build/machine_code/object_functions.txt from CPython's headers.

    python tools/generate_object_functions.py INCLUDE_FOLDER... [--check]

Give the folders with Python.h of all versions that are to be known, oldest first.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TARGET = (
    Path(__file__).resolve().parent.parent
    / "src/abi3build/machine_code/object_functions.txt"
)
_HEAD = """\
# The functions of CPython that take or return objects, one a line: name, what it
# returns, and a letter for each parameter: o an object, t a type, O the place for an
# object, v an array of objects, - anything else.
# Written by tools/generate_object_functions.py from the headers of CPython on Linux.
"""
_ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
_PROTOTYPE = re.compile(
    r"(?:^|[;}]) ?(?:extern )?"
    r"((?:(?:const|unsigned|long|struct) )*[A-Za-z_]\w*(?: ?\*)*) ?"
    r"(_?Py\w+) ?\(((?:[^()]|\([^()]*\))*)\) ?(?=;)"
)
_LETTERS = (
    (re.compile(r"PyObject ?\* ?const ?\* ?\w*|PyObject ?\* ?const ?\w*\[\]"), "v"),
    (re.compile(r"(?:const )?PyObject ?\* ?\w*"), "o"),
    (re.compile(r"PyTypeObject ?\* ?\w*"), "t"),
    (re.compile(r"PyObject ?\* ?\* ?\w*"), "O"),
)
_RETURNED = {"PyObject*": "o", "PyVarObject*": "o", "PyTypeObject*": "t"}


def main(arguments: list[str]) -> int:
    """Write the file, or tell with ``--check`` whether it is as it would be written."""
    folders = [each for each in arguments if each != "--check"]
    if not folders:
        sys.exit(f"name folders with Python.h, from which {_TARGET.name} is written")
    rows: dict[str, str] = {}
    for folder in folders:
        rows.update(_prototypes(folder))
    text = _HEAD + "".join(f"{name} {rows[name]}\n" for name in sorted(rows))
    if "--check" in arguments:
        if _TARGET.read_text(encoding="utf-8") != text:
            sys.exit(f"{_TARGET.name} is not what these headers give: write it again")
        return 0
    _TARGET.write_text(text, encoding="utf-8")
    return 0


def _prototypes(folder: str) -> Iterator[tuple[str, str]]:
    command = ["cc", "-E", "-P", "-DNDEBUG", f"-I{folder}", "-"]
    done = subprocess.run(
        command,
        input="#include <Python.h>\n",
        capture_output=True,
        text=True,
        check=True,
    )
    text = re.sub(r"\s+", " ", _ATTRIBUTE.sub("", done.stdout))
    for returned, name, parameters in _PROTOTYPE.findall(text):
        letter = _RETURNED.get(returned.replace(" ", ""), "-")
        letters = "".join(map(_letter, re.split(r",(?![^()]*\))", parameters)))
        if letter != "-" or letters.strip("-"):
            yield name, f"{letter} {letters}"


def _letter(parameter: str) -> str:
    matches = (letter for form, letter in _LETTERS if form.fullmatch(parameter.strip()))
    return next(matches, "-")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
