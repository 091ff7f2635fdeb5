#include <Python.h>

/* Stable since 3.10, so the headers hide it from a project with the floor 3.9. */
PyAPI_FUNC(const char *) PyUnicode_AsUTF8AndSize(PyObject *, Py_ssize_t *);

static PyObject *
answer(PyObject *Py_UNUSED(module), PyObject *text)
{
    Py_ssize_t size;
    if (PyUnicode_AsUTF8AndSize(text, &size) == NULL) {
        return NULL;
    }
    return PyLong_FromSsize_t(size);
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
