#undef Py_LIMITED_API
#include <Python.h>
#define FIRST(items) PyTuple_GET_ITEM(items, 0)
#include "module.h"
