"""What shows that a unit kept the limit: texts, preprocessed units, headers."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from abi3build.evidence.limit_changes import look_at_text
from abi3build.evidence.limited_headers import (
    INCLUDE_FOLDER,
    full_api_lines,
    header_of_python,
)
from abi3build.evidence.preprocessed_unit import (
    Breach,
    WantedLimit,
    read_preprocessed,
)
from abi3build.evidence.shadowing import include_folders, named_files, shadow_digest
from abi3build.evidence.unit_proof import prove_unit
from abi3build.evidence.watched_commands import (
    CompileCommand,
    dependency_option,
    expanded_words,
    parse_compile,
    parse_link,
)
from abi3build.setuptools_plugin.compat_header import copy_headers

WANTED = WantedLimit("Py_LIMITED_API", 0x03090000)

HARMLESS = [
    "int plain;",
    "#ifdef Py_LIMITED_API\n#endif",
    "  # if defined(Py_LIMITED_API) && 1",
    'const char *name = "Py_LIMITED_API";',
    "#if !defined(Py_LIMITED_API)\n#error Py_LIMITED_API\n#endif",
]
CHANGING = [
    "#undef Py_LIMITED_API",
    "#un\\\ndef Py_LIMI\\\nTED_API",
    "#define Py_LIMITED_API 0x030d0000",
    "%:undef Py_LIMITED_API",
    "??=undef Py_LIMITED_API",
    "#undef /* a comment\n */ Py_LIMITED_API",
    '#pragma push_macro("Py_LIMITED_API")',
    '_Pragma("pop_macro(\\"Py_LIMITED_API\\")")',
    "#undef Py_TARGET_ABI3T",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_text_that_asks_for_the_limit(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.c"
    path.write_text(text, encoding="utf-8")
    assert not look_at_text(str(path)).may_change_limit


@pytest.mark.parametrize("text", CHANGING)
def test_text_that_could_change_the_limit(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.c"
    path.write_text(text, encoding="utf-8")
    assert look_at_text(str(path)).may_change_limit


def test_a_file_that_is_gone_could_do_anything(tmp_path: Path) -> None:
    assert look_at_text(str(tmp_path / "gone.c")).may_change_limit


def test_macros_that_are_saved_under_another_name_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.h"
    path.write_text("#define SAVE(m) _Pragma(STR(push_macro(#m)))\n", encoding="utf-8")
    assert look_at_text(str(path)).saves_macros


@pytest.mark.parametrize(
    ("text", "structure"),
    [
        ("struct _typeobject {\n int a; };", "_typeobject"),
        ("typedef struct { int a; } PyTupleObject ;", "PyTupleObject"),
        ("typedef struct { PyObject_HEAD } MyTupleObject;", ""),
        ("typedef struct _typeobject PyTypeObject;", ""),
        ("struct _frame { int width; };\nvoid PyX(void);", "_frame"),
        ("struct _frame { int width; };\n/* frames of video */", ""),
        ("typedef struct { PyObject_HEAD } PyMemoryViewObject;", "PyMemoryViewObject"),
    ],
)
def test_structures_of_cpython_that_a_project_defines(
    tmp_path: Path, text: str, structure: str
) -> None:
    path = tmp_path / "a.c"
    path.write_text(text, encoding="utf-8")
    assert look_at_text(str(path)).structure == structure


HEADER = """\
#ifndef Py_A_H
#define Py_A_H
#ifndef Py_LIMITED_API
struct full { int a; };
#ifdef OTHER
int other;
#else
int another;
#endif
#else
int limited;
#endif
#if defined(Py_LIMITED_API)
int limited_too;
#else
int full_too;
#endif
#if !defined(Py_LIMITED_API) || Py_LIMITED_API+0 >= 0x030A0000
int newer;
#endif
#if !defined(Py_LIMITED_API) && defined(X) /* both */
int both;
#endif
#endif
"""


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Write headers that have the form of Python's."""
    root = tmp_path / "python"
    for name, text in {
        "Python.h": '#include "a.h"\n',
        "patchlevel.h": "",
        "a.h": HEADER,
        "plain.h": "int plain;\n",
        "cpython/a.h": "int inner;\n",
        "cpython/asks.h": "#if !defined(Py_LIMITED_API) || 1\n#endif\nint inner;\n",
        "cpython/guarded.h": (
            "/* a\nb */\n#ifndef A\n#define A\n#ifndef Py_LIMITED_API\nint inner;\n"
            '#endif\n#ifdef __cplusplus\nextern "C" {\n}\n#endif\n#endif\n'
        ),
        "internal/pycore_a.h": "#ifdef Py_LIMITED_API\n#endif\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def test_lines_that_only_the_full_api_reads(python: Path) -> None:
    def lines(name: str) -> list[int] | None:
        header = header_of_python(str(python / name))
        assert header is not None
        assert header[1] == name
        found = full_api_lines(*header)
        return None if found is None else sorted(found)

    assert lines("a.h") == [4, 6, 8, 16, 22]
    assert lines("plain.h") == []
    assert lines("cpython/guarded.h") == [6]
    assert lines("cpython/asks.h") is None
    assert lines("cpython/a.h") is None
    assert lines("internal/pycore_a.h") is None


def test_headers_are_known_through_links_and_others_are_not(
    tmp_path: Path, python: Path
) -> None:
    (tmp_path / "own").symlink_to(python / "cpython")
    assert header_of_python(str(tmp_path / "own" / "a.h")) == (
        str(python / "cpython" / "a.h"),
        "cpython/a.h",
    )
    assert header_of_python(str(tmp_path / "cpython" / "a.h")) is None


def preprocessed(python: Path, value: str, *body: str) -> tuple[Breach, ...]:
    lines = [
        '# 1 "core.c"',
        '# 1 "<command-line>" 1',
        f"#define Py_LIMITED_API {value}",
        '# 1 "core.c" 2',
        f'# 1 "{python}/Python.h" 1',
        '# 2 "core.c" 2',
        *body,
    ]
    return read_preprocessed(lines, WANTED).breaches


def test_what_is_read_after_the_limit_was_taken_away(python: Path) -> None:
    value = "0x03090000"
    header = f"{python}/cpython/guarded.h"
    entered = [f'# 6 "{header}" 1', "int inner;", '# 4 "core.c" 2']
    assert preprocessed(python, value, "#undef Py_LIMITED_API", *entered) == (
        Breach("cpython/guarded.h", "core.c:3"),
    )
    # Empty, as under the limit; and one that means the same with and without it.
    empty = [f'# 1 "{header}" 1', '# 3 "core.c" 2']
    plain = [f'# 1 "{python}/plain.h" 1', "int plain;", '# 4 "core.c" 2']
    assert preprocessed(python, value, "#undef Py_LIMITED_API", *empty, *plain) == ()


@pytest.mark.parametrize(
    ("value", "breaches"),
    [
        ("0x03090000", ()),
        ("(0x03090000u)", ()),
        ("3", ()),
        ("", ()),
        ("0x030d0000", (Breach("Python.h", "core.c:1", "0x030d0000"),)),
        ("FROM_ELSEWHERE", (Breach("Python.h", "core.c:1", "FROM_ELSEWHERE"),)),
    ],
)
def test_the_value_where_python_h_begins(
    python: Path, value: str, breaches: tuple[Breach, ...]
) -> None:
    assert preprocessed(python, value) == breaches


def test_names_in_markers_are_plain_text(python: Path) -> None:
    lines = ['# 1 "odd\\\\name \\"x\\".c"', "int a;", f'# 1 "{python}/a.h" 1']
    assert read_preprocessed(lines, WANTED).files[0] == 'odd\\name "x".c'
    lines = ['# 1 "two\\nlines\\\\n.c"', "int a;"]
    assert read_preprocessed(lines, WANTED).files[0] == "two\nlines\\n.c"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("cc -c a.c -o b.o", ("a.c", "b.o")),
        ("cc -ob.o -c -I x.c a.cpp", ("a.cpp", "b.o")),
        ("ccache cc -c src/a.c", ("src/a.c", "a.o")),
        ("cc -shared a.c -o a.so", ("a.c", "")),
        ("cc -shared a.o -o a.so", None),
        ("cc -E a.c", None),
        ("cc --version", None),
    ],
)
def test_commands_that_compile(words: str, expected: tuple[str, str] | None) -> None:
    found = parse_compile(words.split())
    assert (found and (*found.sources, found.object_file)) == expected


def test_commands_that_link() -> None:
    found = parse_link(["cc", "-shared", "a.o", "-o", "a.so"])
    assert found is not None
    assert found.output == "a.so"
    assert parse_link(["x86_64-linux-gnu-ar", "rcs", "-o", "a.a", "a.o"]) is None
    assert parse_link(["cc", "-c", "a.c", "-o", "a.o"]) is None
    assert parse_link([]) is None


def test_a_path_with_commas_is_asked_for_in_another_way() -> None:
    assert dependency_option("a.d") == ["-Wp,-MD,a.d"]
    assert dependency_option("a,b.d") == ["-MD", "-MF", "a,b.d"]


def test_words_in_response_files_count(tmp_path: Path) -> None:
    (tmp_path / "a.rsp").write_text("-MMD @b.rsp", encoding="utf-8")
    (tmp_path / "b.rsp").write_text("-Lx", encoding="utf-8")
    here = Path.cwd()
    try:
        os.chdir(tmp_path)
        words = list(expanded_words(["-Wl,@a.rsp", "-c"]))
        assert words == ["@a.rsp", "-MMD", "@b.rsp", "-Lx", "-c"]
    finally:
        os.chdir(here)


PREPROCESSOR = """\
import sys

source = sys.argv[1]
print(f'# 1 "{source}"')
print(*(line for line in open(source) if "hidden" not in line), sep="")
"""


@pytest.mark.parametrize(
    ("text", "structure"),
    [
        ("struct _typeobject {\nint a;\n};", "_typeobject"),
        ("typedef struct { int a; } PyTupleObject; /* hidden */", ""),
    ],
)
def test_only_structures_that_are_compiled_count(
    tmp_path: Path, text: str, structure: str
) -> None:
    """A comment, or a branch for another Python or PyPy, defines nothing."""
    source, script = str(tmp_path / "a.c"), tmp_path / "preprocess.py"
    Path(source).write_text(f"{text}\nint b;\n", encoding="utf-8")
    script.write_text(PREPROCESSOR, encoding="utf-8")
    words = (sys.executable, str(script), source)
    told = prove_unit(
        CompileCommand(words, (source,), "a.o"), f"a.o: {source}\n", WANTED
    )
    said = f"defines CPython's {structure} itself in {source}" if structure else ""
    assert told.not_proven == said


APART = "imports {} as a header unit, which was compiled apart"
MADE = "is what a compiler made of a source, which does not show the limit"


@pytest.mark.parametrize(
    ("name", "text", "more", "why"),
    [
        ("a.cpp", "", "a.o: ./own.h.c++m", APART.format("./own.h")),
        ("a.cpp", "", "a.o: python/Python.h.c++m", APART.format("python/Python.h")),
        ("a.cpp", "", "a.o: /usr/include/c++/12/cstdio.c++m own.c++m", ""),
        ("a.s", '\t.ident\t"GCC: (Debian 12.2.0-14) 12.2.0"\n', "", MADE),
        ("a.S", '.ident "Debian clang version 14.0.6"\n', "", MADE),
        ("a.s", '\t.file\t"helper.c"\n\tret\n', "", MADE),
        ("a.S", '.file "helper.s"\nhelper: ret\n', "", ""),
    ],
)
def test_what_was_made_apart_shows_nothing(  # noqa: PLR0913, PLR0917 - a row and fixtures
    tmp_path: Path,
    python: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    text: str,
    more: str,
    why: str,
) -> None:
    del python
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(text, encoding="utf-8")
    command = CompileCommand(("no-such-compiler", "-c", name), (name,), "a.o")
    assert prove_unit(command, f"a.o: {name}\n{more}\n", WANTED).not_proven == why


def test_a_module_of_clang_hides_its_headers(tmp_path: Path) -> None:
    source, script = str(tmp_path / "a.c"), tmp_path / "preprocess.py"
    Path(source).write_text("#undef Py_LIMITED_API\n", encoding="utf-8")
    script.write_text('print("#pragma clang module import full /* */")\n', "utf-8")
    words = (sys.executable, str(script), source)
    told = prove_unit(
        CompileCommand(words, (source,), "a.o"), f"a.o: {source}\n", WANTED
    )
    assert told.not_proven == "imports full, which was compiled apart"


def test_a_unit_whose_compiler_says_nothing_is_not_proven(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int a;\n", encoding="utf-8")
    source = str(tmp_path / "a.c")
    command = CompileCommand(("no-such-compiler", "-c", source), (source,), "a.o")
    told = prove_unit(command, "", WANTED)
    assert told.not_proven == SAID
    (tmp_path / "b.c").write_text("int b;\n", encoding="utf-8")
    other = f"a.o: {tmp_path / 'b.c'}\n"
    assert prove_unit(command, other, WANTED).not_proven == SAID
    assert prove_unit(command, f"a.o: {source}\n", WANTED).not_proven == ""


SAID = "its compiler did not report what it read"
OURS = ("build/abi3build-include/Python.h", "python/Python.h")
COMPAT = "build/abi3build-include/abi3build_compat/offering.h"
FORGED = "build/abi3build-include/own.h"


@pytest.mark.parametrize(
    ("read", "options", "why"),
    [
        pytest.param(OURS, "", "", id="through-our-header"),
        pytest.param(OURS, "-MMD", "", id="thin-and-known"),
        pytest.param((), "-MMD", SAID, id="thin"),
        pytest.param((), "-Wp,-MMD,x", SAID, id="thin-by-the-preprocessor"),
        pytest.param(OURS[1:], "", SAID, id="around-our-header"),
        pytest.param((*OURS, "python/internal/pycore_a.h"), "", SAID, id="internal"),
        pytest.param((*OURS, "python/cpython/a.h"), "", SAID, id="part-alone"),
        pytest.param((*OURS, "all.h.gch"), "", SAID, id="compiled-before"),
        pytest.param((*OURS, "names.h", "saves.h"), "", SAID, id="saved-by-a-macro"),
        pytest.param((*OURS, "names.h"), "", "", id="only-named"),
        pytest.param((*OURS, "saves.h"), "", "", id="only-saved"),
        pytest.param(
            (*OURS, "own.h"),
            "",
            "defines CPython's PyTupleObject itself in own.h",
            id="own-structure",
        ),
        pytest.param((*OURS, COMPAT), "", "", id="compatibility-header"),
        pytest.param(
            (*OURS, FORGED),
            "",
            f"defines CPython's PyTupleObject itself in {FORGED}",
            id="own-file-in-our-folder",
        ),
        pytest.param(
            OURS, "second.c", "was compiled in one command with others", id="two"
        ),
    ],
)
def test_what_the_files_that_were_read_leave_open(  # noqa: PLR0913, PLR0917 - a table
    tmp_path: Path,
    python: Path,
    monkeypatch: pytest.MonkeyPatch,
    read: tuple[str, ...],
    options: str,
    why: str,
) -> None:
    """Its compiler is gone since, so that nothing is preprocessed."""
    del python
    monkeypatch.chdir(tmp_path)
    copy_headers(Path("build", INCLUDE_FOLDER), compat=True)
    for name, text in {
        "a.c": "int a;\n",
        FORGED: "typedef struct { int a; } PyTupleObject;\n",
        "names.h": "#ifdef Py_LIMITED_API\n#endif\n",
        "saves.h": "#define SAVE(m) _Pragma(STR(push_macro(#m)))\n",
        "own.h": "typedef struct { int a; } PyTupleObject;\n",
    }.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    words = ("no-such-compiler", *options.split(), "-c", "a.c")
    sources = ("a.c", *(word for word in options.split() if word.endswith(".c")))
    command = CompileCommand(words, sources, "a.o")
    told = prove_unit(command, f"a.o: {' '.join(['a.c', *read])}\n", WANTED)
    assert told.not_proven == why


def test_folders_and_files_that_a_command_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("v.map").touch()
    Path("l.rsp").touch()
    words = ["cc", "-Ia", "-isystem", "b", "-Wl,--version-script=v.map", "@l.rsp", "-x"]
    assert include_folders(words) == ["a", "b"]
    assert named_files(words) == ["l.rsp", "v.map"]


def test_a_header_that_would_come_first_changes_the_digest(tmp_path: Path) -> None:
    (tmp_path / "a" / "sub").mkdir(parents=True)
    (tmp_path / "b").mkdir()
    folders = [str(tmp_path / "a"), str(tmp_path / "b")]
    read = [str(tmp_path / "b" / "sub" / "v.h")]
    before = shadow_digest(folders, read)
    (tmp_path / "a" / "unrelated.h").touch()
    assert shadow_digest(folders, read) == before
    (tmp_path / "a" / "sub" / "v.h").touch()
    assert shadow_digest(folders, read) != before
