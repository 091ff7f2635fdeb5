/* Integers, floats and complex numbers. */

ABI3BUILD_BEGIN

ABI3BUILD_HELPER int abi3build_as_int(PyObject *number)
{
    int overflow;
    long value = PyLong_AsLongAndOverflow(number, &overflow);
    if (overflow || value > INT_MAX || value < INT_MIN) {
        PyErr_SetString(PyExc_OverflowError, "Python int too large to convert to C int");
        return -1;
    }
    return (int)value;
}

ABI3BUILD_OWN int abi3build_PyLong_AsInt(PyObject *number)
{
    return abi3build_as_int(number);
}

ABI3BUILD_HELPER int abi3build_sign(PyObject *number)
{
    int overflow;
    long value = PyLong_AsLongAndOverflow(number, &overflow);
    return overflow ? overflow : (value > 0) - (value < 0);
}

ABI3BUILD_OWN int abi3build__PyLong_Sign(PyObject *number)
{
    return abi3build_sign(number);
}

ABI3BUILD_HELPER int abi3build_must_be_int(PyObject *number, const char *refusal)
{
    if (PyLong_Check(number))
        return 0;
    abi3build_wrong_type(refusal, number);
    return -1;
}

ABI3BUILD_OWN int abi3build_PyLong_GetSign(PyObject *number, int *sign)
{
    if (abi3build_must_be_int(number, "expect int, got %U") < 0)
        return -1;
    *sign = abi3build_sign(number);
    return 0;
}

ABI3BUILD_OWN int abi3build_PyLong_IsPositive(PyObject *number)
{
    return abi3build_must_be_int(number, "expected int, got %U") < 0
               ? -1 : abi3build_sign(number) > 0;
}

ABI3BUILD_OWN int abi3build_PyLong_IsNegative(PyObject *number)
{
    return abi3build_must_be_int(number, "expected int, got %U") < 0
               ? -1 : abi3build_sign(number) < 0;
}

ABI3BUILD_OWN int abi3build_PyLong_IsZero(PyObject *number)
{
    return abi3build_must_be_int(number, "expected int, got %U") < 0
               ? -1 : abi3build_sign(number) == 0;
}

ABI3BUILD_HELPER Py_ssize_t abi3build_bit_length(PyObject *number)
{
    PyObject *bits = PyObject_CallMethod((PyObject *)&PyLong_Type, "bit_length", "O",
                                         number);
    Py_ssize_t count = bits != NULL ? PyLong_AsSsize_t(bits) : -1;
    Py_XDECREF(bits);
    return count;
}

/* Call int.from_bytes or int.to_bytes, which know the order and the sign by words. */
ABI3BUILD_HELPER PyObject *abi3build_call_signed(const char *method, PyObject *arguments,
                                                 int is_signed)
{
    PyObject *function, *keywords, *result = NULL;
    if (arguments == NULL)
        return NULL;
    function = PyObject_GetAttrString((PyObject *)&PyLong_Type, method);
    keywords = Py_BuildValue("{sO}", "signed", is_signed ? Py_True : Py_False);
    if (function != NULL && keywords != NULL)
        result = PyObject_Call(function, arguments, keywords);
    Py_XDECREF(function);
    Py_XDECREF(keywords);
    Py_DECREF(arguments);
    return result;
}

ABI3BUILD_HELPER PyObject *abi3build_from_byte_array(const unsigned char *bytes,
                                                     size_t size, int little,
                                                     int is_signed)
{
    PyObject *copy = PyBytes_FromStringAndSize((const char *)bytes, (Py_ssize_t)size);
    if (copy == NULL)
        return NULL;
    return abi3build_call_signed(
        "from_bytes", Py_BuildValue("(Ns)", copy, little ? "little" : "big"), is_signed);
}

ABI3BUILD_OWN PyObject *abi3build__PyLong_FromByteArray(const unsigned char *bytes,
                                                        size_t size, int little,
                                                        int is_signed)
{
    return abi3build_from_byte_array(bytes, size, little, is_signed);
}

ABI3BUILD_HELPER int abi3build_as_byte_array(PyObject *number, unsigned char *bytes,
                                             size_t size, int little, int is_signed,
                                             int with_exceptions)
{
    PyObject *result = abi3build_call_signed(
        "to_bytes",
        Py_BuildValue("(Ons)", number, (Py_ssize_t)size, little ? "little" : "big"),
        is_signed);
    if (result == NULL) {
        if (!with_exceptions)
            PyErr_Clear();
        return -1;
    }
    memcpy(bytes, PyBytes_AsString(result), size);
    Py_DECREF(result);
    return 0;
}

/* The full API has changed these two. */
#if PY_VERSION_HEX >= 0x030E0000
#  define ABI3BUILD_NUM_BITS(number) ((int64_t)abi3build_bit_length(number))
#else
#  define ABI3BUILD_NUM_BITS(number) ((size_t)abi3build_bit_length(number))
#endif
/* 3.13 added the last of six arguments. Cython passes five wherever the name is a
   macro, with any headers. The outer macro is for the older preprocessor of MSVC. */
#define ABI3BUILD_RAISING_BYTE_ARRAY(...) abi3build_as_byte_array(__VA_ARGS__, 1)
#define ABI3BUILD_SEVENTH(a, b, c, d, e, f, seventh, ...) seventh
#define ABI3BUILD_EXPANDED(expression) expression
#define ABI3BUILD_AS_BYTE_ARRAY(...) \
    ABI3BUILD_EXPANDED(ABI3BUILD_SEVENTH(__VA_ARGS__, abi3build_as_byte_array, \
                                         ABI3BUILD_RAISING_BYTE_ARRAY, 0)(__VA_ARGS__))

ABI3BUILD_OWN PyObject *abi3build_PyLong_FromUnicodeObject(PyObject *text, int base)
{
    if ((base != 0 && base < 2) || base > 36) {
        PyErr_SetString(PyExc_ValueError, "int() arg 2 must be >= 2 and <= 36");
        return NULL;
    }
    return PyObject_CallFunction((PyObject *)&PyLong_Type, "Oi", text, base);
}

ABI3BUILD_OWN PyObject *abi3build__PyLong_GCD(PyObject *left, PyObject *right)
{
    PyObject *function = abi3build_from_module("math", "gcd"), *result;
    if (function == NULL)
        return NULL;
    result = PyObject_CallFunctionObjArgs(function, left, right, NULL);
    Py_DECREF(function);
    return result;
}

ABI3BUILD_OWN PyObject *abi3build__PyLong_FromTime_t(time_t time)
{
    return PyLong_FromLongLong((long long)time);
}

ABI3BUILD_HELPER time_t abi3build_as_time(PyObject *number)
{
    long long value = PyLong_AsLongLong(number);
    if ((value == -1 && PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_OverflowError))
        || (long long)(time_t)value != value) {
        PyErr_SetString(PyExc_OverflowError,
                        "timestamp out of range for platform time_t");
        return -1;
    }
    return (time_t)value;
}

ABI3BUILD_OWN time_t abi3build__PyLong_AsTime_t(PyObject *number)
{
    return abi3build_as_time(number);
}

/* Integers of a fixed width. */
ABI3BUILD_HELPER int abi3build_fixed_overflow(const char *name)
{
    PyErr_Format(PyExc_OverflowError, "Python int too large to convert to C %s", name);
    return -1;
}

ABI3BUILD_HELPER int abi3build_fixed_signed(PyObject *number, long long lowest,
                                            long long highest, const char *name,
                                            long long *value)
{
    PyObject *whole = PyNumber_Index(number); /* below 3.10 a float would pass */
    int overflow = 0;
    if (whole == NULL)
        return -1;
    *value = PyLong_AsLongLongAndOverflow(whole, &overflow);
    Py_DECREF(whole);
    if (overflow || *value < lowest || *value > highest)
        return abi3build_fixed_overflow(name);
    return 0;
}

ABI3BUILD_HELPER int abi3build_fixed_unsigned(PyObject *number,
                                              unsigned long long highest,
                                              const char *name,
                                              unsigned long long *value)
{
    PyObject *whole = PyNumber_Index(number);
    unsigned long long found;
    if (whole == NULL)
        return -1;
    if (abi3build_sign(whole) < 0) {
        Py_DECREF(whole);
        PyErr_SetString(PyExc_ValueError, "Cannot convert negative int");
        return -1;
    }
    found = PyLong_AsUnsignedLongLong(whole);
    Py_DECREF(whole);
    if (found == (unsigned long long)-1 && PyErr_Occurred()) {
        PyErr_Clear();
        return abi3build_fixed_overflow(name);
    }
    if (found > highest)
        return abi3build_fixed_overflow(name);
    *value = found;
    return 0;
}

ABI3BUILD_OWN int abi3build_PyLong_AsInt32(PyObject *number, int32_t *value)
{
    long long found = 0;
    int status = abi3build_fixed_signed(number, INT32_MIN, INT32_MAX, "int32_t", &found);
    if (status == 0)
        *value = (int32_t)found;
    return status;
}

ABI3BUILD_OWN int abi3build_PyLong_AsInt64(PyObject *number, int64_t *value)
{
    long long found = 0;
    int status = abi3build_fixed_signed(number, INT64_MIN, INT64_MAX, "int64_t", &found);
    if (status == 0)
        *value = (int64_t)found;
    return status;
}

ABI3BUILD_OWN int abi3build_PyLong_AsUInt32(PyObject *number, uint32_t *value)
{
    unsigned long long found = 0;
    int status = abi3build_fixed_unsigned(number, UINT32_MAX, "uint32_t", &found);
    if (status == 0)
        *value = (uint32_t)found;
    return status;
}

ABI3BUILD_OWN int abi3build_PyLong_AsUInt64(PyObject *number, uint64_t *value)
{
    unsigned long long found = 0;
    int status = abi3build_fixed_unsigned(number, UINT64_MAX, "uint64_t", &found);
    if (status == 0)
        *value = (uint64_t)found;
    return status;
}

/* Floats as bytes: IEEE 754, as on every platform that CPython supports. */
ABI3BUILD_HELPER void abi3build_copy_bytes(char *to, const char *from, int size,
                                           int little)
{
    const union { int number; char first; } one = {1};
    int index, as_it_is = (one.first != 0) == (little != 0);
    for (index = 0; index < size; index++)
        to[index] = from[as_it_is ? index : size - 1 - index];
}

ABI3BUILD_HELPER int abi3build_pack8(double value, char *bytes, int little)
{
    char native[sizeof value];
    memcpy(native, &value, sizeof value);
    abi3build_copy_bytes(bytes, native, (int)sizeof value, little);
    return 0;
}

ABI3BUILD_HELPER double abi3build_unpack8(const char *bytes, int little)
{
    char native[sizeof(double)];
    double value;
    abi3build_copy_bytes(native, bytes, (int)sizeof value, little);
    memcpy(&value, native, sizeof value);
    return value;
}

ABI3BUILD_HELPER int abi3build_pack4(double value, char *bytes, int little)
{
    float narrow = (float)value;
    char native[sizeof narrow];
    if (isinf(narrow) && !isinf(value)) {
        PyErr_SetString(PyExc_OverflowError, "float too large to pack with f format");
        return -1;
    }
    memcpy(native, &narrow, sizeof narrow);
    abi3build_copy_bytes(bytes, native, (int)sizeof narrow, little);
    return 0;
}

ABI3BUILD_HELPER double abi3build_unpack4(const char *bytes, int little)
{
    char native[sizeof(float)];
    float value;
    abi3build_copy_bytes(native, bytes, (int)sizeof value, little);
    memcpy(&value, native, sizeof value);
    return value;
}

ABI3BUILD_HELPER int abi3build_pack2(double value, char *bytes, int little)
{
    PyObject *pack = abi3build_from_module("struct", "pack"), *packed = NULL;
    if (pack != NULL)
        packed = PyObject_CallFunction(pack, "sd", little ? "<e" : ">e", value);
    if (packed != NULL)
        memcpy(bytes, PyBytes_AsString(packed), 2);
    Py_XDECREF(pack);
    return abi3build_done(packed);
}

ABI3BUILD_HELPER double abi3build_unpack2(const char *bytes, int little)
{
    PyObject *unpack = abi3build_from_module("struct", "unpack"), *values = NULL;
    PyObject *copy = PyBytes_FromStringAndSize(bytes, 2);
    double value = -1.0;
    if (unpack != NULL && copy != NULL)
        values = PyObject_CallFunction(unpack, "sO", little ? "<e" : ">e", copy);
    if (values != NULL)
        value = PyFloat_AsDouble(PyTuple_GetItem(values, 0));
    Py_XDECREF(values);
    Py_XDECREF(copy);
    Py_XDECREF(unpack);
    return value;
}

ABI3BUILD_END
