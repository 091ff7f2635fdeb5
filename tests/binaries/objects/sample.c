/* An object with a note such as abi3build's Python.h leaves, without its headers. */
#if defined(__APPLE__)
#  define NOTE __attribute__((used, section("__DATA,__abi3build")))
#elif defined(_WIN32)
#  define NOTE __attribute__((used, section(".abi3b")))
#else
#  define NOTE __attribute__((used, section(".abi3build")))
#endif
#if defined(_WIN32)
#  define IMPORTED __declspec(dllimport)
#else
#  define IMPORTED
#endif
static const unsigned note[4] NOTE = {0x33494241u, 0x03090000u, 0x030b07f0u, 0u};

IMPORTED void *PyLong_FromLong(long);
IMPORTED extern char _Py_NoneStruct;

void *PyExtra_FunctionWithALongName(int number)
{
    return number ? PyLong_FromLong(number) : &_Py_NoneStruct;
}
