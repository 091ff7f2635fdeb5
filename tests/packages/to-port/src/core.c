/* PyTuple_GET_ITEM in a comment */
#include <Python.h>
#include "numpy/arrayobject.h"
#include "own.h"

static const char *text = "PyList_GET_SIZE in a string";

typedef struct {
    PyObject_HEAD
    Py_ssize_t ob_item;
} Own;
typedef struct {
    PyListObject base;
} Sub;

static PyTypeObject OwnType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "core.Own",
};

static PyObject *use(PyObject *self, PyObject *given)
{
    Own *own = (Own *)self;
    PyListObject *list = (PyListObject *)given;
    const char *name = Py_TYPE(given)->tp_name;
    PyObject *first = PyTuple_GET_ITEM(given, 0), *second = PyTuple_GET_ITEM(given, 1);
    own->ob_item = PyCompat_Size(given);
    list->ob_item[0] = first;
    ((PyTupleObject *)given)->ob_item[0] = second;
    self->ob_type->tp_free(self);
    PyFrame_GetCode(NULL);
#ifndef Py_LIMITED_API
    return PyUnicode_New(0, 0);
#elif PY_VERSION_HEX < 0x03090000
    return PyUnicode_READY(given);
#elif defined(PYPY_VERSION) || 0
    return PyList_GET_ITEM(given, 0);
#elif defined(HAVE_SOMETHING)
    return PyDict_GetItemWithError(given, first);
#else
    return _PyLong_Copy(given);
#endif
}
