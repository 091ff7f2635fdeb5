/* scm_example._gcd: Euclid's algorithm. */

#include <Python.h>

PyDoc_STRVAR(gcd_doc, "gcd($module, a, b, /)\n--\n\nGive the greatest common divisor.");

static PyObject *
gcd(PyObject *Py_UNUSED(module), PyObject *args)
{
    unsigned long long a, b;
    if (!PyArg_ParseTuple(args, "KK:gcd", &a, &b)) {
        return NULL;
    }
    while (b != 0) {
        unsigned long long rest = a % b;
        a = b;
        b = rest;
    }
    return PyLong_FromUnsignedLongLong(a);
}

static PyMethodDef methods[] = {
    {"gcd", gcd, METH_VARARGS, gcd_doc},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "scm_example._gcd",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__gcd(void)
{
    return PyModuleDef_Init(&definition);
}
