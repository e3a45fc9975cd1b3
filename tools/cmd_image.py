# SPDX-License-Identifier: GPL-3.0-only
"""./neptune image floppy|iso|direct FILE"""

from __future__ import annotations

import argparse
from pathlib import Path

import build
import compose
import image
from paths import build_dir


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=sorted(image.MAKERS))
    parser.add_argument("file", type=Path, help="the image; for `direct` a folder")


def main(arguments: argparse.Namespace) -> int:
    system = compose.System(config=arguments.config)
    build.build(system.config, compose.targets(system), quiet=True)
    kernel = build_dir(system.config) / "kernel/kernel32.elf"
    image.make(arguments.kind, arguments.file, kernel, compose.root_server(system))
    print(f"neptune: {arguments.kind} image in {arguments.file}")
    return 0
