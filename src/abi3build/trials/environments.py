"""Make a temporary environment of any interpreter, and install into it.

uv does both for every Python.  The pip of the Python that runs abi3build does it for
the versions that it supports (``pip --python``), including Debian's Pythons without
ensurepip; older ones have their own pip.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from enum import Enum
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from abi3build.errors import UsageError
from abi3build.surroundings import find_program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi3build.targets.interpreters import Interpreter
    from abi3build.trials.processes import Processes

__all__ = [
    "Environment",
    "Tools",
    "Way",
    "environment_at",
    "environment_variables",
    "find_tools",
    "installer_name",
    "is_at_fault",
    "new_environment",
    "ways",
]

_FIRST_PIP_FOR_OTHERS = Version("22.3")
"""The first pip with ``--python``: https://pip.pypa.io/en/stable/news/#v22-3"""

_LEADS_ELSEWHERE = (
    "PIP_PREFIX",
    "PIP_PYTHON",
    "PIP_ROOT",
    "PIP_TARGET",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "UV_PROJECT_ENVIRONMENT",
    "UV_PYTHON",
    "UV_SYSTEM_PYTHON",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
)
"""Variables that make a Python or an installer work on something else."""

_REFUSED = re.compile(
    r"is not a supported wheel on this platform|incompatible with the current platform"
)
"""How pip and uv say that they do not take a wheel by its tag."""

_CRASHED = re.compile(
    r"^ERROR: Exception:$"
    r'|^Traceback .*\n(?: .*\n){0,9}? +File "[^"\n]*[/\\]pip[/\\]',
    re.MULTILINE,
)
"""How pip ends if it is too old for the Python that runs it."""

_CREATING_SECONDS = 600.0
_TEMPORARY = ("TEMP", "TMP", "TMPDIR")
"""https://docs.python.org/3/library/tempfile.html#tempfile.gettempdir"""


class Way(Enum):
    """Say who makes an environment and installs into it."""

    UV = "uv"
    PIP_HERE = "pip of this Python"
    OWN_PIP = "pip of its own"


@dataclass(frozen=True)
class Tools:
    """Describe what this machine can install with."""

    uv: str = ""
    """The path of uv; empty if there is none."""

    pip: str = ""
    """The version of the running interpreter's pip; empty if it has none."""

    pip_supports: str = ""
    """That pip's ``Requires-Python``."""

    pip_knows: tuple[str, ...] = ()
    """The Pythons that this pip was tested with, such as ``3.12``."""

    pip_is_configured: bool = False
    """True if pip has settings, such as an index; uv does not read them."""


@dataclass(frozen=True)
class Environment:
    """Name an environment of one interpreter and the commands that work on it."""

    folder: Path
    python: Path
    scripts: Path
    create: tuple[str | Path, ...]
    install: tuple[str | Path, ...]
    """The command that installs, up to its options."""

    installer: str = ""
    """What installs, with its version if that is known, for messages."""

    installer_knows: bool = True
    """False for an installer that is older than the Python, and so proves little."""


def find_tools(environ: Mapping[str, str], wanted: str = "auto") -> Tools:
    """Look for uv and for the running interpreter's pip and its configuration.

    Raise ``UsageError`` if ``wanted`` is ``uv`` and there is none.
    """
    uv = _find_uv(environ) or ""
    if wanted == "uv":
        if not uv:
            message = "--installer uv: not on PATH: install it, or use --installer pip"
            raise UsageError(message)
        return Tools(uv)
    try:
        pip = distribution("pip")
    except PackageNotFoundError:
        return Tools(uv, pip_is_configured="PIP_INDEX_URL" in environ)
    command = [sys.executable, "-I", "-m", "pip", "config", "list"]
    try:
        listed = subprocess.run(command, capture_output=True, check=False).stdout
    except OSError:
        return Tools(uv, pip_is_configured="PIP_INDEX_URL" in environ)
    supports = pip.metadata["Requires-Python"] or ""
    knows = tuple(
        classifier.rpartition(" ")[2]
        for classifier in pip.metadata.get_all("Classifier") or ()
        if classifier.startswith("Programming Language :: Python :: 3.")
    )
    return Tools(uv, pip.version, supports, knows, bool(listed.strip()))


def _find_uv(environ: Mapping[str, str]) -> str | None:
    """Find uv on ``PATH``, or else next to the Python that runs this."""
    beside = Path(sysconfig.get_path("scripts"), "uv")
    return find_program("uv", environ) or shutil.which(str(beside))


def ways(tools: Tools, interpreter: Interpreter, wanted: str = "auto") -> list[Way]:
    """Return the ways to try for an interpreter, the best first.

    ``wanted`` is ``uv``, ``pip``, or ``auto``: uv if it is found, unless pip has
    settings that uv would not follow.
    """
    pip = [Way.OWN_PIP]
    knows = str(interpreter.builder.version) in tools.pip_knows
    can_be_lent = tools.pip and Version(tools.pip) >= _FIRST_PIP_FOR_OTHERS
    supported = SpecifierSet(tools.pip_supports)
    if can_be_lent and supported.contains(interpreter.release, prereleases=True):
        # A Python has a pip that knows it; this one may be older than the Python.
        pip.insert(0 if knows else 1, Way.PIP_HERE)
    uv = [Way.UV] if tools.uv else []
    if wanted == "uv":
        return uv
    if wanted == "pip":
        return pip
    return [*pip, *uv] if tools.pip_is_configured else [*uv, *pip]


def environment_at(
    folder: Path, interpreter: Interpreter, way: Way, tools: Tools
) -> Environment:
    """Name the environment that ``create`` makes in a folder that is not there yet."""
    windows = os.name == "nt"
    scripts = folder / ("Scripts" if windows else "bin")
    python = scripts / ("python.exe" if windows else "python")
    base = interpreter.path
    create: tuple[str | Path, ...] = (base, "-I", "-m", "venv", "--without-pip", folder)
    pip_options = ("install", "--no-input", "--no-compile")
    if way is Way.UV:
        create = (tools.uv, "venv", "--quiet", "--no-project", "--python", base, folder)
        install = (tools.uv, "pip", "install", "--python", python)
        return Environment(folder, python, scripts, create, install, "uv")
    if way is Way.PIP_HERE:
        lent = (sys.executable, "-I", "-m", "pip", "--python", python)
        knows = str(interpreter.builder.version) in tools.pip_knows
        return Environment(
            folder,
            python,
            scripts,
            create,
            (*lent, *pip_options),
            f"pip {tools.pip}",
            installer_knows=knows,
        )
    create = (base, "-I", "-m", "venv", folder)
    own = (python, "-I", "-m", "pip", *pip_options)
    return Environment(folder, python, scripts, create, own, "its own pip")


def new_environment(
    folder: Path,
    interpreter: Interpreter,
    tools: Tools,
    environ: Mapping[str, str],
    processes: Processes,
) -> Environment:
    """Make an environment in a new folder, in the first way that works.

    Raise ``UsageError`` if none does.
    """
    said = "neither uv nor a pip that works for it was found"
    for way in ways(tools, interpreter):
        made = environment_at(folder, interpreter, way, tools)
        ended = processes.run(
            made.create,
            folder=folder.parent,
            environ=environment_variables(environ, made),
            seconds=_CREATING_SECONDS,
        )
        if ended.status == 0:
            return made
        said = ended.last_words
        shutil.rmtree(folder, ignore_errors=True)
    message = (
        f"no environment could be created: {said}: install uv or a pip that knows"
        f" Python {interpreter.release}"
    )
    raise UsageError(message)


def is_at_fault(installer: Environment, said: str, wheel: str) -> bool:
    """Tell whether the installer is the reason why a wheel was not installed.

    ``said`` is its output.  The wheel's tag admits the Python, so an installer that
    rejects it because of its tag does not know the tag.
    """
    refused = _REFUSED.search(" ".join(said.split())) is not None and wheel in said
    return not installer.installer_knows or refused or bool(_CRASHED.search(said))


def installer_name(environment: Environment) -> str:
    """Name what installs; of a Python's own pip with the version that is there."""
    if environment.installer != "its own pip":
        return environment.installer
    found = environment.folder.glob("[Ll]ib/**/site-packages/pip-*.dist-info")
    versions = [path.name[len("pip-") : -len(".dist-info")] for path in found]
    return " ".join([environment.installer, *versions[:1]])


def environment_variables(
    environ: Mapping[str, str], environment: Environment
) -> dict[str, str]:
    """Return the variables for commands in an environment.

    The user's own variables stay, including those for indexes and certificates.
    Temporary files go next to the environment, because ensurepip and pip may leave
    some.
    """
    kept = {
        name: value for name, value in environ.items() if name not in _LEADS_ELSEWHERE
    }
    path = os.pathsep.join([str(environment.scripts), kept.get("PATH", os.defpath)])
    return {
        **kept,
        "PATH": path,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        # A configuration that asks for the user's folder fits no environment.
        "PIP_USER": "0",
        **dict.fromkeys(_TEMPORARY, str(environment.folder.parent)),
        "VIRTUAL_ENV": str(environment.folder),
    }
