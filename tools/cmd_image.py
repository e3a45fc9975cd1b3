# SPDX-License-Identifier: GPL-3.0-only
"""./neptune image floppy|iso|direct FILE: a boot image, with our kernel or another seL4 kernel."""

from __future__ import annotations

import argparse
from pathlib import Path

import build
import compose
import elf
import image
from paths import build_dir


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=sorted(image.MAKERS))
    parser.add_argument("file", type=Path, help="the image; for `direct` a folder")
    parser.add_argument(
        "--kernel", type=Path, metavar="FILE", help="another seL4 kernel image, ELF64 or ELF32"
    )


def main(arguments: argparse.Namespace) -> int:
    built = build_dir(arguments.config)
    other = arguments.kernel and elf.kernel32(arguments.kernel, built / "run")
    system = compose.System(config=arguments.config, kernel=other)
    build.build(system.config, compose.targets(system), quiet=True)
    kernel = other or built / "kernel/kernel32.elf"
    image.make(arguments.kind, arguments.file, kernel, compose.root_server(system))
    named = f", with the kernel {arguments.kernel}" if other else ""
    print(f"neptune: {arguments.kind} image in {arguments.file}{named}")
    return 0
