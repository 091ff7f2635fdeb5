#include <Python.h>

static PyObject *
twice(PyObject *Py_UNUSED(module), PyObject *number)
{
    return PyNumber_Add(number, number);
}

static PyMethodDef functions[] = {
    {"twice", twice, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "demo._core", .m_methods = functions};

PyMODINIT_FUNC
PyInit__core(void)
{
    return PyModuleDef_Init(&definition);
}
