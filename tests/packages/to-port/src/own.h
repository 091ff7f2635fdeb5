#define PyCompat_Size(given) PyObject_Size(given)
