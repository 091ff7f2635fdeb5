/* A module made from slots (PEP 793) without any headers: the least that says which
   ABI it is for, in the layout of CPython 3.15. */
#ifdef _WIN32
#define EXPORT __declspec(dllexport)
int _fltused;
#else
#define EXPORT __attribute__((visibility("default")))
#endif

#ifndef LINKAGE
#define LINKAGE static
#endif

typedef struct {
    unsigned char major_version, minor_version;
    unsigned short flags;
    unsigned int build_version, abi_version;
} Information;

typedef struct {
    unsigned short id, flags;
    unsigned int reserved;
    union {
        void *pointer;
        long long number;
    } value;
} Slot;

/* Numbers that look like the slot, and point nowhere or to no PyABIInfo. */
long long numbers[] = {109, 1, 109, 0x7fffffff};
static char name[] = "\2sample";

LINKAGE Information information = {1, 0, 7, 0x030f02f0, 0x030f0000};

static Slot slots[] = {
    {109, 0, 0, {name}},
    {109, 2, 0, {&information}},
    {100, 2, 0, {name + 1}},
    {0, 0, 0, {0}},
};

EXPORT Slot *
PyModExport_sample(void)
{
    slots[2].value.number += numbers[0] - numbers[2];
    return slots;
}
