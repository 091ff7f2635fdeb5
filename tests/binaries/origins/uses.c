#ifdef _WIN32
#define TAKEN __declspec(dllimport) extern
#else
#define TAKEN extern
#endif
TAKEN int _Py_IsFinalizing(void);
TAKEN const char *PyUnicode_AsUTF8(void *);
TAKEN void *PyLong_Type[4];
#include "uses.h"
static const char *quiet(void *object);
static __attribute__((noinline)) const char *quiet(void *object)
{
    const char *text = PyUnicode_AsUTF8(object);
    return text + 1;
}
const char *encode(void *object)
{
    if (closing()) {
        return 0;
    }
    return quiet(object) + 1;
}
#ifndef _WIN32
void *types[] = {&PyLong_Type};
#else
void *types(void)
{
    return &PyLong_Type;
}
#endif
