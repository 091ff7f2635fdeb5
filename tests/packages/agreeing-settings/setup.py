from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "sample",
            ["sample.c"],
            define_macros=[("Py_LIMITED_API", "0x03090000")],
            py_limited_api=True,
        ),
    ],
)
