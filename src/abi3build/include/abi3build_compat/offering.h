/* How the parts of the compatibility header define what they offer. */

/* PY_SSIZE_T_MAX needs SSIZE_MAX, which a strict mode of C lacks if a source included
   limits.h before Python.h. */
#define ABI3BUILD_SSIZE_MAX ((Py_ssize_t)(((size_t)-1) >> 1))

/* A function that a project may define once more under the same name.

   A macro of ours turns a later `static inline PyObject *Py_NewRef(...) {...}` into the
   definition of abi3build_Py_NewRef, so that has to stay legal.  In C an inline function
   with gnu_inline may be followed by another definition, also a static one:
   https://gcc.gnu.org/onlinedocs/gcc/Common-Function-Attributes.html
   In C++ a template stands back where a plain function fits as well. */
#if defined(__cplusplus)
#  define ABI3BUILD_BEGIN extern "C++" {
#  define ABI3BUILD_END }
#  if __cplusplus < 201103L /* such templates are newer: no second definition there */
#    define ABI3BUILD_OWN static inline __attribute__((__unused__))
#  elif defined(__GNUC__)
#    define ABI3BUILD_OWN template <int = 0> static inline __attribute__((__unused__))
#  else
#    define ABI3BUILD_OWN template <int = 0> static inline
#  endif
#else
#  define ABI3BUILD_BEGIN
#  define ABI3BUILD_END
#  if defined(__GNUC__)
#    define ABI3BUILD_OWN extern __inline__ \
         __attribute__((__gnu_inline__, __always_inline__, __unused__))
#  else
#    define ABI3BUILD_OWN static __inline
#  endif
#endif

/* A function whose address may be taken, such as a converter of PyArg_ParseTuple. */
#if defined(__GNUC__)
#  define ABI3BUILD_HELPER static __attribute__((__unused__))
#else
#  define ABI3BUILD_HELPER static
#endif

#define ABI3BUILD_OBJECT(object) ((PyObject *)(object))
#define ABI3BUILD_TYPE(type) ((PyTypeObject *)(type))
#define ABI3BUILD_BELOW(version) (ABI3BUILD_FLOOR < (version))

ABI3BUILD_BEGIN

/* The exception that is set while a function works which must not touch it. */
typedef struct {
    PyObject *type, *value, *traceback;
} abi3build_raised;

ABI3BUILD_HELPER abi3build_raised abi3build_set_aside(void)
{
    abi3build_raised raised;
    PyErr_Fetch(&raised.type, &raised.value, &raised.traceback);
    return raised;
}

/* Drop what was raised in between and restore what was set before. */
ABI3BUILD_HELPER void abi3build_put_back(abi3build_raised raised)
{
    PyErr_Restore(raised.type, raised.value, raised.traceback);
}

/* PyErr_BadInternalCall would put this header's path into every binary. */
ABI3BUILD_HELPER void abi3build_bad_call(void)
{
    PyErr_SetString(PyExc_SystemError, "bad argument to internal function");
}

/* A new reference to an attribute of a module; NULL with an exception. */
ABI3BUILD_HELPER PyObject *abi3build_from_module(const char *module, const char *name)
{
    PyObject *imported = PyImport_ImportModule(module), *found;
    if (imported == NULL)
        return NULL;
    found = PyObject_GetAttrString(imported, name);
    Py_DECREF(imported);
    return found;
}

/* An attribute as a borrowed reference: the object itself must hold it. */
ABI3BUILD_HELPER PyObject *abi3build_borrowed(PyObject *object, const char *name)
{
    PyObject *found = PyObject_GetAttrString(object, name);
    Py_XDECREF(found);
    return found;
}

/* As above, but NULL without an exception where the attribute is None. */
ABI3BUILD_HELPER PyObject *abi3build_borrowed_or_null(PyObject *object, const char *name)
{
    PyObject *found = abi3build_borrowed(object, name);
    return found == Py_None ? NULL : found;
}

/* Drop a result; 0 where there was one, -1 where not. */
ABI3BUILD_HELPER int abi3build_done(PyObject *result)
{
    Py_XDECREF(result);
    return result != NULL ? 0 : -1;
}

/* As %T of newer Pythons writes a type. */
ABI3BUILD_HELPER PyObject *abi3build_full_name(PyTypeObject *type)
{
    PyObject *module = PyObject_GetAttrString((PyObject *)type, "__module__");
    PyObject *name = PyObject_GetAttrString((PyObject *)type, "__qualname__");
    PyObject *full = NULL;
    if (module == NULL || name == NULL)
        full = NULL;
    else if (PyUnicode_Check(module)
             && PyUnicode_CompareWithASCIIString(module, "builtins") != 0
             && PyUnicode_CompareWithASCIIString(module, "__main__") != 0)
        full = PyUnicode_FromFormat("%U.%U", module, name);
    else {
        full = name;
        name = NULL;
    }
    Py_XDECREF(module);
    Py_XDECREF(name);
    return full;
}

/* Raise TypeError; the format has one %U, for the name of the object's type. */
ABI3BUILD_HELPER void abi3build_wrong_type(const char *format, PyObject *object)
{
    PyObject *name = abi3build_full_name(Py_TYPE(object));
    if (name != NULL)
        PyErr_Format(PyExc_TypeError, format, name);
    Py_XDECREF(name);
}

ABI3BUILD_END
