/* Two functions in one file: the least that makes a module. */

#include <Python.h>
#include <limits.h>
#include <stdint.h>

PyDoc_STRVAR(add_doc, "add($module, a, b, /)\n--\n\nAdd two integers of 64 bits.");

static PyObject *
add(PyObject *Py_UNUSED(module), PyObject *args)
{
    long long a, b;
    if (!PyArg_ParseTuple(args, "LL:add", &a, &b)) {
        return NULL;
    }
    if ((b > 0 && a > LLONG_MAX - b) || (b < 0 && a < LLONG_MIN - b)) {
        PyErr_SetString(PyExc_OverflowError, "the sum does not fit into 64 bits");
        return NULL;
    }
    return PyLong_FromLongLong(a + b);
}

PyDoc_STRVAR(checksum_doc,
             "checksum($module, data, /)\n--\n\nHash bytes with 32-bit FNV-1a.");

static PyObject *
checksum(PyObject *Py_UNUSED(module), PyObject *data)
{
    /* Not "s#" or "y*": the meaning of "#" depends on the headers of the build, and
       the buffer protocol is stable from 3.11 only. This call is right on 3.9 too. */
    char *bytes;
    Py_ssize_t length;
    if (PyBytes_AsStringAndSize(data, &bytes, &length) < 0) {
        return NULL;
    }
    uint32_t hash = 2166136261u;
    for (Py_ssize_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)bytes[i]) * 16777619u;
    }
    return PyLong_FromUnsignedLong(hash);
}

static PyMethodDef methods[] = {
    {"add", add, METH_VARARGS, add_doc},
    {"checksum", checksum, METH_O, checksum_doc},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "c_minimal",
    .m_doc = "Two functions in one C file.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_c_minimal(void)
{
    return PyModuleDef_Init(&definition);
}
