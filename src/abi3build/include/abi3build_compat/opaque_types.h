/* Types of the full API as names for casts: their fields stay out of reach. */

#if defined(__cplusplus)
extern "C" {
#endif

typedef struct abi3build_opaque_ascii abi3build_PyASCIIObject;
typedef struct abi3build_opaque_exception abi3build_PyBaseExceptionObject;
typedef struct abi3build_opaque_bytearray abi3build_PyByteArrayObject;
typedef struct abi3build_opaque_bytes abi3build_PyBytesObject;
typedef struct abi3build_opaque_cfunction abi3build_PyCFunctionObject;
typedef struct abi3build_opaque_cell abi3build_PyCellObject;
typedef struct abi3build_opaque_compact abi3build_PyCompactUnicodeObject;
typedef struct abi3build_opaque_complex abi3build_PyComplexObject;
typedef struct abi3build_opaque_descr abi3build_PyDescrObject;
typedef struct abi3build_opaque_dict abi3build_PyDictObject;
typedef struct abi3build_opaque_float abi3build_PyFloatObject;
typedef struct abi3build_opaque_function abi3build_PyFunctionObject;
typedef struct abi3build_opaque_gen abi3build_PyGenObject;
typedef struct abi3build_opaque_heaptype abi3build_PyHeapTypeObject;
typedef struct abi3build_opaque_list abi3build_PyListObject;
typedef struct abi3build_opaque_memoryview abi3build_PyMemoryViewObject;
typedef struct abi3build_opaque_method abi3build_PyMethodObject;
typedef struct abi3build_opaque_odict abi3build_PyODictObject;
typedef struct abi3build_opaque_set abi3build_PySetObject;
typedef struct abi3build_opaque_slice abi3build_PySliceObject;
typedef struct abi3build_opaque_stop abi3build_PyStopIterationObject;
typedef struct abi3build_opaque_syntax abi3build_PySyntaxErrorObject;
typedef struct abi3build_opaque_oserror abi3build_PyOSErrorObject;
typedef struct abi3build_opaque_traceback abi3build_PyTracebackObject;
typedef struct abi3build_opaque_tuple abi3build_PyTupleObject;
typedef struct abi3build_opaque_unicode abi3build_PyUnicodeObject;
typedef struct abi3build_opaque_date abi3build_PyDateTime_Date;
typedef struct abi3build_opaque_datetime abi3build_PyDateTime_DateTime;
typedef struct abi3build_opaque_delta abi3build_PyDateTime_Delta;
typedef struct abi3build_opaque_time abi3build_PyDateTime_Time;
typedef struct abi3build_opaque_tzinfo abi3build_PyDateTime_TZInfo;

typedef struct abi3build_opaque_writer abi3build_PyUnicodeWriter;

/* Not opaque: PyArg_ParseTuple fills one for "D". */
typedef struct {
    double real, imag;
} abi3build_Py_complex;

typedef int64_t abi3build_PyTime_t;

typedef struct {
    const char *string;
} abi3build__Py_Identifier;

enum abi3build_PyUnicode_Kind {
    abi3build_WCHAR_KIND = 0,
    abi3build_1BYTE_KIND = 1,
    abi3build_2BYTE_KIND = 2,
    abi3build_4BYTE_KIND = 4
};

#if defined(__cplusplus)
}
#endif
