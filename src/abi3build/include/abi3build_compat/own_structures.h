/* What takes a pointer to any structure that begins as an object.  The headers cast it,
   but not under a limit of 3.11 and later:
   https://docs.python.org/3/whatsnew/3.11.html#id8 */

#if defined(__GNUC__)
#  define ABI3BUILD_INLINE static __inline__ __attribute__((__unused__))
#else
#  define ABI3BUILD_INLINE static __inline
#endif

ABI3BUILD_BEGIN

#if !ABI3BUILD_BELOW(0x030B0000)

ABI3BUILD_INLINE PyTypeObject *abi3build_type_of(PyObject *object)
{
    return Py_TYPE(object);
}

ABI3BUILD_INLINE Py_ssize_t abi3build_size_of(PyObject *object)
{
    return Py_SIZE(object);
}

ABI3BUILD_INLINE int abi3build_is_of_type(PyObject *object, PyTypeObject *type)
{
    return Py_IS_TYPE(object, type);
}

ABI3BUILD_INLINE void abi3build_set_size(PyVarObject *object, Py_ssize_t size)
{
    Py_SET_SIZE(object, size);
}

ABI3BUILD_INLINE PyObject *abi3build_new_reference(PyObject *object)
{
    return Py_NewRef(object);
}

ABI3BUILD_INLINE PyObject *abi3build_new_reference_or_null(PyObject *object)
{
    return Py_XNewRef(object);
}

#endif

ABI3BUILD_END
