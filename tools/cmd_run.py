# SPDX-License-Identifier: GPL-3.0-only
"""./neptune run: boots to the prompt in a window, in the terminal, or with the serial line on standard output.

COM1, and with it every log, is on standard output unless the terminal shows the screen; then it goes to a file. It is
typed at as well: what a terminal sends is the console's, Ctrl-C too, but for Ctrl-A: with X behind it the machine ends.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import machine_options
import scratch
from ending import running
from machine import Media, Options, command, option_value
from packages import has_display
from paths import build_dir

END_SECONDS = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    machine_options.add_arguments(parser)
    parser.add_argument("--display", choices=("window", "terminal", "none"), help="where the screen goes")
    parser.add_argument("--serial", type=Path, metavar="FILE", help="where COM1 goes, and with it the logs")
    parser.add_argument("--timeout", type=float, metavar="S", help="end after S seconds")


def chosen_display(wanted: str | None, image: str, terminal: bool) -> str:
    """`window`, `terminal` or `none`: by default a window where there is one to open, else the terminal.

    A terminal shows the VGA text screen, which there is not under UEFI.
    """
    display = wanted or ("window" if has_display() else "terminal")
    return "none" if display == "terminal" and (image == "uefi" or not terminal) else display


# The text screen is drawn with curses; keys reach the emulated keyboard. Alt-2, `quit` ends QEMU.
_DISPLAY_WORDS = {
    "window": ("-display", "gtk", "-monitor", "none"),
    "terminal": ("-display", "curses", "-monitor", "vc"),
    "none": ("-display", "none", "-monitor", "none"),
}


def words_for(display: str, serial: Path | None, typed_at: bool = False) -> list[str]:
    """QEMU's words for a display and for COM1: a file, or standard input and output, from which a terminal is typed at."""
    if typed_at and not serial:
        return [*_DISPLAY_WORDS[display], "-serial", "mon:stdio"]
    com1 = f"file,id=com1,path={option_value(serial)}" if serial else "stdio,id=com1"
    return [*_DISPLAY_WORDS[display], "-chardev", com1, "-serial", "chardev:com1"]


def host_audio() -> str:
    """The host's sound system for the PC speaker to sound through; empty where there is none."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and (Path(runtime) / "pulse/native").exists():
        return "pa"
    return "alsa" if Path("/dev/snd/controlC0").exists() else ""


def boot(options: Options, media: Media, display: list[str], timeout: float | None) -> int:
    """Runs QEMU in the foreground; 0 when it ended by itself or its time was up."""
    with scratch.folder() as folder:
        words = command(options, media, folder) + display
        with running(words) as process:
            try:
                return process.wait(timeout)
            except subprocess.TimeoutExpired:
                if "curses" in display:  # asked to end, QEMU gives the terminal back as it was
                    process.terminate()
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(END_SECONDS)
                return 0


def main(arguments: argparse.Namespace) -> int:
    options, media = machine_options.prepare(arguments)
    if arguments.display != "none":
        options = replace(options, audio=host_audio())
    terminal = sys.stdout.isatty() and sys.stdin.isatty()
    display = chosen_display(arguments.display, arguments.image, terminal)
    serial = arguments.serial
    if display == "terminal" and not serial:
        serial = build_dir(arguments.config) / f"run/com1-{os.getpid()}.log"
        serial.parent.mkdir(parents=True, exist_ok=True)
    if serial:
        print(f"neptune: COM1 and the logs are in {serial}", flush=True)
    elif terminal:
        print("neptune: Ctrl-A X ends the machine", flush=True)
    try:
        return boot(options, media, words_for(display, serial, terminal), arguments.timeout)
    finally:
        if serial and display == "terminal":  # the screen has covered the line above
            print(f"neptune: COM1 and the logs are in {serial}", flush=True)
