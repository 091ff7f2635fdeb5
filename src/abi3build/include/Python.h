/* abi3build's Python.h: first on the include path of every extension it builds.

   It looks at the macros at the one moment that counts, when Python's own headers are
   about to be read, passes on to them, and leaves a note of what it saw in the object.

   The build defines ABI3BUILD_FLOOR, the value that the macro must have, such as
   0x03090000; ABI3BUILD_ABI3T where the target is abi3t (PEP 803); ABI3BUILD_COMPAT if
   the project asks for the compatibility header; and, for compilers without
   #include_next, ABI3BUILD_PYTHON_H, the path of Python's own header.  Without
   ABI3BUILD_FLOOR, as in what a setup.py compiles to try something, it passes on. */

#if defined(__GNUC__)
#  pragma GCC system_header /* #include_next is an extension, -Wpedantic would warn */
#endif

#if !defined(ABI3BUILD_FLOOR)
#elif defined(Py_PYTHON_H) && !defined(ABI3BUILD_RECORDED)
#  error "ABI401 macro-not-in-effect: Python.h was read before, by another path"
#elif defined(ABI3BUILD_ABI3T)
#  if !defined(Py_TARGET_ABI3T)
#    error "ABI401 macro-not-in-effect: Py_TARGET_ABI3T is not defined where Python.h is included"
#  elif Py_TARGET_ABI3T + 0 != ABI3BUILD_FLOOR
#    error "ABI402 macro-differs: Py_TARGET_ABI3T has another value than the floor"
#  endif
#elif !defined(Py_LIMITED_API)
#  error "ABI401 macro-not-in-effect: Py_LIMITED_API is not defined where Python.h is included"
#elif Py_LIMITED_API + 0 == 0 || Py_LIMITED_API + 0 == 3
#  if ABI3BUILD_FLOOR != 0x03020000
#    error "ABI402 macro-differs: Py_LIMITED_API means 3.2, which is not the floor"
#  endif
#elif (Py_LIMITED_API & 0xFFFF0000) != ABI3BUILD_FLOOR
#  error "ABI402 macro-differs: Py_LIMITED_API has another value than the floor"
#endif

#if defined(ABI3BUILD_PYTHON_H)
#  include ABI3BUILD_PYTHON_H
#else
#  include_next <Python.h>
#endif

#if defined(ABI3BUILD_FLOOR) && !defined(ABI3BUILD_RECORDED)
#define ABI3BUILD_RECORDED

#if defined(ABI3BUILD_ABI3T) && PY_VERSION_HEX < 0x030F0000
#  error "abi3build: the headers are older than 3.15 and ignore Py_TARGET_ABI3T"
#endif

/* Sixteen bytes in every object that read this header; they outlive link and strip. */
#if defined(__ELF__)
#  ifdef __has_attribute
#    if __has_attribute(retain) /* or --gc-sections drops it; since GCC 11, Clang 13 */
#      define ABI3BUILD_NOTE __attribute__((used, retain, section(".abi3build")))
#    endif
#  endif
#  ifndef ABI3BUILD_NOTE
#    define ABI3BUILD_NOTE __attribute__((used, section(".abi3build")))
#  endif
#elif defined(__APPLE__)
#  define ABI3BUILD_NOTE __attribute__((used, section("__DATA,__abi3build")))
#elif defined(_MSC_VER)
#  pragma section(".abi3b", read)
#  define ABI3BUILD_NOTE __declspec(allocate(".abi3b"))
#elif defined(_WIN32)
#  define ABI3BUILD_NOTE __attribute__((used, section(".abi3b")))
#endif
#ifdef ABI3BUILD_NOTE
static const unsigned int abi3build_note[4] ABI3BUILD_NOTE = {
    0x33494241u, /* "ABI3" */
    (unsigned int)ABI3BUILD_FLOOR,
    (unsigned int)PY_VERSION_HEX,
#ifdef ABI3BUILD_ABI3T
    1u
#else
    0u
#endif
};
#endif

/* Headers from 3.13 on map PyArg_ParseTuple and its like to functions that take "#" for
   Py_ssize_t only since 3.13; older Pythons have that under the _SizeT names, which are
   in the stable ABI since 3.2. https://github.com/python/cpython/issues/104922 */
#if defined(PY_SSIZE_T_CLEAN) && PY_VERSION_HEX >= 0x030D0000 \
    && ABI3BUILD_FLOOR < 0x030D0000
#  ifdef __cplusplus
extern "C" {
#  endif
PyAPI_FUNC(int) _PyArg_Parse_SizeT(PyObject *, const char *, ...);
PyAPI_FUNC(int) _PyArg_ParseTuple_SizeT(PyObject *, const char *, ...);
PyAPI_FUNC(int) _PyArg_ParseTupleAndKeywords_SizeT(PyObject *, PyObject *, const char *,
                                                   char **, ...);
PyAPI_FUNC(int) _PyArg_VaParse_SizeT(PyObject *, const char *, va_list);
PyAPI_FUNC(int) _PyArg_VaParseTupleAndKeywords_SizeT(PyObject *, PyObject *,
                                                     const char *, char **, va_list);
PyAPI_FUNC(PyObject *) _Py_BuildValue_SizeT(const char *, ...);
PyAPI_FUNC(PyObject *) _Py_VaBuildValue_SizeT(const char *, va_list);
PyAPI_FUNC(PyObject *) _PyObject_CallFunction_SizeT(PyObject *, const char *, ...);
PyAPI_FUNC(PyObject *) _PyObject_CallMethod_SizeT(PyObject *, const char *,
                                                  const char *, ...);
#  ifdef __cplusplus
}
#  endif
#  define PyArg_Parse _PyArg_Parse_SizeT
#  define PyArg_ParseTuple _PyArg_ParseTuple_SizeT
#  define PyArg_ParseTupleAndKeywords _PyArg_ParseTupleAndKeywords_SizeT
#  define PyArg_VaParse _PyArg_VaParse_SizeT
#  define PyArg_VaParseTupleAndKeywords _PyArg_VaParseTupleAndKeywords_SizeT
#  define Py_BuildValue _Py_BuildValue_SizeT
#  define Py_VaBuildValue _Py_VaBuildValue_SizeT
#  define PyObject_CallFunction _PyObject_CallFunction_SizeT
#  define PyObject_CallMethod _PyObject_CallMethod_SizeT
#endif

/* Headers of 3.12, and of 3.13 and 3.14 before their fixes, return the objects that are
   immortal since 3.12 without a new reference, whatever Py_LIMITED_API says; each such
   return takes one away from an older Python, until it aborts.
   https://github.com/python/cpython/issues/134989, 140487 and pull request 135165 */
#if PY_VERSION_HEX >= 0x030C0000 && ABI3BUILD_FLOOR < 0x030C0000
#  undef Py_RETURN_NONE
#  undef Py_RETURN_TRUE
#  undef Py_RETURN_FALSE
#  undef Py_RETURN_NOTIMPLEMENTED
#  define Py_RETURN_NONE return (Py_INCREF(Py_None), Py_None)
#  define Py_RETURN_TRUE return (Py_INCREF(Py_True), Py_True)
#  define Py_RETURN_FALSE return (Py_INCREF(Py_False), Py_False)
#  define Py_RETURN_NOTIMPLEMENTED \
       return (Py_INCREF(Py_NotImplemented), Py_NotImplemented)
#endif

/* Headers from 3.10 on leave bit 18 out of Py_TPFLAGS_DEFAULT under any limit: 3.9 and
   older then look up each attribute of the type and its subclasses without their cache;
   later ones ignore it. */
#if PY_VERSION_HEX >= 0x030A0000 && ABI3BUILD_FLOOR < 0x030A0000
#  undef Py_TPFLAGS_DEFAULT
#  define Py_TPFLAGS_DEFAULT \
       (Py_TPFLAGS_HAVE_STACKLESS_EXTENSION | Py_TPFLAGS_HAVE_VERSION_TAG)
#endif

/* Functions since 3.13, macros before; the headers of 3.13.0 hid the macros under every
   limit.  https://github.com/python/cpython/issues/134989 */
#if PY_VERSION_HEX >= 0x030D0000 && ABI3BUILD_FLOOR < 0x030D0000
#  undef PyObject_DelAttr
#  undef PyObject_DelAttrString
#  define PyObject_DelAttr(object, name) PyObject_SetAttr((object), (name), NULL)
#  define PyObject_DelAttrString(object, name) \
       PyObject_SetAttrString((object), (name), NULL)
#endif

/* Arguments that older Pythons ignore or cannot take, and headers show under any limit:
   what asks for them with #ifdef gets the truth, and other uses are named. */
#if ABI3BUILD_FLOOR < 0x030B0000
#  undef Py_DTSF_NO_NEG_0
#endif
#if ABI3BUILD_FLOOR < 0x03080000
#  undef Py_func_type_input
#endif

#if defined(ABI3BUILD_COMPAT) && defined(Py_LIMITED_API)
#  include "abi3build_compat.h"
#endif

#endif /* ABI3BUILD_FLOOR, once */
