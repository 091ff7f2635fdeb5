import zlib

import cffi_example
import pytest


@pytest.mark.parametrize("data", [b"", b"abi3", bytes(range(256))])
def test_agrees_with_zlib(data):
    assert cffi_example.crc32(data) == zlib.crc32(data)


def test_takes_bytes_only():
    with pytest.raises(TypeError):
        cffi_example.crc32("abi3")
