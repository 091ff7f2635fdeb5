"""Build one project after the other, each in a fork: run by the interpreter of a kit.

setuptools and what else builds load is loaded once, which takes most of the time of a
small build.  Each line of standard input is an order in JSON, and each line of standard
output says how it ended: the exit status and what the build wrote to its two outputs.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import sys
import tempfile
import traceback
from contextlib import ExitStack, suppress

import setuptools
import setuptools.build_meta
import setuptools.command.bdist_wheel
import setuptools.command.build_ext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    Order = dict[str, Any]

__all__: list[str] = []

_TOOLS = frozenset(
    (
        *("Cython", "abi3build", "distutils", "elftools", "packaging", "pefile"),
        *("setuptools", "setuptools_scm", "vcs_versioning", "wheel"),
    )
)
"""What may be loaded ahead: packages of the kit, whose import changes nothing else."""


def _serve() -> None:
    # No build finds the tests' own modules.
    sys.path.remove(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - as on sys.path
    for line in sys.stdin:
        print(json.dumps(_build(json.loads(line))), flush=True)


def _build(order: Order) -> tuple[int, str, str]:
    with ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        child = os.fork()
        if child == 0:
            _build_here(order, *files)
        _, status = os.waitpid(child, 0)
        for file in files:
            file.seek(0)
        out, err, loaded = (f.read().decode("utf-8", "backslashreplace") for f in files)
    _load(loaded.split())
    return os.waitstatus_to_exitcode(status), out, err


def _load(names: list[str]) -> None:
    """Load for the next builds which of the tools a build has loaded."""
    new = [name for name in names if name not in sys.modules]
    for name in new:
        if name.partition(".")[0] in _TOOLS:
            # Some are to be had only where the build found them.
            with suppress(ImportError):
                importlib.import_module(name)
    if new:
        # What is not collected here is not copied by the forks.
        gc.freeze()


def _build_here(order: Order, out: BinaryIO, err: BinaryIO, loaded: BinaryIO) -> None:
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        os.chdir(order["folder"])
        os.environ.clear()
        os.environ.update(order["environ"])
        if order["backend"]:
            _call_backend(order)
        else:
            _run_setup(order["words"])
        status = 0
    except SystemExit as end:
        # setuptools says most of its errors so, abi3build ends with a number.
        status = end.code if isinstance(end.code, int) else 1
        print("" if isinstance(end.code, int) else end.code, file=sys.stderr)
    except Exception:  # noqa: BLE001 - os._exit would not show it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        loaded.write("\n".join(sys.modules).encode())
        loaded.flush()
        os._exit(status)


def _run_setup(words: list[str]) -> None:
    sys.argv[:] = ["setup.py", *words]
    if os.path.exists("setup.py"):  # noqa: PTH110 - as light as a setup.py
        runpy.run_path("setup.py", run_name="__main__")
    else:
        setuptools.setup()


def _call_backend(order: Order) -> None:
    """Do as a front end does: https://peps.python.org/pep-0517/#build-wheel."""
    sys.path[:0] = [os.path.abspath(place) for place in order["backend_path"]]  # noqa: PTH100 - for sys.path
    name, _, attributes = order["backend"].partition(":")
    backend: Any = importlib.import_module(name)
    for attribute in filter(None, attributes.split(".")):
        backend = getattr(backend, attribute)
    os.makedirs("dist", exist_ok=True)  # noqa: PTH103 - as light as a front end's
    hook = getattr(backend, order["hook"])
    wheel = hook(os.path.abspath("dist"), order["settings"])  # noqa: PTH100 - as above
    print(f"Successfully built {wheel}")


if __name__ == "__main__":
    _serve()
