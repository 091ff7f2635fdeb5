/* One function, for the sake of the wheels that are made of it. */

#include <Python.h>
#include <string.h>

PyDoc_STRVAR(count_doc, "count($module, data, /)\n--\n\nCount the ends of lines in bytes.");

static PyObject *
count(PyObject *Py_UNUSED(module), PyObject *data)
{
    char *bytes;
    Py_ssize_t length;
    if (PyBytes_AsStringAndSize(data, &bytes, &length) < 0) {
        return NULL;
    }
    Py_ssize_t lines = 0;
    const char *end = bytes + length;
    for (const char *at = bytes; (at = memchr(at, '\n', end - at)) != NULL; at++) {
        lines++;
    }
    return PyLong_FromSsize_t(lines);
}

static PyMethodDef methods[] = {
    {"count", count, METH_O, count_doc},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "line_count",
    .m_doc = "One function in one C file.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_line_count(void)
{
    return PyModuleDef_Init(&definition);
}
