from setuptools import Extension, setup

setup(
    ext_modules=[Extension("closest._index", ["csrc/closest.c"])],
)
