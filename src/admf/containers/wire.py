"""What passes between driver, keepers and containers: a pickle, and beside it the memory of its arrays.

On a socket a message has its length before it, as those of `multiprocessing.connection` do: either end may be one.
"""

from __future__ import annotations

import math
import os
import pickle
import select
import struct
from collections.abc import Callable, Sequence
from io import BytesIO
from multiprocessing.connection import Connection
from typing import Any

Part = bytes | bytearray | memoryview
_NUMBER = struct.Struct("<Q")
_LENGTH, _LONG = struct.Struct("!i"), struct.Struct("!Q")
"""A length; where it is -1, a longer one follows."""
_CALLED = {
    "builtins": frozenset({"range"}),
    "numpy": frozenset({"_frombuffer", "_reconstruct", "dtype", "ndarray", "scalar"}),
}
"""What the pickles of plain data call, by package."""
_EVEN = 8
"""Arrays begin at multiples of it: compiled code takes no others."""


def packed_parts(thing: Any) -> list[Part]:
    """A thing as a message in parts: sizes, pickle, arrays; raises what pickling raises."""
    buffers: list[pickle.PickleBuffer] = []
    parts: list[Part] = [pickle.dumps(thing, protocol=5, buffer_callback=buffers.append)]
    parts += [buffer.raw() for buffer in buffers]
    sizes = [len(parts), *map(len, parts)]
    even = [_padded(part) for part in parts]
    return [b"".join(map(_NUMBER.pack, sizes)), *(piece for pair in even for piece in pair if len(piece))]


def _padded(part: Part) -> tuple[Part, bytes]:
    return part, bytes(-len(part) % _EVEN)


def pack(thing: Any) -> bytes:
    """The same in one piece."""
    return b"".join(packed_parts(thing))


def unpack(message: Part, loads: Callable[..., Any] = pickle.loads) -> Any:
    """What was packed. Its arrays lie in `message`; raises whatever there is to raise where it is none."""
    view = memoryview(message)
    (count,) = _NUMBER.unpack_from(view)
    if not 0 < count <= len(view) // _NUMBER.size:
        raise ValueError(f"a message of {len(view)} bytes cannot have {count} parts")
    at = _NUMBER.size * (1 + count)
    parts = []
    for (size,) in _NUMBER.iter_unpack(view[_NUMBER.size : at]):
        parts.append(view[at : at + size])
        at += size + -size % _EVEN
    return loads(parts[0], buffers=parts[1:])


def unpack_data(message: Part) -> Any:
    """The same for what a container says, and a trial may have said: instances of our classes, and arrays, no more."""
    return unpack(message, lambda pickled, buffers: _DataUnpickler(BytesIO(pickled), buffers=buffers).load())


class _DataUnpickler(pickle.Unpickler):
    """Makes instances of our own classes and NumPy's arrays and numbers; UnpicklingError for all else."""

    def find_class(self, module: str, name: str) -> Any:
        if name in _CALLED.get(module.partition(".")[0], ()):
            return super().find_class(module, name)
        if module.startswith("admf.") and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} must be data of ours or of NumPy")


def send(connection: Connection, parts: Sequence[Part]) -> None:
    """Send a message that is in parts; OSError where it is not taken."""
    size = sum(map(len, parts))
    head = _LENGTH.pack(size) if size < 2**31 else _LENGTH.pack(-1) + _LONG.pack(size)
    left = [memoryview(part) for part in (head, *parts)]
    while left:
        written = os.writev(connection.fileno(), left[:64])
        while left and written >= len(left[0]):
            written -= len(left.pop(0))
        if written:
            left[0] = left[0][written:]


def receive(connection: Connection, most: int | None = None) -> bytearray:
    """The next message; EOFError where the other end is closed, OSError where it has more than `most` bytes."""
    (size,) = _LENGTH.unpack(_read(connection, _LENGTH.size))
    if size == -1:
        (size,) = _LONG.unpack(_read(connection, _LONG.size))
    if size < 0 or (most is not None and size > most):
        raise OSError(f"a message of {size} bytes is too long")
    return _read(connection, size)


def readable(descriptors: Sequence[int], seconds: float | None = None) -> set[int]:
    """Those of some descriptors that have something to read or are closed at the other end; waits for one."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    wait = None if seconds is None else math.ceil(max(0.0, seconds) * 1e3)
    return {descriptor for descriptor, _ in poll.poll(wait)}


def _read(connection: Connection, size: int) -> bytearray:
    found = bytearray(size)
    with memoryview(found) as view:
        at = 0
        while at < size:
            n = os.readv(connection.fileno(), [view[at:]])
            if n == 0:
                raise EOFError("the other end is closed")
            at += n
    return found
