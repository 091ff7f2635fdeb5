/* Names that pythoncapi_compat.h gives to older headers, with any headers. */
#include <Python.h>
#include "pythoncapi_compat.h"

PyMemberDef members[] = {{"a", Py_T_INT, 0, Py_READONLY, NULL}};

PyObject *first(PyObject *list, PyTypeObject *type)
{
    PyTime_t now = 0;
    PyObject *found = NULL;
    PyUnicodeWriter *writer = PyUnicodeWriter_Create(0);
    (void)type;
    if (PyTime_Time(&now) < 0 || PyWeakref_GetRef(list, &found) < 0
        || PyUnicodeWriter_WriteChar(writer, 'a') < 0)
        return NULL;
    Py_XSETREF(found, PyUnicodeWriter_Finish(writer));
    Py_DECREF(_Py_CAST(PyObject *, Py_GetConstant(Py_CONSTANT_EMPTY_STR)));
    Py_DECREF(found);
    return PyList_GetItemRef(Py_NewRef(list), 0);
}
