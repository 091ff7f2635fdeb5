"""Specifications whose size is that of one of Python's own structures."""

from __future__ import annotations

from textwrap import dedent

import pytest

from abi3build.port_fix.base_sizes import BASE_SIZES
from abi3build.port_fix.edits import apply_edits
from abi3build.port_fix.rewrites import View
from abi3build.port_fix.source_files import SourceFiles
from abi3build.porting.syntax import dialect_of, parse
from abi3build.versions import PythonVersion

pytest.importorskip("tree_sitter")

SPEC = """\
PyType_Spec spec = {
    .name = "m.T",
    .basicsize = sizeof(PyTupleObject),
    .slots = slots,
};
"""


def rewritten(*texts: str) -> tuple[str, list[str]]:
    """Return the first file as the rewrite leaves it, and what it leaves to people."""
    files = {f"{number}.c": dedent(text).encode() for number, text in enumerate(texts)}
    version = PythonVersion(3, 11)
    sources = SourceFiles(
        {name: parse(source, dialect_of(name)) for name, source in files.items()},
        version,
        version,
    )
    found = BASE_SIZES.find(View(sources, "/tree"))
    edits = found.write(found.subjects).edits.get("0.c", ())
    reasons = [f"{each.file}:{each.line}: {each.reason}" for each in found.left]
    return apply_edits(files["0.c"], edits).decode(), reasons


@pytest.mark.parametrize(
    "made",
    [
        "t = PyType_FromModuleAndSpec(m, &spec, (PyObject *)&PyTuple_Type);",
        "t = PyType_FromSpecWithBases(&spec, PyTuple_Pack(1, &PyTuple_Type));",
        "bases = PyTuple_Pack(1, (PyObject *)&PyTuple_Type);"
        " if (bases == NULL) return;"
        " t = PyType_FromSpecWithBases(&spec, bases);",
    ],
)
def test_a_size_is_taken_from_the_base(made: str) -> None:
    use = f"extern PyType_Spec spec;\nvoid f(PyObject *m) {{ {made} }}\n"
    text, left = rewritten(SPEC, use)
    assert (text, left) == (SPEC.replace("sizeof(PyTupleObject)", "0"), [])


def test_a_size_among_other_values() -> None:
    text, _ = rewritten(
        """\
        static PyType_Spec spec = {"m.D", sizeof(PyDictObject), 0, FLAGS, slots};
        void f(void) {
            PyType_FromSpecWithBases(&spec, (PyObject *)&PyDict_Type);
        }
        """
    )
    assert '{"m.D", 0, 0, FLAGS, slots}' in text


@pytest.mark.parametrize(
    "use",
    [
        "t = PyType_FromSpec(&spec);",
        "t = PyType_FromSpecWithBases(&spec, (PyObject *)&PyList_Type);",
        "t = PyType_FromSpecWithBases(&spec, bases);",
        "bases = PyTuple_Pack(1, &PyTuple_Type); bases = other;"
        " t = PyType_FromSpecWithBases(&spec, bases);",
        "PyType_FromSpecWithBases(&spec, (PyObject *)&PyTuple_Type); keep(&spec);",
        "",
    ],
)
def test_a_size_with_another_base_is_left(use: str) -> None:
    text, left = rewritten(SPEC + f"void f(void) {{ {use} }}\n")
    assert "sizeof(PyTupleObject)" in text
    assert left == ["0.c:3: &PyTuple_Type is not its base everywhere"]


def test_a_size_of_a_structure_of_ones_own_stays() -> None:
    source = SPEC.replace("PyTupleObject", "Own")
    use = "void f(void) { PyType_FromSpecWithBases(&spec, (PyObject *)&PyTuple_Type); }"
    assert rewritten(source + use) == (source + use, [])
