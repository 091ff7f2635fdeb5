import shutil
import subprocess
import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext


class CopyingBuild(build_ext):
    """Let another build system make the file, and put it where setuptools wants it."""

    def build_extension(self, ext):
        folder = Path(self.build_temp)
        folder.mkdir(parents=True, exist_ok=True)
        library = folder / "libsample.so"
        macros = [f"-D{name}={value}" for name, value in ext.define_macros]
        include = f"-I{sysconfig.get_path('include')}"
        command = ["cc", "-shared", "-fPIC", include, *macros, "-o", library]
        subprocess.run([*command, "sample.c"], check=True)
        target = Path(self.get_ext_fullpath(ext.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, target)


setup(
    ext_modules=[Extension("sample", [], py_limited_api=True)],
    cmdclass={"build_ext": CopyingBuild},
)
