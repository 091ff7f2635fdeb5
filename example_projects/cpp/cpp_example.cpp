// A C++ class as a Python type, wrapped by hand.

#include <Python.h>

#include "ring_buffer.hpp"

#include <new>

namespace {

struct RingObject {
    PyObject_HEAD
    RingBuffer *ring;
};

RingBuffer &ring_of(PyObject *self)
{
    return *reinterpret_cast<RingObject *>(self)->ring;
}

// No exception may leave the functions that Python calls.
template <typename Function>
PyObject *translate_exceptions(Function function) noexcept
{
    try {
        return function();
    } catch (const std::bad_alloc &) {
        return PyErr_NoMemory();
    } catch (const std::out_of_range &error) {
        PyErr_SetString(PyExc_IndexError, error.what());
    } catch (const std::logic_error &error) {
        PyErr_SetString(PyExc_ValueError, error.what());
    } catch (const std::exception &error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    }
    return nullptr;
}

PyObject *ring_new(PyTypeObject *type, PyObject *args, PyObject *)
{
    Py_ssize_t capacity;
    if (!PyArg_ParseTuple(args, "n:RingBuffer", &capacity)) {
        return nullptr;
    }
    const auto allocate =
        reinterpret_cast<allocfunc>(PyType_GetSlot(type, Py_tp_alloc));
    PyObject *self = allocate(type, 0); // zeroed, so the destructor may run at once
    if (self == nullptr) {
        return nullptr;
    }
    PyObject *made = translate_exceptions([&] {
        const auto size = static_cast<std::size_t>(capacity < 0 ? 0 : capacity);
        reinterpret_cast<RingObject *>(self)->ring = new RingBuffer(size);
        return self;
    });
    if (made == nullptr) {
        Py_DECREF(self);
    }
    return made;
}

void ring_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    delete reinterpret_cast<RingObject *>(self)->ring;
    reinterpret_cast<freefunc>(PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type); // each instance of a heap type owns a reference to it
}

PyObject *ring_push(PyObject *self, PyObject *value)
{
    const double number = PyFloat_AsDouble(value);
    if (number == -1.0 && PyErr_Occurred()) {
        return nullptr;
    }
    return translate_exceptions([&]() -> PyObject * {
        if (const auto dropped = ring_of(self).push(number)) {
            return PyFloat_FromDouble(*dropped);
        }
        Py_RETURN_NONE;
    });
}

PyObject *ring_pop(PyObject *self, PyObject *)
{
    return translate_exceptions([&] { return PyFloat_FromDouble(ring_of(self).pop()); });
}

Py_ssize_t ring_length(PyObject *self)
{
    return static_cast<Py_ssize_t>(ring_of(self).size());
}

PyDoc_STRVAR(ring_doc, "RingBuffer(capacity, /)\n--\n\nThe last numbers of a stream.");
PyDoc_STRVAR(push_doc, "push($self, value, /)\n--\n\n"
                       "Add a number; give the one that had to make room, or None.");
PyDoc_STRVAR(pop_doc, "pop($self, /)\n--\n\nTake the oldest number out.");

PyMethodDef ring_methods[] = {
    {"push", ring_push, METH_O, push_doc},
    {"pop", ring_pop, METH_NOARGS, pop_doc},
    {nullptr, nullptr, 0, nullptr},
};

// A type from a specification: static types are outside the Limited API.
PyType_Slot ring_slots[] = {
    {Py_tp_doc, const_cast<char *>(ring_doc)},
    {Py_tp_new, reinterpret_cast<void *>(ring_new)},
    {Py_tp_dealloc, reinterpret_cast<void *>(ring_dealloc)},
    {Py_tp_methods, ring_methods},
    {Py_sq_length, reinterpret_cast<void *>(ring_length)},
    {0, nullptr},
};

PyType_Spec ring_spec = {
    "cpp_example.RingBuffer", sizeof(RingObject), 0, Py_TPFLAGS_DEFAULT, ring_slots,
};

int execute(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&ring_spec);
    if (type == nullptr) {
        return -1;
    }
    const int result = PyObject_SetAttrString(module, "RingBuffer", type);
    Py_DECREF(type);
    return result;
}

PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, reinterpret_cast<void *>(execute)},
    {0, nullptr},
};

PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "cpp_example", "A C++ class as a Python type.", 0, nullptr,
    module_slots,          nullptr,       nullptr,                         nullptr,
};

} // namespace

PyMODINIT_FUNC PyInit_cpp_example()
{
    return PyModuleDef_Init(&definition);
}
