import sys

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "cpp_example",
            sources=["cpp_example.cpp"],
            depends=["ring_buffer.hpp"],
            language="c++",
            extra_compile_args=[
                "/std:c++17" if sys.platform == "win32" else "-std=c++17"
            ],
        ),
    ],
)
