/* A hash that is the same everywhere, and what this file was compiled for. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#if defined(_WIN32)
#  define SYSTEM "windows"
#elif defined(__APPLE__)
#  define SYSTEM "macos"
#elif defined(__linux__)
#  define SYSTEM "linux"
#else
#  define SYSTEM "unknown"
#endif

PyDoc_STRVAR(fnv1a_doc,
"fnv1a(data, /)\n--\n\n"
"Give the 64-bit FNV-1a hash of bytes.");

static PyObject *
fnv1a(PyObject *module, PyObject *args)
{
    const char *data;
    Py_ssize_t size;
    unsigned long long hash = 0xcbf29ce484222325ULL;

    (void)module;
    if (!PyArg_ParseTuple(args, "y#:fnv1a", &data, &size)) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)data[i]) * 0x100000001b3ULL;
    }
    return PyLong_FromUnsignedLongLong(hash);
}

PyDoc_STRVAR(compiled_for_doc,
"compiled_for()\n--\n\n"
"Name the system, the bits of a pointer and the byte order of this file.");

static PyObject *
compiled_for(PyObject *module, PyObject *ignored)
{
    const unsigned short one = 1;
    const char *order = *(const unsigned char *)&one ? "little" : "big";

    (void)module;
    (void)ignored;
    return PyUnicode_FromFormat("%s %d %s", SYSTEM, (int)sizeof(void *) * 8, order);
}

static PyMethodDef methods[] = {
    {"fnv1a", fnv1a, METH_VARARGS, fnv1a_doc},
    {"compiled_for", compiled_for, METH_NOARGS, compiled_for_doc},
    {NULL, NULL, 0, NULL},
};

static int
add_sizes(PyObject *module)
{
    /* What Python's headers say must be what the compiler says. */
    return PyModule_AddIntConstant(module, "SIZEOF_LONG", SIZEOF_LONG) < 0
        || PyModule_AddIntConstant(module, "long_size", (long)sizeof(long)) < 0
        || PyModule_AddIntConstant(module, "SIZEOF_VOID_P", SIZEOF_VOID_P) < 0
        || PyModule_AddIntConstant(module, "ssize_size", (long)sizeof(Py_ssize_t)) < 0
        ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, add_sizes},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "cross_platform",
    .m_doc = "A module for every platform, from one machine.",
    .m_size = 0,
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_cross_platform(void)
{
    return PyModuleDef_Init(&definition);
}
