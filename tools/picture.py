# SPDX-License-Identifier: GPL-3.0-only
"""Screenshots: reads the PPM that QEMU dumps, writes PNG, and answers questions that tests ask."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Picture:
    """An RGB picture, three bytes a pixel, rows from the top."""

    width: int
    height: int
    pixels: bytes

    @staticmethod
    def read_ppm(path: Path) -> Picture:
        data = path.read_bytes()
        fields: list[bytes] = []
        position = 0
        while len(fields) < 4:
            end = position
            while data[end : end + 1] not in (b" ", b"\n", b"\t"):
                end += 1
            fields.append(data[position:end])
            position = end + 1
        if fields[0] != b"P6" or fields[3] != b"255":
            raise ValueError(f"{path} is not a PPM picture of 8 bits")
        width, height = int(fields[1]), int(fields[2])
        return Picture(width, height, data[position : position + width * height * 3])

    def write_png(self, path: Path) -> None:
        def chunk(kind: bytes, body: bytes) -> bytes:
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        stride = self.width * 3
        rows = b"".join(b"\0" + self.pixels[at : at + stride] for at in range(0, len(self.pixels), stride))
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)

    def lit_rows(self) -> int:
        """How many rows hold a pixel that differs from the most common colour of the picture's first row."""
        stride = self.width * 3
        background = self.pixels[:3]
        blank = background * self.width
        return sum(self.pixels[at : at + stride] != blank for at in range(0, len(self.pixels), stride))

    def colours(self) -> int:
        """How many different colours there are."""
        return len({self.pixels[at : at + 3] for at in range(0, len(self.pixels), 3)})
