# SPDX-License-Identifier: GPL-3.0-only
"""The options that run, shell, debug and bench share, and what they make of them."""

from __future__ import annotations

import argparse
from pathlib import Path

import build
import compose
import elf
import windows
from machine import BOOT_KINDS, Media, Options, split_extra
from paths import build_dir


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--image", choices=BOOT_KINDS, default="direct", help="what to boot from")
    parser.add_argument(
        "--kernel", type=Path, metavar="FILE", help="another seL4 kernel image, ELF64 or ELF32"
    )
    parser.add_argument("--root", type=Path, metavar="FILE", help="another seL4 root server")
    parser.add_argument("--memory", type=int, default=256, metavar="MB")
    parser.add_argument("--accel", choices=("tcg", "kvm", "auto"), default="auto")
    parser.add_argument("--icount", action="store_true", help="one instruction a nanosecond, repeatable")
    parser.add_argument("--log", metavar="LIST", help="what to log from the start, as in io,mm:trace,trace:my.exe")
    parser.add_argument(
        "--boot", action="append", default=[], metavar="NAME=VALUE", help="a boot option, as in log=trace:ntcmd.exe"
    )
    parser.add_argument(
        "--add", type=Path, action="append", default=[], metavar="FILE", help="a file for System32"
    )
    parser.add_argument("--tests", action="store_true", help="the image that also holds the test programs")
    parser.add_argument(
        "--with-windows", action="store_true", help="with cmd.exe and other programs of libwine's, and what they need"
    )
    parser.add_argument("--qemu", default="", metavar="ARGS", help="further arguments for QEMU")


def system(arguments: argparse.Namespace) -> compose.System:
    """The system that the options describe; missing files end the program with a clear message."""
    for path in (arguments.kernel, arguments.root, *arguments.add):
        if path is not None and not path.is_file():
            raise SystemExit(f"neptune: there is no file {path}")
    kernel = arguments.kernel and elf.kernel32(arguments.kernel, build_dir(arguments.config) / "run")
    if arguments.root:
        elf.bits(arguments.root)
    pairs = [text.partition("=")[::2] for text in arguments.boot]
    if arguments.log:
        pairs.append(("log", arguments.log))
    return compose.System(
        config=arguments.config,
        base="test" if arguments.tests else "neptune",
        kernel=kernel,
        root=arguments.root,
        boot_options=tuple(pairs),
        added=tuple(arguments.add),
        files=tuple(sorted(windows.files(arguments.config).items())) if arguments.with_windows else (),
    )


def options(arguments: argparse.Namespace) -> Options:
    return Options(
        image=arguments.image,
        memory=arguments.memory,
        accel=arguments.accel,
        icount=arguments.icount,
        extra=split_extra(arguments.qemu),
    )


def prepare(arguments: argparse.Namespace) -> tuple[Options, Media]:
    """Builds what is missing and returns machine and media."""
    wanted = system(arguments)
    if targets := compose.targets(wanted):
        build.build(wanted.config, targets, quiet=True)
    return options(arguments), compose.media(wanted, arguments.image)
