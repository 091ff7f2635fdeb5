from setuptools import Extension, setup

setup(ext_modules=[Extension("sample", ["sample.c"])])
