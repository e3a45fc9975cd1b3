# SPDX-License-Identifier: GPL-3.0-only
"""gdb beside a machine: QEMU's stub, and a gdb that knows kernel, Executive and the PE images of every process."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from paths import ROOT, UP, build_dir

GDB = "gdb-multiarch"
# Images and processes must be reported from the start for their symbols to be found.
REPORT_IMAGES = ("modules", "1")
REPORT_PROCESSES = "ps"  # among what is logged


def stub_words(socket: Path) -> tuple[str, ...]:
    """QEMU's words: it waits for gdb at `socket` before its first instruction."""
    return ("-S", "-chardev", f"socket,path={socket},server=on,wait=off,id=gdb", "-gdb", "chardev:gdb")


def words(
    config: str,
    socket: Path,
    serial: Path,
    commands: Iterable[str],
    images: Iterable[Path] = (),
    kernel: Path | None = None,
    root: Path | None = None,
) -> list[str]:
    """gdb's command line. `serial`: what COM1 says. `images`: more folders of PE images that have their symbols."""
    built = build_dir(config)
    result = [GDB, "-q", "-ex", "set confirm off", "-ex", "set architecture i386:x86-64"]
    result += ["-ex", f'symbol-file "{kernel or built / "kernel/kernel.elf"}"']
    result += ["-ex", f'add-symbol-file "{root or built / "image/neptune.elf"}"']
    for prefix in (".", UP):  # as the compiler writes it, and as a compiler cache may have made it
        result += ["-ex", f'set substitute-path {prefix} "{ROOT}"']
    result += ["-ex", f"target remote {socket}"]
    result += ["-x", str(ROOT / "tools/gdb_modules.py")]
    folders = " ".join(f'"{folder}"' for folder in (built / "symbols", *images))
    result += ["-ex", f'neptune-serial "{serial}" {folders}']
    for line in commands:
        result += ["-ex", line]
    return result
