from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel


class AnyPython(bdist_wheel):
    """Tag the wheel as one that every Python loads."""

    def get_tag(self):
        _, _, platform = super().get_tag()
        return "py3", "none", platform


setup(
    ext_modules=[Extension("sample", ["sample.c"])],
    cmdclass={"bdist_wheel": AnyPython},
)
