# SPDX-License-Identifier: GPL-3.0-only
"""The little that the tools must know of ELF: is it one, 32 or 64 bit, and a 64-bit kernel repacked as 32-bit."""

from __future__ import annotations

import subprocess
from pathlib import Path

MAGIC = b"\x7fELF"


def bits(path: Path) -> int:
    """32 or 64; SystemExit when the file is not ELF."""
    with path.open("rb") as file:
        head = file.read(5)
    if head[:4] != MAGIC or len(head) < 5 or head[4] not in (1, 2):
        raise SystemExit(f"neptune: {path} is not an ELF file")
    return 32 if head[4] == 1 else 64


def kernel32(path: Path, folder: Path) -> Path:
    """`path` itself if it is ELF32, else a copy in `folder` repacked as ELF32: multiboot loaders take no other."""
    if bits(path) == 32:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / f"{path.stem}.elf32"
    command = ["llvm-objcopy-19", "--strip-all", "-O", "elf32-i386", str(path), str(out)]
    if subprocess.run(command, check=False).returncode != 0:
        raise SystemExit(f"neptune: {path} cannot be repacked as a 32-bit ELF file")
    return out
