/* PyUnicodeWriter of 3.14: here a list of parts, which are joined at the end. */

ABI3BUILD_BEGIN

ABI3BUILD_OWN abi3build_PyUnicodeWriter *abi3build_PyUnicodeWriter_Create(
    Py_ssize_t length)
{
    if (length < 0) {
        PyErr_SetString(PyExc_ValueError, "length must be positive");
        return NULL;
    }
    return (abi3build_PyUnicodeWriter *)PyList_New(0);
}

ABI3BUILD_OWN void abi3build_PyUnicodeWriter_Discard(abi3build_PyUnicodeWriter *writer)
{
    Py_XDECREF((PyObject *)writer);
}

ABI3BUILD_HELPER PyObject *abi3build_finish_writer(abi3build_PyUnicodeWriter *writer)
{
    PyObject *nothing = PyUnicode_FromString(""), *text = NULL;
    if (nothing != NULL)
        text = PyUnicode_Join(nothing, (PyObject *)writer);
    Py_XDECREF(nothing);
    Py_DECREF((PyObject *)writer);
    return text;
}

ABI3BUILD_OWN PyObject *abi3build_PyUnicodeWriter_Finish(
    abi3build_PyUnicodeWriter *writer)
{
    return abi3build_finish_writer(writer);
}

/* Take over a part; -1 where there is none. */
ABI3BUILD_HELPER int abi3build_write(abi3build_PyUnicodeWriter *writer, PyObject *part)
{
    int status = part != NULL ? PyList_Append((PyObject *)writer, part) : -1;
    Py_XDECREF(part);
    return status;
}

ABI3BUILD_OWN int abi3build_PyUnicodeWriter_WriteChar(abi3build_PyUnicodeWriter *writer,
                                                      Py_UCS4 character)
{
    if (character > 0x10ffff) {
        PyErr_SetString(PyExc_ValueError, "character must be in range(0x110000)");
        return -1;
    }
    return abi3build_write(writer, abi3build_from_ucs4(&character, 1));
}

ABI3BUILD_OWN int abi3build_PyUnicodeWriter_WriteStr(abi3build_PyUnicodeWriter *writer,
                                                     PyObject *object)
{
    return abi3build_write(writer, PyObject_Str(object));
}

ABI3BUILD_OWN int abi3build_PyUnicodeWriter_WriteRepr(abi3build_PyUnicodeWriter *writer,
                                                      PyObject *object)
{
    return abi3build_write(writer, object == NULL ? PyUnicode_FromString("<NULL>")
                                                  : PyObject_Repr(object));
}

ABI3BUILD_OWN int abi3build_PyUnicodeWriter_WriteUTF8(abi3build_PyUnicodeWriter *writer,
                                                      const char *text, Py_ssize_t size)
{
    if (size < 0)
        size = (Py_ssize_t)strlen(text);
    return abi3build_write(writer, PyUnicode_DecodeUTF8(text, size, NULL));
}

ABI3BUILD_OWN int abi3build_PyUnicodeWriter_WriteASCII(abi3build_PyUnicodeWriter *writer,
                                                       const char *text, Py_ssize_t size)
{
    if (size < 0)
        size = (Py_ssize_t)strlen(text);
    return abi3build_write(writer, PyUnicode_DecodeLatin1(text, size, NULL));
}

ABI3BUILD_OWN int abi3build_PyUnicodeWriter_WriteWideChar(
    abi3build_PyUnicodeWriter *writer, const wchar_t *text, Py_ssize_t size)
{
    return abi3build_write(writer, PyUnicode_FromWideChar(text, size));
}

ABI3BUILD_HELPER int abi3build_write_part(abi3build_PyUnicodeWriter *writer,
                                          PyObject *text, Py_ssize_t start,
                                          Py_ssize_t end)
{
    if (!PyUnicode_Check(text)) {
        abi3build_wrong_type("expect str, not %U", text);
        return -1;
    }
    if (start < 0 || start > end || end > PyUnicode_GetLength(text)) {
        PyErr_SetString(PyExc_ValueError, start < 0 || start > end
                                              ? "invalid start argument"
                                              : "invalid end argument");
        return -1;
    }
    return abi3build_write(writer, PyUnicode_Substring(text, start, end));
}

ABI3BUILD_OWN int abi3build_PyUnicodeWriter_WriteSubstring(
    abi3build_PyUnicodeWriter *writer, PyObject *text, Py_ssize_t start, Py_ssize_t end)
{
    return abi3build_write_part(writer, text, start, end);
}

ABI3BUILD_HELPER int abi3build_write_format(abi3build_PyUnicodeWriter *writer,
                                            const char *format, ...)
{
    PyObject *text;
    va_list arguments;
    va_start(arguments, format);
    text = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    return abi3build_write(writer, text);
}

ABI3BUILD_END
