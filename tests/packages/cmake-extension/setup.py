import subprocess
import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext


class CMakeBuild(build_ext):
    """Let CMake compile; name and macros are those that setuptools was told."""

    def build_extension(self, ext):
        target = Path(self.get_ext_fullpath(ext.name)).resolve()
        folder = Path(self.build_temp, "cmake")
        macros = ";".join(f"{name}={value}" for name, value in ext.define_macros)
        stem, _, suffix = target.name.partition(".")
        options = {
            "PYTHON_INCLUDE": sysconfig.get_path("include"),
            "MACROS": macros,
            "FILE_STEM": stem,
            "FILE_SUFFIX": f".{suffix}",
            "FOLDER": target.parent,
        }
        defined = [f"-D{name}={value}" for name, value in options.items()]
        subprocess.check_call(["cmake", "-S", ".", "-B", folder, *defined])
        subprocess.check_call(["cmake", "--build", folder])


setup(
    ext_modules=[Extension("sample", sources=[])],
    cmdclass={"build_ext": CMakeBuild},
)
