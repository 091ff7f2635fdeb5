"""``PyModExport_`` stands beside ``PyInit_``, behind one ``#if``."""

from __future__ import annotations

import pytest

from abi3build.port_fix.edits import apply_edits
from abi3build.port_fix.module_exports import MODULE_EXPORTS
from abi3build.port_fix.rewrites import View
from abi3build.port_fix.source_files import SourceFiles
from abi3build.porting.syntax import Dialect, parse
from abi3build.versions import PythonVersion

pytest.importorskip("tree_sitter")

MODULE = """\
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "pkg.m",
    .m_size = sizeof(State),
    .m_methods = methods,
    .m_slots = slots,
    .m_free = (freefunc)release,
};

PyMODINIT_FUNC
PyInit_m(void)
{
    return PyModuleDef_Init(&module);
}
"""


def rewritten(text: str) -> tuple[str, list[str]]:
    source = text.encode()
    newest = PythonVersion(3, 15)
    sources = SourceFiles({"a.c": parse(source, Dialect.C)}, newest, newest)
    found = MODULE_EXPORTS.find(View(sources, ""))
    edits = found.write(found.subjects).edits.get("a.c", ())
    return apply_edits(source, edits).decode(), [each.reason for each in found.left]


def test_the_old_definition_stays_for_other_pythons() -> None:
    text, left = rewritten(MODULE)
    assert left == []
    assert text == (
        """\
#ifdef Py_TARGET_ABI3T
PyABIInfo_VAR(module_abi);

static PySlot module_export[] = {
    PySlot_STATIC_DATA(Py_mod_abi, &module_abi),
    PySlot_STATIC_DATA(Py_mod_name, (void *)"pkg.m"),
    PySlot_SIZE(Py_mod_state_size, sizeof(State)),
    PySlot_STATIC_DATA(Py_mod_methods, (void *)methods),
    PySlot_STATIC_DATA(Py_mod_slots, (void *)slots),
    PySlot_FUNC(Py_mod_state_free, release),
    PySlot_END
};

PyMODEXPORT_FUNC
PyModExport_m(void)
{
    return module_export;
}
#else
"""
        + MODULE.rstrip("\n")
        + "\n#endif\n"
    )
    assert rewritten(text) == (text, [])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            MODULE.replace("return PyModuleDef_Init", "return PyModule_Create"),
            "no PyInit_ function only returns PyModuleDef_Init of it: change the module"
            " to multi-phase initialization first",
        ),
        (
            MODULE + "void f(void) { PyType_GetModuleByDef(t, &module); }\n",
            "it is used elsewhere too, but does not exist under abi3t",
        ),
        (
            MODULE.replace("};\n", "};\nint between;\n", 1),
            "there is other code between it and its PyInit_ function",
        ),
    ],
)
def test_what_is_not_certain_is_left(text: str, reason: str) -> None:
    assert rewritten(text) == (text, [reason])
