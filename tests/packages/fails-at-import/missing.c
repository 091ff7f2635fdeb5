#include <Python.h>

/* Declared by hand; CPython 3.13 took it away. */
PyAPI_FUNC(int) _PyLong_AsInt(PyObject *);

static PyObject *
answer(PyObject *Py_UNUSED(module), PyObject *number)
{
    return PyLong_FromLong(_PyLong_AsInt(number));
}

static PyMethodDef methods[] = {
    {"answer", answer, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "missing",
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_missing(void)
{
    return PyModule_Create(&definition);
}
