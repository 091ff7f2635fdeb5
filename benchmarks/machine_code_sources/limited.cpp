// C++ that keeps to the limited API: templates, virtual functions, exceptions.
#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x03080000
#endif
#include <Python.h>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

template <class T> struct Reference {
    PyObject *object;
    T *also;
    explicit Reference(PyObject *given) : object(given), also(nullptr) {}
    Reference(const Reference &other) : object(other.object), also(other.also) { Py_XINCREF(object); }
    ~Reference() { Py_XDECREF(object); }
    PyObject *release() { PyObject *given = object; object = nullptr; return given; }
};

struct Shape {
    void *fields[20] = {};
    long flags = 1L << 24;
    virtual ~Shape() = default;
    virtual double area() const = 0;
    virtual double a1() const { return 1; }
    virtual double a2() const { return 2; }
    virtual Shape *next() { return this; }
};
struct Square : Shape {
    double side = 2;
    std::vector<std::shared_ptr<Shape>> others;
    double area() const override { return side * side + double(others.size()); }
};

template <class T> static PyObject *guarded(T work) {
    try {
        return work();
    } catch (const std::out_of_range &fault) {
        PyErr_SetString(PyExc_IndexError, fault.what());
    } catch (const std::exception &fault) {
        PyErr_SetString(PyExc_RuntimeError, fault.what());
    }
    return nullptr;
}

static PyObject *sum(PyObject *, PyObject *o) {
    return guarded([o] {
        std::vector<std::unique_ptr<Shape>> shapes;
        Py_ssize_t size = PyObject_Size(o);
        if (size < 0) throw std::runtime_error("no size");
        for (Py_ssize_t i = 0; i < size; i++) shapes.emplace_back(new Square);
        double total = 0;
        for (auto &shape : shapes) total += (shape->next()->flags & (1L << 24)) ? shape->area() : shape->a2();
        return PyFloat_FromDouble(total);
    });
}
static PyObject *names(PyObject *, PyObject *args) {
    return guarded([args] {
        std::map<std::string, std::vector<Reference<Shape>>> found;
        for (Py_ssize_t i = 0; i < PyTuple_Size(args); i++) {
            Reference<Shape> text(PyObject_Str(PyTuple_GetItem(args, i)));
            if (!text.object) throw std::invalid_argument("no text");
            Reference<Shape> bytes(PyUnicode_AsUTF8String(text.object));
            found[PyBytes_AsString(bytes.object)].push_back(text);
        }
        Reference<Shape> made(PyDict_New());
        for (auto &[name, texts] : found) {
            Reference<Shape> count(PyLong_FromSize_t(texts.size()));
            PyDict_SetItemString(made.object, name.c_str(), count.object);
        }
        return made.release();
    });
}
static void drop(PyObject *capsule) { delete static_cast<Shape *>(PyCapsule_GetPointer(capsule, nullptr)); }
static PyObject *wrapped(PyObject *, PyObject *) { return PyCapsule_New(static_cast<Shape *>(new Square), nullptr, drop); }
static PyObject *area(PyObject *, PyObject *o) {
    auto *shape = static_cast<Shape *>(PyCapsule_GetPointer(o, nullptr));
    if (!shape) return nullptr;
    return PyFloat_FromDouble(shape->next()->area() + double(shape->flags));
}

static PyMethodDef methods[] = {
    {"sum", sum, METH_O, nullptr}, {"names", names, METH_VARARGS, nullptr},
    {"wrapped", wrapped, METH_NOARGS, nullptr}, {"area", area, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "planted", nullptr, -1, methods};
PyMODINIT_FUNC PyInit_planted() { return PyModule_Create(&definition); }
