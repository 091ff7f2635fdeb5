#include <Python.h>

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "hanging",
};

PyMODINIT_FUNC
PyInit_hanging(void)
{
    for (volatile int forever = 1; forever;) {
    }
    return PyModule_Create(&definition);
}
