#include <Python.h>
#undef Py_LIMITED_API
#include <frameobject.h>
#define FIRST(items) PyTuple_GetItem(items, 0)
#include "module.h"
