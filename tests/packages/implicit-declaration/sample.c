#include <Python.h>

static PyObject *
answer(PyObject *Py_UNUSED(module), PyObject *list)
{
    return PyLong_FromSsize_t(PyList_GET_SIZE(list));
}

static PyMethodDef methods[] = {
    {"answer", answer, METH_O, NULL},
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
