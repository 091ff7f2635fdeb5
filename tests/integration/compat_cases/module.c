/* One module for all cases: compiled with the limit and the compatibility header, and
   without either, it has to answer the same.  cases.inc is written by the test. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#include <datetime.h>
#if PY_VERSION_HEX < 0x030B0000
#  include <frameobject.h>
#endif

#define CASE(name) static PyObject *case_##name(PyObject *module, PyObject *args)
#define NOT_HERE return PyUnicode_FromString("not with these headers")
#define ONE() PyTuple_GetItem(args, 0)
#define ARGUMENT(index) PyTuple_GetItem(args, index)

/* A result that may be NULL without an exception. */
static PyObject *or_word(PyObject *object, const char *word)
{
    if (object == NULL && !PyErr_Occurred())
        return PyUnicode_FromString(word);
    return object;
}

/* The same for a borrowed reference. */
static PyObject *kept(PyObject *object)
{
    if (object == NULL && !PyErr_Occurred())
        return PyUnicode_FromString("NULL");
    Py_XINCREF(object);
    return object;
}

/* A status: the exception where it is negative. */
static PyObject *status(int result)
{
    return result < 0 && PyErr_Occurred() ? NULL : PyLong_FromLong(result);
}

#include "containers.c"
#include "strings.c"
#include "numbers.c"
#include "objects.c"
#include "exceptions_and_running.c"
#include "callables.c"
#include "dates.c"

static PyMethodDef methods[] = {
#include "cases.inc"
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_SUPPORTED},
#endif
#if PY_VERSION_HEX >= 0x030D0000
    {Py_mod_gil, Py_MOD_GIL_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "compat_cases", NULL, 0, methods, slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_compat_cases(void)
{
    return PyModuleDef_Init(&definition);
}
