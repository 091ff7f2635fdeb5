#include <Python.h>

/* Declared by hand, as projects do that once took it from a private header. */
PyAPI_FUNC(PyObject *) _PyUnicode_JoinArray(PyObject *, PyObject *const *, Py_ssize_t);

static PyObject *
answer(PyObject *Py_UNUSED(module), PyObject *text)
{
    PyObject *words[] = {text, text};
    return _PyUnicode_JoinArray(NULL, words, 2);
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
