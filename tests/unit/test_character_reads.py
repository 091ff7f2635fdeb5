"""Characters of strings that are read through a pointer to their memory."""

from __future__ import annotations

from textwrap import dedent

import pytest

from abi3build.port_fix.character_reads import CHARACTER_READS
from abi3build.port_fix.edits import apply_edits
from abi3build.port_fix.rewrites import View
from abi3build.port_fix.source_files import SourceFiles
from abi3build.porting.syntax import dialect_of, parse
from abi3build.versions import PythonVersion

pytest.importorskip("tree_sitter")

LOOP = """\
#include <Python.h>
static long sum(PyObject *text)
{
    long total = 0;
    Py_ssize_t i = 0, length = PyUnicode_GET_LENGTH(text);
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    while (i < length)
        total += PyUnicode_READ(kind, data, i++);
    return total;
}
"""


def rewritten(text: str) -> str:
    """Return the text as the rewrite leaves it."""
    source = dedent(text).encode()
    version = PythonVersion(3, 11)
    sources = SourceFiles({"a.c": parse(source, dialect_of("a.c"))}, version, version)
    found = CHARACTER_READS.find(View(sources, ""))
    edits = found.write(found.subjects).edits.get("a.c", ())
    return apply_edits(source, edits).decode()


def test_a_string_stands_for_its_memory() -> None:
    text = rewritten(LOOP)
    assert text.count("define abi3_text_read(") == 2
    rest = text[text.index("static long sum") :]
    assert rest == LOOP[LOOP.index("static long sum") :].replace(
        "PyUnicode_DATA", "abi3_text_data"
    ).replace("PyUnicode_READ", "abi3_text_read")


def test_declarations_may_come_first() -> None:
    before = LOOP.replace(
        "    int kind = ", "    int kind;\n    void *data = NULL;\n    kind = "
    )
    text = rewritten(before.replace("    const void *data = ", "    data = "))
    assert "    data = abi3_text_data(text);" in text
    assert "abi3_text_read(kind, data, i++)" in text


def test_a_parameter_of_a_macro_is_another_name() -> None:
    before = LOOP.replace("static", "#define SIZE(data) sizeof(data)\nstatic", 1)
    assert "abi3_text_read(kind, data, i++)" in rewritten(before)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return total", "return total + use(data)"),
        ("return total", "return total + ((char *)data)[0]"),
        ("return total", "memcpy(&total, data, 4); return total"),
        ("return total", "data = other; return total"),
        ("return total", "PyUnicode_WRITE(kind, data, 0, 1); return total"),
        ("while", "kind = 1; while"),
        ("while", "change(&kind); while"),
        ("PyUnicode_KIND(text)", "PyUnicode_KIND(other)"),
        ("READ(kind,", "READ(PyUnicode_1BYTE_KIND,"),
        ("const void *", "const Py_UCS1 *"),
        ("#include <Python.h>", "#define NEXT PyUnicode_READ(kind, data, i)"),
        (
            "while",
            "if (i) { kind = PyUnicode_KIND(a); data = PyUnicode_DATA(a); } while",
        ),
    ],
)
def test_memory_that_has_other_uses_stays(old: str, new: str) -> None:
    assert old in LOOP
    before = LOOP.replace(old, new)
    assert rewritten(before) == before
