from setuptools import Extension


def get_extensions():
    return [Extension("sample._core", ["sample/_core.c"])]
