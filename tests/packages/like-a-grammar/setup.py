from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel


class StableTag(bdist_wheel):
    """Tag the wheel as tree-sitter's template for grammars does, for any builder."""

    def finalize_options(self):
        self.py_limited_api = "cp39"
        super().finalize_options()

    def get_tag(self):
        python, abi, platform = super().get_tag()
        if python.startswith("cp"):
            python, abi = "cp39", "abi3"
        return python, abi, platform


setup(
    ext_modules=[Extension("sample", ["sample.c"])],
    cmdclass={"bdist_wheel": StableTag},
)
