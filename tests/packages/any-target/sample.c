#include <Python.h>

#ifndef Py_LIMITED_API
#define LIMIT 0L
#else
#define LIMIT ((long)Py_LIMITED_API)
#endif

static PyObject *
limit(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(LIMIT);
}

static PyMethodDef methods[] = {
    {"limit", limit, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "sample",
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_sample(void)
{
    return PyModule_Create(&definition);
}
