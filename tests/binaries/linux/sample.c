/* An extension module in small: it imports and exports in every way that ELF has.
   It includes no headers, so that a compiler for any machine can build it. */

#define WEAK __attribute__((weak))
#define VISIBILITY(kind) __attribute__((visibility(#kind)))

typedef struct object PyObject;

extern PyObject _Py_NoneStruct;
extern PyObject *PyLong_FromLong(long);
extern PyObject *Py_GetConstantBorrowed(unsigned int) WEAK;
extern char *getenv(const char *);
extern long getrandom(void *, unsigned long, unsigned int);

#ifdef EXPORTS
VISIBILITY(default) int sample_data = 1;
VISIBILITY(default) WEAK int sample_weak(void) { return 2; }
VISIBILITY(protected) int sample_protected(void) { return 3; }
VISIBILITY(default) PyObject *PyInit_sample(void);
#ifdef __x86_64__
/* C++ compilers emit such symbols; in C only the assembler can. */
__asm__(".data\n.globl sample_unique\n.type sample_unique, %gnu_unique_object\n"
        "sample_unique: .byte 4\n.size sample_unique, 1\n.text");
#endif
#else
VISIBILITY(hidden) PyObject *PyInit_sample(void);
#endif

VISIBILITY(hidden) long sample_hidden(void)
{
    long value = 0;
    getrandom(&value, sizeof value, 0);
    return getenv("SAMPLE") ? value : 0;
}

PyObject *PyInit_sample(void)
{
    if (Py_GetConstantBorrowed)
        return Py_GetConstantBorrowed(0);
    return sample_hidden() ? &_Py_NoneStruct : PyLong_FromLong(5);
}

#ifdef PROGRAM
int main(void) { return sample_hidden() != 0; }
#endif
