# SPDX-License-Identifier: GPL-3.0-only
"""./neptune run: boots to the prompt in a window, in the terminal, or with the serial line on standard output."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import machine_options
from machine import Media, Options, command, running
from packages import has_display


def add_arguments(parser: argparse.ArgumentParser) -> None:
    machine_options.add_arguments(parser)
    parser.add_argument("--display", choices=("window", "terminal", "none"), help="where the screen goes")
    parser.add_argument("--timeout", type=float, metavar="S", help="end after S seconds")


def display_words(display: str | None, image: str) -> list[str]:
    """QEMU's words for a display; by default a window where there is one to open, else the terminal."""
    display = display or ("window" if has_display() else "terminal")
    if display == "window":
        return ["-display", "gtk"]
    text_screen = image != "uefi" and sys.stdout.isatty() and sys.stdin.isatty()
    if display == "terminal" and text_screen:
        # The VGA text screen drawn with curses; keys reach the emulated keyboard. Alt-2, `quit` ends QEMU.
        return ["-display", "curses", "-monitor", "vc"]
    return ["-display", "none", "-serial", "stdio", "-monitor", "none"]


def host_audio() -> str:
    """The host's sound system for the PC speaker to sound through; empty where there is none."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and (Path(runtime) / "pulse/native").exists():
        return "pa"
    return "alsa" if Path("/dev/snd/controlC0").exists() else ""


def boot(options: Options, media: Media, display: list[str], timeout: float | None) -> int:
    """Runs QEMU in the foreground; 0 when it ended by itself or its time was up."""
    with tempfile.TemporaryDirectory(prefix="neptune-") as name:
        words = command(options, media, Path(name)) + display
        with running(subprocess.Popen(words)) as process:
            try:
                return process.wait(timeout)
            except subprocess.TimeoutExpired:
                return 0


def main(arguments: argparse.Namespace) -> int:
    options, media = machine_options.prepare(arguments)
    if arguments.display != "none":
        options = replace(options, audio=host_audio())
    return boot(options, media, display_words(arguments.display, arguments.image), arguments.timeout)
