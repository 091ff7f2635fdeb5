/* Constants that pythoncapi_compat.h gives to headers that lack them. */

#ifndef Py_CONSTANT_NONE
#  define Py_CONSTANT_NONE 0
#endif
#ifndef Py_CONSTANT_FALSE
#  define Py_CONSTANT_FALSE 1
#endif
#ifndef Py_CONSTANT_TRUE
#  define Py_CONSTANT_TRUE 2
#endif
#ifndef Py_CONSTANT_ELLIPSIS
#  define Py_CONSTANT_ELLIPSIS 3
#endif
#ifndef Py_CONSTANT_NOT_IMPLEMENTED
#  define Py_CONSTANT_NOT_IMPLEMENTED 4
#endif
#ifndef Py_CONSTANT_ZERO
#  define Py_CONSTANT_ZERO 5
#endif
#ifndef Py_CONSTANT_ONE
#  define Py_CONSTANT_ONE 6
#endif
#ifndef Py_CONSTANT_EMPTY_STR
#  define Py_CONSTANT_EMPTY_STR 7
#endif
#ifndef Py_CONSTANT_EMPTY_BYTES
#  define Py_CONSTANT_EMPTY_BYTES 8
#endif
#ifndef Py_CONSTANT_EMPTY_TUPLE
#  define Py_CONSTANT_EMPTY_TUPLE 9
#endif

/* The types of members by the names of 3.12, where the file reads structmember.h for
   them. https://docs.python.org/3/c-api/structures.html#member-types */
#if ABI3BUILD_BACKPORTS == 2 && PY_VERSION_HEX < 0x030C0000
#include <structmember.h>
#ifndef Py_T_SHORT
#  define Py_T_SHORT T_SHORT
#endif
#ifndef Py_T_INT
#  define Py_T_INT T_INT
#endif
#ifndef Py_T_LONG
#  define Py_T_LONG T_LONG
#endif
#ifndef Py_T_FLOAT
#  define Py_T_FLOAT T_FLOAT
#endif
#ifndef Py_T_DOUBLE
#  define Py_T_DOUBLE T_DOUBLE
#endif
#ifndef Py_T_STRING
#  define Py_T_STRING T_STRING
#endif
#ifndef Py_T_CHAR
#  define Py_T_CHAR T_CHAR
#endif
#ifndef Py_T_BYTE
#  define Py_T_BYTE T_BYTE
#endif
#ifndef Py_T_UBYTE
#  define Py_T_UBYTE T_UBYTE
#endif
#ifndef Py_T_USHORT
#  define Py_T_USHORT T_USHORT
#endif
#ifndef Py_T_UINT
#  define Py_T_UINT T_UINT
#endif
#ifndef Py_T_ULONG
#  define Py_T_ULONG T_ULONG
#endif
#ifndef Py_T_STRING_INPLACE
#  define Py_T_STRING_INPLACE T_STRING_INPLACE
#endif
#ifndef Py_T_BOOL
#  define Py_T_BOOL T_BOOL
#endif
#ifndef Py_T_OBJECT_EX
#  define Py_T_OBJECT_EX T_OBJECT_EX
#endif
#ifndef Py_T_LONGLONG
#  define Py_T_LONGLONG T_LONGLONG
#endif
#ifndef Py_T_ULONGLONG
#  define Py_T_ULONGLONG T_ULONGLONG
#endif
#ifndef Py_T_PYSSIZET
#  define Py_T_PYSSIZET T_PYSSIZET
#endif
#ifndef _Py_T_OBJECT
#  define _Py_T_OBJECT T_OBJECT
#endif
#ifndef _Py_T_NONE
#  define _Py_T_NONE T_NONE
#endif
#ifndef Py_READONLY
#  define Py_READONLY READONLY
#endif
#ifndef Py_AUDIT_READ
#  define Py_AUDIT_READ READ_RESTRICTED
#endif
#ifndef _Py_WRITE_RESTRICTED
#  define _Py_WRITE_RESTRICTED PY_WRITE_RESTRICTED
#endif
#endif
