#include <Python.h>

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "good",
};

PyMODINIT_FUNC
PyInit_good(void)
{
    return PyModule_Create(&definition);
}
