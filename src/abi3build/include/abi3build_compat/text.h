/* Strings: their UTF-8, their highest character, comparing and joining. */

#if ABI3BUILD_BELOW(0x030A0000)
#  if defined(__cplusplus)
extern "C" {
#  endif
PyAPI_FUNC(int) _PyArg_Parse_SizeT(PyObject *, const char *, ...);
#  if defined(__cplusplus)
}
#  endif
#endif

ABI3BUILD_BEGIN

/* PyUnicode_AsUTF8AndSize is in the stable ABI since 3.10.  The format "s#" gives the
   same pointer, which the string keeps: https://docs.python.org/3/c-api/arg.html */
ABI3BUILD_HELPER const char *abi3build_utf8(PyObject *text, Py_ssize_t *size)
{
#if ABI3BUILD_BELOW(0x030A0000)
    const char *characters = NULL;
    Py_ssize_t length = 0;
    if (!PyUnicode_Check(text)) {
        PyErr_BadArgument();
        return NULL;
    }
    if (!_PyArg_Parse_SizeT(text, "s#", &characters, &length))
        return NULL;
    if (size != NULL)
        *size = length;
    return characters;
#else
    return PyUnicode_AsUTF8AndSize(text, size);
#endif
}

ABI3BUILD_OWN const char *abi3build_PyUnicode_AsUTF8AndSize(PyObject *text,
                                                            Py_ssize_t *size)
{
    return abi3build_utf8(text, size);
}

ABI3BUILD_OWN const char *abi3build_PyUnicode_AsUTF8(PyObject *text)
{
    return abi3build_utf8(text, NULL);
}

/* A short string is read sooner than a method is called. */
ABI3BUILD_HELPER int abi3build_is_ascii(PyObject *text)
{
    Py_ssize_t index, size = PyUnicode_GetLength(text);
    abi3build_raised raised;
    PyObject *answer;
    int is_ascii;
    for (index = 0; index < size && index < 64; index++)
        if (PyUnicode_ReadChar(text, index) > 0x7f)
            return 0;
    if (index == size)
        return 1;
    raised = abi3build_set_aside();
    answer = PyObject_CallMethod((PyObject *)&PyUnicode_Type, "isascii", "O", text);
    is_ascii = answer == Py_True;
    Py_XDECREF(answer);
    abi3build_put_back(raised);
    return is_ascii;
}

/* The highest character of a part, as the least of 0x7f, 0xff, 0xffff and 0x10ffff. */
ABI3BUILD_HELPER Py_UCS4 abi3build_highest(PyObject *text, Py_ssize_t start,
                                           Py_ssize_t end)
{
    Py_UCS4 highest = 0;
    for (; start < end && highest < 0x10000; start++) {
        Py_UCS4 character = PyUnicode_ReadChar(text, start);
        highest = character > highest ? character : highest;
    }
    return highest < 0x80 ? 0x7f : highest < 0x100 ? 0xff
         : highest < 0x10000 ? 0xffff : 0x10ffff;
}

ABI3BUILD_HELPER Py_UCS4 abi3build_max_char_value(PyObject *text)
{
    if (abi3build_is_ascii(text))
        return 0x7f;
    return abi3build_highest(text, 0, PyUnicode_GetLength(text));
}

ABI3BUILD_HELPER enum abi3build_PyUnicode_Kind abi3build_kind(PyObject *text)
{
    Py_UCS4 highest = abi3build_max_char_value(text);
    return highest < 0x100 ? abi3build_1BYTE_KIND
         : highest < 0x10000 ? abi3build_2BYTE_KIND : abi3build_4BYTE_KIND;
}

ABI3BUILD_HELPER PyObject *abi3build_from_ucs4(const Py_UCS4 *characters,
                                               Py_ssize_t size)
{
    const union { Py_UCS4 number; char first; } one = {1};
    int order = one.first ? -1 : 1; /* else a byte order mark would be looked for */
    if (size > ABI3BUILD_SSIZE_MAX / 4)
        return PyErr_NoMemory();
    return PyUnicode_DecodeUTF32((const char *)characters, size * 4, "surrogatepass",
                                 &order);
}

/* Not by UTF-16: that would join two surrogates to one character. */
ABI3BUILD_HELPER PyObject *abi3build_from_ucs2(const Py_UCS2 *units, Py_ssize_t size)
{
    PyObject *text;
    Py_ssize_t index;
    Py_UCS4 *wider;
    if (size > ABI3BUILD_SSIZE_MAX / 4)
        return PyErr_NoMemory();
    wider = (Py_UCS4 *)PyMem_Malloc((size_t)size * sizeof(Py_UCS4));
    if (wider == NULL)
        return PyErr_NoMemory();
    for (index = 0; index < size; index++)
        wider[index] = units[index];
    text = abi3build_from_ucs4(wider, size);
    PyMem_Free(wider);
    return text;
}

ABI3BUILD_HELPER PyObject *abi3build_from_kind(int kind, const void *buffer,
                                               Py_ssize_t size)
{
    if (size < 0) {
        PyErr_SetString(PyExc_ValueError, "size must be positive");
        return NULL;
    }
    switch (kind) {
    case 1:
        return PyUnicode_DecodeLatin1((const char *)buffer, size, NULL);
    case 2:
        return abi3build_from_ucs2((const Py_UCS2 *)buffer, size);
    case 4:
        return abi3build_from_ucs4((const Py_UCS4 *)buffer, size);
    default:
        PyErr_SetString(PyExc_SystemError, "invalid kind");
        return NULL;
    }
}

ABI3BUILD_OWN PyObject *abi3build_PyUnicode_FromKindAndData(int kind, const void *buffer,
                                                            Py_ssize_t size)
{
    return abi3build_from_kind(kind, buffer, size);
}

ABI3BUILD_OWN Py_UCS4 abi3build__PyUnicode_FindMaxChar(PyObject *text, Py_ssize_t start,
                                                       Py_ssize_t end)
{
    return start == end ? 127 : abi3build_highest(text, start, end);
}

ABI3BUILD_OWN PyObject *abi3build__PyUnicode_FromASCII(const char *characters,
                                                       Py_ssize_t size)
{
    return PyUnicode_DecodeLatin1(characters, size, NULL);
}

ABI3BUILD_HELPER int abi3build_equal_utf8(PyObject *text, const char *other, size_t size)
{
    abi3build_raised raised = abi3build_set_aside();
    Py_ssize_t own_size = 0;
    const char *own = abi3build_utf8(text, &own_size);
    int equal = own != NULL && (size_t)own_size == size
                && (size == 0 || memcmp(own, other, size) == 0);
    abi3build_put_back(raised);
    return equal;
}

ABI3BUILD_OWN int abi3build_PyUnicode_EqualToUTF8(PyObject *text, const char *other)
{
    return abi3build_equal_utf8(text, other, strlen(other));
}

ABI3BUILD_OWN int abi3build_PyUnicode_EqualToUTF8AndSize(PyObject *text,
                                                         const char *other,
                                                         Py_ssize_t size)
{
    return abi3build_equal_utf8(text, other, (size_t)size);
}

ABI3BUILD_HELPER int abi3build_equal_text(PyObject *left, PyObject *right)
{
    if (!PyUnicode_Check(left)) {
        abi3build_wrong_type("first argument must be str, not %U", left);
        return -1;
    }
    if (!PyUnicode_Check(right)) {
        abi3build_wrong_type("second argument must be str, not %U", right);
        return -1;
    }
    return PyUnicode_Compare(left, right) == 0;
}

ABI3BUILD_OWN int abi3build_PyUnicode_Equal(PyObject *left, PyObject *right)
{
    return abi3build_equal_text(left, right);
}

ABI3BUILD_OWN int abi3build__PyUnicode_EQ(PyObject *left, PyObject *right)
{
    return PyUnicode_Compare(left, right) == 0;
}

ABI3BUILD_OWN int abi3build__PyUnicode_EqualToASCIIString(PyObject *text,
                                                          const char *other)
{
    return PyUnicode_CompareWithASCIIString(text, other) == 0;
}

ABI3BUILD_HELPER PyObject *abi3build_join_array(PyObject *separator,
                                                PyObject *const *items, Py_ssize_t size)
{
    PyObject *joined, *list = PyList_New(size);
    Py_ssize_t index;
    if (list == NULL)
        return NULL;
    for (index = 0; index < size; index++) {
        Py_INCREF(items[index]);
        PyList_SetItem(list, index, items[index]);
    }
    joined = PyUnicode_Join(separator, list); /* NULL means a space, in both */
    Py_DECREF(list);
    return joined;
}

ABI3BUILD_OWN PyObject *abi3build__PyUnicode_JoinArray(PyObject *separator,
                                                       PyObject *const *items,
                                                       Py_ssize_t size)
{
    return abi3build_join_array(separator, items, size);
}

ABI3BUILD_END
