#include <Python.h>
#include <unistd.h>

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "leaving",
};

PyMODINIT_FUNC
PyInit_leaving(void)
{
    _exit(7);
    return PyModule_Create(&definition);
}
