/* Declares a private function that no header offers under the limit. */
#include <Python.h>
#ifdef __cplusplus
extern "C"
#else
extern
#endif
PyObject *_PyLong_Copy(PyObject *);
#define FIRST(items) _PyLong_Copy(items)
#include "module.h"
