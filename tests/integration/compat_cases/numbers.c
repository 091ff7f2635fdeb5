/* Integers, floats, complex numbers and hashes. */

CASE(as_int)
{
#if PY_VERSION_HEX >= 0x030D0000
    int value = PyLong_AsInt(ONE());
#else
    int value = _PyLong_AsInt(ONE());
#endif
    return value == -1 && PyErr_Occurred() ? NULL : PyLong_FromLong(value);
}

CASE(sign)
{
    return PyLong_FromLong(_PyLong_Sign(ONE()));
}

CASE(sign_checked)
{
#if PY_VERSION_HEX >= 0x030E0000
    int sign = 5;
    if (PyLong_GetSign(ONE(), &sign) < 0)
        return NULL;
    return Py_BuildValue("(iiii)", sign, PyLong_IsPositive(ONE()),
                         PyLong_IsNegative(ONE()), PyLong_IsZero(ONE()));
#else
    NOT_HERE;
#endif
}

CASE(is_positive)
{
#if PY_VERSION_HEX >= 0x030E0000
    return status(PyLong_IsPositive(ONE()));
#else
    NOT_HERE;
#endif
}

CASE(bits)
{
#if PY_VERSION_HEX >= 0x030E0000
    return PyLong_FromLongLong(_PyLong_NumBits(ONE()));
#else
    return PyLong_FromSize_t(_PyLong_NumBits(ONE()));
#endif
}

CASE(from_bytes)
{
    const char *bytes;
    Py_ssize_t size;
    int little, is_signed;
    if (!PyArg_ParseTuple(args, "y#ii", &bytes, &size, &little, &is_signed))
        return NULL;
    return _PyLong_FromByteArray((const unsigned char *)bytes, (size_t)size, little,
                                 is_signed);
}

CASE(as_bytes)
{
    PyObject *number;
    Py_ssize_t size;
    int little, is_signed, result;
    unsigned char bytes[32];
    if (!PyArg_ParseTuple(args, "Onii", &number, &size, &little, &is_signed))
        return NULL;
#if PY_VERSION_HEX >= 0x030D0000
    result = _PyLong_AsByteArray((PyLongObject *)number, bytes, (size_t)size, little,
                                 is_signed, 0);
    if (PyErr_Occurred())
        return NULL;
    if (result < 0)
#  if defined(Py_LIMITED_API)
        /* Cython leaves the last argument out where the name is a macro. */
        result = _PyLong_AsByteArray((PyLongObject *)number, bytes, (size_t)size, little,
                                     is_signed);
#  else
        result = _PyLong_AsByteArray((PyLongObject *)number, bytes, (size_t)size, little,
                                     is_signed, 1);
#  endif
#else
    result = _PyLong_AsByteArray((PyLongObject *)number, bytes, (size_t)size, little,
                                 is_signed);
#endif
    return result < 0 ? NULL : PyBytes_FromStringAndSize((const char *)bytes, size);
}

CASE(from_text)
{
    return PyLong_FromUnicodeObject(ARGUMENT(0), (int)PyLong_AsLong(ARGUMENT(1)));
}

CASE(divisor)
{
    return _PyLong_GCD(ARGUMENT(0), ARGUMENT(1));
}

CASE(integer_private)
{
#if PY_VERSION_HEX < 0x030D0000
    PyObject *index;
    time_t time = _PyLong_AsTime_t(ONE());
    if (time == (time_t)-1 && PyErr_Occurred())
        return NULL;
#  if PY_VERSION_HEX >= 0x030A0000
    index = _PyNumber_Index(ONE());
#  else
    index = PyNumber_Index(ONE());
#  endif
    return Py_BuildValue("(NNN)", index, _PyLong_Format(ONE(), 16),
                         _PyLong_FromTime_t(time));
#else
    NOT_HERE;
#endif
}

CASE(fixed_from)
{
#if PY_VERSION_HEX >= 0x030E0000
    return Py_BuildValue("(NNNN)", PyLong_FromInt32(-2147483647 - 1),
                         PyLong_FromUInt32(4294967295u), PyLong_FromInt64(INT64_MIN),
                         PyLong_FromUInt64(UINT64_MAX));
#else
    NOT_HERE;
#endif
}

CASE(fixed_as)
{
#if PY_VERSION_HEX >= 0x030E0000
    PyObject *number = ARGUMENT(0);
    int32_t i32 = 0;
    uint32_t u32 = 0;
    int64_t i64 = 0;
    uint64_t u64 = 0;
    switch (PyLong_AsLong(ARGUMENT(1))) {
    case 0:
        return PyLong_AsInt32(number, &i32) < 0 ? NULL : PyLong_FromInt32(i32);
    case 1:
        return PyLong_AsUInt32(number, &u32) < 0 ? NULL : PyLong_FromUInt32(u32);
    case 2:
        return PyLong_AsInt64(number, &i64) < 0 ? NULL : PyLong_FromInt64(i64);
    default:
        return PyLong_AsUInt64(number, &u64) < 0 ? NULL : PyLong_FromUInt64(u64);
    }
#else
    NOT_HERE;
#endif
}

CASE(as_double)
{
    PyFloatObject *cast = (PyFloatObject *)ONE();
    return PyFloat_FromDouble(PyFloat_AS_DOUBLE(cast));
}

#if PY_VERSION_HEX >= 0x030B0000
typedef char float_byte;
#  define PACK(size) PyFloat_Pack##size
#  define UNPACK(size) PyFloat_Unpack##size
#else
typedef unsigned char float_byte;
#  define PACK(size) _PyFloat_Pack##size
#  define UNPACK(size) _PyFloat_Unpack##size
#endif

CASE(float_packed)
{
    double value;
    int little, size, result;
    float_byte bytes[8];
    if (!PyArg_ParseTuple(args, "dii", &value, &size, &little))
        return NULL;
#if PY_VERSION_HEX >= 0x030B0000
    result = size == 2 ? PyFloat_Pack2(value, bytes, little)
           : size == 4 ? PyFloat_Pack4(value, bytes, little)
                       : PyFloat_Pack8(value, bytes, little);
#else
    result = size == 2 ? _PyFloat_Pack2(value, bytes, little)
           : size == 4 ? _PyFloat_Pack4(value, bytes, little)
                       : _PyFloat_Pack8(value, bytes, little);
#endif
    if (result < 0)
        return NULL;
#if PY_VERSION_HEX >= 0x030B0000
    value = size == 2 ? PyFloat_Unpack2(bytes, little)
          : size == 4 ? PyFloat_Unpack4(bytes, little) : PyFloat_Unpack8(bytes, little);
#else
    value = size == 2 ? _PyFloat_Unpack2(bytes, little)
          : size == 4 ? _PyFloat_Unpack4(bytes, little) : _PyFloat_Unpack8(bytes, little);
#endif
    return Py_BuildValue("(y#d)", (const char *)bytes, (Py_ssize_t)size, value);
}

CASE(complex_number)
{
    PyComplexObject *cast = (PyComplexObject *)ONE();
    Py_complex number = PyComplex_AsCComplex((PyObject *)cast), sum, difference, negative;
    if (number.real == -1.0 && PyErr_Occurred())
        return NULL;
    sum = _Py_c_sum(number, number);
    difference = _Py_c_diff(sum, number);
    negative = _Py_c_neg(difference);
    errno = 5;
    double length = _Py_c_abs(number);
    int set = errno;
    return Py_BuildValue("(NNNNdi)", PyComplex_FromCComplex(number),
                         PyComplex_FromCComplex(sum), PyComplex_FromCComplex(difference),
                         PyComplex_FromCComplex(negative), length, set);
}

CASE(hashes)
{
    int place = 0;
    const char *bytes;
    Py_ssize_t size;
    double number;
    Py_hash_t pointer = _Py_HashPointer(&place), other = pointer, real;
    Py_hash_t block = PyObject_Hash(ARGUMENT(0));
    if (!PyArg_ParseTuple(args, "y#d", &bytes, &size, &number))
        return NULL;
#if PY_VERSION_HEX >= 0x030D0000
    other = Py_HashPointer(&place);
#else
    other = _Py_HashPointerRaw(&place);
    block = _Py_HashBytes(bytes, size);
#endif
#if PY_VERSION_HEX >= 0x030E0000
    block = Py_HashBuffer(bytes, size);
#endif
#if PY_VERSION_HEX >= 0x030A0000
    real = _Py_HashDouble(args, number);
#else
    real = _Py_HashDouble(number);
#endif
    size_t expected = ((size_t)&place >> 4) | ((size_t)&place << (8 * sizeof(size_t) - 4));
    return Py_BuildValue("(iniin)", block == PyObject_Hash(ARGUMENT(0)), real, pointer == (Py_hash_t)expected,
                         pointer == other, _Py_HashPointer((void *)~(size_t)0));
}

CASE(hash_constants)
{
#if PY_VERSION_HEX >= 0x030D0000
    return Py_BuildValue("(ninnn)", (Py_ssize_t)PyHASH_MULTIPLIER, (int)PyHASH_BITS,
                         (Py_ssize_t)PyHASH_MODULUS, (Py_ssize_t)PyHASH_INF,
                         (Py_ssize_t)PyHASH_IMAG);
#else
    NOT_HERE;
#endif
}
