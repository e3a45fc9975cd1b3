# SPDX-License-Identifier: GPL-3.0-only
"""Writes archives in the format of Linux's initial RAM disk (`newc`, Documentation/driver-api/early-userspace)."""

from __future__ import annotations

import stat
from typing import BinaryIO

_MAGIC = b"070701"
_END = "TRAILER!!!"


class Writer:
    """Files with the folders that they lie in, owned by root, at time 0. Several archives may follow one another."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._number = 0
        self._folders: set[str] = set()

    def _entry(self, name: str, mode: int, data: bytes = b"") -> None:
        self._number += 1
        path = name.encode() + b"\0"
        # Inode, mode, user, group, links, time, size, device and special device, length of the name, checksum.
        fields = (self._number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
        head = _MAGIC + b"".join(b"%08x" % field for field in fields) + path
        self._out.write(head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4))

    def folder(self, name: str) -> None:
        """A folder, after those around it; once, however often it is asked for."""
        if name and name not in self._folders:
            self._folders.add(name)
            self.folder(name.rpartition("/")[0])
            self._entry(name, stat.S_IFDIR | 0o755)

    def file(self, name: str, data: bytes) -> None:
        self.folder(name.rpartition("/")[0])
        self._entry(name, stat.S_IFREG | 0o755, data)

    def close(self) -> None:
        self._entry(_END, 0)
