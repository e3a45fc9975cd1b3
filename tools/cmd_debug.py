# SPDX-License-Identifier: GPL-3.0-only
"""./neptune debug: boots halted under gdb, with the symbols of kernel and Executive, and of PE images as they load.

In gdb `neptune-modules` lists the PE images of every process and loads their symbols, `neptune-until IMAGE` goes on
until one is mapped (tools/gdb_modules.py).
"""

from __future__ import annotations

import argparse
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import build
import compose
import machine_options
import scratch
from machine import command, running
from packages import has_display
from paths import ROOT, UP, build_dir

GDB = "gdb-multiarch"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    machine_options.add_arguments(parser)
    parser.add_argument(
        "--gdb", action="append", default=[], metavar="COMMAND", help="run in gdb; then gdb ends"
    )


def _gdb_words(arguments: argparse.Namespace, socket: Path, serial: Path) -> list[str]:
    built = build_dir(arguments.config)
    base = "test" if arguments.tests else "neptune"
    kernel = arguments.kernel or built / "kernel/kernel.elf"
    root = arguments.root or built / f"image/{base}.elf"
    words = [GDB, "-q", "-ex", "set confirm off", "-ex", "set architecture i386:x86-64"]
    words += ["-ex", f'symbol-file "{kernel}"', "-ex", f'add-symbol-file "{root}"']
    for prefix in (".", UP):  # as the compiler writes it, and as a compiler cache may have made it
        words += ["-ex", f'set substitute-path {prefix} "{ROOT}"']
    words += ["-ex", f"target remote {socket}"]
    words += ["-x", str(ROOT / "tools/gdb_modules.py")]
    words += ["-ex", f'neptune-serial "{serial}" "{built / "symbols"}"']
    for line in arguments.gdb:
        words += ["-ex", line]
    return words + (["-batch"] if arguments.gdb else [])


def main(arguments: argparse.Namespace) -> int:
    system = machine_options.system(arguments)
    # Images and processes must be reported from the start for their symbols to be found.
    if not system.root:
        reports = (("modules", "1"), ("log", "ps"))
        system = replace(system, boot_options=(*system.boot_options, *reports))
    build.build(system.config, compose.targets(system), quiet=True)
    media = compose.media(system, arguments.image)
    with scratch.folder() as folder:
        socket, serial = folder / "gdb", folder / "serial"
        words = command(machine_options.options(arguments), media, folder)
        words += ["-S", "-chardev", f"socket,path={socket},server=on,wait=off,id=gdb", "-gdb", "chardev:gdb"]
        words += ["-serial", f"file:{serial}", "-monitor", "none"]
        words += ["-display", "gtk" if has_display() else "none"]
        # In a process group of its own: Ctrl-C in gdb stops the guest, not QEMU.
        with running(subprocess.Popen(words, stdin=subprocess.DEVNULL, process_group=0)):
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            return subprocess.run(_gdb_words(arguments, socket, serial), check=False).returncode
