/* Takes one part of the full API by its own header, which CPython refuses. */
#include <Python.h>
#undef Py_LIMITED_API
#include <cpython/tupleobject.h>
#define FIRST(items) PyTuple_GET_ITEM(items, 0)
#include "module.h"
