import c_minimal
import pytest


def test_adds_integers():
    assert c_minimal.add(2, 3) == 5


def test_refuses_a_sum_of_more_than_64_bits():
    with pytest.raises(OverflowError, match="does not fit into 64 bits"):
        c_minimal.add(2**63 - 1, 1)


@pytest.mark.parametrize(
    ("data", "hashed"), [(b"", 0x811C9DC5), (b"a", 0xE40C292C), (b"\0", 0x050C5D1F)]
)
def test_hashes_bytes_with_zeros_among_them(data, hashed):
    assert c_minimal.checksum(data) == hashed


def test_hashes_nothing_but_bytes():
    with pytest.raises(TypeError, match="expected bytes, str found"):
        c_minimal.checksum("text")
