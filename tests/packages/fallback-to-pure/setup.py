from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CCompilerError, ExecError, PlatformError


class BuildFailedError(Exception):
    """Say that this machine cannot compile the extension."""


class TolerantBuild(build_ext):
    """Turn what goes wrong in a compiler into one exception."""

    def run(self):
        try:
            super().run()
        except PlatformError as fault:
            raise BuildFailedError from fault

    def build_extension(self, ext):
        try:
            super().build_extension(ext)
        except (CCompilerError, ExecError, PlatformError) as fault:
            raise BuildFailedError from fault


def run_setup(extensions):
    setup(ext_modules=extensions, cmdclass={"build_ext": TolerantBuild})


try:
    run_setup([Extension("sample._speedups", ["speedups.c"])])
except BuildFailedError:
    run_setup([])
