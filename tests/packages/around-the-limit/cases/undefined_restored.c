#undef Py_LIMITED_API
#include <Python.h>
#define Py_LIMITED_API 0x03090000
#define FIRST(items) PyTuple_GET_ITEM(items, 0)
#include "module.h"
