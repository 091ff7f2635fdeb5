from setuptools import Extension


def pdm_build_update_setup_kwargs(_context, setup_kwargs):
    setup_kwargs["ext_modules"] = [Extension("sample", ["sample.c"])]
