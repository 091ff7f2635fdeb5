#include <pybind11/pybind11.h>

static int
answer()
{
    return 42;
}

PYBIND11_MODULE(sample, module)
{
    module.def("answer", &answer);
}
