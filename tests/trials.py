"""Try the wheels of all examples, and of real packages, on every Python found.

``abi3build try`` installs, imports and, for the examples, tests them.  The real wheels
are those of the corpus, by their hashes.  One of them is known to be broken on all
Pythons but the one that built it, and has to fail.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.building import copy_project, open_workbench
from workbench.kits import ROOT
from workbench.pythons import find_pythons, lab_folder
from workbench.running import clean_environment, run

sys.path.append(str(ROOT / "tests" / "corpus"))
from fetching import Corpus, corpus_folder, read_corpus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.building import Workbench

__all__ = ["main"]

_EXAMPLES = (
    "c-minimal",
    "c-package",
    "cffi",
    "cibuildwheel",
    "cpp",
    "cython",
    "free-threaded",
    "setuptools-scm",
)
_REAL = (
    "argon2_cffi_bindings-26.2.0-cp315",
    "bcrypt-5.0.0-cp39",
    "brotlicffi-1.2.1.0-cp39",
    "cryptography-50.0.2-cp311-",
    "libsass-0.23.0-cp38",
    "protobuf-7.36.2-cp310",
    "psutil-7.2.2-cp36",
    "pycryptodome-4.4.0-cp39",
    "pynacl-1.6.2-cp38",
    "safetensors-0.8.0-cp310",
    "sgp4-2.27-cp311",
    "tornado-6.6.1-cp311",
    "tree_sitter_python-0.25.0-cp310",
)
_BROKEN = "uefi_firmware-1.11-cp310"
"""Its module is named for Python 3.10 alone:
https://github.com/theopolis/uefi-firmware-parser/issues/152"""

_PLATFORM = "x86_64.whl"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all trials; return 1 if one comes out otherwise than it should."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("example", nargs="*", default=_EXAMPLES)
    examples = parser.parse_args(arguments).example
    with tempfile.TemporaryDirectory() as scratch:
        bench = open_workbench(ROOT / ".cache" / "workbench", Path(scratch, "own"))
        good = [_try_example(bench, name, Path(scratch, name)) for name in examples]
    real = [_corpus_wheel(name) for name in _REAL]
    return 0 if all([*good, _try(*real), not _try(_corpus_wheel(_BROKEN))]) else 1


def _try_example(bench: Workbench, name: str, folder: Path) -> bool:
    project = copy_project(ROOT / "example_projects" / name, folder)
    builder = max(
        python for python in find_pythons() if python.is_regular and python.has_headers
    )
    wheel = bench.build(project, python=builder, isolated=False).wheel
    tests = ("--requires", "pytest", "--command", "pytest -q {project}/tests")
    return _try(wheel, *tests, "--project", project)


def _try(*arguments: str | Path) -> bool:
    path = os.pathsep.join([os.environ["PATH"], str(lab_folder() / "bin")])
    done = run(
        [sys.executable, "-m", "abi3build", "try", "--installer=uv", *arguments],
        env=clean_environment({"PATH": path}),
    )
    print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


def _corpus_wheel(name: str) -> Path:
    (wheel,) = (
        each
        for each in read_corpus()
        if each.filename.startswith(name)
        and each.filename.endswith(_PLATFORM)
        and "linux" in each.filename
        and "musllinux" not in each.filename
    )
    return Corpus(corpus_folder()).path(wheel)


if __name__ == "__main__":
    sys.exit(main())
