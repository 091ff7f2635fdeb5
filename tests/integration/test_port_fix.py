"""What ``port --fix`` writes compiles, and behaves as the source did before."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING

import pytest

from abi3build.cli import main
from abi3build.errors import UsageError
from abi3build.port_fix import fixing
from abi3build.port_fix.compiling import CompileFlavor, Compiler
from abi3build.port_fix.edits import offset_of
from abi3build.port_fix.fix_report import render_json, render_text
from abi3build.port_fix.fixing import fix_project
from abi3build.port_fix.header_sets import HeaderSet, find_header_sets
from abi3build.port_fix.recorded_build import RecordedUnit
from abi3build.port_fix.write_back import refuse_unsaved_changes, write_fixes
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from pathlib import Path

    from abi3build.port_fix.fix_report import FixReport

pytest.importorskip("tree_sitter")

SETUP = """\
from setuptools import Extension, setup

setup(name="shapes", ext_modules=[Extension("shapes", ["shapes.c"])])
"""

SOURCE = r"""
#include <Python.h>
#include <structmember.h>

typedef struct {
    PyObject_HEAD
    PyObject *tag;
    PyObject *dict;
} Shape;

static int
shape_traverse(Shape *self, visitproc visit, void *arg)
{
    Py_VISIT(self->tag);
    Py_VISIT(self->dict);
    return 0;
}

static int
shape_clear(Shape *self)
{
    Py_CLEAR(self->tag);
    Py_CLEAR(self->dict);
    return 0;
}

static void
shape_dealloc(Shape *self)
{
    PyObject_GC_UnTrack((PyObject *)self);
    shape_clear(self);
    Py_TYPE((PyObject *)self)->tp_free((PyObject *)self);
}

static PyObject *
shape_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    Shape *self;
    PyObject *tag = Py_None;
    if (!PyArg_ParseTuple(args, "|O", &tag)) {
        return NULL;
    }
    self = (Shape *)type->tp_alloc(type, 0);
    if (self != NULL) {
        Py_INCREF(tag);
        self->tag = tag;
    }
    return (PyObject *)self;
}

static Py_ssize_t
shape_length(PyObject *self)
{
    return 3;
}

static PySequenceMethods shape_as_sequence = {
    shape_length, /* sq_length */
};

static PyMemberDef shape_members[] = {
    {"tag", T_OBJECT, offsetof(Shape, tag), 0, NULL},
    {NULL}
};

static PyTypeObject Shape_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "shapes.Shape",
    .tp_basicsize = sizeof(Shape),
    .tp_dealloc = (destructor)shape_dealloc,
    .tp_as_sequence = &shape_as_sequence, /* len() */
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "A shape.",
    .tp_traverse = (traverseproc)shape_traverse,
    .tp_clear = (inquiry)shape_clear,
    .tp_members = shape_members,
    .tp_dictoffset = offsetof(Shape, dict),
    .tp_new = shape_new,
};

static PyTypeObject Square_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "shapes.Square",
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

static PyTypeObject Hidden_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "shapes.Hidden",
    .tp_basicsize = sizeof(PyObject),
    .tp_dealloc = (destructor)PyObject_Del,
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

static PyObject *
type_name(PyObject *module, PyObject *o)
{
    PyErr_Format(PyExc_TypeError, "not a %.50s", Py_TYPE(o)->tp_name);
    return NULL;
}

static PyObject *
hidden(PyObject *module, PyObject *nothing)
{
    return (PyObject *)PyObject_New(PyObject, &Hidden_Type);
}

static PyMethodDef methods[] = {
    {"hidden", hidden, METH_NOARGS, NULL},
    {"type_name", type_name, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "shapes", NULL, -1, methods,
};

PyMODINIT_FUNC
PyInit_shapes(void)
{
    PyObject *m, *one;
    Square_Type.tp_base = &Shape_Type;
    if (PyType_Ready(&Square_Type) < 0 || PyType_Ready(&Shape_Type) < 0
        || PyType_Ready(&Hidden_Type) < 0) {
        return NULL;
    }
    one = PyLong_FromLong(1);
    PyDict_SetItemString(Shape_Type.tp_dict, "ONE", one);
    Py_DECREF(one);
    m = PyModule_Create(&module);
    PyModule_AddObject(m, "Shape", (PyObject *)&Shape_Type);
    PyModule_AddObject(m, "Square", (PyObject *)&Square_Type);
    PyModule_AddObject(m, "Hidden", (PyObject *)&Hidden_Type);
    return m;
}
"""

CHECK = """
import gc, json, sys
import shapes

class Derived(shapes.Shape):
    pass

def message(function, *given):
    try:
        return repr(function(*given))
    except TypeError as error:
        return str(error)

said = {}
for each in (shapes.Shape, shapes.Square, Derived, shapes.Hidden):
    make = shapes.hidden if each is shapes.Hidden else each
    make()
    before = sys.getrefcount(each)
    for _ in range(50):
        make()
    said[each.__name__] = [sys.getrefcount(each) - before, each.__module__]
for each in (shapes.Shape, shapes.Square, Derived):
    ring = each()
    ring.tag = ring
    ring.more = [ring]
    del ring
    said[each.__name__] += [gc.collect() > 0, len(each("x")), each("x").tag, each.ONE]
said["names"] = [message(shapes.type_name, each) for each in (1, Derived())]
said["refused"] = message(shapes.Hidden)[:13]
said["base"] = shapes.Square.__mro__[1] is shapes.Shape
print(json.dumps(said, sort_keys=True))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project") / "shapes"
    folder.mkdir()
    (folder / "setup.py").write_text(SETUP)
    (folder / "shapes.c").write_text(SOURCE)
    return folder


@pytest.fixture(scope="module")
def report(project: Path) -> FixReport:
    oldest = PythonVersion(3, 9)
    return fix_project(project, oldest, oldest, compat=False)


def said_by(source: bytes, folder: Path, *options: str) -> dict[str, object]:
    folder.mkdir()
    (folder / "shapes.c").write_bytes(source)
    paths = sysconfig.get_paths()
    command = ["cc", "-shared", "-fPIC", f"-I{paths['include']}", *options]
    subprocess.run([*command, "shapes.c", "-o", "shapes.so"], cwd=folder, check=True)
    run = subprocess.run(
        [sys.executable, "-c", CHECK],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, object] = json.loads(run.stdout)
    return found


def test_nothing_is_left_and_nothing_is_touched(
    project: Path, report: FixReport
) -> None:
    assert report.remaining == ()
    assert report.left == ()
    assert report.errors_before > 10
    assert list(report.contents) == ["shapes.c"]
    assert (project / "shapes.c").read_text() == SOURCE
    assert render_text(report).splitlines()[-1] == (
        "1 source compiles under the limit of Python 3.9 after the changes; there were"
        f" {report.errors_before} errors before"
    )
    document = json.loads(render_json(report))
    assert document["errors_after"] == 0
    assert "+{Py_tp_dealloc" not in document["diff"]
    assert "+    {Py_tp_dealloc, (void *)shape_dealloc},\n" in document["diff"]


def test_the_module_behaves_as_before(report: FixReport, tmp_path: Path) -> None:
    new = report.contents["shapes.c"]
    before = said_by(SOURCE.encode(), tmp_path / "before")
    assert said_by(new, tmp_path / "plain") == before
    assert said_by(new, tmp_path / "limited", "-DPy_LIMITED_API=0x03090000") == before
    assert before["names"] == ["not a int", "not a Derived"]


def test_a_step_without_proof_is_taken_back(tmp_path: Path) -> None:
    folder = tmp_path / "shapes"
    folder.mkdir()
    (folder / "setup.py").write_text(SETUP)
    # What the macro of the type's name would break.
    odd = """\
static PyTypeObject Odd_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "shapes.Odd",
    .tp_new = PyType_GenericNew,
};
typedef struct { int Odd_Type; } Names;
int odd(Names *names) { return names->Odd_Type; }

static PyTypeObject Spelled_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "shapes.Spelled",
    .tp_new = PyType_GenericNew,
};
#define TEXT_OF(name) #name
#define WITH_TEXT(type) spelled(TEXT_OF(type), (PyObject *)&type)
int spelled(const char *name, PyObject *type);
int spell(void) { return WITH_TEXT(Spelled_Type); }

static PyTypeObject Hidden_Type"""
    source = SOURCE.replace("static PyTypeObject Hidden_Type", odd).replace(
        "if (PyType_Ready(",
        "if (PyType_Ready(&Odd_Type) < 0 || PyType_Ready(&Spelled_Type) < 0"
        " || PyType_Ready(",
    )
    (folder / "shapes.c").write_text(source)
    oldest = PythonVersion(3, 9)
    report = fix_project(folder, oldest, oldest, compat=False)
    left, spelled = report.left
    version = ".".join(map(str, sys.version_info[:2]))
    assert left.what == "Odd_Type"
    assert left.reason.startswith(
        "static types become types from a specification: shapes.c does not compile"
        f" without the limit, headers of {version}: line "
    )
    assert (spelled.what, spelled.reason) == (
        "Spelled_Type",
        "static types become types from a specification: a macro in shapes.c writes its"
        ' name into a string, which would be "(*Spelled_Type_ptr)": write the name'
        " there",
    )
    assert b"static PyTypeObject Spelled_Type = {" in report.contents["shapes.c"]
    assert b"static PyTypeObject Odd_Type = {" in report.contents["shapes.c"]
    assert b"static PyTypeObject *Shape_Type_ptr" in report.contents["shapes.c"]
    assert report.remaining != ()


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_places_are_bytes_behind_tabs(tmp_path: Path, compiler: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not here")
    source = b"int f(void)\n{\n\tif (1)\t\treturn missing;\n\treturn 0;\n}\n"
    file = tmp_path / "a.c"
    file.write_bytes(source)
    unit = RecordedUnit(file, tmp_path, compiler, ())
    outcomes = Compiler(tmp_path).outcomes([unit], [CompileFlavor("plain", ())])
    ((error,),) = (each.diagnostics for each in outcomes.values())
    assert source[offset_of(source, error.line, error.column) :].startswith(b"missing")


def test_a_tree_with_changes_is_refused(project: Path, report: FixReport) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=x", "-c", "user.email=x@x", *arguments],  # noqa: S607
            cwd=project,
            check=True,
            capture_output=True,
        )

    git("init")
    git("add", ".")
    git("commit", "-m", "x")
    refuse_unsaved_changes(project)
    write_fixes(project, report)
    assert (project / "shapes.c").read_bytes() == report.contents["shapes.c"]
    with pytest.raises(UsageError) as caught:
        refuse_unsaved_changes(project)
    assert str(caught.value) == (
        f"{project}: has uncommitted changes, such as shapes.c: commit or"
        " stash them, or add --force"
    )


COPYING_BACKEND = """\
import os, shutil, tempfile
from setuptools import build_meta

def build_wheel(directory, settings=None, metadata=None):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(os.curdir, os.path.join(folder, "copy"))
        os.chdir(os.path.join(folder, "copy"))
        with open("generated.c", "w") as stream:
            stream.write("#include <Python.h>\\nint f(PyThreadState *t) ")
            stream.write("{ return t->interp != NULL; }\\n")
        return build_meta.build_wheel(directory, settings, metadata)
"""


def test_a_backend_that_builds_a_copy(tmp_path: Path) -> None:
    """Sources are found in the project, and what the build generates is looked at."""
    (tmp_path / "copying.py").write_text(COPYING_BACKEND)
    (tmp_path / "setup.py").write_text(
        SETUP.replace('["shapes.c"]', '["shapes.c", "generated.c"]')
    )
    (tmp_path / "shapes.c").write_text(SOURCE)
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\n'
        'build-backend = "copying"\nbackend-path = ["."]\n'
    )
    floor = PythonVersion(3, 9)
    report = fix_project(tmp_path, floor, floor)
    assert list(report.contents) == ["shapes.c"]
    assert [each.file for each in report.remaining] == ["generated.c"]
    assert not (tmp_path / "generated.c").exists()


@pytest.mark.parametrize(
    ("to_abi3t", "or_else"),
    [(True, ""), (False, ", or choose an older --floor")],
    ids=["abi3t", "abi3"],
)
def test_nothing_is_said_of_a_limit_that_no_headers_here_have(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    or_else: str,
    *,
    to_abi3t: bool,
) -> None:
    for name in ("HOME", "PATH", "PYENV_ROOT"):
        monkeypatch.setenv(name, str(tmp_path))
    newer = PythonVersion(3, sys.version_info.minor + 1)
    with pytest.raises(UsageError) as caught:
        fix_project(tmp_path, newer, PythonVersion(3, 9), to_abi3t=to_abi3t)
    assert str(caught.value) == (
        f"no headers of Python {newer} or later were found, so no change could be"
        f" proven: install Python {newer} with its headers{or_else}"
    )


def test_a_read_only_project_with_a_linked_source_that_admits_old_pythons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "shapes.c").write_text(SOURCE)
    (project / "shapes.c").symlink_to("../shapes.c")
    setup = SETUP.replace("setup(", 'setup(python_requires=">=3.6", ')
    (project / "setup.py").write_text(setup)
    project.chmod(0o555)
    status = main(["port", "--fix", str(project)])
    project.chmod(0o755)
    assert status == 0
    said = capsys.readouterr().out
    assert said.startswith("--- a/shapes.c\n")
    assert "compiles under the limit of Python 3.9 with compat = true" in said
    assert (tmp_path / "shapes.c").read_text() == SOURCE


def test_what_newer_headers_alone_refuse_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here, *_) = find_header_sets(PythonVersion(*sys.version_info[:2]))
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / "Python.h").write_text("#include_next <Python.h>\n#define NEWER 1\n")
    other = HeaderSet(PythonVersion(3, 99), (str(newer), *here.folders))
    monkeypatch.setattr(fixing, "find_header_sets", lambda _: (here, other))
    project = tmp_path / "project"
    project.mkdir()
    (project / "setup.py").write_text(SETUP)
    (project / "shapes.c").write_text(
        "#include <Python.h>\n#ifdef NEWER\n"
        "int f(PyThreadState *state) { return state->interp == NULL; }\n#endif\n"
    )
    report = fix_project(project, PythonVersion(3, 9), PythonVersion(3, 9), compat=True)
    assert report.remaining == ()
    ((label, errors),) = ((each.label, each.errors) for each in report.elsewhere)
    assert label == "under the limit, headers of 3.99"
    assert [(each.file, each.line) for each in errors] == [("shapes.c", 3)]


def test_a_project_that_cannot_be_built(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text('raise RuntimeError("no luck")\n')
    floor = PythonVersion(3, 9)
    with pytest.raises(UsageError) as caught:
        fix_project(tmp_path, floor, floor)
    assert str(caught.value) == (
        f"{tmp_path.name}: its build failed before compiling anything: RuntimeError: no"
        " luck: build it by hand first"
    )
