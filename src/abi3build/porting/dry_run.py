"""Run a project's own setup and write down what it would compile, compiling nothing.

The file is run as a script by the Python that builds the project, in a copy of its
tree: ``dry_run.py RESULT``.  The result is a JSON object with ``units`` (source,
language, folders, macros and options of each compile, in order), ``cython`` (what its
setup tells Cython of each .pyx: directives, constants and folders), ``cython_options``
(what it sets in ``Cython.Compiler.Options``) and ``fault`` (why it ended early, empty
if it did not).  A path is absolute, but for one that setup writes with ``..`` and that
leads out of the tree.  What setup compiles to try something is compiled, and not noted.
Nothing of abi3build is imported: setup may change any path.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import tempfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["run_setup"]


_OPTIONS_OF_COMMAND = (
    *("cython_cplus", "cython_create_listing", "cython_line_directives"),
    *("cython_include_dirs", "cython_c_in_temp", "cython_gen_pxi", "cython_gdb"),
    *("cython_directives", "cython_compile_time_env"),
)
"""https://github.com/cython/cython/blob/3.1.0/Cython/Distutils/build_ext.py"""


class _Recorder:
    """Record what the compilers of setuptools were asked for."""

    def __init__(self, result: str) -> None:
        self.result = result
        self.units: list[dict[str, object]] = []
        self.cython: dict[str, dict[str, object]] = {}
        self.cython_options: dict[str, object] = {}
        self.questions = 0
        """How many questions, such as ``has_function``, are being answered."""

        self.answers: set[str] = set()
        """What was compiled to try something."""

        self.root = os.path.join(os.getcwd(), "")
        self.seen: set[str] = set()
        """The sources that were there as they were compiled."""

    def save(self, fault: str = "") -> None:
        """Write what is known so far, so that a setup which hangs loses nothing."""
        with open(self.result, "w", encoding="utf-8") as file:
            known = {
                "units": [each for each in self.units if not self._is_gone(each)],
                "cython": self.cython,
                "cython_options": self.cython_options,
                "fault": fault,
            }
            json.dump(known, file)

    def note(self, source: str, language: str, options: list[str]) -> None:
        """Note one compile with its options, in the form of Unix compilers."""
        folders: list[str] = []
        macros: list[list[str | None]] = []
        others: list[str] = []
        for option in map(str, options):
            if option.startswith("-I"):
                folders.append(self._path(option[2:]))
            elif option.startswith("-D"):
                name, _, value = option[2:].partition("=")
                macros.append([name, value if "=" in option else "1"])
            elif option.startswith("-U"):
                macros.append([option[2:], None])
            else:
                others.append(option)
        path = self._path(source)
        if os.path.exists(source):
            self.seen.add(path)
        unit: dict[str, object] = {
            "source": path,
            "language": language,
            "folders": folders,
            "macros": macros,
            "options": others,
        }
        if unit not in self.units:
            self.units.append(unit)
            self.save()

    def _path(self, given: str) -> str:
        path = os.path.abspath(given)
        if os.path.isabs(given) or os.path.join(path, "").startswith(self.root):
            return path
        return os.path.relpath(path, self.root)

    def _is_gone(self, unit: dict[str, object]) -> bool:
        """Tell whether a source was removed, as trials are once they have an answer."""
        source = str(unit["source"])
        there = os.path.join(self.root, source)
        return source in self.seen and not os.path.exists(there)

    def is_trial(self, source: str) -> bool:
        """Tell whether a compile tries something, and has to be answered truly.

        That is one of a temporary file, outside of the tree.
        """
        path = os.path.realpath(source)
        if path.startswith(os.path.realpath(self.root) + os.sep):
            return False
        temporary = os.path.join(os.path.realpath(tempfile.gettempdir()), "")
        return path.startswith(temporary) and os.path.exists(path)

    def note_cython(self, sources: Iterable[str], said: dict[str, Any]) -> None:
        """Record Cython's settings for some sources, as keywords of ``cythonize``."""
        directives = {**(said.get("compiler_directives") or {})}
        if said.get("language_level"):
            directives["language_level"] = said["language_level"]
        for source in sources:
            if not source.endswith((".pyx", ".py")):
                continue
            known = self.cython.setdefault(
                os.path.abspath(source),
                {"directives": {}, "environment": {}, "folders": []},
            )
            known["directives"] = {**_dict(known["directives"]), **_plain(directives)}
            environment = _plain(said.get("compile_time_env") or {})
            known["environment"] = {**_dict(known["environment"]), **environment}
            # Cython's own command adds the folders of Python's headers.
            folders = [os.path.abspath(each) for each in said.get("include_path") or ()]
            known["folders"] = list(
                dict.fromkeys([*_list(known["folders"]), *filter(_is_inside, folders)])
            )


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[str]:
    return value if isinstance(value, list) else []


def _is_inside(folder: str) -> bool:
    return folder.startswith(os.path.join(os.getcwd(), ""))


def _plain(values: dict[str, object]) -> dict[str, object]:
    """Return what JSON and a command line can hold."""
    return {
        str(name): value
        for name, value in values.items()
        if isinstance(value, (bool, int, str))
    }


def run_setup(result: str) -> None:
    """Run ``setup.py build_ext`` of the working folder with compilers that only note.

    Takes the path of the file for the result.
    """
    recorder = _Recorder(result)
    recorder.save("setup did not compile anything")
    _replace_compilers(recorder)
    asked_at_first = _cython_options()
    _leave_cython_out(recorder)
    sys.argv = ["setup.py", "build_ext", "--force"]
    sys.path.insert(0, os.getcwd())
    fault = ""
    try:
        if os.path.exists("setup.py"):
            runpy.run_path("setup.py", run_name="__main__")
        else:
            import setuptools

            setuptools.setup()
    except SystemExit as end:
        fault = str(end.code) if end.code else ""
    except BaseException as error:  # noqa: BLE001 - a setup may raise anything
        fault = f"{type(error).__name__}: {error}"
    now = _cython_options()
    recorder.cython_options = {
        name: _changed(now[name], asked_at_first.get(name))
        for name in now
        if now[name] != asked_at_first.get(name)
    }
    recorder.save(fault)


def _changed(now: object, before: object) -> object:
    if not isinstance(now, dict):
        return now
    known = _dict(before)
    return {name: each for name, each in now.items() if known.get(name) != each}


def _cython_options() -> dict[str, object]:
    """Return Cython's options that hold for all sources; none if it is not there."""
    try:
        from Cython.Compiler import Options
    except Exception:  # noqa: BLE001 - as in _leave_cython_out
        return {}
    found = _plain({n: v for n, v in vars(Options).items() if not n.startswith("_")})
    return {**found, "directives": _plain(Options.get_directive_defaults())}


def _replace_compilers(recorder: _Recorder) -> None:
    from setuptools.command.build_ext import build_ext

    # setuptools puts its own distutils in place when it is imported.
    from distutils.ccompiler import CCompiler  # isort: skip
    from distutils.command.config import config  # isort: skip
    from distutils.unixccompiler import UnixCCompiler  # isort: skip

    real_compile = getattr(UnixCCompiler, "_compile")

    def compile_one(  # noqa: PLR0913, PLR0917 - the signature of setuptools
        compiler: Any,
        target: str,
        source: str,
        suffix: str,
        arguments: list[str],
        later: list[str],
        options: list[str],
    ) -> None:
        """Record a compile; run it only if it answers a question of the setup."""
        if recorder.questions or recorder.is_trial(source):
            real_compile(compiler, target, source, suffix, arguments, later, options)
            recorder.answers.add(target)
            return
        language = (compiler.language_map or {}).get(suffix, "c")
        before = [each for each in arguments if each not in options and each != "-c"]
        recorder.note(source, language, [*before, *options, *later])

    suffixes = [*getattr(UnixCCompiler, "src_extensions"), ".pyx"]
    setattr(UnixCCompiler, "src_extensions", suffixes)
    setattr(UnixCCompiler, "_compile", compile_one)
    questions = (CCompiler, "has_function"), (config, "_compile"), (config, "_link")
    for owner, name in questions:
        setattr(owner, name, _question(recorder, getattr(owner, name)))
    for owner in (CCompiler, UnixCCompiler):
        for name in ("link", "create_static_lib"):
            setattr(owner, name, _only_for_answers(recorder, getattr(owner, name)))
    # Files that no compiler made cannot be copied beside the package.
    setattr(build_ext, "copy_extensions_to_source", lambda _: None)


def _question(
    recorder: _Recorder, real: Callable[..., object]
) -> Callable[..., object]:
    """Return a method that compiles and links for real."""

    def ask(*given: object, **named: object) -> object:
        """Count a question of the setup while it is answered."""
        recorder.questions += 1
        try:
            return real(*given, **named)
        finally:
            recorder.questions -= 1

    return ask


def _only_for_answers(
    recorder: _Recorder, real: Callable[..., object]
) -> Callable[..., object]:
    """Return a method that links only what was compiled to try something."""

    def link(compiler: object, *given: Any, **named: Any) -> object:
        """Link if a question is being answered, or if an object answered one."""
        objects = [
            each
            for value in (*given, *named.values())
            if isinstance(value, (list, tuple))
            for each in value
            if isinstance(each, str)
        ]
        is_answer = recorder.questions or recorder.answers.intersection(objects)
        return real(compiler, *given, **named) if is_answer else None

    return link


def _leave_cython_out(recorder: _Recorder) -> None:
    """Make ``cythonize`` hand its sources on: what counts is the .pyx."""
    try:
        import Cython.Build
        import Cython.Build.Dependencies
        import Cython.Distutils
    except Exception:  # noqa: BLE001 - no Cython, or one that this Python cannot load
        return
    from setuptools import Extension
    from setuptools.command.build_ext import build_ext

    def cythonize(modules: object, *_: object, **said: Any) -> list[object]:
        """Return the extensions that Cython would make, translating nothing."""
        import glob

        given = modules if isinstance(modules, (list, tuple)) else [modules]
        found: list[object] = []
        for each in given:
            paths = (
                sorted(glob.glob(each, recursive=True)) if isinstance(each, str) else []
            )
            for path in paths:
                name = os.path.splitext(path)[0].replace(os.sep, ".")
                found.append(Extension(name, [path]))
            recorder.note_cython(paths, said)
            if not isinstance(each, str):
                recorder.note_cython(_sources_of(each), {**said, **_said_by(each)})
                found.append(each)
        return found

    for module in (Cython.Build, Cython.Build.Dependencies):
        setattr(module, "cythonize", cythonize)
    for name in ("build_ext", "old_build_ext"):
        setattr(Cython.Distutils, name, build_ext)
    _note_what_extensions_say(recorder, build_ext)


def _note_what_extensions_say(recorder: _Recorder, build_ext: Any) -> None:
    """Have the command note what Cython's own command takes from it and extensions."""
    for name in _OPTIONS_OF_COMMAND:
        if not hasattr(build_ext, name):
            setattr(build_ext, name, None)
    real = build_ext.build_extensions

    def build_extensions(command: Any) -> None:
        """Note the settings, then build as ever."""
        for each in command.extensions:
            said = _said_by(command)
            own = _said_by(each)
            recorder.note_cython(_sources_of(each), {**said, **own})
        real(command)

    build_ext.build_extensions = build_extensions


def _sources_of(extension: Any) -> list[str]:
    import glob

    found: list[str] = []
    for each in map(str, getattr(extension, "sources", ())):
        found += sorted(glob.glob(each, recursive=True)) or [each]
    return found


def _said_by(owner: object) -> dict[str, object]:
    """Return what a command or an extension says, as keywords of ``cythonize``."""
    names = {
        "compiler_directives": "cython_directives",
        "compile_time_env": "cython_compile_time_env",
        "include_path": "cython_include_dirs",
    }
    found = {keyword: getattr(owner, name, None) for keyword, name in names.items()}
    return {keyword: value for keyword, value in found.items() if value}


if __name__ == "__main__":
    run_setup(sys.argv[1])
