/* Complex numbers as pairs of doubles. */

ABI3BUILD_BEGIN

ABI3BUILD_HELPER abi3build_Py_complex abi3build_pair(double real, double imag)
{
    abi3build_Py_complex pair;
    pair.real = real;
    pair.imag = imag;
    return pair;
}

/* Below 3.13 the two limited accessors do not ask __complex__. */
ABI3BUILD_HELPER abi3build_Py_complex abi3build_as_complex(PyObject *number)
{
    PyObject *converted = NULL;
    abi3build_Py_complex pair = abi3build_pair(-1.0, 0.0);
    if (!PyComplex_Check(number)
        && PyObject_HasAttrString((PyObject *)Py_TYPE(number), "__complex__")) {
        converted = PyObject_CallFunctionObjArgs((PyObject *)&PyComplex_Type, number,
                                                 NULL);
        if (converted == NULL)
            return pair;
        number = converted;
    }
    pair.real = PyComplex_RealAsDouble(number);
    if (PyComplex_Check(number))
        pair.imag = PyComplex_ImagAsDouble(number);
    Py_XDECREF(converted);
    return pair;
}

ABI3BUILD_OWN abi3build_Py_complex abi3build_PyComplex_AsCComplex(PyObject *number)
{
    return abi3build_as_complex(number);
}

ABI3BUILD_OWN PyObject *abi3build_PyComplex_FromCComplex(abi3build_Py_complex pair)
{
    return PyComplex_FromDoubles(pair.real, pair.imag);
}

ABI3BUILD_OWN abi3build_Py_complex abi3build__Py_c_sum(abi3build_Py_complex a,
                                                       abi3build_Py_complex b)
{
    return abi3build_pair(a.real + b.real, a.imag + b.imag);
}

ABI3BUILD_OWN abi3build_Py_complex abi3build__Py_c_diff(abi3build_Py_complex a,
                                                        abi3build_Py_complex b)
{
    return abi3build_pair(a.real - b.real, a.imag - b.imag);
}

ABI3BUILD_OWN abi3build_Py_complex abi3build__Py_c_neg(abi3build_Py_complex a)
{
    return abi3build_pair(-a.real, -a.imag);
}

ABI3BUILD_OWN double abi3build__Py_c_abs(abi3build_Py_complex a)
{
    double length = hypot(a.real, a.imag);
    int overflows = isinf(length) && !isinf(a.real) && !isinf(a.imag);
    errno = overflows ? ERANGE : 0;
    return length;
}

ABI3BUILD_END
