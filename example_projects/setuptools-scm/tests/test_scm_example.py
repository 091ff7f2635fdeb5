from importlib.metadata import version

import scm_example


def test_finds_the_divisor():
    assert scm_example.gcd(12, 18) == 6


def test_has_the_version_of_its_wheel():
    assert scm_example.__version__ == version("scm-example")
