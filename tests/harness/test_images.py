# SPDX-License-Identifier: GPL-3.0-only
"""The images themselves: the floppy's size, and that two builds are byte for byte the same."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cases import Failure, case, expect
from paths import ROOT, build_dir
from support import CONFIG
from tracked import files

FLOPPY_BYTES = 1_474_560
IMAGES = ("image/neptune.img", "image/neptune.iso", "image/neptune.exe.elf", "kernel/kernel32.elf")

OURS = "our own images"


@case("whole", ours=OURS)
def floppy_size() -> None:
    size = (build_dir(CONFIG) / "image/neptune.img").stat().st_size
    expect(size == FLOPPY_BYTES, f"the floppy image has {size:,} bytes, not {FLOPPY_BYTES:,}")


def _hashes(root: Path) -> dict[str, str]:
    folder = root / "build" / CONFIG
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in IMAGES}


@case("whole", ours=OURS)
def reproducible() -> None:
    """Builds a copy of the tree in a folder with blanks in its name, and compares."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "else where" / "the tree"
        for path in files():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, copy / path)
        script = "import sys; sys.path.insert(0, 'tools'); import build; build.build('release', ['image'])"
        command = [sys.executable, "-B", "-c", script]
        result = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise Failure("the copy does not build: " + (result.stdout + result.stderr)[-800:])
        here, there = _hashes(ROOT), _hashes(copy)
    different = [name for name in IMAGES if here[name] != there[name]]
    expect(not different, f"built elsewhere, these differ: {', '.join(different)}")
