#include <Python.h>
#define JOIN(left, right) left##right
#define NAME(number) JOIN(unit, number)
#ifdef _WIN32
__declspec(dllexport)
#endif
int NAME(NUMBER)(void) { return NUMBER; }
