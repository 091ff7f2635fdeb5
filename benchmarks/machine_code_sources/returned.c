/* Functions that return None and its like: lost_* by macros that count nothing in the
 * headers of 3.12 and early ones of 3.13, all others with a reference of their own. */
#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x03090000
#endif
#include <Python.h>

#define VARARGS(name) static PyObject *name(PyObject *self, PyObject *args)
#define ONE(name) static PyObject *name(PyObject *self, PyObject *o)

static PyObject *held, *last;

ONE(lost_none) { Py_RETURN_NONE; }
ONE(lost_after_call) {
    if (PyObject_SetAttrString(self, "last", o) < 0) return NULL;
    Py_RETURN_NONE;
}
VARARGS(lost_parsed) {
    PyObject *first;
    int number = 0;
    if (!PyArg_ParseTuple(args, "O|i", &first, &number)) return NULL;
    for (int i = 0; i < number; i++) {
        PyObject *made = PyObject_Repr(first);
        if (made == NULL) return NULL;
        Py_DECREF(made);
    }
    Py_RETURN_NONE;
}
ONE(lost_truth) {
    if (PyObject_IsTrue(o) > 0) Py_RETURN_TRUE;
    Py_RETURN_FALSE;
}
ONE(lost_true) {
    int equal = PyObject_RichCompareBool(self, o, Py_EQ);
    if (equal < 0) return NULL;
    if (equal) Py_RETURN_TRUE;
    return PyLong_FromLong(equal);
}
ONE(lost_late) {
    PyObject *item = PyObject_GetAttrString(o, "a");
    if (item == NULL) {
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    return item;
}

ONE(kept_none) { Py_INCREF(Py_None); return Py_None; }
ONE(kept_value) { return Py_BuildValue(""); }
ONE(kept_bool) { return PyBool_FromLong(PyObject_IsTrue(o)); }
ONE(kept_either) {
    PyObject *result = PyObject_IsTrue(o) ? Py_True : Py_False;
    Py_INCREF(result);
    return result;
}
ONE(kept_same) {
    PyObject *found = PyObject_GetAttrString(o, "a");
    if (found == Py_None) return found;
    Py_XDECREF(found);
    return PyLong_FromLong(1);
}
ONE(kept_same_late) {
    PyObject *found = PyObject_GetAttrString(o, "a");
    if (found == NULL) return NULL;
    if (found != Py_None && PyObject_SetAttrString(self, "b", found) < 0) { Py_DECREF(found); return NULL; }
    return found;
}
static __attribute__((noinline)) PyObject *counted(void) { Py_INCREF(Py_None); return Py_None; }
ONE(kept_by_helper) { return counted(); }
static __attribute__((noinline)) void count(PyObject *o) { Py_INCREF(o); }
ONE(kept_by_argument) { count(Py_None); return Py_None; }
static __attribute__((noinline)) void count_none(void) { Py_INCREF(Py_None); }
ONE(kept_by_effect) { count_none(); return Py_None; }
ONE(kept_elsewhere) {
    PyObject *result = Py_None;
    if (PyObject_IsTrue(o)) result = o;
    Py_INCREF(result);
    return result;
}
ONE(kept_default) {
    PyObject *result = NULL;
    if (PyObject_IsTrue(o)) result = PyObject_Repr(o);
    if (result == NULL) { PyErr_Clear(); result = Py_None; Py_INCREF(result); }
    return result;
}
ONE(kept_moved) {
    /* The reference of a global variable goes to the caller. */
    PyObject *result = held ? held : NULL;
    held = NULL;
    if (result == NULL) { Py_INCREF(Py_None); result = Py_None; }
    return result;
}
ONE(kept_loop) {
    PyObject *result = Py_None;
    Py_INCREF(result);
    for (int i = 0; i < 3; i++) {
        PyObject *next = PyObject_Repr(o);
        if (next == NULL) break;
        Py_DECREF(result);
        result = next;
    }
    return result;
}
ONE(kept_stored) {
    Py_INCREF(Py_None);
    last = Py_None;
    Py_INCREF(last);
    return last;
}
static int set_none(PyObject *self, PyObject *value, void *unused) { return value == Py_None ? -1 : 0; }
static PyObject *get_none(PyObject *self, void *unused) { Py_RETURN_NONE; }
static PyObject *compared(PyObject *one, PyObject *two, int what) { Py_RETURN_NOTIMPLEMENTED; }
static PyObject *added(PyObject *one, PyObject *two) { Py_INCREF(Py_NotImplemented); return Py_NotImplemented; }
/* No object is returned: the address is only a sign. */
static int started(PyObject *self, PyObject *args, PyObject *words) { return 0; }

static PyGetSetDef properties[] = {{"lost_getter", get_none, set_none}, {NULL}};
static PyType_Slot slots[] = {
    {Py_tp_getset, properties}, {Py_tp_richcompare, compared}, {Py_nb_add, added},
    {Py_tp_init, started}, {0, NULL},
};
static PyType_Spec spec = {"returned.Lost", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, slots};

#define ROW(name) {#name, name, METH_O}
static PyMethodDef methods[] = {
    ROW(lost_none), ROW(lost_after_call), ROW(lost_truth), ROW(lost_true), ROW(lost_late),
    {"lost_parsed", lost_parsed, METH_VARARGS},
    ROW(kept_none), ROW(kept_value), ROW(kept_bool), ROW(kept_either), ROW(kept_same),
    ROW(kept_same_late), ROW(kept_by_helper), ROW(kept_by_argument), ROW(kept_by_effect),
    ROW(kept_elsewhere), ROW(kept_default), ROW(kept_moved), ROW(kept_loop), ROW(kept_stored),
    {NULL, NULL, 0},
};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "returned", NULL, -1, methods};

PyMODINIT_FUNC PyInit_returned(void) {
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL) return NULL;
    PyModule_AddObject(module, "Lost", PyType_FromSpec(&spec));
    return module;
}
