/* An image made to order: it takes the functions in TAKES and WEAKLY_TAKES and gives
   those in GIVES, lists such as "NAME(PyList_Size) NAME(PyLong_FromLong)".  SLOTS is
   the name of a function that gives a module's slots.
   It includes no headers, so that a compiler on any system can build it for any. */

#ifdef _WIN32
#define GIVEN __declspec(dllexport)
#else
#define GIVEN __attribute__((visibility("default")))
#endif

#define NAME(symbol) void symbol(void);
TAKES
#undef NAME

#define NAME(symbol) __attribute__((weak)) void symbol(void);
WEAKLY_TAKES
#undef NAME

#define NAME(symbol) GIVEN void symbol(void) {}
GIVES
#undef NAME

__attribute__((visibility("hidden"))) void take_all(void)
{
#define NAME(symbol) symbol();
    TAKES
#undef NAME
#define NAME(symbol) if (symbol) symbol();
    WEAKLY_TAKES
#undef NAME
}

#ifdef SLOTS
/* How a module of CPython 3.15 says for which Pythons it is: Include/modsupport.h. */
static const struct {
    unsigned char major_version, minor_version;
    unsigned short flags;
    unsigned int build_version, abi_version;
} abi = {1, 0, 3, 0x030F0000, 0x030F0000};

static const struct {
    unsigned short id, flags;
    unsigned int reserved;
    const void *data;
} slots[] = {{109, 2, 0, &abi}, {0, 0, 0, 0}};

GIVEN const void *SLOTS(void);
GIVEN const void *SLOTS(void) { return slots; }
#endif

#ifdef _WIN32
/* What Microsoft's compiler brings along for libraries with delayed loading. */
void *__stdcall __delayLoadHelper2(const void *descriptor, void **address)
{
    return descriptor ? *address : 0;
}
#endif
