/* An extension module in small: it imports and exports in every way that PE has.
   It includes no headers, so that a compiler on any system can build it. */

typedef struct object PyObject;

__declspec(dllimport) extern PyObject _Py_NoneStruct;
__declspec(dllimport) PyObject *PyLong_FromLong(long);
__declspec(dllimport) unsigned long GetTickCount(void);

__declspec(dllexport) int sample_data = 1;

__declspec(dllexport) PyObject *PyInit_sample(void)
{
    if (GetTickCount())
        return PyLong_FromLong(sample_data);
#ifdef DATA /* which cannot be delayed */
    return &_Py_NoneStruct;
#else
    return 0;
#endif
}

/* What Microsoft's compiler brings along for libraries with delayed loading. */
void *__stdcall __delayLoadHelper2(const void *descriptor, void **address)
{
    return descriptor ? *address : 0;
}
