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

import build
import compose
import gdb
import machine_options
import scratch
from ending import running
from machine import command
from packages import has_display
from paths import build_dir


def add_arguments(parser: argparse.ArgumentParser) -> None:
    machine_options.add_arguments(parser)
    parser.add_argument(
        "--gdb", action="append", default=[], metavar="COMMAND", help="run in gdb; then gdb ends"
    )


def main(arguments: argparse.Namespace) -> int:
    system = machine_options.system(arguments)
    if not system.root:
        reports = (gdb.REPORT_IMAGES, ("log", gdb.REPORT_PROCESSES))
        system = replace(system, boot_options=(*system.boot_options, *reports))
    build.build(system.config, compose.targets(system), quiet=True)
    media = compose.media(system, arguments.image)
    with scratch.folder() as folder:
        socket, serial = folder / "gdb", folder / "serial"
        words = command(machine_options.options(arguments), media, folder)
        words += gdb.stub_words(socket)
        words += ["-serial", f"file:{serial}", "-monitor", "none"]
        words += ["-display", "gtk" if has_display() else "none"]
        # In a process group of its own: Ctrl-C in gdb stops the guest, not QEMU.
        with running(words, stdin=subprocess.DEVNULL, process_group=0):
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            root = arguments.root or (build_dir(system.config) / "image/test.elf" if arguments.tests else None)
            debugger = gdb.words(system.config, socket, serial, arguments.gdb, kernel=arguments.kernel, root=root)
            return subprocess.run(debugger + (["-batch"] if arguments.gdb else []), check=False).returncode
