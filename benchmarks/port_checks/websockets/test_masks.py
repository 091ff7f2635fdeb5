"""Check what websockets does in C, and a connection; its sdist has no tests."""

import threading

import pytest
from websockets import frames, speedups
from websockets.sync.client import connect
from websockets.sync.server import serve
from websockets.utils import apply_mask as mask_in_python

KINDS = [bytes, bytearray, memoryview, lambda data: memoryview(b"xx" + data)[2:]]


def test_frames_use_the_module_of_c():
    assert frames.apply_mask is speedups.apply_mask


@pytest.mark.parametrize("length", [*range(40), 63, 64, 65, 1000, 65537])
def test_masks(length):
    data = bytes(range(256)) * (length // 256 + 1)
    data = data[:length]
    for mask in (b"\x01\x02\x03\x04", b"\xff\x00\xaa\x55"):
        expected = bytes(each ^ mask[at % 4] for at, each in enumerate(data))
        assert mask_in_python(data, mask) == expected
        for kind in KINDS:
            masked = speedups.apply_mask(kind(data), bytearray(mask))
            assert type(masked) is bytes
            assert masked == expected


def test_keywords():
    assert speedups.apply_mask(mask=b"\0\0\0\0", data=b"abc") == b"abc"


@pytest.mark.parametrize(
    ("data", "mask", "error"),
    [
        (b"abc", b"abc", ValueError),
        (b"abc", b"abcde", ValueError),
        ("abc", b"abcd", TypeError),
        (b"abc", "abcd", TypeError),
        (None, b"abcd", TypeError),
        (b"abc", 4, TypeError),
    ],
)
def test_wrong_arguments(data, mask, error):
    with pytest.raises(error):
        speedups.apply_mask(data, mask)


def test_wrong_numbers_of_arguments():
    with pytest.raises(TypeError):
        speedups.apply_mask(b"abc")
    with pytest.raises(TypeError):
        speedups.apply_mask(b"abc", b"abcd", b"abcd")


def test_buffers_are_released():
    data, mask = bytearray(b"abc"), bytearray(b"abcd")
    speedups.apply_mask(data, mask)
    with pytest.raises(ValueError, match="mask"):
        speedups.apply_mask(data, mask * 2)
    data += b"a buffer that is still held cannot grow"
    mask += b"nor can this one"


def test_an_echo():
    messages = ["text", "\u00e9\U0001f600", b"", b"\x00\xff" * 3, b"x" * 70000]

    def echo(connection):
        for message in connection:
            connection.send(message)

    with serve(echo, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        port = server.socket.getsockname()[1]
        with connect(f"ws://127.0.0.1:{port}", proxy=None) as client:
            for message in messages:
                client.send(message)
                assert client.recv() == message
        server.shutdown()
        thread.join()
