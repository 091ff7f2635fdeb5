/* What lives as long as an object: the buffer of a memoryview, and deep deallocations. */

ABI3BUILD_BEGIN

#if !ABI3BUILD_BELOW(0x030B0000)

/* The buffer of a view stays where it is as long as the view; its description is copied
   here and has to live as long.  A weak reference to the view holds itself until the view
   is gone; then its callback lets go of it, and so of the copy. */
ABI3BUILD_HELPER void abi3build_free_copy(PyObject *capsule)
{
    PyMem_Free(PyCapsule_GetPointer(capsule, "abi3build.buffer"));
}

ABI3BUILD_HELPER PyObject *abi3build_view_is_gone(PyObject *capsule, PyObject *reference)
{
    (void)capsule;
    Py_DECREF(reference);
    Py_INCREF(Py_None);
    return Py_None;
}

/* Free the copy with the view; -1 with an exception if that cannot be arranged. */
ABI3BUILD_HELPER int abi3build_free_with(PyObject *view, Py_buffer *copy)
{
    static PyMethodDef definition = {"view_is_gone", abi3build_view_is_gone, METH_O, NULL};
    PyObject *capsule, *callback, *reference;
    capsule = PyCapsule_New(copy, "abi3build.buffer", abi3build_free_copy);
    if (capsule == NULL) {
        PyMem_Free(copy);
        return -1;
    }
    callback = PyCFunction_New(&definition, capsule);
    Py_DECREF(capsule);
    if (callback == NULL)
        return -1;
    reference = PyWeakref_NewRef(view, callback);
    Py_DECREF(callback);
    return reference != NULL ? 0 : -1;
}

ABI3BUILD_HELPER Py_buffer *abi3build_view_buffer(PyObject *view)
{
    Py_buffer *copy = (Py_buffer *)PyMem_Malloc(sizeof *copy);
    if (copy == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    if (PyObject_GetBuffer(view, copy, PyBUF_FULL_RO) < 0) {
        PyMem_Free(copy);
        return NULL;
    }
    {
        Py_buffer taken = *copy;
        PyBuffer_Release(&taken);
    }
    copy->obj = abi3build_borrowed_or_null(view, "obj");
    return abi3build_free_with(view, copy) == 0 ? copy : NULL;
}

#endif

#if defined(_MSC_VER)
#  define ABI3BUILD_OF_THREAD static __declspec(thread)
#elif defined(__GNUC__)
#  define ABI3BUILD_OF_THREAD static __thread
#else
#  define ABI3BUILD_OF_THREAD static /* the GIL is held */
#endif

#if !ABI3BUILD_BELOW(0x030A0000)

/* Deallocations that nest more than this are put off, as Python's own are:
   https://github.com/python/cpython/blob/3.13/Include/cpython/object.h#L431 */
#define ABI3BUILD_DEEPEST 50

typedef struct abi3build_trash_item {
    struct abi3build_trash_item *next;
    PyObject *object;
    destructor deallocate;
} abi3build_trash_item;

typedef struct {
    int depth;
    abi3build_trash_item *items;
} abi3build_trash_can;

ABI3BUILD_HELPER abi3build_trash_can *abi3build_own_trash(void)
{
    ABI3BUILD_OF_THREAD abi3build_trash_can can = {0, NULL};
    return &can;
}

/* 0: the object was put off.  1: go on, and end.  2: go on; a subclass deallocates. */
ABI3BUILD_HELPER int abi3build_trash_begins(PyObject *object, destructor deallocate)
{
    abi3build_trash_can *can = abi3build_own_trash();
    union { void *pointer; destructor function; } slot;
    slot.pointer = PyType_GetSlot(Py_TYPE(object), Py_tp_dealloc);
    if (slot.function != deallocate)
        return 2;
    if (can->depth >= ABI3BUILD_DEEPEST) {
        abi3build_trash_item *item = (abi3build_trash_item *)PyMem_Malloc(sizeof *item);
        if (item != NULL) {
            item->next = can->items;
            item->object = object;
            item->deallocate = deallocate;
            can->items = item;
            return 0;
        }
    }
    can->depth++;
    return 1;
}

ABI3BUILD_HELPER void abi3build_trash_ends(int begun)
{
    abi3build_trash_can *can = abi3build_own_trash();
    if (begun != 1)
        return;
    while (can->depth == 1 && can->items != NULL) {
        abi3build_trash_item item = *can->items;
        PyMem_Free(can->items);
        can->items = item.next;
        item.deallocate(item.object);
    }
    can->depth--;
}

#define ABI3BUILD_TRASHCAN_BEGIN(object, deallocate) \
    do { \
        int abi3build_begun = abi3build_trash_begins((object), (destructor)(deallocate)); \
        if (abi3build_begun == 0) \
            break;
#define ABI3BUILD_TRASHCAN_END \
        abi3build_trash_ends(abi3build_begun); \
    } while (0);

#endif

ABI3BUILD_END
