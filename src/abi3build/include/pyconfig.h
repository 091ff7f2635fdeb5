/* pyconfig.h for another platform than the builder's: what Python's headers ask of the
   compiler and the system, said by the compiler itself.

   It stands in the place of the builder's own beside a copy of its headers, for modules
   that keep to the Limited API. What is defined there by ./configure and never asked by
   a header is left out, but for the feature macros, on which sources rely.
   The part for Windows follows PC/pyconfig.h.in of CPython. */
#ifndef Py_PYCONFIG_H
#define Py_PYCONFIG_H

#if !defined(__SIZEOF_POINTER__) || !defined(__BYTE_ORDER__)
#  error "abi3build: cross building needs a compiler that predefines __SIZEOF_POINTER__, as GCC, Clang and zig do"
#endif

#define SIZEOF_VOID_P __SIZEOF_POINTER__
#define SIZEOF_SIZE_T __SIZEOF_SIZE_T__
#define SIZEOF_UINTPTR_T __SIZEOF_POINTER__
#define SIZEOF_SHORT __SIZEOF_SHORT__
#define SIZEOF_INT __SIZEOF_INT__
#define SIZEOF_LONG __SIZEOF_LONG__
#define SIZEOF_LONG_LONG __SIZEOF_LONG_LONG__
#define SIZEOF_FLOAT __SIZEOF_FLOAT__
#define SIZEOF_DOUBLE __SIZEOF_DOUBLE__
#define SIZEOF_LONG_DOUBLE __SIZEOF_LONG_DOUBLE__
#define SIZEOF_WCHAR_T __SIZEOF_WCHAR_T__
#define SIZEOF__BOOL 1
#define ALIGNOF_LONG __SIZEOF_LONG__
#define ALIGNOF_SIZE_T __SIZEOF_SIZE_T__

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#  define WORDS_BIGENDIAN 1
#  define DOUBLE_IS_BIG_ENDIAN_IEEE754 1
#else
#  define DOUBLE_IS_LITTLE_ENDIAN_IEEE754 1
#endif

#define HAVE_ERRNO_H 1
#define HAVE_INTTYPES_H 1
#define HAVE_LONG_LONG 1
#define HAVE_PROTOTYPES 1
#define HAVE_STDARG_PROTOTYPES 1
#define HAVE_STDDEF_H 1
#define HAVE_STDINT_H 1
#define HAVE_STDLIB_H 1
#define HAVE_STRING_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_UINTPTR_T 1
#define HAVE_WCHAR_H 1
#define HAVE_DECL_ISFINITE 1
#define HAVE_DECL_ISINF 1
#define HAVE_DECL_ISNAN 1
#define STDC_HEADERS 1
#define WITH_THREAD 1

#if defined(_WIN32)
#  define MS_WIN32
#  define MS_WINDOWS
#  if defined(_WIN64)
#    define MS_WIN64
#  endif
#  define NT_THREADS
#  define HAVE_DECLSPEC_DLL
#  define MS_COREDLL
#  define Py_ENABLE_SHARED 1
#  define SIZEOF_PID_T SIZEOF_VOID_P
#  define PLATLIBDIR "DLLs"
#else
#  if defined(__APPLE__)
#    define _DARWIN_C_SOURCE 1
#  else
#    define _GNU_SOURCE 1
#    define _FILE_OFFSET_BITS 64
#    define _LARGEFILE_SOURCE 1
#  endif
#  define SIZEOF_OFF_T 8
#  define SIZEOF_PID_T 4
#  define SIZEOF_PTHREAD_T __SIZEOF_POINTER__
#  define HAVE_CLOCK_GETTIME 1
#  define HAVE_DLFCN_H 1
#  define HAVE_DYNAMIC_LOADING 1
#  define HAVE_FORK 1
#  define HAVE_PTHREAD_H 1
#  define HAVE_SIGNAL_H 1
#  define HAVE_SSIZE_T 1
#  define HAVE_SYS_SELECT_H 1
#  define HAVE_SYS_TIME_H 1
#  define HAVE_UNISTD_H 1
#  define PLATLIBDIR "lib"
#endif

#endif /* Py_PYCONFIG_H */
