"""What one interpreter on Linux exports, and where its headers are."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import NamedTuple

from abi3build.stable_abi.known_names import looks_like_cpython
from abi3build.versions import PythonVersion

__all__ = ["Interpreter", "read_interpreter"]

_FACTS = """
import json, platform, sys, sysconfig
names = "Py_DEBUG Py_GIL_DISABLED LIBDIR INSTSONAME".split()
facts = {name: sysconfig.get_config_var(name) for name in names}
facts.update(release=platform.python_version(), executable=sys.executable)
facts.update(include=sysconfig.get_path("include"))
print(json.dumps(facts))
"""


class Interpreter(NamedTuple):
    """Hold the facts about one interpreter."""

    release: str
    version: PythonVersion
    is_regular: bool
    """False for debug and free-threaded builds, which export other symbols."""

    exports: frozenset[str]
    """CPython's own names among its dynamic symbols."""

    include: Path


def read_interpreter(program: str) -> Interpreter:
    """Ask an interpreter, 3.6 or later, about itself."""
    output = subprocess.run(
        [program, "-c", _FACTS], capture_output=True, text=True, check=True
    ).stdout
    facts = json.loads(output)
    # Debian builds libpython too, but its program does without.
    exports = _exported_names(Path(facts["executable"])) or _exported_names(
        Path(facts["LIBDIR"], facts["INSTSONAME"])
    )
    return Interpreter(
        facts["release"],
        PythonVersion.parse(facts["release"].rpartition(".")[0]),
        not (facts["Py_DEBUG"] or facts["Py_GIL_DISABLED"]),
        exports,
        Path(facts["include"]),
    )


def _exported_names(image: Path) -> frozenset[str]:
    command = ["nm", "--dynamic", "--defined-only", "--format=posix", str(image)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    symbols = (line.split(" ", 1)[0].partition("@")[0] for line in output.splitlines())
    return frozenset(filter(looks_like_cpython, symbols))
