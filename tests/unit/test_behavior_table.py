"""What changed under names: the table, its reports, and CPython's references."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calling import run
from plain_facts import INFO, WARNING, elf, file, loose, wheel

from abi3build.audit.audit_result import Audited
from abi3build.audit.report import audit
from abi3build.evidence.compiled_units import TranslationUnit
from abi3build.evidence.literal_calls import calls_refused_somewhere
from abi3build.reports.forms import AuditRun, render
from abi3build.stable_abi.behavior import (
    ChangeKind,
    all_changes,
    changes_of,
    counted,
    parse_behavior,
)
from abi3build.stable_abi.known_names import Tier, tier
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import NEWEST_KNOWN, Promise, PythonVersion
from behavior_facts.comparing import (
    WithoutEffect,
    broken_links,
    missing,
    read_reasons,
    unfounded,
)
from behavior_facts.reference_notes import reference_notes

V3_9, V3_10 = PythonVersion(3, 9), PythonVersion(3, 10)
LONG = "https://docs.python.org/3/c-api/long.html#c.PyLong_AsLong"
REFERENCES = sorted(Path("/usr/share/doc").glob("python3.*/html"))
OUTSIDE = {Tier.PUBLIC, Tier.UNSTABLE, Tier.PRIVATE, Tier.INTERNAL, Tier.MACRO}
BLOCK = """\
# A comment.

PyA_One PyA_Two
PyA_Three
    docs: c-api/a.html
    3.8 accepts: takes more
    3.10 refuses rarely c-api/b.html#here: refuses a
        thing
"""


def test_a_block_is_about_each_of_its_names() -> None:
    changes = list(parse_behavior(BLOCK))
    assert [each.name for each in changes] == [
        name for name in ("PyA_One", "PyA_Two", "PyA_Three") for _ in range(2)
    ]
    first, second = changes[:2]
    assert first.when == "fails below 3.8"
    assert first.documentation.endswith("/c-api/a.html#c.PyA_One")
    assert (second.when, second.text) == (
        "fails from 3.10 on, rarely",
        "refuses a thing",
    )
    assert second.documentation.endswith("/c-api/b.html#here")


@pytest.mark.parametrize("fact", ["3.8 accept: x", "accepts 3.8: x", "3.8 accepts x"])
def test_what_is_no_fact_is_refused(fact: str) -> None:
    with pytest.raises(ValueError, match=r"3\.8"):
        list(parse_behavior(f"PyA_One\n    docs: c-api/a.html\n    {fact}\n"))


def test_the_table_is_about_known_names_and_versions() -> None:
    changes = all_changes()
    assert not [each.name for each in changes if tier(each.name) in OUTSIDE]
    assert all(each.version <= NEWEST_KNOWN for each in changes)
    assert not [each for each in changes if each.text.endswith(".")]
    facts = [(each.name, each.version, each.kind, each.text) for each in changes]
    assert len(facts) == len(set(facts))


def test_what_no_header_declares_is_for_binaries_only() -> None:
    """CPython's manifest says the same of these names in words of its own."""
    gone = {each.name for each in all_changes() if each.kind is ChangeKind.GONE}
    assert gone
    assert all(stable_symbols()[name].abi_only for name in gone)


def test_only_later_changes_that_a_usual_program_notices_count() -> None:
    names = ["PyLong_AsLong", "PyNumber_Index", "PyErr_Display", "PyDict_Size"]
    (only,) = counted(names, V3_9)
    assert (only.name, only.version) == ("PyLong_AsLong", V3_10)
    assert counted(names, V3_10) == ()


def test_a_report_has_one_line_for_all_files() -> None:
    files = (
        file("demo/core.abi3.so", elf("PyType_GetSlot", "PyErr_SetExcInfo")),
        file("demo/other/core.abi3.so", elf("PyLong_AsLong", "PyLong_AsLongLong")),
    )
    (finding,) = audit(wheel(*files)).findings
    assert (finding.code, finding.severity, finding.file) == ("ABI502", INFO, "")
    assert finding.message == (
        "PyType_GetSlot, PyLong_AsLong, PyLong_AsLongLong and 1 more behave differently"
        " between 3.9 and 3.15; abi3build audit --verbose shows how"
    )
    later = wheel(*files)._replace(promise=Promise(PythonVersion(3, 11)))
    assert [each.code for each in audit(later).findings] == ["ABI602"]


def test_verbose_and_json_say_what_changed_in_each_file() -> None:
    report = audit(loose(elf("PyLong_AsLong", "PyNumber_Index", "PyDict_Size")))
    results = (Audited("core.abi3.so", report),)
    lines = render("text", AuditRun(results, verbose=True)).splitlines()
    changed = [line for line in lines if " from 3." in line]
    assert changed == [
        "    PyLong_AsLong fails from 3.10 on: no longer calls __int__(): float,"
        " Decimal and similar types raise TypeError",
        "    PyNumber_Index differs from 3.10 on, rarely: the result is an exact int;"
        " before, __index__() could hand out an instance of a subclass",
    ]
    (one,) = json.loads(render("json", AuditRun(results)))["reports"]
    (image,) = one["images"]
    assert [each["name"] for each in image["changed"]] == [
        "PyDict_Size",
        "PyLong_AsLong",
        "PyNumber_Index",
    ]
    assert image["changed"][1] == {
        "name": "PyLong_AsLong",
        "version": "3.10",
        "kind": "refuses",
        "rarely": False,
        "text": "no longer calls __int__(): float, Decimal and similar types raise"
        " TypeError",
        "documentation": LONG,
    }


def test_symbol_says_what_changed_since_a_floor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, _ = run(capsys, "symbol", "PyLong_AsLong", "--min-python", "3.9")
    assert (status, out) == (
        0,
        "PyLong_AsLong: function, stable since 3.2\n"
        "  fails from 3.10 on: no longer calls __int__(): float, Decimal and similar"
        " types raise TypeError\n"
        f"    {LONG}\n",
    )
    _, out, _ = run(capsys, "symbol", "PyLong_AsLong", "--format", "json")
    (facts,) = json.loads(out)["symbols"]
    assert [each["version"] for each in facts["changed"]] == ["3.8", "3.10"]


SOURCE = """\
#include <Python.h>
/* PyType_GetSlot(&PyDict_Type, 1) */
void *a = PyType_GetSlot((PyTypeObject *) &PyDict_Type, Py_tp_new);
void *b = PyType_GetSlot(Py_TYPE(self), Py_tp_free);
#if Py_LIMITED_API >= 0x030A0000
void *c = PyType_GetSlot(&PyList_Type, Py_tp_new);
#endif
PyObject *d = PyUnicode_FromStringAndSize(NULL, 0);
PyObject *e = PyUnicode_FromStringAndSize(NULL, length);
"""


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        ("PyType_FromSpecWithBases(&spec, (PyObject *)&PyDict_Type)", "&PyDict_Type"),
        (
            "PyType_FromSpecWithBases(&spec,\n  (PyObject*) &PyList_Type)",
            "&PyList_Type",
        ),
        (
            "PyType_FromModuleAndSpec(module, &spec, (PyObject *)&PyBaseObject_Type)",
            "&PyBaseObject_Type",
        ),
        ("PyType_FromSpecWithBases(&spec, bases)", ""),
        ("PyType_FromModuleAndSpec(module, &spec, NULL)", ""),
        ("PyType_FromSpecWithBases(&spec, PyTuple_Pack(1, &PyDict_Type))", ""),
    ],
)
def test_a_single_class_as_bases(call: str, argument: str, tmp_path: Path) -> None:
    source = tmp_path / "core.c"
    source.write_text(f"void *type(void) {{ return {call}; }}\n", encoding="utf-8")
    units = (TranslationUnit("core.c", own_files=(str(source),)),)
    found = [each.argument for each in calls_refused_somewhere(units, V3_9)]
    assert found == ([argument] if argument else [])
    assert calls_refused_somewhere(units, V3_10) == ()


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("PyUnicode_FromStringAndSize(/* ; new */ NULL, n)", 2),
        (f"PyUnicode_FromStringAndSize( /* {'long; ' * 300} */ NULL, n)", 2),
        (f"PyUnicode_FromStringAndSize({' ' * 900}NULL, n)", 2),
        ("PyUnicode_FromStringAndSize // ; why\n (NULL, n)", 2),
        ('f(";", PyUnicode_FromStringAndSize(NULL, n))', 2),
        (
            "PyUnicode_FromStringAndSize(s, n) +\nPyUnicode_FromStringAndSize(NULL, n)",
            3,
        ),
        ("f(); // PyUnicode_FromStringAndSize(NULL, n)", 0),
        ('f("PyUnicode_FromStringAndSize(NULL, n)")', 0),
        ("Own_PyUnicode_FromStringAndSize(NULL, n)", 0),
    ],
)
def test_what_stands_between_hides_no_call(
    written: str, line: int, tmp_path: Path
) -> None:
    source = tmp_path / "core.c"
    many = "x = PyUnicode_FromStringAndSize(s, n);\n" * 3
    source.write_text(f"/* {'*' * 99} */\n{written};\n{many}", encoding="utf-8")
    units = (TranslationUnit("core.c", own_files=(str(source),)),)
    found = [each.place for each in calls_refused_somewhere(units, V3_9)]
    assert found == ([f"{source}:{line}"] if line else [])


def test_a_call_that_is_refused_as_written_is_a_warning(tmp_path: Path) -> None:
    source = tmp_path / "core.c"
    source.write_text(SOURCE, encoding="utf-8")
    units = (TranslationUnit("core.c", own_files=(str(source),)),)
    calls = calls_refused_somewhere(units, V3_9)
    findings = audit(loose(elf("PyList_Size"))._replace(literal_calls=calls)).findings
    assert [(each.code, each.severity) for each in findings] == [
        ("ABI503", WARNING),
        ("ABI503", WARNING),
    ]
    slot, text = findings
    assert (slot.what, slot.message, slot.hint) == (
        "PyType_GetSlot",
        "given &PyDict_Type, fails below 3.10: takes static types such as &PyDict_Type;"
        " older versions set SystemError and return NULL, which crashes if it is called"
        " unchecked",
        'min-python = "3.10" settles PyType_GetSlot',
    )
    assert slot.origin == f"{source}:3"
    assert (text.what, text.origin) == (
        "PyUnicode_FromStringAndSize",
        f"{source}:9",
    )
    assert text.hint == (
        "fill your own buffer and call PyUnicode_FromStringAndSize with it"
    )
    assert text.message.startswith("given NULL, fails from 3.12 on, rarely: NULL with")
    later = calls_refused_somewhere(units, V3_10)
    assert [each.change.name for each in later] == ["PyUnicode_FromStringAndSize"]


PAGE = """\
<section id="numbers"><dl class="c function">
<dt class="sig" id="c.PyA_One">PyA_One</dt>
<dd><p>Text<br>.</p><div class="versionchanged"><p><span class="versionmodified">
Changed in version 3.10: </span>It <em>differs</em>.</p></div></dd></dl>
<div class="deprecated"><p><span class="versionmodified">Deprecated since version 3.12.
</span></p></div></section>
"""


def test_a_note_stands_under_its_name_or_its_section(tmp_path: Path) -> None:
    (tmp_path / "c-api").mkdir()
    (tmp_path / "c-api" / "a.html").write_text(PAGE, encoding="utf-8")
    notes = list(reference_notes(tmp_path / "c-api"))
    assert [(each.names, each.kind, each.version) for each in notes] == [
        (("PyA_One",), "changed", "3.10"),
        ((), "deprecated", "3.12"),
    ]
    changes = list(parse_behavior(BLOCK))[:1]
    reason = WithoutEffect("for a test", "a.html#num*", ("3.12",))
    assert missing(notes, changes, []) == [
        "PyA_One 3.10: Changed in version 3.10: It differs.",
        "a.html#numbers 3.12: Deprecated since version 3.12.",
    ]
    said = changes[0]._replace(version=V3_10)
    assert missing(notes, [said], [reason]) == []
    assert unfounded(notes, changes, [reason._replace(versions=("3.9",))]) == [
        "PyA_One 3.8: no note says so",
        "a.html#num* 3.9: no note needs this reason",
    ]
    assert broken_links([said], tmp_path) == []
    nowhere = said._replace(documentation=f"{said.documentation}_2")
    assert broken_links([nowhere], tmp_path) == [
        "c-api/a.html#c.PyA_One_2: leads nowhere"
    ]


@pytest.mark.skipif(not REFERENCES, reason="no python3.x-doc is installed")
def test_every_note_of_the_references_at_hand_is_covered() -> None:
    notes = [note for each in REFERENCES for note in reference_notes(each / "c-api")]
    assert missing(notes, all_changes(), read_reasons()) == []
    assert changes_of("PyType_GetSlot")
