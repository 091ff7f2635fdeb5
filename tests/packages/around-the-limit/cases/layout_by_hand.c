/* Copies the layout of a tuple: no header and no symbol tells (docs/limits.md). */
#include <Python.h>
struct copied {
    Py_ssize_t references;
    void *type;
    Py_ssize_t size;
    PyObject *items[1];
};
#define FIRST(given) (((struct copied *)(given))->items[0])
#include "module.h"
