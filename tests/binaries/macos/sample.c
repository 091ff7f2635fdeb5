/* An extension module in small: it imports and exports in every way that Mach-O has.
   It includes no headers, so that a compiler on any system can build it. */

#define WEAK __attribute__((weak_import))
#define HIDDEN __attribute__((visibility("hidden")))

typedef struct object PyObject;

extern PyObject _Py_NoneStruct;
extern PyObject *PyLong_FromLong(long);
extern PyObject *Py_GetConstantBorrowed(unsigned int) WEAK;
extern char *getenv(const char *);

int sample_data = 1;
int sample_common[2];
static int sample_calls;

HIDDEN __attribute__((noinline)) int sample_hidden(void)
{
    return ++sample_calls + sample_common[0] + (getenv("SAMPLE") != 0);
}

PyObject *PyInit_sample(void)
{
    if (Py_GetConstantBorrowed)
        return Py_GetConstantBorrowed(0);
    return sample_hidden() ? &_Py_NoneStruct : PyLong_FromLong(5);
}

#ifdef PROGRAM
int main(void) { return sample_hidden(); }
#endif
