# SPDX-License-Identifier: GPL-3.0-only
"""The host's end of the channel to a machine of `./neptune exec`: abi/exec/channel.h has the layout and the rules."""

from __future__ import annotations

import mmap
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

MAGIC = 0x3143584E
SIZE = 1 << 20
PIPES = 9
ORDERS, REPORTS, INPUT, OUTPUT, ERROR, PUT, GET, CONSOLE_INPUT, CONSOLE_OUTPUT = range(9)
TO_GUEST = (ORDERS, INPUT, PUT, CONSOLE_INPUT)
_RINGS = (16, 16, 128, 256, 128, 128, 128)  # KiB
_CONSOLE_RINGS = (16, 128)  # where there is a terminal
_FIRST_RING = 4096
_HEADER = 64
_PIPE = 192
_WRITTEN, _WRITER_CLOSED, _WRITER_WAITS = 64, 68, 72
_READ, _READER_CLOSED, _READER_WAITS = 128, 132, 136

ORDER_START, ORDER_CANCEL, ORDER_GET = 1, 2, 3
FILE_FOLDER, FILE_INCOMPLETE = 1, 2
REPORT_STARTED, REPORT_ENDED, REPORT_FAILED = 1, 2, 3
START_ADMINISTRATOR = 1
START_CONSOLE = (2, 4, 8)  # its input, output and error are the console's


class Broken(Exception):
    """The guest has written into the channel what cannot be."""


class Channel:
    """The memory, and the doorbell: a socket that is the guest's second serial port."""

    def __init__(self, folder: Path, terminal: bool = False) -> None:
        self.path = folder / "channel"
        self.path.write_bytes(bytes(SIZE))
        with self.path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), SIZE)
        self._words = memoryview(self._memory).cast("I")
        self._sizes = [size << 10 for size in (*_RINGS, *(_CONSOLE_RINGS if terminal else (0, 0)))]
        self._offsets = []
        at = _FIRST_RING
        for pipe, size in enumerate(self._sizes):
            self._offsets.append(at)
            struct.pack_into("<III", self._memory, _HEADER + pipe * _PIPE, at, size, pipe in TO_GUEST)
            at += size
        struct.pack_into("<II", self._memory, 0, MAGIC, SIZE)
        self._bell_path = folder / "bell"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self._bell_path))
        self._listener.listen(1)
        self.bell: socket.socket | None = None

    def qemu_words(self) -> tuple[str, ...]:
        backend = f"memory-backend-file,id=channel,mem-path={self.path},size={SIZE},share=on"
        return (
            *("-object", backend, "-device", "ivshmem-plain,memdev=channel,addr=0x10"),
            *("-chardev", f"socket,id=bell,path={self._bell_path}"),
            *("-device", "isa-serial,chardev=bell,iobase=0x2f8,irq=3"),
        )

    def connect(self) -> socket.socket:
        """Once QEMU runs."""
        self._listener.settimeout(10)
        self.bell, _ = self._listener.accept()
        self.bell.setblocking(False)
        return self.bell

    def _at(self, pipe: int, field: int) -> int:
        return (_HEADER + pipe * _PIPE + field) // 4

    def _take_waits(self, pipe: int, field: int) -> None:
        at = self._at(pipe, field)
        if self._words[at]:
            self._words[at] = 0
            self.ring()

    def ring(self) -> None:
        assert self.bell
        try:
            self.bell.send(b"!")
        except BlockingIOError:
            pass  # so many are on their way that it is rung anyhow
        except OSError:
            pass  # the machine has ended

    def rung(self) -> None:
        """Takes what the guest has rung."""
        assert self.bell
        try:
            while self.bell.recv(4096):
                pass
        except OSError:
            pass

    def _used(self, pipe: int) -> int:
        used = (self._words[self._at(pipe, _WRITTEN)] - self._words[self._at(pipe, _READ)]) & 0xFFFFFFFF
        if used > self._sizes[pipe]:
            raise Broken(f"pipe {pipe} holds {used} bytes, and has room for {self._sizes[pipe]}")
        return used

    def room(self, pipe: int) -> int:
        return self._sizes[pipe] - self._used(pipe)

    def await_room(self, pipe: int) -> bool:
        """Has the guest ring when there is room in a full pipe; False when there is some already."""
        self._words[self._at(pipe, _WRITER_WAITS)] = 1
        return self.room(pipe) == 0

    def write(self, pipe: int, data: bytes) -> int:
        """As much of `data` as there is room for."""
        size, at = self._sizes[pipe], self._at(pipe, _WRITTEN)
        count = min(len(data), self.room(pipe))
        if not count:
            return 0
        begin = self._words[at] % size
        first = min(count, size - begin)
        ring = self._offsets[pipe]
        self._memory[ring + begin : ring + begin + first] = data[:first]
        self._memory[ring : ring + count - first] = data[first:count]
        self._words[at] = (self._words[at] + count) & 0xFFFFFFFF
        self._take_waits(pipe, _READER_WAITS)
        return count

    def close(self, pipe: int) -> None:
        """Nothing more comes on a pipe to the guest."""
        self._words[self._at(pipe, _WRITER_CLOSED)] = 1
        self._take_waits(pipe, _READER_WAITS)

    def refuse(self, pipe: int) -> None:
        """Nobody reads a pipe from the guest any more."""
        self._words[self._at(pipe, _READER_CLOSED)] = 1
        self._take_waits(pipe, _WRITER_WAITS)

    def reader_closed(self, pipe: int) -> bool:
        return bool(self._words[self._at(pipe, _READER_CLOSED)])

    def read(self, pipe: int) -> bytes:
        """What lies in a pipe from the guest; when it is empty the guest rings at the next byte."""
        size, at = self._sizes[pipe], self._at(pipe, _READ)
        count = self._used(pipe)
        if not count:
            self._words[self._at(pipe, _READER_WAITS)] = 1
            count = self._used(pipe)
            if not count:
                return b""
        begin = self._words[at] % size
        first = min(count, size - begin)
        ring = self._offsets[pipe]
        data = self._memory[ring + begin : ring + begin + first] + self._memory[ring : ring + count - first]
        self._words[at] = (self._words[at] + count) & 0xFFFFFFFF
        self._take_waits(pipe, _WRITER_WAITS)
        return data


def start_order(
    image: str, command: str, directory: str, environment: dict[str, str], administrator: bool, console: int = 0
) -> bytes:
    """The message that starts a program: an image's DOS path, its command line, and a folder."""
    block = "".join(f"{name}={value}\0" for name, value in environment.items())
    texts = [text.encode("utf-16-le", "surrogatepass") for text in (image, command, directory, block)]
    body = struct.pack("<5I", (START_ADMINISTRATOR if administrator else 0) | console, *(len(text) for text in texts))
    body += b"".join(texts)
    return struct.pack("<II", ORDER_START, len(body)) + body


def get_order(folder: str) -> bytes:
    """The message that asks for the files of a folder."""
    body = folder.encode("utf-16-le", "surrogatepass")
    return struct.pack("<II", ORDER_GET, len(body)) + body


@dataclass(frozen=True)
class File:
    """What the guest sends of a file; the one without a name is the last."""

    name: str  # relative, with backslashes
    flags: int
    data: bytes


def take_file(data: bytearray) -> File | None:
    """Takes a whole file off the front of what has come; None while there is none."""
    if len(data) < 16:
        return None
    name, flags, size = struct.unpack_from("<IIQ", data)
    if len(data) < 16 + name + size:
        return None
    text = bytes(data[16 : 16 + name]).decode("utf-16-le", "surrogatepass")
    content = bytes(data[16 + name : 16 + name + size])
    del data[: 16 + name + size]
    return File(text, flags, content)


def take_report(data: bytearray) -> tuple[int, bytes] | None:
    """Takes a whole report off the front of what has come; None while there is none."""
    if len(data) < 8:
        return None
    kind, length = struct.unpack_from("<II", data)
    if len(data) < 8 + length:
        return None
    body = bytes(data[8 : 8 + length])
    del data[: 8 + length]
    return kind, body
