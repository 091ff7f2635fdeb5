import sysconfig
from pathlib import Path

from setuptools import Extension, setup

# After setuptools, which has distutils on Pythons that lack it.
from distutils.command.build_ext import build_ext  # isort: skip


class RenamingBuild(build_ext):
    """Name the file itself, as numpy.distutils did, in a class of distutils."""

    def get_ext_filename(self, ext_name):
        path = Path(*self.get_ext_fullname(ext_name).split("."))
        return str(path) + sysconfig.get_config_var("EXT_SUFFIX")


setup(
    ext_modules=[Extension("sample", ["sample.c"])],
    cmdclass={"build_ext": RenamingBuild},
)
