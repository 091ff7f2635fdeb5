from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension("sample._core", ["sample/_core.c"]),
        Extension("sample._fast", ["sample/fast.cpp"], language="c++"),
    ]
)
