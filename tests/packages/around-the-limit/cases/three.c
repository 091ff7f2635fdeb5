#undef Py_LIMITED_API
#define Py_LIMITED_API 3
#include <Python.h>
#define FIRST(items) PyTuple_GetItem(items, 0)
#include "module.h"
