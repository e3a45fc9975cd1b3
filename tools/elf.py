# SPDX-License-Identifier: GPL-3.0-only
"""The little that the tools must know of ELF: is it one, 32 or 64 bit, and a 64-bit kernel repacked as 32-bit."""

from __future__ import annotations

import hashlib
import shutil
import struct
import subprocess
from pathlib import Path

import scratch

MAGIC = b"\x7fELF"
MULTIBOOT_MAGIC = 0x1BADB002
MULTIBOOT_REACH = 8192


def bits(path: Path) -> int:
    """32 or 64; SystemExit when the file is not ELF."""
    with path.open("rb") as file:
        head = file.read(5)
    if head[:4] != MAGIC or len(head) < 5 or head[4] not in (1, 2):
        raise SystemExit(f"neptune: {path} is not an ELF file")
    return 32 if head[4] == 1 else 64


def _has_multiboot_header(data: bytes) -> bool:
    """Whether a Multiboot 1 header stands where loaders look for one."""
    head = data[:MULTIBOOT_REACH]
    for at in range(0, len(head) - 11, 4):
        magic, flags, checksum = struct.unpack_from("<3I", head, at)
        if magic == MULTIBOOT_MAGIC and (magic + flags + checksum) % (1 << 32) == 0:
            return True
    return False


def _repacked(path: Path, folder: Path) -> Path:
    key = hashlib.sha256(path.read_bytes()).hexdigest()[:24]
    out = folder / f"{key}.elf32"
    if not scratch.is_there(out):
        with scratch.folder() as work, scratch.writing(out) as fresh:
            made = work / "elf32"
            command = ["llvm-objcopy-19", "--strip-all", "-O", "elf32-i386", str(path), str(made)]
            if subprocess.run(command, check=False).returncode != 0:
                raise SystemExit(f"neptune: {path} cannot be repacked as a 32-bit ELF file")
            shutil.copyfile(made, fresh)
    return out


def kernel32(path: Path, folder: Path) -> Path:
    """`path` itself if it is ELF32, else a copy in `folder` repacked as ELF32: multiboot loaders take no other."""
    if not path.is_file():
        raise SystemExit(f"neptune: there is no file {path}")
    kernel = path if bits(path) == 32 else _repacked(path, folder)
    if not _has_multiboot_header(kernel.read_bytes()):
        raise SystemExit(f"neptune: {path} is not a kernel: it has no Multiboot header")
    return kernel
