# SPDX-License-Identifier: GPL-3.0-only
"""Packs the boot archive (abi/boot/archive.h). The bytes depend on names and contents alone."""

from __future__ import annotations

import argparse
import struct
from collections.abc import Mapping
from pathlib import Path

MAGIC = b"NEPTARC1"
PAGE = 4096
HEADER = struct.Struct("<8sIIQQ")
ENTRY = struct.Struct("<104sQQII")
OPTIONS = "boot.options"


def _pages(size: int) -> int:
    return (size + PAGE - 1) // PAGE * PAGE


def pack(files: Mapping[str, bytes]) -> bytes:
    """The archive of `files`; names use `/` or `\\` between parts."""
    named = sorted((name.replace("/", "\\").encode(), data) for name, data in files.items())
    offset = _pages(HEADER.size + ENTRY.size * len(named))
    end = offset
    table, body = [], []
    for name, data in named:
        if not 0 < len(name) < 104:
            raise SystemExit(f"archive: the name {name.decode()} is empty or longer than 103 bytes")
        table.append(ENTRY.pack(name, end, len(data), 0, 0))
        body += [data, bytes(_pages(len(data)) - len(data))]
        end += _pages(len(data))
    head = b"".join([HEADER.pack(MAGIC, len(named), ENTRY.size, end, 0), *table])
    return b"".join([head.ljust(offset, b"\0"), *body])


def read_list(listing: Path, base: Path) -> dict[str, bytes]:
    """Reads `name=path` lines; paths are relative to `base`."""
    files: dict[str, bytes] = {}
    for line in listing.read_text(encoding="utf-8").splitlines():
        name, path = line.split("=", 1)
        files[name] = (base / path).read_bytes()
    return files


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", type=Path, required=True, help="lines of name=path, relative to here")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    files = read_list(arguments.list, Path.cwd())
    files.setdefault(OPTIONS, b"")
    arguments.out.write_bytes(pack(files))


if __name__ == "__main__":
    main()
