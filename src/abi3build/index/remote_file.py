"""A file on a server that is read where it is looked at: ``seek`` and ``read``."""

from __future__ import annotations

import io
from collections import OrderedDict

from abi3build.index.failures import TransferError
from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abi3build.index.transfer import Answer, Transfers

__all__ = ["RemoteFile", "open_remote"]

_BLOCK = 1 << 20
"""In bytes: large enough that the way to the server counts for little."""

_KEPT = 32
"""How many blocks stay in memory."""

_TAIL = 1 << 16
"""How many bytes from the end are asked for first: the list of a zip file's members."""


def open_remote(transfers: Transfers, address: str, size: int) -> RemoteFile | None:
    """Open a file of a known size, in bytes; None where its server knows no ranges.

    Raise ``TransferError`` where the server says another size.
    """
    first = max(0, size - _TAIL)
    tail = transfers.get_part(address, first, size - 1)
    if tail is None:
        return None
    return RemoteFile(transfers, address, size, tail)


class RemoteFile(io.RawIOBase):
    """Read a file in blocks by ranged requests; not for several threads."""

    def __init__(
        self, transfers: Transfers, address: str, size: int, tail: Answer
    ) -> None:
        super().__init__()
        self._transfers = transfers
        self._address = address
        self.size = size
        self._tail = tail.body
        self._position = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._check(tail)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be read anywhere."""
        return True

    def tell(self) -> int:
        """Give the position, in bytes from the beginning."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move the position; nothing is asked of the server."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}
        position = base[whence] + offset
        if position < 0:
            message = f"negative position {position}"
            raise ValueError(message)
        self._position = position
        return position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # a buffer
        """Read to the end of the block that the position is in, at most."""
        wanted = min(len(buffer), self.size - self._position)
        if wanted <= 0:
            return 0
        data = self._from(self._position, wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _from(self, position: int, wanted: int) -> bytes:
        beginning = self.size - len(self._tail)
        if position >= beginning:
            return self._tail[position - beginning :][:wanted]
        number, offset = divmod(position, _BLOCK)
        return self._block(number)[offset:][:wanted]

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        first = number * _BLOCK
        last = min(first + _BLOCK, self.size) - 1
        answer = self._transfers.get_part(self._address, first, last)
        if answer is None:
            text = "ranges, and then none: try again later"
            raise TransferError.at(self._address, text)
        self._check(answer)
        self._blocks[number] = answer.body
        if len(self._blocks) > _KEPT:
            self._blocks.popitem(last=False)
        return answer.body

    def _check(self, answer: Answer) -> None:
        if answer.total != self.size:
            text = (
                f"{answer.total} bytes, where the index says"
                f" {self.size}: the index and its files differ"
            )
            raise TransferError.at(self._address, text)
