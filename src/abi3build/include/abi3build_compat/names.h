/* The names of the full API, in front of what stands in for them here.

   Written by tools/generate_compat_page.py from compat/offered.txt. */

#ifndef PyTuple_GET_SIZE
#  define PyTuple_GET_SIZE(o) PyTuple_Size(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyTuple_GET_ITEM
#  define PyTuple_GET_ITEM(o, i) PyTuple_GetItem(ABI3BUILD_OBJECT(o), (i))
#endif
#ifndef PyTuple_SET_ITEM
#  define PyTuple_SET_ITEM(o, i, v) \
     abi3build_PyTuple_SET_ITEM(ABI3BUILD_OBJECT(o), (i), ABI3BUILD_OBJECT(v))
#endif
#if ABI3BUILD_KNOWN(0x030F0000)
#ifndef PyTuple_FromArray
#  define PyTuple_FromArray(...) abi3build_PyTuple_FromArray(__VA_ARGS__)
#endif
#endif
#ifndef _PyTuple_Resize
#  define _PyTuple_Resize(...) abi3build__PyTuple_Resize(__VA_ARGS__)
#endif
#ifndef PyList_GET_SIZE
#  define PyList_GET_SIZE(o) PyList_Size(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyList_GET_ITEM
#  define PyList_GET_ITEM(o, i) PyList_GetItem(ABI3BUILD_OBJECT(o), (i))
#endif
#ifndef PyList_SET_ITEM
#  define PyList_SET_ITEM(o, i, v) \
     abi3build_PyList_SET_ITEM(ABI3BUILD_OBJECT(o), (i), ABI3BUILD_OBJECT(v))
#endif
#if ABI3BUILD_BELOW(0x030D0000) && ABI3BUILD_KNOWN(0x030D0000)
#ifndef PyList_GetItemRef
#  define PyList_GetItemRef(...) abi3build_PyList_GetItemRef(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_KNOWN(0x030D0000)
#ifndef PyList_Extend
#  define PyList_Extend(...) abi3build_PyList_Extend(__VA_ARGS__)
#endif
#ifndef PyList_Clear
#  define PyList_Clear(...) abi3build_PyList_Clear(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PyList_Extend
#  define _PyList_Extend(l, v) abi3build__PyList_Extend(ABI3BUILD_OBJECT(l), (v))
#endif
#endif
#ifndef PySequence_ITEM
#  define PySequence_ITEM(o, i) PySequence_GetItem(ABI3BUILD_OBJECT(o), (i))
#endif
#undef PySequence_Fast_GET_SIZE
#  define PySequence_Fast_GET_SIZE(o) abi3build_fast_size(ABI3BUILD_OBJECT(o))
#undef PySequence_Fast_GET_ITEM
#  define PySequence_Fast_GET_ITEM(o, i) abi3build_fast_item(ABI3BUILD_OBJECT(o), (i))
#ifndef PyStructSequence_GET_ITEM
#  define PyStructSequence_GET_ITEM(o, i) \
     PyStructSequence_GetItem(ABI3BUILD_OBJECT(o), (i))
#endif
#ifndef PyStructSequence_SET_ITEM
#  define PyStructSequence_SET_ITEM(o, i, v) \
     PyStructSequence_SetItem(ABI3BUILD_OBJECT(o), (i), ABI3BUILD_OBJECT(v))
#endif
#ifndef PySet_GET_SIZE
#  define PySet_GET_SIZE(o) PySet_Size(ABI3BUILD_OBJECT(o))
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PySet_Update
#  define _PySet_Update(...) abi3build__PySet_Update(__VA_ARGS__)
#endif
#endif
#ifndef _PyEval_SliceIndex
#  define _PyEval_SliceIndex abi3build_slice_index
#endif
#ifndef _PyEval_SliceIndexNotNone
#  define _PyEval_SliceIndexNotNone abi3build_slice_index_not_none
#endif
#ifndef PyBytes_AS_STRING
#  define PyBytes_AS_STRING(o) PyBytes_AsString(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyBytes_GET_SIZE
#  define PyBytes_GET_SIZE(o) PyBytes_Size(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyByteArray_AS_STRING
#  define PyByteArray_AS_STRING(o) PyByteArray_AsString(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyByteArray_GET_SIZE
#  define PyByteArray_GET_SIZE(o) PyByteArray_Size(ABI3BUILD_OBJECT(o))
#endif
#ifndef _PyBytes_Resize
#  define _PyBytes_Resize(...) abi3build__PyBytes_Resize(__VA_ARGS__)
#endif
#ifndef _PyBytes_Join
#  define _PyBytes_Join(...) abi3build__PyBytes_Join(__VA_ARGS__)
#endif
#if ABI3BUILD_KNOWN(0x030E0000)
#ifndef PyBytes_Join
#  define PyBytes_Join(...) abi3build_PyBytes_Join(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_BELOW(0x030A0000)
#ifndef PyUnicode_AsUTF8AndSize
#  define PyUnicode_AsUTF8AndSize(...) abi3build_PyUnicode_AsUTF8AndSize(__VA_ARGS__)
#endif
#endif
#ifndef PyUnicode_AsUTF8
#  define PyUnicode_AsUTF8(...) abi3build_PyUnicode_AsUTF8(__VA_ARGS__)
#endif
#ifndef _PyUnicode_AsString
#  define _PyUnicode_AsString abi3build_PyUnicode_AsUTF8
#endif
#if ABI3BUILD_BELOW(0x030A0000) && PY_VERSION_HEX < 0x030A0000
#ifndef _PyUnicode_AsStringAndSize
#  define _PyUnicode_AsStringAndSize abi3build_PyUnicode_AsUTF8AndSize
#endif
#endif
#ifndef PyUnicode_GET_LENGTH
#  define PyUnicode_GET_LENGTH(o) PyUnicode_GetLength(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyUnicode_READ_CHAR
#  define PyUnicode_READ_CHAR(o, i) PyUnicode_ReadChar(ABI3BUILD_OBJECT(o), (i))
#endif
#ifndef PyUnicode_READY
#  define PyUnicode_READY(o) ((void)(o), 0)
#endif
#ifndef PyUnicode_IS_READY
#  define PyUnicode_IS_READY(o) ((void)(o), 1)
#endif
#ifndef PyUnicode_MAX_CHAR_VALUE
#  define PyUnicode_MAX_CHAR_VALUE(o) abi3build_max_char_value(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyUnicode_IS_ASCII
#  define PyUnicode_IS_ASCII(o) abi3build_is_ascii(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyUnicode_IS_COMPACT_ASCII
#  define PyUnicode_IS_COMPACT_ASCII(o) \
     (PyUnicode_CheckExact(o) && abi3build_is_ascii(ABI3BUILD_OBJECT(o)))
#endif
#ifndef PyUnicode_KIND
#  define PyUnicode_KIND(o) abi3build_kind(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyUnicode_Kind
#  define PyUnicode_Kind abi3build_PyUnicode_Kind
#endif
#ifndef PyUnicode_1BYTE_KIND
#  define PyUnicode_1BYTE_KIND abi3build_1BYTE_KIND
#endif
#ifndef PyUnicode_2BYTE_KIND
#  define PyUnicode_2BYTE_KIND abi3build_2BYTE_KIND
#endif
#ifndef PyUnicode_4BYTE_KIND
#  define PyUnicode_4BYTE_KIND abi3build_4BYTE_KIND
#endif
#if PY_VERSION_HEX < 0x030C0000
#ifndef PyUnicode_WCHAR_KIND
#  define PyUnicode_WCHAR_KIND abi3build_WCHAR_KIND
#endif
#endif
#ifndef PyUnicode_FromKindAndData
#  define PyUnicode_FromKindAndData(...) abi3build_PyUnicode_FromKindAndData(__VA_ARGS__)
#endif
#if ABI3BUILD_BELOW(0x030D0000) && ABI3BUILD_KNOWN(0x030D0000)
#ifndef PyUnicode_EqualToUTF8
#  define PyUnicode_EqualToUTF8(...) abi3build_PyUnicode_EqualToUTF8(__VA_ARGS__)
#endif
#ifndef PyUnicode_EqualToUTF8AndSize
#  define PyUnicode_EqualToUTF8AndSize(...) \
     abi3build_PyUnicode_EqualToUTF8AndSize(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_BELOW(0x030E0000) && ABI3BUILD_KNOWN(0x030E0000)
#ifndef PyUnicode_Equal
#  define PyUnicode_Equal(...) abi3build_PyUnicode_Equal(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PyUnicode_EQ
#  define _PyUnicode_EQ(...) abi3build__PyUnicode_EQ(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030D0000
#ifndef _PyUnicode_Equal
#  define _PyUnicode_Equal(l, r) abi3build__PyUnicode_EQ((l), (r))
#endif
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PyUnicode_EqualToASCIIString
#  define _PyUnicode_EqualToASCIIString(...) \
     abi3build__PyUnicode_EqualToASCIIString(__VA_ARGS__)
#endif
#ifndef _PyUnicode_AsASCIIString
#  define _PyUnicode_AsASCIIString(o, e) PyUnicode_AsEncodedString((o), "ascii", (e))
#endif
#ifndef _PyUnicode_AsLatin1String
#  define _PyUnicode_AsLatin1String(o, e) PyUnicode_AsEncodedString((o), "latin-1", (e))
#endif
#ifndef _PyUnicode_FindMaxChar
#  define _PyUnicode_FindMaxChar(...) abi3build__PyUnicode_FindMaxChar(__VA_ARGS__)
#endif
#ifndef _PyUnicode_FromASCII
#  define _PyUnicode_FromASCII(...) abi3build__PyUnicode_FromASCII(__VA_ARGS__)
#endif
#ifndef _PyUnicode_JoinArray
#  define _PyUnicode_JoinArray(...) abi3build__PyUnicode_JoinArray(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_KNOWN(0x030E0000)
#ifndef PyUnicodeWriter
#  define PyUnicodeWriter abi3build_PyUnicodeWriter
#endif
#ifndef PyUnicodeWriter_Create
#  define PyUnicodeWriter_Create(...) abi3build_PyUnicodeWriter_Create(__VA_ARGS__)
#endif
#ifndef PyUnicodeWriter_Discard
#  define PyUnicodeWriter_Discard(...) abi3build_PyUnicodeWriter_Discard(__VA_ARGS__)
#endif
#ifndef PyUnicodeWriter_Finish
#  define PyUnicodeWriter_Finish(...) abi3build_PyUnicodeWriter_Finish(__VA_ARGS__)
#endif
#ifndef PyUnicodeWriter_WriteChar
#  define PyUnicodeWriter_WriteChar(...) abi3build_PyUnicodeWriter_WriteChar(__VA_ARGS__)
#endif
#ifndef PyUnicodeWriter_WriteStr
#  define PyUnicodeWriter_WriteStr(...) abi3build_PyUnicodeWriter_WriteStr(__VA_ARGS__)
#endif
#ifndef PyUnicodeWriter_WriteRepr
#  define PyUnicodeWriter_WriteRepr(...) abi3build_PyUnicodeWriter_WriteRepr(__VA_ARGS__)
#endif
#ifndef PyUnicodeWriter_WriteUTF8
#  define PyUnicodeWriter_WriteUTF8(...) abi3build_PyUnicodeWriter_WriteUTF8(__VA_ARGS__)
#endif
#ifndef PyUnicodeWriter_WriteASCII
#  define PyUnicodeWriter_WriteASCII(...) \
     abi3build_PyUnicodeWriter_WriteASCII(__VA_ARGS__)
#endif
#ifndef PyUnicodeWriter_WriteWideChar
#  define PyUnicodeWriter_WriteWideChar(...) \
     abi3build_PyUnicodeWriter_WriteWideChar(__VA_ARGS__)
#endif
#ifndef PyUnicodeWriter_WriteSubstring
#  define PyUnicodeWriter_WriteSubstring(...) \
     abi3build_PyUnicodeWriter_WriteSubstring(__VA_ARGS__)
#endif
#ifndef PyUnicodeWriter_Format
#  define PyUnicodeWriter_Format abi3build_write_format
#endif
#endif
#ifndef Py_UNICODE
#  define Py_UNICODE wchar_t
#endif
#ifndef Py_UNICODE_ISSPACE
#  define Py_UNICODE_ISSPACE(...) abi3build_Py_UNICODE_ISSPACE(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_ISALPHA
#  define Py_UNICODE_ISALPHA(...) abi3build_Py_UNICODE_ISALPHA(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_ISALNUM
#  define Py_UNICODE_ISALNUM(...) abi3build_Py_UNICODE_ISALNUM(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_ISDECIMAL
#  define Py_UNICODE_ISDECIMAL(...) abi3build_Py_UNICODE_ISDECIMAL(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_ISDIGIT
#  define Py_UNICODE_ISDIGIT(...) abi3build_Py_UNICODE_ISDIGIT(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_ISNUMERIC
#  define Py_UNICODE_ISNUMERIC(...) abi3build_Py_UNICODE_ISNUMERIC(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_ISLOWER
#  define Py_UNICODE_ISLOWER(...) abi3build_Py_UNICODE_ISLOWER(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_ISUPPER
#  define Py_UNICODE_ISUPPER(...) abi3build_Py_UNICODE_ISUPPER(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_ISTITLE
#  define Py_UNICODE_ISTITLE(...) abi3build_Py_UNICODE_ISTITLE(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_ISPRINTABLE
#  define Py_UNICODE_ISPRINTABLE(...) abi3build_Py_UNICODE_ISPRINTABLE(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_ISLINEBREAK
#  define Py_UNICODE_ISLINEBREAK(...) abi3build_Py_UNICODE_ISLINEBREAK(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_TOLOWER
#  define Py_UNICODE_TOLOWER(...) abi3build_Py_UNICODE_TOLOWER(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_TOUPPER
#  define Py_UNICODE_TOUPPER(...) abi3build_Py_UNICODE_TOUPPER(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_TOTITLE
#  define Py_UNICODE_TOTITLE(...) abi3build_Py_UNICODE_TOTITLE(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_TODECIMAL
#  define Py_UNICODE_TODECIMAL(...) abi3build_Py_UNICODE_TODECIMAL(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_TODIGIT
#  define Py_UNICODE_TODIGIT(...) abi3build_Py_UNICODE_TODIGIT(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_TONUMERIC
#  define Py_UNICODE_TONUMERIC(...) abi3build_Py_UNICODE_TONUMERIC(__VA_ARGS__)
#endif
#ifndef _PyUnicode_IsWhitespace
#  define _PyUnicode_IsWhitespace abi3build_Py_UNICODE_ISSPACE
#endif
#ifndef _PyUnicode_IsAlpha
#  define _PyUnicode_IsAlpha abi3build_Py_UNICODE_ISALPHA
#endif
#ifndef _PyUnicode_IsDecimalDigit
#  define _PyUnicode_IsDecimalDigit abi3build_Py_UNICODE_ISDECIMAL
#endif
#ifndef _PyUnicode_IsDigit
#  define _PyUnicode_IsDigit abi3build_Py_UNICODE_ISDIGIT
#endif
#ifndef _PyUnicode_IsNumeric
#  define _PyUnicode_IsNumeric abi3build_Py_UNICODE_ISNUMERIC
#endif
#ifndef _PyUnicode_IsLowercase
#  define _PyUnicode_IsLowercase abi3build_Py_UNICODE_ISLOWER
#endif
#ifndef _PyUnicode_IsUppercase
#  define _PyUnicode_IsUppercase abi3build_Py_UNICODE_ISUPPER
#endif
#ifndef _PyUnicode_IsTitlecase
#  define _PyUnicode_IsTitlecase abi3build_Py_UNICODE_ISTITLE
#endif
#ifndef _PyUnicode_IsPrintable
#  define _PyUnicode_IsPrintable abi3build_Py_UNICODE_ISPRINTABLE
#endif
#ifndef _PyUnicode_IsLinebreak
#  define _PyUnicode_IsLinebreak abi3build_Py_UNICODE_ISLINEBREAK
#endif
#ifndef _PyUnicode_ToLowercase
#  define _PyUnicode_ToLowercase abi3build_Py_UNICODE_TOLOWER
#endif
#ifndef _PyUnicode_ToUppercase
#  define _PyUnicode_ToUppercase abi3build_Py_UNICODE_TOUPPER
#endif
#ifndef _PyUnicode_ToTitlecase
#  define _PyUnicode_ToTitlecase abi3build_Py_UNICODE_TOTITLE
#endif
#ifndef _PyUnicode_ToDecimalDigit
#  define _PyUnicode_ToDecimalDigit abi3build_Py_UNICODE_TODECIMAL
#endif
#ifndef _PyUnicode_ToDigit
#  define _PyUnicode_ToDigit abi3build_Py_UNICODE_TODIGIT
#endif
#ifndef _PyUnicode_ToNumeric
#  define _PyUnicode_ToNumeric abi3build_Py_UNICODE_TONUMERIC
#endif
#ifndef Py_UNICODE_IS_SURROGATE
#  define Py_UNICODE_IS_SURROGATE(...) abi3build_Py_UNICODE_IS_SURROGATE(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_IS_HIGH_SURROGATE
#  define Py_UNICODE_IS_HIGH_SURROGATE(...) \
     abi3build_Py_UNICODE_IS_HIGH_SURROGATE(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_IS_LOW_SURROGATE
#  define Py_UNICODE_IS_LOW_SURROGATE(...) \
     abi3build_Py_UNICODE_IS_LOW_SURROGATE(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_JOIN_SURROGATES
#  define Py_UNICODE_JOIN_SURROGATES(...) \
     abi3build_Py_UNICODE_JOIN_SURROGATES(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_HIGH_SURROGATE
#  define Py_UNICODE_HIGH_SURROGATE(...) abi3build_Py_UNICODE_HIGH_SURROGATE(__VA_ARGS__)
#endif
#ifndef Py_UNICODE_LOW_SURROGATE
#  define Py_UNICODE_LOW_SURROGATE(...) abi3build_Py_UNICODE_LOW_SURROGATE(__VA_ARGS__)
#endif
#ifndef Py_ISALNUM
#  define Py_ISALNUM(c) abi3build_isalnum_ascii((unsigned char)(c))
#endif
#ifndef Py_ISALPHA
#  define Py_ISALPHA(c) abi3build_isalpha_ascii((unsigned char)(c))
#endif
#ifndef Py_ISDIGIT
#  define Py_ISDIGIT(c) abi3build_isdigit_ascii((unsigned char)(c))
#endif
#ifndef Py_ISLOWER
#  define Py_ISLOWER(c) abi3build_islower_ascii((unsigned char)(c))
#endif
#ifndef Py_ISSPACE
#  define Py_ISSPACE(c) abi3build_isspace_ascii((unsigned char)(c))
#endif
#ifndef Py_ISUPPER
#  define Py_ISUPPER(c) abi3build_isupper_ascii((unsigned char)(c))
#endif
#ifndef Py_ISXDIGIT
#  define Py_ISXDIGIT(c) abi3build_isxdigit_ascii((unsigned char)(c))
#endif
#ifndef Py_TOLOWER
#  define Py_TOLOWER(c) abi3build_tolower_ascii((unsigned char)(c))
#endif
#ifndef Py_TOUPPER
#  define Py_TOUPPER(c) abi3build_toupper_ascii((unsigned char)(c))
#endif
#if ABI3BUILD_BELOW(0x030D0000) && ABI3BUILD_KNOWN(0x030D0000)
#ifndef PyLong_AsInt
#  define PyLong_AsInt(...) abi3build_PyLong_AsInt(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PyLong_AsInt
#  define _PyLong_AsInt(o) abi3build_as_int(ABI3BUILD_OBJECT(o))
#endif
#endif
#ifndef _PyLong_Sign
#  define _PyLong_Sign(...) abi3build__PyLong_Sign(__VA_ARGS__)
#endif
#if ABI3BUILD_KNOWN(0x030E0000)
#ifndef PyLong_GetSign
#  define PyLong_GetSign(...) abi3build_PyLong_GetSign(__VA_ARGS__)
#endif
#ifndef PyLong_IsPositive
#  define PyLong_IsPositive(...) abi3build_PyLong_IsPositive(__VA_ARGS__)
#endif
#ifndef PyLong_IsNegative
#  define PyLong_IsNegative(...) abi3build_PyLong_IsNegative(__VA_ARGS__)
#endif
#ifndef PyLong_IsZero
#  define PyLong_IsZero(...) abi3build_PyLong_IsZero(__VA_ARGS__)
#endif
#endif
#ifndef _PyLong_NumBits
#  define _PyLong_NumBits(o) ABI3BUILD_NUM_BITS(ABI3BUILD_OBJECT(o))
#endif
#ifndef _PyLong_FromByteArray
#  define _PyLong_FromByteArray(...) abi3build__PyLong_FromByteArray(__VA_ARGS__)
#endif
#ifndef _PyLong_AsByteArray
#  define _PyLong_AsByteArray(o, ...) \
     ABI3BUILD_AS_BYTE_ARRAY(ABI3BUILD_OBJECT(o), __VA_ARGS__)
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PyLong_Format
#  define _PyLong_Format(o, b) PyNumber_ToBase((o), (b))
#endif
#endif
#ifndef _PyLong_GCD
#  define _PyLong_GCD(...) abi3build__PyLong_GCD(__VA_ARGS__)
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PyLong_FromTime_t
#  define _PyLong_FromTime_t(...) abi3build__PyLong_FromTime_t(__VA_ARGS__)
#endif
#ifndef _PyLong_AsTime_t
#  define _PyLong_AsTime_t(...) abi3build__PyLong_AsTime_t(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX >= 0x030A0000 && PY_VERSION_HEX < 0x030D0000
#ifndef _PyNumber_Index
#  define _PyNumber_Index(o) PyNumber_Index(o)
#endif
#endif
#ifndef PyLong_FromUnicodeObject
#  define PyLong_FromUnicodeObject(...) abi3build_PyLong_FromUnicodeObject(__VA_ARGS__)
#endif
#if ABI3BUILD_BELOW(0x030E0000) && ABI3BUILD_KNOWN(0x030E0000)
#ifndef PyLong_FromInt32
#  define PyLong_FromInt32(v) PyLong_FromLong((long)(v))
#endif
#ifndef PyLong_FromInt64
#  define PyLong_FromInt64(v) PyLong_FromLongLong((long long)(v))
#endif
#ifndef PyLong_FromUInt32
#  define PyLong_FromUInt32(v) PyLong_FromUnsignedLong((unsigned long)(v))
#endif
#ifndef PyLong_FromUInt64
#  define PyLong_FromUInt64(v) PyLong_FromUnsignedLongLong((unsigned long long)(v))
#endif
#ifndef PyLong_AsInt32
#  define PyLong_AsInt32(...) abi3build_PyLong_AsInt32(__VA_ARGS__)
#endif
#ifndef PyLong_AsInt64
#  define PyLong_AsInt64(...) abi3build_PyLong_AsInt64(__VA_ARGS__)
#endif
#ifndef PyLong_AsUInt32
#  define PyLong_AsUInt32(...) abi3build_PyLong_AsUInt32(__VA_ARGS__)
#endif
#ifndef PyLong_AsUInt64
#  define PyLong_AsUInt64(...) abi3build_PyLong_AsUInt64(__VA_ARGS__)
#endif
#endif
#ifndef PyFloat_AS_DOUBLE
#  define PyFloat_AS_DOUBLE(o) PyFloat_AsDouble(ABI3BUILD_OBJECT(o))
#endif
#if ABI3BUILD_KNOWN(0x030B0000)
#ifndef PyFloat_Pack2
#  define PyFloat_Pack2(v, p, l) abi3build_pack2((v), (char *)(p), (l))
#endif
#ifndef PyFloat_Pack4
#  define PyFloat_Pack4(v, p, l) abi3build_pack4((v), (char *)(p), (l))
#endif
#ifndef PyFloat_Pack8
#  define PyFloat_Pack8(v, p, l) abi3build_pack8((v), (char *)(p), (l))
#endif
#ifndef PyFloat_Unpack2
#  define PyFloat_Unpack2(p, l) abi3build_unpack2((const char *)(p), (l))
#endif
#ifndef PyFloat_Unpack4
#  define PyFloat_Unpack4(p, l) abi3build_unpack4((const char *)(p), (l))
#endif
#ifndef PyFloat_Unpack8
#  define PyFloat_Unpack8(p, l) abi3build_unpack8((const char *)(p), (l))
#endif
#endif
#if PY_VERSION_HEX < 0x030B0000
#ifndef _PyFloat_Pack2
#  define _PyFloat_Pack2(v, p, l) abi3build_pack2((v), (char *)(p), (l))
#endif
#ifndef _PyFloat_Pack4
#  define _PyFloat_Pack4(v, p, l) abi3build_pack4((v), (char *)(p), (l))
#endif
#ifndef _PyFloat_Pack8
#  define _PyFloat_Pack8(v, p, l) abi3build_pack8((v), (char *)(p), (l))
#endif
#ifndef _PyFloat_Unpack2
#  define _PyFloat_Unpack2(p, l) abi3build_unpack2((const char *)(p), (l))
#endif
#ifndef _PyFloat_Unpack4
#  define _PyFloat_Unpack4(p, l) abi3build_unpack4((const char *)(p), (l))
#endif
#ifndef _PyFloat_Unpack8
#  define _PyFloat_Unpack8(p, l) abi3build_unpack8((const char *)(p), (l))
#endif
#endif
#ifndef Py_complex
#  define Py_complex abi3build_Py_complex
#endif
#ifndef PyComplex_AsCComplex
#  define PyComplex_AsCComplex(...) abi3build_PyComplex_AsCComplex(__VA_ARGS__)
#endif
#ifndef PyComplex_FromCComplex
#  define PyComplex_FromCComplex(...) abi3build_PyComplex_FromCComplex(__VA_ARGS__)
#endif
#ifndef _Py_c_sum
#  define _Py_c_sum(...) abi3build__Py_c_sum(__VA_ARGS__)
#endif
#ifndef _Py_c_diff
#  define _Py_c_diff(...) abi3build__Py_c_diff(__VA_ARGS__)
#endif
#ifndef _Py_c_neg
#  define _Py_c_neg(...) abi3build__Py_c_neg(__VA_ARGS__)
#endif
#ifndef _Py_c_abs
#  define _Py_c_abs(...) abi3build__Py_c_abs(__VA_ARGS__)
#endif
#if ABI3BUILD_BELOW(0x030A0000) && ABI3BUILD_KNOWN(0x030A0000)
#ifndef Py_NewRef
#  define Py_NewRef(o) abi3build_Py_NewRef(ABI3BUILD_OBJECT(o))
#endif
#ifndef Py_XNewRef
#  define Py_XNewRef(o) abi3build_Py_XNewRef(ABI3BUILD_OBJECT(o))
#endif
#ifndef Py_Is
#  define Py_Is(a, b) ((a) == (b))
#endif
#ifndef Py_IsNone
#  define Py_IsNone(o) (ABI3BUILD_OBJECT(o) == Py_None)
#endif
#ifndef Py_IsTrue
#  define Py_IsTrue(o) (ABI3BUILD_OBJECT(o) == Py_True)
#endif
#ifndef Py_IsFalse
#  define Py_IsFalse(o) (ABI3BUILD_OBJECT(o) == Py_False)
#endif
#endif
#ifndef Py_SETREF
#  define Py_SETREF(place, value) ABI3BUILD_SETREF(place, value, Py_DECREF)
#endif
#ifndef Py_XSETREF
#  define Py_XSETREF(place, value) ABI3BUILD_SETREF(place, value, Py_XDECREF)
#endif
#if ABI3BUILD_KNOWN(0x030E0000)
#ifndef PyUnstable_Object_IsUniquelyReferenced
#  define PyUnstable_Object_IsUniquelyReferenced(o) (Py_REFCNT(ABI3BUILD_OBJECT(o)) == 1)
#endif
#endif
#if ABI3BUILD_BELOW(0x030A0000)
#ifndef PyObject_CallNoArgs
#  define PyObject_CallNoArgs(...) abi3build_PyObject_CallNoArgs(__VA_ARGS__)
#endif
#endif
#ifndef PyObject_CallOneArg
#  define PyObject_CallOneArg(...) abi3build_PyObject_CallOneArg(__VA_ARGS__)
#endif
#ifndef PyObject_CallMethodNoArgs
#  define PyObject_CallMethodNoArgs(...) abi3build_PyObject_CallMethodNoArgs(__VA_ARGS__)
#endif
#ifndef PyObject_CallMethodOneArg
#  define PyObject_CallMethodOneArg(...) abi3build_PyObject_CallMethodOneArg(__VA_ARGS__)
#endif
#if ABI3BUILD_BELOW(0x030C0000)
#ifndef PyObject_Vectorcall
#  define PyObject_Vectorcall(...) abi3build_PyObject_Vectorcall(__VA_ARGS__)
#endif
#ifndef PyObject_VectorcallMethod
#  define PyObject_VectorcallMethod(...) abi3build_PyObject_VectorcallMethod(__VA_ARGS__)
#endif
#endif
#ifndef PyObject_VectorcallDict
#  define PyObject_VectorcallDict(...) abi3build_PyObject_VectorcallDict(__VA_ARGS__)
#endif
#if ABI3BUILD_BELOW(0x030C0000)
#ifndef PyVectorcall_NARGS
#  define PyVectorcall_NARGS(n) ABI3BUILD_NARGS(n)
#endif
#ifndef PY_VECTORCALL_ARGUMENTS_OFFSET
#  define PY_VECTORCALL_ARGUMENTS_OFFSET ABI3BUILD_ARGUMENTS_OFFSET
#endif
#endif
#ifndef _PyObject_Vectorcall
#  define _PyObject_Vectorcall(f, a, n, k) abi3build_vectorcall((f), (a), (n), (k))
#endif
#ifndef _PyObject_VectorcallMethod
#  define _PyObject_VectorcallMethod(m, a, n, k) \
     abi3build_vectorcall_method((m), (a), (n), (k))
#endif
#ifndef _PyObject_FastCallDict
#  define _PyObject_FastCallDict(f, a, n, k) \
     abi3build_call_with_dict((f), (a), (size_t)(n), (k))
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PyObject_FastCall
#  define _PyObject_FastCall(...) abi3build__PyObject_FastCall(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX < 0x030B0000
#ifndef _PyObject_CallNoArg
#  define _PyObject_CallNoArg(f) PyObject_CallObject((f), NULL)
#endif
#endif
#ifndef _PyObject_CallOneArg
#  define _PyObject_CallOneArg(f, a) PyObject_CallFunctionObjArgs((f), (a), NULL)
#endif
#ifndef _PyObject_CallMethodNoArgs
#  define _PyObject_CallMethodNoArgs(o, n) PyObject_CallMethodObjArgs((o), (n), NULL)
#endif
#ifndef _PyObject_CallMethodOneArg
#  define _PyObject_CallMethodOneArg(o, n, a) \
     PyObject_CallMethodObjArgs((o), (n), (a), NULL)
#endif
#if !ABI3BUILD_BELOW(0x030B0000)
#undef Py_TYPE
#  define Py_TYPE(o) abi3build_type_of(ABI3BUILD_OBJECT(o))
#undef Py_SIZE
#  define Py_SIZE(o) abi3build_size_of(ABI3BUILD_OBJECT(o))
#ifndef Py_REFCNT
#  define Py_REFCNT(o) Py_REFCNT(ABI3BUILD_OBJECT(o))
#endif
#undef Py_IS_TYPE
#  define Py_IS_TYPE(o, t) abi3build_is_of_type(ABI3BUILD_OBJECT(o), (t))
#ifndef Py_SET_TYPE
#  define Py_SET_TYPE(o, t) Py_SET_TYPE(ABI3BUILD_OBJECT(o), (t))
#endif
#undef Py_SET_SIZE
#  define Py_SET_SIZE(o, n) abi3build_set_size((PyVarObject *)(o), (n))
#ifndef Py_SET_REFCNT
#  define Py_SET_REFCNT(o, n) Py_SET_REFCNT(ABI3BUILD_OBJECT(o), (n))
#endif
#ifndef Py_INCREF
#  define Py_INCREF(o) Py_INCREF(ABI3BUILD_OBJECT(o))
#endif
#ifndef Py_XINCREF
#  define Py_XINCREF(o) Py_XINCREF(ABI3BUILD_OBJECT(o))
#endif
#ifndef Py_XDECREF
#  define Py_XDECREF(o) Py_XDECREF(ABI3BUILD_OBJECT(o))
#endif
#undef Py_NewRef
#  define Py_NewRef(o) abi3build_new_reference(ABI3BUILD_OBJECT(o))
#undef Py_XNewRef
#  define Py_XNewRef(o) abi3build_new_reference_or_null(ABI3BUILD_OBJECT(o))
#ifndef PyObject_TypeCheck
#  define PyObject_TypeCheck(o, t) PyObject_TypeCheck(ABI3BUILD_OBJECT(o), (t))
#endif
#ifndef PyType_Check
#  define PyType_Check(o) PyType_Check(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyType_CheckExact
#  define PyType_CheckExact(o) PyType_CheckExact(ABI3BUILD_OBJECT(o))
#endif
#endif
#if ABI3BUILD_BELOW(0x030D0000) && ABI3BUILD_KNOWN(0x030D0000)
#ifndef PyObject_GetOptionalAttr
#  define PyObject_GetOptionalAttr(...) abi3build_PyObject_GetOptionalAttr(__VA_ARGS__)
#endif
#ifndef PyObject_GetOptionalAttrString
#  define PyObject_GetOptionalAttrString(...) \
     abi3build_PyObject_GetOptionalAttrString(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PyObject_LookupAttr
#  define _PyObject_LookupAttr(o, n, r) abi3build_PyObject_GetOptionalAttr((o), (n), (r))
#endif
#endif
#if ABI3BUILD_BELOW(0x030D0000) && ABI3BUILD_KNOWN(0x030D0000)
#ifndef PyObject_HasAttrWithError
#  define PyObject_HasAttrWithError(...) abi3build_PyObject_HasAttrWithError(__VA_ARGS__)
#endif
#ifndef PyObject_HasAttrStringWithError
#  define PyObject_HasAttrStringWithError(...) \
     abi3build_PyObject_HasAttrStringWithError(__VA_ARGS__)
#endif
#ifndef PyMapping_GetOptionalItem
#  define PyMapping_GetOptionalItem(...) abi3build_PyMapping_GetOptionalItem(__VA_ARGS__)
#endif
#ifndef PyMapping_GetOptionalItemString
#  define PyMapping_GetOptionalItemString(...) \
     abi3build_PyMapping_GetOptionalItemString(__VA_ARGS__)
#endif
#ifndef PyMapping_HasKeyWithError
#  define PyMapping_HasKeyWithError(...) abi3build_PyMapping_HasKeyWithError(__VA_ARGS__)
#endif
#ifndef PyMapping_HasKeyStringWithError
#  define PyMapping_HasKeyStringWithError(...) \
     abi3build_PyMapping_HasKeyStringWithError(__VA_ARGS__)
#endif
#endif
#ifndef PyObject_LengthHint
#  define PyObject_LengthHint(...) abi3build_PyObject_LengthHint(__VA_ARGS__)
#endif
#ifndef PyObject_Print
#  define PyObject_Print(...) abi3build_PyObject_Print(__VA_ARGS__)
#endif
#ifndef PyObject_IS_GC
#  define PyObject_IS_GC(o) abi3build_is_gc(ABI3BUILD_OBJECT(o))
#endif
#if ABI3BUILD_BELOW(0x030B0000)
#ifndef PyObject_CheckBuffer
#  define PyObject_CheckBuffer(...) abi3build_PyObject_CheckBuffer(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX >= 0x030D0000
#ifndef PyObject_GenericHash
#  define PyObject_GenericHash abi3build_generic_hash
#endif
#endif
#if ABI3BUILD_BELOW(0x030D0000) && ABI3BUILD_KNOWN(0x030D0000)
#ifndef Py_GetConstant
#  define Py_GetConstant(n) abi3build_constant(n)
#endif
#ifndef Py_GetConstantBorrowed
#  define Py_GetConstantBorrowed(n) abi3build_constant_borrowed(n)
#endif
#endif
#if ABI3BUILD_BELOW(0x030E0000) && ABI3BUILD_KNOWN(0x030E0000)
#ifndef PyIter_NextItem
#  define PyIter_NextItem(...) abi3build_PyIter_NextItem(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_BELOW(0x030D0000) && ABI3BUILD_KNOWN(0x030D0000)
#ifndef PyWeakref_GetRef
#  define PyWeakref_GetRef(...) abi3build_PyWeakref_GetRef(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX < 0x030F0000
#undef PyWeakref_GET_OBJECT
#  define PyWeakref_GET_OBJECT(o) PyWeakref_GetObject(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyDict_GET_SIZE
#  define PyDict_GET_SIZE(o) PyDict_Size(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyDict_SetDefault
#  define PyDict_SetDefault(...) abi3build_PyDict_SetDefault(__VA_ARGS__)
#endif
#if ABI3BUILD_BELOW(0x030F0000) && ABI3BUILD_KNOWN(0x030D0000)
#ifndef PyDict_SetDefaultRef
#  define PyDict_SetDefaultRef(...) abi3build_PyDict_SetDefaultRef(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_BELOW(0x030D0000) && ABI3BUILD_KNOWN(0x030D0000)
#ifndef PyDict_GetItemRef
#  define PyDict_GetItemRef(...) abi3build_PyDict_GetItemRef(__VA_ARGS__)
#endif
#ifndef PyDict_GetItemStringRef
#  define PyDict_GetItemStringRef(...) abi3build_PyDict_GetItemStringRef(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_KNOWN(0x030D0000)
#ifndef PyDict_ContainsString
#  define PyDict_ContainsString(...) abi3build_PyDict_ContainsString(__VA_ARGS__)
#endif
#ifndef PyDict_Pop
#  define PyDict_Pop(...) abi3build_PyDict_Pop(__VA_ARGS__)
#endif
#ifndef PyDict_PopString
#  define PyDict_PopString(...) abi3build_PyDict_PopString(__VA_ARGS__)
#endif
#endif
#ifndef _PyDict_Pop
#  define _PyDict_Pop(...) abi3build__PyDict_Pop(__VA_ARGS__)
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PyDict_Next
#  define _PyDict_Next(...) abi3build__PyDict_Next(__VA_ARGS__)
#endif
#endif
#ifndef _PyDict_NewPresized
#  define _PyDict_NewPresized(n) ((void)(n), PyDict_New())
#endif
#ifndef _PyDict_GetItemStringWithError
#  define _PyDict_GetItemStringWithError(d, k) abi3build_dict_borrow_string((d), (k))
#endif
#if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030D0000
#ifndef _PyDict_GetItemWithError
#  define _PyDict_GetItemWithError(d, k) PyDict_GetItemWithError((d), (k))
#endif
#endif
#ifndef _PyDict_GetItem_KnownHash
#  define _PyDict_GetItem_KnownHash(d, k, h) \
     ((void)(h), PyDict_GetItemWithError((d), (k)))
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PyDict_SetItem_KnownHash
#  define _PyDict_SetItem_KnownHash(d, k, v, h) \
     ((void)(h), PyDict_SetItem((d), (k), (v)))
#endif
#ifndef _PyDict_DelItem_KnownHash
#  define _PyDict_DelItem_KnownHash(d, k, h) ((void)(h), PyDict_DelItem((d), (k)))
#endif
#endif
#if PY_VERSION_HEX >= 0x030A0000 && PY_VERSION_HEX < 0x030D0000
#ifndef _PyDict_Contains_KnownHash
#  define _PyDict_Contains_KnownHash(d, k, h) ((void)(h), PyDict_Contains((d), (k)))
#endif
#endif
#ifndef PyODict_New
#  define PyODict_New(...) abi3build_PyODict_New(__VA_ARGS__)
#endif
#ifndef PyODict_Check
#  define PyODict_Check(o) \
     abi3build_is_kind_of(ABI3BUILD_OBJECT(o), abi3build_ordered_type())
#endif
#ifndef PyODict_CheckExact
#  define PyODict_CheckExact(o) \
     abi3build_is_exactly(ABI3BUILD_OBJECT(o), abi3build_ordered_type())
#endif
#ifndef PyODict_SIZE
#  define PyODict_SIZE(o) PyDict_Size(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyODict_Size
#  define PyODict_Size(o) PyDict_Size(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyODict_Contains
#  define PyODict_Contains(o, k) \
     PyDict_Contains(ABI3BUILD_OBJECT(o), ABI3BUILD_OBJECT(k))
#endif
#ifndef PyODict_GetItem
#  define PyODict_GetItem(o, k) PyDict_GetItem(ABI3BUILD_OBJECT(o), ABI3BUILD_OBJECT(k))
#endif
#ifndef PyODict_GetItemWithError
#  define PyODict_GetItemWithError(o, k) \
     PyDict_GetItemWithError(ABI3BUILD_OBJECT(o), ABI3BUILD_OBJECT(k))
#endif
#ifndef PyODict_GetItemString
#  define PyODict_GetItemString(o, k) PyDict_GetItemString(ABI3BUILD_OBJECT(o), (k))
#endif
#ifndef PyODict_SetItem
#  define PyODict_SetItem(...) abi3build_PyODict_SetItem(__VA_ARGS__)
#endif
#ifndef PyODict_DelItem
#  define PyODict_DelItem(...) abi3build_PyODict_DelItem(__VA_ARGS__)
#endif
#ifndef PyODict_Type
#  define PyODict_Type (*abi3build_ordered_type())
#endif
#ifndef _Py_Identifier
#  define _Py_Identifier abi3build__Py_Identifier
#endif
#ifndef _Py_static_string_init
#  define _Py_static_string_init(value) {(value)}
#endif
#ifndef _Py_static_string
#  define _Py_static_string(name, value) static abi3build__Py_Identifier name = {(value)}
#endif
#ifndef _Py_IDENTIFIER
#  define _Py_IDENTIFIER(name) static abi3build__Py_Identifier PyId_##name = {#name}
#endif
#ifndef _PyObject_GetAttrId
#  define _PyObject_GetAttrId(...) abi3build__PyObject_GetAttrId(__VA_ARGS__)
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PyObject_SetAttrId
#  define _PyObject_SetAttrId(...) abi3build__PyObject_SetAttrId(__VA_ARGS__)
#endif
#ifndef _PyObject_LookupAttrId
#  define _PyObject_LookupAttrId(...) abi3build__PyObject_LookupAttrId(__VA_ARGS__)
#endif
#endif
#ifndef _PyObject_CallMethodId
#  define _PyObject_CallMethodId(o, n, ...) \
     PyObject_CallMethod((o), (n)->string, __VA_ARGS__)
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PyObject_CallMethodIdNoArgs
#  define _PyObject_CallMethodIdNoArgs(o, n) PyObject_CallMethod((o), (n)->string, NULL)
#endif
#ifndef _PyObject_CallMethodIdOneArg
#  define _PyObject_CallMethodIdOneArg(o, n, a) \
     PyObject_CallMethod((o), (n)->string, "(O)", (a))
#endif
#ifndef _PyDict_GetItemIdWithError
#  define _PyDict_GetItemIdWithError(...) \
     abi3build__PyDict_GetItemIdWithError(__VA_ARGS__)
#endif
#ifndef _PyDict_SetItemId
#  define _PyDict_SetItemId(...) abi3build__PyDict_SetItemId(__VA_ARGS__)
#endif
#ifndef _PyDict_DelItemId
#  define _PyDict_DelItemId(...) abi3build__PyDict_DelItemId(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX >= 0x030A0000 && PY_VERSION_HEX < 0x030D0000
#ifndef _PyDict_ContainsId
#  define _PyDict_ContainsId(...) abi3build__PyDict_ContainsId(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PyUnicode_EqualToASCIIId
#  define _PyUnicode_EqualToASCIIId(...) abi3build__PyUnicode_EqualToASCIIId(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_BELOW(0x030B0000) && PY_VERSION_HEX >= 0x030B0000
#ifndef PyType_GetName
#  define PyType_GetName(...) abi3build_PyType_GetName(__VA_ARGS__)
#endif
#ifndef PyType_GetQualName
#  define PyType_GetQualName(...) abi3build_PyType_GetQualName(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_BELOW(0x030D0000) && PY_VERSION_HEX >= 0x030D0000
#ifndef PyType_GetModuleName
#  define PyType_GetModuleName(...) abi3build_PyType_GetModuleName(__VA_ARGS__)
#endif
#ifndef PyType_GetFullyQualifiedName
#  define PyType_GetFullyQualifiedName(...) \
     abi3build_PyType_GetFullyQualifiedName(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX >= 0x030C0000
#ifndef PyType_GetDict
#  define PyType_GetDict(t) abi3build_type_dict(t)
#endif
#endif
#if ABI3BUILD_BELOW(0x030D0000) && !ABI3BUILD_BELOW(0x030A0000) && PY_VERSION_HEX >= 0x030B0000
#ifndef PyType_GetModuleByDef
#  define PyType_GetModuleByDef(...) abi3build_PyType_GetModuleByDef(__VA_ARGS__)
#endif
#endif
#if !ABI3BUILD_BELOW(0x030A0000) && PY_VERSION_HEX >= 0x030A0000 && PY_VERSION_HEX < 0x030B0000
#ifndef _PyType_GetModuleByDef
#  define _PyType_GetModuleByDef(t, d) abi3build_module_by_definition((t), (d))
#endif
#endif
#ifndef _PyType_Lookup
#  define _PyType_Lookup(...) abi3build__PyType_Lookup(__VA_ARGS__)
#endif
#ifndef PyType_SUPPORTS_WEAKREFS
#  define PyType_SUPPORTS_WEAKREFS(t) abi3build_has_weakrefs(ABI3BUILD_TYPE(t))
#endif
#ifndef PyCFunction_GET_FUNCTION
#  define PyCFunction_GET_FUNCTION(o) PyCFunction_GetFunction(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyCFunction_GET_SELF
#  define PyCFunction_GET_SELF(o) PyCFunction_GetSelf(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyCFunction_GET_FLAGS
#  define PyCFunction_GET_FLAGS(o) PyCFunction_GetFlags(ABI3BUILD_OBJECT(o))
#endif
#if ABI3BUILD_BELOW(0x030A0000) && ABI3BUILD_KNOWN(0x030A0000)
#ifndef PyModule_AddObjectRef
#  define PyModule_AddObjectRef(...) abi3build_PyModule_AddObjectRef(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_BELOW(0x030D0000) && ABI3BUILD_KNOWN(0x030D0000)
#ifndef PyModule_Add
#  define PyModule_Add(...) abi3build_PyModule_Add(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030D0000
#ifndef _PyModule_Add
#  define _PyModule_Add(m, n, v) abi3build_PyModule_Add((m), (n), (v))
#endif
#endif
#if ABI3BUILD_BELOW(0x030A0000)
#ifndef PyModule_AddType
#  define PyModule_AddType(...) abi3build_PyModule_AddType(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_BELOW(0x030D0000) && ABI3BUILD_KNOWN(0x030D0000)
#ifndef PyImport_AddModuleRef
#  define PyImport_AddModuleRef(...) abi3build_PyImport_AddModuleRef(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX >= 0x030E0000
#ifndef PyImport_ImportModuleAttr
#  define PyImport_ImportModuleAttr(...) abi3build_PyImport_ImportModuleAttr(__VA_ARGS__)
#endif
#ifndef PyImport_ImportModuleAttrString
#  define PyImport_ImportModuleAttrString(...) \
     abi3build_PyImport_ImportModuleAttrString(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX >= 0x030A0000 && PY_VERSION_HEX < 0x030D0000
#ifndef _PyImport_GetModuleAttr
#  define _PyImport_GetModuleAttr(m, n) abi3build_module_attribute((m), (n))
#endif
#ifndef _PyImport_GetModuleAttrString
#  define _PyImport_GetModuleAttrString(m, n) abi3build_from_module((m), (n))
#endif
#endif
#if ABI3BUILD_BELOW(0x030D0000) && PY_VERSION_HEX >= 0x030D0000
#undef Py_mod_gil
#  define Py_mod_gil Py_mod_exec
#undef Py_MOD_GIL_USED
#  define Py_MOD_GIL_USED ((void *)abi3build_no_op_slot)
#undef Py_MOD_GIL_NOT_USED
#  define Py_MOD_GIL_NOT_USED ((void *)abi3build_no_op_slot)
#endif
#if ABI3BUILD_BELOW(0x030C0000)
#undef Py_mod_multiple_interpreters
#  define Py_mod_multiple_interpreters Py_mod_exec
#undef Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED
#  define Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED ((void *)abi3build_one_interpreter)
#undef Py_MOD_MULTIPLE_INTERPRETERS_SUPPORTED
#  define Py_MOD_MULTIPLE_INTERPRETERS_SUPPORTED \
     ((void *)abi3build_interpreters_with_one_lock)
#undef Py_MOD_PER_INTERPRETER_GIL_SUPPORTED
#  define Py_MOD_PER_INTERPRETER_GIL_SUPPORTED \
     ((void *)abi3build_interpreters_with_own_locks)
#endif
#ifndef PyMethod_Type
#  define PyMethod_Type (*abi3build_method_type())
#endif
#ifndef PyMethod_Check
#  define PyMethod_Check(o) \
     abi3build_is_exactly(ABI3BUILD_OBJECT(o), abi3build_method_type())
#endif
#ifndef PyMethod_New
#  define PyMethod_New(...) abi3build_PyMethod_New(__VA_ARGS__)
#endif
#ifndef PyMethod_Function
#  define PyMethod_Function(...) abi3build_PyMethod_Function(__VA_ARGS__)
#endif
#ifndef PyMethod_Self
#  define PyMethod_Self(...) abi3build_PyMethod_Self(__VA_ARGS__)
#endif
#ifndef PyMethod_GET_FUNCTION
#  define PyMethod_GET_FUNCTION(o) abi3build_borrowed(ABI3BUILD_OBJECT(o), "__func__")
#endif
#ifndef PyMethod_GET_SELF
#  define PyMethod_GET_SELF(o) abi3build_borrowed(ABI3BUILD_OBJECT(o), "__self__")
#endif
#ifndef PyFunction_Type
#  define PyFunction_Type (*abi3build_function_type())
#endif
#ifndef PyFunction_Check
#  define PyFunction_Check(o) \
     abi3build_is_exactly(ABI3BUILD_OBJECT(o), abi3build_function_type())
#endif
#ifndef PyFunction_New
#  define PyFunction_New(...) abi3build_PyFunction_New(__VA_ARGS__)
#endif
#ifndef PyFunction_GetCode
#  define PyFunction_GetCode(...) abi3build_PyFunction_GetCode(__VA_ARGS__)
#endif
#ifndef PyFunction_GetGlobals
#  define PyFunction_GetGlobals(...) abi3build_PyFunction_GetGlobals(__VA_ARGS__)
#endif
#ifndef PyFunction_GetModule
#  define PyFunction_GetModule(...) abi3build_PyFunction_GetModule(__VA_ARGS__)
#endif
#ifndef PyFunction_GetDefaults
#  define PyFunction_GetDefaults(...) abi3build_PyFunction_GetDefaults(__VA_ARGS__)
#endif
#ifndef PyFunction_GetKwDefaults
#  define PyFunction_GetKwDefaults(...) abi3build_PyFunction_GetKwDefaults(__VA_ARGS__)
#endif
#ifndef PyFunction_GetClosure
#  define PyFunction_GetClosure(...) abi3build_PyFunction_GetClosure(__VA_ARGS__)
#endif
#ifndef PyFunction_SetDefaults
#  define PyFunction_SetDefaults(...) abi3build_PyFunction_SetDefaults(__VA_ARGS__)
#endif
#ifndef PyFunction_SetKwDefaults
#  define PyFunction_SetKwDefaults(...) abi3build_PyFunction_SetKwDefaults(__VA_ARGS__)
#endif
#ifndef PyFunction_SetAnnotations
#  define PyFunction_SetAnnotations(...) abi3build_PyFunction_SetAnnotations(__VA_ARGS__)
#endif
#ifndef PyFunction_GET_CODE
#  define PyFunction_GET_CODE(o) abi3build_borrowed(ABI3BUILD_OBJECT(o), "__code__")
#endif
#ifndef PyFunction_GET_GLOBALS
#  define PyFunction_GET_GLOBALS(o) \
     abi3build_borrowed(ABI3BUILD_OBJECT(o), "__globals__")
#endif
#ifndef PyFunction_GET_MODULE
#  define PyFunction_GET_MODULE(o) \
     abi3build_borrowed_or_null(ABI3BUILD_OBJECT(o), "__module__")
#endif
#ifndef PyFunction_GET_DEFAULTS
#  define PyFunction_GET_DEFAULTS(o) \
     abi3build_borrowed_or_null(ABI3BUILD_OBJECT(o), "__defaults__")
#endif
#ifndef PyFunction_GET_KW_DEFAULTS
#  define PyFunction_GET_KW_DEFAULTS(o) \
     abi3build_borrowed_or_null(ABI3BUILD_OBJECT(o), "__kwdefaults__")
#endif
#ifndef PyFunction_GET_CLOSURE
#  define PyFunction_GET_CLOSURE(o) \
     abi3build_borrowed_or_null(ABI3BUILD_OBJECT(o), "__closure__")
#endif
#ifndef PyClassMethod_Type
#  define PyClassMethod_Type (*abi3build_class_method_type())
#endif
#ifndef PyClassMethod_New
#  define PyClassMethod_New(...) abi3build_PyClassMethod_New(__VA_ARGS__)
#endif
#ifndef PyStaticMethod_Type
#  define PyStaticMethod_Type (*abi3build_static_method_type())
#endif
#ifndef PyStaticMethod_New
#  define PyStaticMethod_New(...) abi3build_PyStaticMethod_New(__VA_ARGS__)
#endif
#ifndef PyCell_Type
#  define PyCell_Type (*abi3build_cell_type())
#endif
#ifndef PyCell_Check
#  define PyCell_Check(o) \
     abi3build_is_exactly(ABI3BUILD_OBJECT(o), abi3build_cell_type())
#endif
#ifndef PyCell_New
#  define PyCell_New(...) abi3build_PyCell_New(__VA_ARGS__)
#endif
#ifndef PyCell_Get
#  define PyCell_Get(...) abi3build_PyCell_Get(__VA_ARGS__)
#endif
#ifndef PyCell_Set
#  define PyCell_Set(...) abi3build_PyCell_Set(__VA_ARGS__)
#endif
#ifndef PyCell_GET
#  define PyCell_GET(o) abi3build_cell_borrow(ABI3BUILD_OBJECT(o))
#endif
#ifndef PyCode_Type
#  define PyCode_Type (*abi3build_code_type())
#endif
#ifndef PyCode_Check
#  define PyCode_Check(o) \
     abi3build_is_exactly(ABI3BUILD_OBJECT(o), abi3build_code_type())
#endif
#ifndef PyCode_GetNumFree
#  define PyCode_GetNumFree(o) abi3build_free_count(ABI3BUILD_OBJECT(o))
#endif
#if ABI3BUILD_KNOWN(0x030B0000)
#ifndef PyCode_GetCode
#  define PyCode_GetCode(o) PyObject_GetAttrString(ABI3BUILD_OBJECT(o), "co_code")
#endif
#ifndef PyCode_GetVarnames
#  define PyCode_GetVarnames(o) \
     PyObject_GetAttrString(ABI3BUILD_OBJECT(o), "co_varnames")
#endif
#ifndef PyCode_GetCellvars
#  define PyCode_GetCellvars(o) \
     PyObject_GetAttrString(ABI3BUILD_OBJECT(o), "co_cellvars")
#endif
#ifndef PyCode_GetFreevars
#  define PyCode_GetFreevars(o) \
     PyObject_GetAttrString(ABI3BUILD_OBJECT(o), "co_freevars")
#endif
#endif
#ifndef CO_OPTIMIZED
#  define CO_OPTIMIZED 0x0001
#endif
#ifndef CO_NEWLOCALS
#  define CO_NEWLOCALS 0x0002
#endif
#ifndef CO_VARARGS
#  define CO_VARARGS 0x0004
#endif
#ifndef CO_VARKEYWORDS
#  define CO_VARKEYWORDS 0x0008
#endif
#ifndef CO_NESTED
#  define CO_NESTED 0x0010
#endif
#ifndef CO_GENERATOR
#  define CO_GENERATOR 0x0020
#endif
#ifndef CO_COROUTINE
#  define CO_COROUTINE 0x0080
#endif
#ifndef CO_ITERABLE_COROUTINE
#  define CO_ITERABLE_COROUTINE 0x0100
#endif
#ifndef CO_ASYNC_GENERATOR
#  define CO_ASYNC_GENERATOR 0x0200
#endif
#ifndef PyGen_Type
#  define PyGen_Type (*abi3build_generator_type())
#endif
#ifndef PyGen_Check
#  define PyGen_Check(o) \
     abi3build_is_kind_of(ABI3BUILD_OBJECT(o), abi3build_generator_type())
#endif
#ifndef PyGen_CheckExact
#  define PyGen_CheckExact(o) \
     abi3build_is_exactly(ABI3BUILD_OBJECT(o), abi3build_generator_type())
#endif
#if PY_VERSION_HEX >= 0x030C0000
#ifndef PyGen_GetCode
#  define PyGen_GetCode(o) \
     ((PyCodeObject *)PyObject_GetAttrString(ABI3BUILD_OBJECT(o), "gi_code"))
#endif
#endif
#ifndef PyCoro_Type
#  define PyCoro_Type (*abi3build_coroutine_type())
#endif
#ifndef PyCoro_CheckExact
#  define PyCoro_CheckExact(o) \
     abi3build_is_exactly(ABI3BUILD_OBJECT(o), abi3build_coroutine_type())
#endif
#ifndef PyAsyncGen_Type
#  define PyAsyncGen_Type (*abi3build_async_gen_type())
#endif
#ifndef PyAsyncGen_CheckExact
#  define PyAsyncGen_CheckExact(o) \
     abi3build_is_exactly(ABI3BUILD_OBJECT(o), abi3build_async_gen_type())
#endif
#if PY_VERSION_HEX >= 0x030B0000
#ifndef PyFrame_Type
#  define PyFrame_Type (*abi3build_frame_type())
#endif
#ifndef PyFrame_Check
#  define PyFrame_Check(o) \
     abi3build_is_exactly(ABI3BUILD_OBJECT(o), abi3build_frame_type())
#endif
#endif
#if ABI3BUILD_KNOWN(0x030B0000)
#ifndef PyFrame_GetBack
#  define PyFrame_GetBack(o) \
     ((PyFrameObject *)abi3build_field_or_null(ABI3BUILD_OBJECT(o), "f_back"))
#endif
#ifndef PyFrame_GetLocals
#  define PyFrame_GetLocals(o) PyObject_GetAttrString(ABI3BUILD_OBJECT(o), "f_locals")
#endif
#ifndef PyFrame_GetGlobals
#  define PyFrame_GetGlobals(o) PyObject_GetAttrString(ABI3BUILD_OBJECT(o), "f_globals")
#endif
#ifndef PyFrame_GetBuiltins
#  define PyFrame_GetBuiltins(o) \
     PyObject_GetAttrString(ABI3BUILD_OBJECT(o), "f_builtins")
#endif
#ifndef PyFrame_GetLasti
#  define PyFrame_GetLasti(o) abi3build_last_instruction(ABI3BUILD_OBJECT(o))
#endif
#endif
#if ABI3BUILD_KNOWN(0x030C0000)
#ifndef PyFrame_GetVar
#  define PyFrame_GetVar(o, n) abi3build_frame_variable(ABI3BUILD_OBJECT(o), (n))
#endif
#ifndef PyFrame_GetVarString
#  define PyFrame_GetVarString(o, n) \
     abi3build_frame_variable_string(ABI3BUILD_OBJECT(o), (n))
#endif
#endif
#ifndef PyContext_Type
#  define PyContext_Type (*abi3build_context_type())
#endif
#ifndef PyContext_CheckExact
#  define PyContext_CheckExact(o) \
     abi3build_is_exactly(ABI3BUILD_OBJECT(o), abi3build_context_type())
#endif
#ifndef PyContext_New
#  define PyContext_New(...) abi3build_PyContext_New(__VA_ARGS__)
#endif
#ifndef PyContext_Copy
#  define PyContext_Copy(...) abi3build_PyContext_Copy(__VA_ARGS__)
#endif
#ifndef PyContext_CopyCurrent
#  define PyContext_CopyCurrent(...) abi3build_PyContext_CopyCurrent(__VA_ARGS__)
#endif
#ifndef PyContextVar_Type
#  define PyContextVar_Type (*abi3build_context_var_type())
#endif
#ifndef PyContextVar_CheckExact
#  define PyContextVar_CheckExact(o) \
     abi3build_is_exactly(ABI3BUILD_OBJECT(o), abi3build_context_var_type())
#endif
#ifndef PyContextVar_New
#  define PyContextVar_New(...) abi3build_PyContextVar_New(__VA_ARGS__)
#endif
#ifndef PyContextVar_Get
#  define PyContextVar_Get(...) abi3build_PyContextVar_Get(__VA_ARGS__)
#endif
#ifndef PyContextVar_Set
#  define PyContextVar_Set(...) abi3build_PyContextVar_Set(__VA_ARGS__)
#endif
#ifndef PyContextVar_Reset
#  define PyContextVar_Reset(...) abi3build_PyContextVar_Reset(__VA_ARGS__)
#endif
#ifndef PyContextToken_Type
#  define PyContextToken_Type (*abi3build_context_token_type())
#endif
#ifndef PyContextToken_CheckExact
#  define PyContextToken_CheckExact(o) \
     abi3build_is_exactly(ABI3BUILD_OBJECT(o), abi3build_context_token_type())
#endif
#if ABI3BUILD_BELOW(0x030C0000) && PY_VERSION_HEX >= 0x030C0000
#ifndef PyErr_GetRaisedException
#  define PyErr_GetRaisedException(...) abi3build_PyErr_GetRaisedException(__VA_ARGS__)
#endif
#ifndef PyErr_SetRaisedException
#  define PyErr_SetRaisedException(...) abi3build_PyErr_SetRaisedException(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_BELOW(0x030B0000) && PY_VERSION_HEX >= 0x030B0000
#ifndef PyErr_GetHandledException
#  define PyErr_GetHandledException(...) abi3build_PyErr_GetHandledException(__VA_ARGS__)
#endif
#ifndef PyErr_SetHandledException
#  define PyErr_SetHandledException(...) abi3build_PyErr_SetHandledException(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_BELOW(0x030C0000) && PY_VERSION_HEX >= 0x030C0000
#ifndef PyErr_DisplayException
#  define PyErr_DisplayException(...) abi3build_PyErr_DisplayException(__VA_ARGS__)
#endif
#ifndef PyException_GetArgs
#  define PyException_GetArgs(...) abi3build_PyException_GetArgs(__VA_ARGS__)
#endif
#ifndef PyException_SetArgs
#  define PyException_SetArgs(...) abi3build_PyException_SetArgs(__VA_ARGS__)
#endif
#endif
#ifndef PyErr_Warn
#  define PyErr_Warn(category, text) PyErr_WarnEx((category), (text), 1)
#endif
#ifndef PyErr_WarnExplicitObject
#  define PyErr_WarnExplicitObject(...) abi3build_PyErr_WarnExplicitObject(__VA_ARGS__)
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PyErr_ChainExceptions
#  define _PyErr_ChainExceptions(...) abi3build__PyErr_ChainExceptions(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX >= 0x030C0000
#ifndef _PyErr_ChainExceptions1
#  define _PyErr_ChainExceptions1(...) abi3build__PyErr_ChainExceptions1(__VA_ARGS__)
#endif
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PyErr_FormatFromCause
#  define _PyErr_FormatFromCause abi3build_format_from_cause
#endif
#ifndef _PyErr_SetKeyError
#  define _PyErr_SetKeyError(...) abi3build__PyErr_SetKeyError(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_BELOW(0x030D0000)
#ifndef PyMem_RawMalloc
#  define PyMem_RawMalloc abi3build_raw_malloc
#endif
#ifndef PyMem_RawCalloc
#  define PyMem_RawCalloc abi3build_raw_calloc
#endif
#ifndef PyMem_RawRealloc
#  define PyMem_RawRealloc abi3build_raw_realloc
#endif
#ifndef PyMem_RawFree
#  define PyMem_RawFree abi3build_raw_free
#endif
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _PyMem_Strdup
#  define _PyMem_Strdup(...) abi3build__PyMem_Strdup(__VA_ARGS__)
#endif
#ifndef _PyMem_RawStrdup
#  define _PyMem_RawStrdup(...) abi3build__PyMem_RawStrdup(__VA_ARGS__)
#endif
#endif
#if !ABI3BUILD_BELOW(0x030A0000)
#ifndef Py_TRASHCAN_BEGIN
#  define Py_TRASHCAN_BEGIN(o, d) ABI3BUILD_TRASHCAN_BEGIN(ABI3BUILD_OBJECT(o), d)
#endif
#ifndef Py_TRASHCAN_END
#  define Py_TRASHCAN_END ABI3BUILD_TRASHCAN_END
#endif
#endif
#if !ABI3BUILD_BELOW(0x030B0000)
#ifndef PyMemoryView_GET_BUFFER
#  define PyMemoryView_GET_BUFFER(o) abi3build_view_buffer(ABI3BUILD_OBJECT(o))
#endif
#endif
#ifndef PyMemoryView_GET_BASE
#  define PyMemoryView_GET_BASE(o) abi3build_borrowed_or_null(ABI3BUILD_OBJECT(o), "obj")
#endif
#if PY_VERSION_HEX >= 0x030D0000
#ifndef PyHASH_MULTIPLIER
#  define PyHASH_MULTIPLIER 1000003UL
#endif
#endif
#if ABI3BUILD_KNOWN(0x030D0000)
#ifndef PyHASH_BITS
#  define PyHASH_BITS (sizeof(void *) >= 8 ? 61 : 31)
#endif
#ifndef PyHASH_MODULUS
#  define PyHASH_MODULUS (((size_t)1 << (sizeof(void *) >= 8 ? 61 : 31)) - 1)
#endif
#ifndef PyHASH_INF
#  define PyHASH_INF 314159
#endif
#ifndef PyHASH_IMAG
#  define PyHASH_IMAG 1000003UL
#endif
#ifndef Py_HashPointer
#  define Py_HashPointer(p) abi3build__Py_HashPointer(p)
#endif
#endif
#ifndef _Py_HashPointer
#  define _Py_HashPointer(...) abi3build__Py_HashPointer(__VA_ARGS__)
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _Py_HashPointerRaw
#  define _Py_HashPointerRaw(...) abi3build__Py_HashPointerRaw(__VA_ARGS__)
#endif
#ifndef _Py_HashBytes
#  define _Py_HashBytes(...) abi3build__Py_HashBytes(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_BELOW(0x03100000) && ABI3BUILD_KNOWN(0x030E0000)
#ifndef Py_HashBuffer
#  define Py_HashBuffer(p, n) abi3build__Py_HashBytes((p), (n))
#endif
#endif
#ifndef _Py_HashDouble
#  define _Py_HashDouble(...) ABI3BUILD_HASH_DOUBLE(__VA_ARGS__)
#endif
#ifndef PyRun_String
#  define PyRun_String(...) abi3build_PyRun_String(__VA_ARGS__)
#endif
#ifndef PyRun_SimpleString
#  define PyRun_SimpleString(...) abi3build_PyRun_SimpleString(__VA_ARGS__)
#endif
#if ABI3BUILD_BELOW(0x030D0000) && ABI3BUILD_KNOWN(0x030D0000)
#ifndef Py_IsFinalizing
#  define Py_IsFinalizing() (!Py_IsInitialized())
#endif
#endif
#if PY_VERSION_HEX < 0x030D0000
#ifndef _Py_IsFinalizing
#  define _Py_IsFinalizing() (!Py_IsInitialized())
#endif
#ifndef _PyInterpreterState_Get
#  define _PyInterpreterState_Get() PyInterpreterState_Get()
#endif
#endif
#if ABI3BUILD_BELOW(0x030D0000)
#ifndef PySys_Audit
#  define PySys_Audit abi3build_audit
#endif
#endif
#if ABI3BUILD_BELOW(0x030D0000) && PY_VERSION_HEX >= 0x030D0000
#ifndef PySys_AuditTuple
#  define PySys_AuditTuple(...) abi3build_PySys_AuditTuple(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_KNOWN(0x030D0000)
#ifndef PyTime_t
#  define PyTime_t abi3build_PyTime_t
#endif
#ifndef PyTime_MIN
#  define PyTime_MIN INT64_MIN
#endif
#ifndef PyTime_MAX
#  define PyTime_MAX INT64_MAX
#endif
#ifndef PyTime_Time
#  define PyTime_Time(...) abi3build_PyTime_Time(__VA_ARGS__)
#endif
#ifndef PyTime_Monotonic
#  define PyTime_Monotonic(...) abi3build_PyTime_Monotonic(__VA_ARGS__)
#endif
#ifndef PyTime_PerfCounter
#  define PyTime_PerfCounter(...) abi3build_PyTime_PerfCounter(__VA_ARGS__)
#endif
#ifndef PyTime_AsSecondsDouble
#  define PyTime_AsSecondsDouble(...) abi3build_PyTime_AsSecondsDouble(__VA_ARGS__)
#endif
#endif
#if ABI3BUILD_KNOWN(0x030D0000) && PY_VERSION_HEX < 0x030F0000
#ifndef Py_BEGIN_CRITICAL_SECTION
#  define Py_BEGIN_CRITICAL_SECTION(o) { (void)(o);
#endif
#ifndef Py_END_CRITICAL_SECTION
#  define Py_END_CRITICAL_SECTION() }
#endif
#ifndef Py_BEGIN_CRITICAL_SECTION2
#  define Py_BEGIN_CRITICAL_SECTION2(a, b) { (void)(a); (void)(b);
#endif
#ifndef Py_END_CRITICAL_SECTION2
#  define Py_END_CRITICAL_SECTION2() }
#endif
#endif
#ifndef PYTHREAD_INVALID_THREAD_ID
#  define PYTHREAD_INVALID_THREAD_ID ((unsigned long)-1)
#endif
#ifndef PyDateTime_CAPI
#  define PyDateTime_CAPI abi3build_PyDateTime_CAPI
#endif
#ifndef PyDateTimeAPI
#  define PyDateTimeAPI abi3build_PyDateTimeAPI
#endif
#ifndef PyDateTime_CAPSULE_NAME
#  define PyDateTime_CAPSULE_NAME "datetime.datetime_CAPI"
#endif
#ifndef PyDateTime_IMPORT
#  define PyDateTime_IMPORT (abi3build_PyDateTimeAPI = abi3build_import_datetime())
#endif
#ifndef PyDateTime_TimeZone_UTC
#  define PyDateTime_TimeZone_UTC (abi3build_PyDateTimeAPI->TimeZone_UTC)
#endif
#ifndef PyDate_Check
#  define PyDate_Check(o) \
     PyObject_TypeCheck(ABI3BUILD_OBJECT(o), abi3build_PyDateTimeAPI->DateType)
#endif
#ifndef PyDate_CheckExact
#  define PyDate_CheckExact(o) (Py_TYPE(o) == abi3build_PyDateTimeAPI->DateType)
#endif
#ifndef PyDateTime_Check
#  define PyDateTime_Check(o) \
     PyObject_TypeCheck(ABI3BUILD_OBJECT(o), abi3build_PyDateTimeAPI->DateTimeType)
#endif
#ifndef PyDateTime_CheckExact
#  define PyDateTime_CheckExact(o) (Py_TYPE(o) == abi3build_PyDateTimeAPI->DateTimeType)
#endif
#ifndef PyTime_Check
#  define PyTime_Check(o) \
     PyObject_TypeCheck(ABI3BUILD_OBJECT(o), abi3build_PyDateTimeAPI->TimeType)
#endif
#ifndef PyTime_CheckExact
#  define PyTime_CheckExact(o) (Py_TYPE(o) == abi3build_PyDateTimeAPI->TimeType)
#endif
#ifndef PyDelta_Check
#  define PyDelta_Check(o) \
     PyObject_TypeCheck(ABI3BUILD_OBJECT(o), abi3build_PyDateTimeAPI->DeltaType)
#endif
#ifndef PyDelta_CheckExact
#  define PyDelta_CheckExact(o) (Py_TYPE(o) == abi3build_PyDateTimeAPI->DeltaType)
#endif
#ifndef PyTZInfo_Check
#  define PyTZInfo_Check(o) \
     PyObject_TypeCheck(ABI3BUILD_OBJECT(o), abi3build_PyDateTimeAPI->TZInfoType)
#endif
#ifndef PyTZInfo_CheckExact
#  define PyTZInfo_CheckExact(o) (Py_TYPE(o) == abi3build_PyDateTimeAPI->TZInfoType)
#endif
#ifndef PyDate_FromDate
#  define PyDate_FromDate(y, m, d) \
     abi3build_new_date((y), (m), (d), abi3build_PyDateTimeAPI->DateType)
#endif
#ifndef PyDateTime_FromDateAndTime
#  define PyDateTime_FromDateAndTime(y, m, d, h, i, s, u) \
     abi3build_new_datetime((y), (m), (d), (h), (i), (s), (u), Py_None, abi3build_PyDateTimeAPI->DateTimeType)
#endif
#ifndef PyDateTime_FromDateAndTimeAndFold
#  define PyDateTime_FromDateAndTimeAndFold(y, m, d, h, i, s, u, f) \
     abi3build_new_datetime_fold((y), (m), (d), (h), (i), (s), (u), Py_None, (f), abi3build_PyDateTimeAPI->DateTimeType)
#endif
#ifndef PyTime_FromTime
#  define PyTime_FromTime(h, i, s, u) \
     abi3build_new_time((h), (i), (s), (u), Py_None, abi3build_PyDateTimeAPI->TimeType)
#endif
#ifndef PyTime_FromTimeAndFold
#  define PyTime_FromTimeAndFold(h, i, s, u, f) \
     abi3build_new_time_fold((h), (i), (s), (u), Py_None, (f), abi3build_PyDateTimeAPI->TimeType)
#endif
#ifndef PyDelta_FromDSU
#  define PyDelta_FromDSU(d, s, u) \
     abi3build_new_delta((d), (s), (u), 1, abi3build_PyDateTimeAPI->DeltaType)
#endif
#ifndef PyTimeZone_FromOffset
#  define PyTimeZone_FromOffset(o) abi3build_new_timezone(ABI3BUILD_OBJECT(o), NULL)
#endif
#ifndef PyTimeZone_FromOffsetAndName
#  define PyTimeZone_FromOffsetAndName(o, n) \
     abi3build_new_timezone(ABI3BUILD_OBJECT(o), ABI3BUILD_OBJECT(n))
#endif
#ifndef PyDateTime_FromTimestamp
#  define PyDateTime_FromTimestamp(a) \
     abi3build_from_timestamp((PyObject *)abi3build_PyDateTimeAPI->DateTimeType, ABI3BUILD_OBJECT(a), NULL)
#endif
#ifndef PyDate_FromTimestamp
#  define PyDate_FromTimestamp(a) \
     abi3build_date_from_timestamp((PyObject *)abi3build_PyDateTimeAPI->DateType, ABI3BUILD_OBJECT(a))
#endif
#ifndef PyDateTime_GET_YEAR
#  define PyDateTime_GET_YEAR(o) \
     abi3build_date_field(abi3build_PyDateTimeAPI->DateType, ABI3BUILD_OBJECT(o), "year")
#endif
#ifndef PyDateTime_GET_MONTH
#  define PyDateTime_GET_MONTH(o) \
     abi3build_date_field(abi3build_PyDateTimeAPI->DateType, ABI3BUILD_OBJECT(o), "month")
#endif
#ifndef PyDateTime_GET_DAY
#  define PyDateTime_GET_DAY(o) \
     abi3build_date_field(abi3build_PyDateTimeAPI->DateType, ABI3BUILD_OBJECT(o), "day")
#endif
#ifndef PyDateTime_DATE_GET_HOUR
#  define PyDateTime_DATE_GET_HOUR(o) \
     abi3build_date_field(abi3build_PyDateTimeAPI->DateTimeType, ABI3BUILD_OBJECT(o), "hour")
#endif
#ifndef PyDateTime_DATE_GET_MINUTE
#  define PyDateTime_DATE_GET_MINUTE(o) \
     abi3build_date_field(abi3build_PyDateTimeAPI->DateTimeType, ABI3BUILD_OBJECT(o), "minute")
#endif
#ifndef PyDateTime_DATE_GET_SECOND
#  define PyDateTime_DATE_GET_SECOND(o) \
     abi3build_date_field(abi3build_PyDateTimeAPI->DateTimeType, ABI3BUILD_OBJECT(o), "second")
#endif
#ifndef PyDateTime_DATE_GET_MICROSECOND
#  define PyDateTime_DATE_GET_MICROSECOND(o) \
     abi3build_date_field(abi3build_PyDateTimeAPI->DateTimeType, ABI3BUILD_OBJECT(o), "microsecond")
#endif
#ifndef PyDateTime_DATE_GET_FOLD
#  define PyDateTime_DATE_GET_FOLD(o) \
     abi3build_date_field(abi3build_PyDateTimeAPI->DateTimeType, ABI3BUILD_OBJECT(o), "fold")
#endif
#if PY_VERSION_HEX >= 0x030A0000
#ifndef PyDateTime_DATE_GET_TZINFO
#  define PyDateTime_DATE_GET_TZINFO(o) \
     abi3build_date_zone(abi3build_PyDateTimeAPI->DateTimeType, ABI3BUILD_OBJECT(o))
#endif
#endif
#ifndef PyDateTime_TIME_GET_HOUR
#  define PyDateTime_TIME_GET_HOUR(o) \
     abi3build_date_field(abi3build_PyDateTimeAPI->TimeType, ABI3BUILD_OBJECT(o), "hour")
#endif
#ifndef PyDateTime_TIME_GET_MINUTE
#  define PyDateTime_TIME_GET_MINUTE(o) \
     abi3build_date_field(abi3build_PyDateTimeAPI->TimeType, ABI3BUILD_OBJECT(o), "minute")
#endif
#ifndef PyDateTime_TIME_GET_SECOND
#  define PyDateTime_TIME_GET_SECOND(o) \
     abi3build_date_field(abi3build_PyDateTimeAPI->TimeType, ABI3BUILD_OBJECT(o), "second")
#endif
#ifndef PyDateTime_TIME_GET_MICROSECOND
#  define PyDateTime_TIME_GET_MICROSECOND(o) \
     abi3build_date_field(abi3build_PyDateTimeAPI->TimeType, ABI3BUILD_OBJECT(o), "microsecond")
#endif
#ifndef PyDateTime_TIME_GET_FOLD
#  define PyDateTime_TIME_GET_FOLD(o) \
     abi3build_date_field(abi3build_PyDateTimeAPI->TimeType, ABI3BUILD_OBJECT(o), "fold")
#endif
#if PY_VERSION_HEX >= 0x030A0000
#ifndef PyDateTime_TIME_GET_TZINFO
#  define PyDateTime_TIME_GET_TZINFO(o) \
     abi3build_date_zone(abi3build_PyDateTimeAPI->TimeType, ABI3BUILD_OBJECT(o))
#endif
#endif
#ifndef PyDateTime_DELTA_GET_DAYS
#  define PyDateTime_DELTA_GET_DAYS(o) \
     abi3build_date_field(abi3build_PyDateTimeAPI->DeltaType, ABI3BUILD_OBJECT(o), "days")
#endif
#ifndef PyDateTime_DELTA_GET_SECONDS
#  define PyDateTime_DELTA_GET_SECONDS(o) \
     abi3build_date_field(abi3build_PyDateTimeAPI->DeltaType, ABI3BUILD_OBJECT(o), "seconds")
#endif
#ifndef PyDateTime_DELTA_GET_MICROSECONDS
#  define PyDateTime_DELTA_GET_MICROSECONDS(o) \
     abi3build_date_field(abi3build_PyDateTimeAPI->DeltaType, ABI3BUILD_OBJECT(o), "microseconds")
#endif
#ifndef PyASCIIObject
#  define PyASCIIObject abi3build_PyASCIIObject
#endif
#ifndef PyBaseExceptionObject
#  define PyBaseExceptionObject abi3build_PyBaseExceptionObject
#endif
#ifndef PyByteArrayObject
#  define PyByteArrayObject abi3build_PyByteArrayObject
#endif
#ifndef PyBytesObject
#  define PyBytesObject abi3build_PyBytesObject
#endif
#ifndef PyCFunctionObject
#  define PyCFunctionObject abi3build_PyCFunctionObject
#endif
#ifndef PyCellObject
#  define PyCellObject abi3build_PyCellObject
#endif
#ifndef PyCompactUnicodeObject
#  define PyCompactUnicodeObject abi3build_PyCompactUnicodeObject
#endif
#ifndef PyComplexObject
#  define PyComplexObject abi3build_PyComplexObject
#endif
#ifndef PyDescrObject
#  define PyDescrObject abi3build_PyDescrObject
#endif
#ifndef PyDictObject
#  define PyDictObject abi3build_PyDictObject
#endif
#ifndef PyFloatObject
#  define PyFloatObject abi3build_PyFloatObject
#endif
#ifndef PyFunctionObject
#  define PyFunctionObject abi3build_PyFunctionObject
#endif
#ifndef PyGenObject
#  define PyGenObject abi3build_PyGenObject
#endif
#ifndef PyHeapTypeObject
#  define PyHeapTypeObject abi3build_PyHeapTypeObject
#endif
#ifndef PyListObject
#  define PyListObject abi3build_PyListObject
#endif
#ifndef PyMemoryViewObject
#  define PyMemoryViewObject abi3build_PyMemoryViewObject
#endif
#ifndef PyMethodObject
#  define PyMethodObject abi3build_PyMethodObject
#endif
#ifndef PyODictObject
#  define PyODictObject abi3build_PyODictObject
#endif
#ifndef PySetObject
#  define PySetObject abi3build_PySetObject
#endif
#ifndef PySliceObject
#  define PySliceObject abi3build_PySliceObject
#endif
#ifndef PyStopIterationObject
#  define PyStopIterationObject abi3build_PyStopIterationObject
#endif
#ifndef PySyntaxErrorObject
#  define PySyntaxErrorObject abi3build_PySyntaxErrorObject
#endif
#ifndef PyOSErrorObject
#  define PyOSErrorObject abi3build_PyOSErrorObject
#endif
#ifndef PyTracebackObject
#  define PyTracebackObject abi3build_PyTracebackObject
#endif
#ifndef PyTupleObject
#  define PyTupleObject abi3build_PyTupleObject
#endif
#ifndef PyUnicodeObject
#  define PyUnicodeObject abi3build_PyUnicodeObject
#endif
#ifndef PyDateTime_Date
#  define PyDateTime_Date abi3build_PyDateTime_Date
#endif
#ifndef PyDateTime_DateTime
#  define PyDateTime_DateTime abi3build_PyDateTime_DateTime
#endif
#ifndef PyDateTime_Delta
#  define PyDateTime_Delta abi3build_PyDateTime_Delta
#endif
#ifndef PyDateTime_Time
#  define PyDateTime_Time abi3build_PyDateTime_Time
#endif
#ifndef PyDateTime_TZInfo
#  define PyDateTime_TZInfo abi3build_PyDateTime_TZInfo
#endif
