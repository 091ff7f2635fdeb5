#include <Python.h>

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_core",
};

PyMODINIT_FUNC
PyInit__core(void)
{
    *(volatile int *)NULL = 1;
    return PyModule_Create(&definition);
}
