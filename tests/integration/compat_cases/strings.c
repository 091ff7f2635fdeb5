/* Strings and characters. */

CASE(utf8)
{
    Py_ssize_t size = -1;
    PyUnicodeObject *cast = (PyUnicodeObject *)ONE();
    const char *with_size = PyUnicode_AsUTF8AndSize((PyObject *)cast, &size);
    const char *without = with_size ? PyUnicode_AsUTF8(ONE()) : NULL;
    if (without == NULL)
        return NULL;
    return Py_BuildValue("(y#iy)", with_size, size, with_size == without,
                         _PyUnicode_AsString(ONE()));
}

CASE(utf8_of_anything)
{
    const char *text = PyUnicode_AsUTF8(ONE());
#if PY_VERSION_HEX < 0x030A0000
    if (text != NULL)
        text = _PyUnicode_AsStringAndSize(ONE(), NULL);
#endif
    return text ? PyUnicode_FromString(text) : NULL;
}

CASE(text_properties)
{
    PyObject *text = ONE();
    PyASCIIObject *ascii = (PyASCIIObject *)text;
    PyCompactUnicodeObject *compact = (PyCompactUnicodeObject *)text;
    int kind = PyUnicode_KIND(text);
    const char *name = kind == PyUnicode_1BYTE_KIND ? "1"
                     : kind == PyUnicode_2BYTE_KIND ? "2"
                     : kind == PyUnicode_4BYTE_KIND ? "4" : "?";
    (void)ascii;
    (void)compact;
    return Py_BuildValue("(nIIisiiii)", PyUnicode_GET_LENGTH(text),
                         (unsigned int)PyUnicode_MAX_CHAR_VALUE(text),
                         PyUnicode_GET_LENGTH(text)
                             ? (unsigned int)PyUnicode_READ_CHAR(text, 0) : 0u,
                         kind, name, PyUnicode_IS_ASCII(text) != 0,
                         PyUnicode_IS_COMPACT_ASCII(text) != 0, PyUnicode_READY(text),
                         PyUnicode_IS_READY(text) != 0);
}

CASE(kind_constants)
{
    enum PyUnicode_Kind kind = PyUnicode_2BYTE_KIND;
#if PY_VERSION_HEX < 0x030C0000
    int last = PyUnicode_WCHAR_KIND;
    Py_UNICODE wide = 0x20;
#else
    int last = 0;
    wchar_t wide = 0x20;
#endif
    return Py_BuildValue("(iii)", (int)kind, last, (int)(wide * sizeof wide));
}

#if PY_VERSION_HEX < 0x030D0000
CASE(wide_type)
{
    Py_UNICODE wide = 0x20;
    return PyLong_FromSize_t(sizeof wide);
}
#else
CASE(wide_type)
{
    return PyLong_FromSize_t(sizeof(Py_UNICODE));
}
#endif

CASE(from_kind)
{
    const char *bytes;
    int kind;
    Py_ssize_t size, count;
    if (!PyArg_ParseTuple(args, "iy#n", &kind, &bytes, &size, &count))
        return NULL;
    return PyUnicode_FromKindAndData(kind, bytes, count);
}

CASE(compare)
{
    PyObject *left = ARGUMENT(0), *right = ARGUMENT(1);
#if PY_VERSION_HEX < 0x030D0000
    int equal = _PyUnicode_EQ(left, right);
#  if PY_VERSION_HEX >= 0x030B0000
    equal += 2 * _PyUnicode_Equal(left, right);
#  endif
    return Py_BuildValue("(ii)", equal != 0,
                         _PyUnicode_EqualToASCIIString(left, "plain"));
#elif PY_VERSION_HEX >= 0x030E0000
    int equal = PyUnicode_Equal(left, right);
    return equal < 0 ? NULL : PyLong_FromLong(equal);
#else
    (void)left;
    (void)right;
    NOT_HERE;
#endif
}

CASE(writer)
{
#if PY_VERSION_HEX >= 0x030E0000
    PyUnicodeWriter *writer = PyUnicodeWriter_Create(3);
    if (PyUnicodeWriter_WriteChar(writer, 0x1F600) < 0
        || PyUnicodeWriter_WriteStr(writer, ARGUMENT(0)) < 0
        || PyUnicodeWriter_WriteRepr(writer, ARGUMENT(0)) < 0
        || PyUnicodeWriter_WriteRepr(writer, NULL) < 0
        || PyUnicodeWriter_WriteUTF8(writer, "\xc3\xafx", 2) < 0
        || PyUnicodeWriter_WriteASCII(writer, "ascii", -1) < 0
        || PyUnicodeWriter_WriteWideChar(writer, L"wide", 4) < 0
        || PyUnicodeWriter_WriteSubstring(writer, ARGUMENT(1), 1,
                                          PyLong_AsSsize_t(ARGUMENT(2))) < 0
        || PyUnicodeWriter_Format(writer, "%d %s", 5, "five") < 0) {
        PyUnicodeWriter_Discard(writer);
        return NULL;
    }
    return PyUnicodeWriter_Finish(writer);
#else
    NOT_HERE;
#endif
}

CASE(writer_refusals)
{
#if PY_VERSION_HEX >= 0x030E0000
    PyUnicodeWriter *writer = PyUnicodeWriter_Create(PyLong_AsSsize_t(ARGUMENT(0)));
    if (writer == NULL)
        return NULL;
    PyUnicodeWriter_WriteChar(writer, (Py_UCS4)PyLong_AsUnsignedLong(ARGUMENT(1)));
    if (!PyErr_Occurred())
        PyUnicodeWriter_WriteUTF8(writer, PyBytes_AsString(ARGUMENT(2)), -1);
    PyUnicodeWriter_Discard(writer);
    PyUnicodeWriter_Discard(NULL);
    return PyErr_Occurred() ? NULL : Py_BuildValue("");
#else
    NOT_HERE;
#endif
}

CASE(equal_to_utf8)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *text;
    const char *other;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "Uy#", &text, &other, &size))
        return NULL;
    return Py_BuildValue("(ii)", PyUnicode_EqualToUTF8(text, other),
                         PyUnicode_EqualToUTF8AndSize(text, other, size));
#else
    NOT_HERE;
#endif
}

CASE(encode_private)
{
#if PY_VERSION_HEX < 0x030D0000
    PyObject *ascii = _PyUnicode_AsASCIIString(ARGUMENT(0), "replace");
    PyObject *latin = _PyUnicode_AsLatin1String(ARGUMENT(0), NULL);
    if (latin == NULL) {
        Py_XDECREF(ascii);
        return NULL;
    }
    return Py_BuildValue("(NN)", ascii, latin);
#else
    NOT_HERE;
#endif
}

CASE(text_private)
{
#if PY_VERSION_HEX < 0x030D0000
    PyObject *text = ARGUMENT(0), *items[2] = {text, ARGUMENT(1)};
    PyObject *joined = _PyUnicode_JoinArray(ARGUMENT(2), items, 2);
    if (joined == NULL)
        return NULL;
    return Py_BuildValue("(INN)",
                         (unsigned int)_PyUnicode_FindMaxChar(text, 0,
                                                              PyUnicode_GetLength(text)),
                         joined, _PyUnicode_FromASCII("ascii only", 5));
#else
    NOT_HERE;
#endif
}

CASE(character)
{
    Py_UCS4 c = (Py_UCS4)PyLong_AsUnsignedLong(ONE());
    return Py_BuildValue(
        "(iiiiiiiiiii)", Py_UNICODE_ISSPACE(c) != 0, Py_UNICODE_ISALPHA(c) != 0,
        Py_UNICODE_ISALNUM(c) != 0, Py_UNICODE_ISDECIMAL(c) != 0,
        Py_UNICODE_ISDIGIT(c) != 0, Py_UNICODE_ISNUMERIC(c) != 0,
        Py_UNICODE_ISLOWER(c) != 0, Py_UNICODE_ISUPPER(c) != 0,
        Py_UNICODE_ISTITLE(c) != 0, Py_UNICODE_ISPRINTABLE(c) != 0,
        Py_UNICODE_ISLINEBREAK(c) != 0);
}

CASE(character_changed)
{
    Py_UCS4 c = (Py_UCS4)PyLong_AsUnsignedLong(ONE());
    return Py_BuildValue("(IIIiid)", (unsigned int)Py_UNICODE_TOLOWER(c),
                         (unsigned int)Py_UNICODE_TOUPPER(c),
                         (unsigned int)Py_UNICODE_TOTITLE(c), Py_UNICODE_TODECIMAL(c),
                         Py_UNICODE_TODIGIT(c), Py_UNICODE_TONUMERIC(c));
}

CASE(character_functions)
{
    Py_UCS4 c = (Py_UCS4)PyLong_AsUnsignedLong(ONE());
    PyObject *classes = Py_BuildValue(
        "(iiiiiiiiii)", _PyUnicode_IsWhitespace(c) != 0, _PyUnicode_IsAlpha(c) != 0,
        _PyUnicode_IsDecimalDigit(c) != 0, _PyUnicode_IsDigit(c) != 0,
        _PyUnicode_IsNumeric(c) != 0, _PyUnicode_IsLowercase(c) != 0,
        _PyUnicode_IsUppercase(c) != 0, _PyUnicode_IsTitlecase(c) != 0,
        _PyUnicode_IsPrintable(c) != 0, _PyUnicode_IsLinebreak(c) != 0);
    return Py_BuildValue("(NIIIiid)", classes, (unsigned int)_PyUnicode_ToLowercase(c),
                         (unsigned int)_PyUnicode_ToUppercase(c),
                         (unsigned int)_PyUnicode_ToTitlecase(c),
                         _PyUnicode_ToDecimalDigit(c), _PyUnicode_ToDigit(c),
                         _PyUnicode_ToNumeric(c));
}

/* All characters at once: a number for those in each class, and one for the changed. */
CASE(all_characters)
{
    Py_UCS4 c, start = (Py_UCS4)PyLong_AsUnsignedLong(ARGUMENT(0));
    Py_UCS4 end = (Py_UCS4)PyLong_AsUnsignedLong(ARGUMENT(1));
    unsigned int sums[17] = {0};
    PyObject *made = PyList_New(0);
    int index;
    for (c = start; c < end; c++) {
        unsigned int weight = c * 2654435761u;
        sums[0] += weight * (Py_UNICODE_ISSPACE(c) != 0);
        sums[1] += weight * (Py_UNICODE_ISALPHA(c) != 0);
        sums[2] += weight * (Py_UNICODE_ISALNUM(c) != 0);
        sums[3] += weight * (Py_UNICODE_ISDECIMAL(c) != 0);
        sums[4] += weight * (Py_UNICODE_ISDIGIT(c) != 0);
        sums[5] += weight * (Py_UNICODE_ISNUMERIC(c) != 0);
        sums[6] += weight * (Py_UNICODE_ISLOWER(c) != 0);
        sums[7] += weight * (Py_UNICODE_ISUPPER(c) != 0);
        sums[8] += weight * (Py_UNICODE_ISTITLE(c) != 0);
        sums[9] += weight * (Py_UNICODE_ISPRINTABLE(c) != 0);
        sums[10] += weight * (Py_UNICODE_ISLINEBREAK(c) != 0);
        sums[11] += weight ^ Py_UNICODE_TOLOWER(c);
        sums[12] += weight ^ Py_UNICODE_TOUPPER(c);
        sums[13] += weight ^ Py_UNICODE_TOTITLE(c);
        sums[14] += weight ^ (unsigned int)Py_UNICODE_TODECIMAL(c);
        sums[15] += weight ^ (unsigned int)Py_UNICODE_TODIGIT(c);
        sums[16] += weight ^ (unsigned int)(int)(Py_UNICODE_TONUMERIC(c) * 64);
    }
    for (index = 0; index < 17; index++) {
        PyObject *sum = PyLong_FromUnsignedLong(sums[index]);
        PyList_Append(made, sum);
        Py_DECREF(sum);
    }
    return made;
}

CASE(surrogates)
{
    Py_UCS4 c = (Py_UCS4)PyLong_AsUnsignedLong(ONE());
    Py_UCS4 high = Py_UNICODE_HIGH_SURROGATE(c), low = Py_UNICODE_LOW_SURROGATE(c);
    return Py_BuildValue("(IIIiiiiii)", (unsigned int)high, (unsigned int)low,
                         (unsigned int)Py_UNICODE_JOIN_SURROGATES(high, low),
                         Py_UNICODE_IS_SURROGATE(high) != 0, Py_UNICODE_IS_SURROGATE(c) != 0,
                         Py_UNICODE_IS_HIGH_SURROGATE(high) != 0,
                         Py_UNICODE_IS_HIGH_SURROGATE(low) != 0,
                         Py_UNICODE_IS_LOW_SURROGATE(low) != 0,
                         Py_UNICODE_IS_LOW_SURROGATE(high) != 0);
}

CASE(ascii_classes)
{
    int c = (int)PyLong_AsLong(ONE());
    return Py_BuildValue("(iiiiiiiii)", Py_ISALNUM(c) != 0, Py_ISALPHA(c) != 0,
                         Py_ISDIGIT(c) != 0, Py_ISLOWER(c) != 0, Py_ISSPACE(c) != 0,
                         Py_ISUPPER(c) != 0, Py_ISXDIGIT(c) != 0, Py_TOLOWER(c),
                         Py_TOUPPER(c));
}
