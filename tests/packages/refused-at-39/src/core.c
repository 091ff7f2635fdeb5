#include <Python.h>

/* The bytes of a text, or of each text of a list. */

static PyObject *
encode(PyObject *Py_UNUSED(module), PyObject *text)
{
    Py_ssize_t size;
    const char *start = PyUnicode_AsUTF8AndSize(text, &size);
    return start == NULL ? NULL : PyBytes_FromStringAndSize(start, size);
}

static PyObject *
encode_all(PyObject *module, PyObject *texts)
{
    PyObject *all = PyList_New(0);
    for (Py_ssize_t i = 0; all != NULL && i < PyList_GET_SIZE(texts); i++) {
        PyObject *one = encode(module, PyList_GetItem(texts, i));
        if (one == NULL || PyList_Append(all, one) < 0) {
            Py_CLEAR(all);
        }
        Py_XDECREF(one);
    }
    return all;
}

static PyObject *
length(PyObject *Py_UNUSED(module), PyObject *text)
{
    Py_ssize_t size;
    if (PyUnicode_AsUTF8AndSize(text, &size) == NULL) {
        return NULL;
    }
    return PyLong_FromSsize_t(size);
}

static PyMethodDef functions[] = {
    {"encode", encode, METH_O, NULL},
    {"encode_all", encode_all, METH_O, NULL},
    {"length", length, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "demo._core", .m_methods = functions};

PyMODINIT_FUNC
PyInit__core(void)
{
    return PyModuleDef_Init(&definition);
}
