"""Tell whether running a project's setup.py could add further requirements.

setuptools runs ``setup.py egg_info`` to find out, although only ``setup_requires`` can
come of it.  If the text leaves it open, setup.py is run.
https://github.com/pypa/setuptools/blob/main/setuptools/build_meta.py
"""

from __future__ import annotations

import ast
import re
import warnings
from importlib.metadata import distributions, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.surroundings import home_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["may_ask_for_more"]

_FIRST_WITH_WHEEL = (70, 1)
"""Older releases of setuptools ask for wheel in any case."""

_IN_CONFIGURATION = re.compile(
    r"setup[-_. ]?requires|\battr\b|cmdclass|command[-_]packages|backend-path"
    r"|\[aliases",
    re.IGNORECASE,
)
"""What names requirements, or Python code of the project that runs beside setup.py."""

_VARIABLES = ("DIST_EXTRA_CONFIG", "SETUPTOOLS_USE_DISTUTILS")
"""Variables that name a further configuration, or another distutils."""

_PLUGINS = re.compile(
    r"^\[(?:distutils\.setup_keywords|egg_info\.writers"
    r"|setuptools\.(?:file_finders|finalize_distribution_options))\]"
    r"|^\[distutils\.commands\][^\[]*^(?:build\w*|egg_info|sdist)\s*=",
    re.MULTILINE,
)
"""Entry points whose code runs for each project, or commands that egg_info asks."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KNOWN_PLUGINS = _words("""
    abi3build cffi setuptools setuptools-rust setuptools-scm vcs-versioning wheel
""")
"""Distributions that were read: none of them asks for requirements."""

_MODULES = _words("""
    __future__ Cython codecs collections contextlib copy ctypes datetime distutils enum
    errno fnmatch functools glob io itertools json locale logging math multiprocessing
    numpy operator os pathlib pkgconfig platform pprint pybind11 re setuptools
    setuptools_rust shlex shutil string struct subprocess sys sysconfig tempfile
    textwrap time traceback typing warnings wheel
""")
"""Modules that a setup.py may import and that ask for nothing by themselves."""

_NAMES = _words("""
    DIST_EXTRA_CONFIG SetupRequirementsError __builtins__ __import__ attrgetter
    _install_setup_requires build_meta cffi_modules chdir command_options delattr eval
    exec fchdir fetch_build_egg fetch_build_eggs globals import_module locals meta_path
    methodcaller modules parse_config_files parse_configuration path_hooks reload
    run_path run_setup sandbox setattr setup_keywords setup_requires vars
""")
"""Names by which a setup.py asks, or gets at what its text does not show."""

_DUNDERS = _words("""
    __class__ __doc__ __enter__ __exit__ __file__ __init__ __name__ __new__ __repr__
    __str__ __version__
""")
_OF_TEXT = re.compile(r"setup_?requires|fetch_build|\.cfg\b|DIST_EXTRA", re.IGNORECASE)
"""What a string has that names a requirement, or a configuration to be written."""


def may_ask_for_more(folder: Path, environ: Mapping[str, str]) -> bool:
    """Tell whether setuptools could ask for more than ``build-system.requires``.

    Takes the project's folder and the environment variables.
    """
    if any(environ.get(name) for name in _VARIABLES):
        return True
    files = [folder / "pyproject.toml", *_configurations(folder)]
    texts = [_text(file) for file in files if file.exists()]
    if None in texts or any(map(_IN_CONFIGURATION.search, filter(None, texts))):
        return True
    script = folder / "setup.py"
    if script.exists() and not _asks_for_nothing(script):
        return True
    return _is_older_setuptools() or any(_foreign_plugins())


def _configurations(folder: Path) -> Iterator[Path]:
    """Yield the files that distutils reads, in ``find_config_files``."""
    yield folder / "setup.cfg"
    home = home_folder()
    if home is not None:
        yield from (home / ".pydistutils.cfg", home / "pydistutils.cfg")
    found = find_spec("setuptools")
    if found is not None and found.origin is not None:
        yield Path(found.origin).parent / "_distutils" / "distutils.cfg"


def _asks_for_nothing(script: Path) -> bool:
    """Tell whether a setup.py certainly calls nothing that adds requirements."""
    try:
        with warnings.catch_warnings():
            # setuptools shows them when it runs the file.
            warnings.simplefilter("ignore")
            tree = ast.parse(script.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return False
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return all(_is_harmless(node, called, script.parent) for node in ast.walk(tree))


def _is_harmless(node: ast.AST, called: set[int], folder: Path) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return _is_harmless_import(node, folder)
    if isinstance(node, ast.Call):
        return _is_harmless_call(node)
    if isinstance(node, ast.Constant):
        return not _OF_TEXT.search(str(node.value))
    if isinstance(node, ast.keyword):
        return node.arg not in _NAMES
    if isinstance(node, (ast.Name, ast.Attribute)):
        return _is_harmless_name(node, called)
    return True


def _is_harmless_import(node: ast.Import | ast.ImportFrom, folder: Path) -> bool:
    if isinstance(node, ast.Import):
        modules = [each.name for each in node.names]
    elif node.level:
        return False
    else:
        modules = [node.module or ""]
    if not all(_is_known_module(name, folder) for name in modules):
        return False
    return modules == ["os"] or _are_allowed(node.names)


def _is_known_module(name: str, folder: Path) -> bool:
    """Tell whether a module is known, and is not hidden by one of the project's."""
    top, *rest = name.split(".")
    own = (folder / top, folder / f"{top}.py")
    return (
        top in _MODULES
        and not _NAMES.intersection(rest)
        and not any(path.exists() for path in own)
    )


def _are_allowed(names: list[ast.alias]) -> bool:
    """Tell whether imported names are harmless, and ``setup`` keeps its name."""
    return all(
        each.name not in _NAMES
        and each.name != "path"
        and (each.name != "setup" or each.asname in {None, "setup"})
        for each in names
    )


def _is_harmless_call(call: ast.Call) -> bool:
    function = call.func
    name = getattr(function, "attr", None) or getattr(function, "id", "")
    if name == "setup":
        # What is in a dictionary cannot be told from the text.
        return not call.args and all(each.arg is not None for each in call.keywords)
    if name in {"getattr", "hasattr"}:
        asked = call.args[1] if len(call.args) > 1 else None
        text = asked.value if isinstance(asked, ast.Constant) else None
        return isinstance(text, str) and text not in {*_NAMES, "path", "setup"}
    return True


def _is_harmless_name(node: ast.Name | ast.Attribute, called: set[int]) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr
    if name.startswith("__") and name not in _DUNDERS:
        return False
    if isinstance(node, ast.Attribute):
        owner = node.value
        if name == "path" and not (isinstance(owner, ast.Name) and owner.id == "os"):
            return False
    elif name == "compile":
        return False
    # Under another name its arguments would not be looked at.
    return name not in _NAMES and (name != "setup" or id(node) in called)


def _is_older_setuptools() -> bool:
    found = re.match(r"(\d+)(?:\.(\d+))?", version("setuptools"))
    numbers = (int(found[1]), int(found[2] or 0)) if found else (0, 0)
    return numbers < _FIRST_WITH_WHEEL


def _foreign_plugins() -> Iterator[str]:
    """Yield the name of each installed plugin whose code is not known."""
    for distribution in distributions():
        text = distribution.read_text("entry_points.txt")
        if text and _PLUGINS.search(text):
            name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"] or "").lower()
            if name not in _KNOWN_PLUGINS:
                yield name


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
