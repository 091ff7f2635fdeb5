/* Classes and case of single characters: Python's own methods answer, so the database
   is that of the running Python, as in the full API. */

ABI3BUILD_BEGIN

ABI3BUILD_HELPER PyObject *abi3build_one_character(Py_UCS4 character)
{
    return abi3build_from_ucs4(&character, 1);
}

/* Nothing that goes wrong can be reported: then the character is in no class. */
ABI3BUILD_HELPER int abi3build_is(const char *method, Py_UCS4 character)
{
    abi3build_raised raised = abi3build_set_aside();
    PyObject *text = abi3build_one_character(character);
    PyObject *answer = text ? PyObject_CallMethod(text, method, NULL) : NULL;
    int is = answer == Py_True;
    Py_XDECREF(answer);
    Py_XDECREF(text);
    abi3build_put_back(raised);
    return is;
}

ABI3BUILD_HELPER Py_UCS4 abi3build_to(const char *method, Py_UCS4 character)
{
    abi3build_raised raised = abi3build_set_aside();
    PyObject *text = abi3build_one_character(character);
    PyObject *changed = text ? PyObject_CallMethod(text, method, NULL) : NULL;
    if (changed != NULL && PyUnicode_GetLength(changed) > 0)
        character = PyUnicode_ReadChar(changed, 0);
    Py_XDECREF(changed);
    Py_XDECREF(text);
    abi3build_put_back(raised);
    return character;
}

/* The value of a character by a function of unicodedata; -1 where it has none. */
ABI3BUILD_HELPER double abi3build_value(const char *function, Py_UCS4 character)
{
    abi3build_raised raised = abi3build_set_aside();
    PyObject *text = abi3build_one_character(character);
    PyObject *asked = abi3build_from_module("unicodedata", function);
    PyObject *answer = text && asked ? PyObject_CallFunction(asked, "Oi", text, -1) : NULL;
    double value = answer ? PyFloat_AsDouble(answer) : -1.0;
    Py_XDECREF(answer);
    Py_XDECREF(asked);
    Py_XDECREF(text);
    abi3build_put_back(raised);
    return value;
}

ABI3BUILD_HELPER int abi3build_in(Py_UCS4 character, char first, char last)
{
    return character >= (Py_UCS4)first && character <= (Py_UCS4)last;
}

#define ABI3BUILD_IS_CHARACTER(name, ascii, method)               \
    ABI3BUILD_HELPER int abi3build_##method##_1(Py_UCS4 c)        \
    {                                                             \
        return c < 128 ? (ascii) : abi3build_is(#method, c);      \
    }                                                             \
    ABI3BUILD_OWN int abi3build_##name(Py_UCS4 character)         \
    {                                                             \
        return abi3build_##method##_1(character);                 \
    }

ABI3BUILD_IS_CHARACTER(Py_UNICODE_ISSPACE,
                       abi3build_in(c, '\t', '\r') || abi3build_in(c, 0x1c, ' '), isspace)
ABI3BUILD_IS_CHARACTER(Py_UNICODE_ISALPHA,
                       abi3build_in(c, 'a', 'z') || abi3build_in(c, 'A', 'Z'), isalpha)
ABI3BUILD_IS_CHARACTER(Py_UNICODE_ISALNUM,
                       abi3build_in(c, 'a', 'z') || abi3build_in(c, 'A', 'Z')
                           || abi3build_in(c, '0', '9'), isalnum)
ABI3BUILD_IS_CHARACTER(Py_UNICODE_ISDECIMAL, abi3build_in(c, '0', '9'), isdecimal)
ABI3BUILD_IS_CHARACTER(Py_UNICODE_ISDIGIT, abi3build_in(c, '0', '9'), isdigit)
ABI3BUILD_IS_CHARACTER(Py_UNICODE_ISNUMERIC, abi3build_in(c, '0', '9'), isnumeric)
ABI3BUILD_IS_CHARACTER(Py_UNICODE_ISLOWER, abi3build_in(c, 'a', 'z'), islower)
ABI3BUILD_IS_CHARACTER(Py_UNICODE_ISUPPER, abi3build_in(c, 'A', 'Z'), isupper)
ABI3BUILD_IS_CHARACTER(Py_UNICODE_ISPRINTABLE, abi3build_in(c, ' ', '~'), isprintable)

/* str.istitle answers for upper case as well. */
ABI3BUILD_OWN int abi3build_Py_UNICODE_ISTITLE(Py_UCS4 character)
{
    return character >= 128 && abi3build_is("istitle", character)
           && !abi3build_is("isupper", character);
}

ABI3BUILD_HELPER int abi3build_is_linebreak(Py_UCS4 character)
{
    abi3build_raised raised = abi3build_set_aside();
    PyObject *text = abi3build_one_character(character);
    PyObject *lines = text ? PyUnicode_Splitlines(text, 0) : NULL;
    int is = lines != NULL && PyUnicode_GetLength(PyList_GetItem(lines, 0)) == 0;
    Py_XDECREF(lines);
    Py_XDECREF(text);
    abi3build_put_back(raised);
    return is;
}

ABI3BUILD_OWN int abi3build_Py_UNICODE_ISLINEBREAK(Py_UCS4 character)
{
    return abi3build_is_linebreak(character);
}

ABI3BUILD_OWN Py_UCS4 abi3build_Py_UNICODE_TOLOWER(Py_UCS4 character)
{
    if (character < 128)
        return abi3build_in(character, 'A', 'Z') ? character + 32 : character;
    return abi3build_to("lower", character);
}

ABI3BUILD_OWN Py_UCS4 abi3build_Py_UNICODE_TOUPPER(Py_UCS4 character)
{
    if (character < 128)
        return abi3build_in(character, 'a', 'z') ? character - 32 : character;
    return abi3build_to("upper", character);
}

ABI3BUILD_OWN Py_UCS4 abi3build_Py_UNICODE_TOTITLE(Py_UCS4 character)
{
    if (character < 128)
        return abi3build_in(character, 'a', 'z') ? character - 32 : character;
    return abi3build_to("title", character);
}

ABI3BUILD_OWN int abi3build_Py_UNICODE_TODECIMAL(Py_UCS4 character)
{
    if (character < 128)
        return abi3build_in(character, '0', '9') ? (int)character - '0' : -1;
    return (int)abi3build_value("decimal", character);
}

ABI3BUILD_OWN int abi3build_Py_UNICODE_TODIGIT(Py_UCS4 character)
{
    if (character < 128)
        return abi3build_in(character, '0', '9') ? (int)character - '0' : -1;
    return (int)abi3build_value("digit", character);
}

ABI3BUILD_OWN double abi3build_Py_UNICODE_TONUMERIC(Py_UCS4 character)
{
    if (character < 128)
        return abi3build_in(character, '0', '9') ? (double)character - '0' : -1.0;
    return abi3build_value("numeric", character);
}

/* A part of a surrogate pair. */
ABI3BUILD_OWN int abi3build_Py_UNICODE_IS_SURROGATE(Py_UCS4 character)
{
    return character >= 0xD800 && character <= 0xDFFF;
}

ABI3BUILD_OWN int abi3build_Py_UNICODE_IS_HIGH_SURROGATE(Py_UCS4 character)
{
    return character >= 0xD800 && character <= 0xDBFF;
}

ABI3BUILD_OWN int abi3build_Py_UNICODE_IS_LOW_SURROGATE(Py_UCS4 character)
{
    return character >= 0xDC00 && character <= 0xDFFF;
}

ABI3BUILD_OWN Py_UCS4 abi3build_Py_UNICODE_JOIN_SURROGATES(Py_UCS4 high, Py_UCS4 low)
{
    return 0x10000 + (((high & 0x3FF) << 10) | (low & 0x3FF));
}

ABI3BUILD_OWN Py_UCS4 abi3build_Py_UNICODE_HIGH_SURROGATE(Py_UCS4 character)
{
    return 0xD800 - (0x10000 >> 10) + (character >> 10);
}

ABI3BUILD_OWN Py_UCS4 abi3build_Py_UNICODE_LOW_SURROGATE(Py_UCS4 character)
{
    return 0xDC00 + (character & 0x3FF);
}

/* ASCII, whatever the locale says: only the lowest eight bits of c count. */
ABI3BUILD_HELPER int abi3build_isspace_ascii(unsigned char c)
{
    return abi3build_in(c, '\t', '\r') || c == ' ';
}

ABI3BUILD_HELPER int abi3build_isxdigit_ascii(unsigned char c)
{
    return abi3build_in(c, '0', '9') || abi3build_in(c, 'a', 'f')
           || abi3build_in(c, 'A', 'F');
}

ABI3BUILD_HELPER int abi3build_islower_ascii(unsigned char c)
{
    return abi3build_in(c, 'a', 'z');
}

ABI3BUILD_HELPER int abi3build_isupper_ascii(unsigned char c)
{
    return abi3build_in(c, 'A', 'Z');
}

ABI3BUILD_HELPER int abi3build_isdigit_ascii(unsigned char c)
{
    return abi3build_in(c, '0', '9');
}

ABI3BUILD_HELPER int abi3build_isalpha_ascii(unsigned char c)
{
    return abi3build_islower_ascii(c) || abi3build_isupper_ascii(c);
}

ABI3BUILD_HELPER int abi3build_isalnum_ascii(unsigned char c)
{
    return abi3build_isalpha_ascii(c) || abi3build_isdigit_ascii(c);
}

ABI3BUILD_HELPER int abi3build_tolower_ascii(unsigned char c)
{
    return abi3build_isupper_ascii(c) ? c + 32 : c;
}

ABI3BUILD_HELPER int abi3build_toupper_ascii(unsigned char c)
{
    return abi3build_islower_ascii(c) ? c - 32 : c;
}

ABI3BUILD_END
