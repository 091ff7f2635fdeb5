"""Hold what the tests of mmh3 import and its sdist lacks."""


def u32_to_s32(number):
    """Return 32 bits without a sign as a number with one."""
    return number - 2**32 if number >= 2**31 else number
