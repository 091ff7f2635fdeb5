"""Build several projects in one process: run by the interpreter of a kit.

setuptools is loaded once, and each project is built in a fork of its own: that is much
quicker than a front end for each.  Printed is a list in JSON: for each folder the exit
status and what the build wrote to standard error.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import tempfile
import traceback

import setuptools
import setuptools.command.bdist_wheel
import setuptools.command.build_ext

__all__: list[str] = []


def _build(folder: str) -> tuple[int, str]:
    with tempfile.TemporaryFile() as said:
        child = os.fork()
        if child == 0:
            _build_here(folder, said.fileno())
        _, status = os.waitpid(child, 0)
        said.seek(0)
        text = said.read().decode("utf-8", "backslashreplace")
    return os.waitstatus_to_exitcode(status), text


def _build_here(folder: str, said: int) -> None:
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(said, 2)
        os.chdir(folder)
        sys.argv[:] = ["setup.py", "--quiet", "bdist_wheel"]
        if os.path.exists("setup.py"):  # noqa: PTH110 - as light as a setup.py
            runpy.run_path("setup.py", run_name="__main__")
        else:
            setuptools.setup()
        status = 0
    except SystemExit as end:
        # setuptools says most of its errors so, abi3build ends with a number.
        status = end.code if isinstance(end.code, int) else 1
        print("" if isinstance(end.code, int) else end.code, file=sys.stderr)
    except Exception:  # noqa: BLE001 - os._exit would not show it
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


print(json.dumps([_build(folder) for folder in sys.argv[1:]]))
