# SPDX-License-Identifier: GPL-3.0-only
"""The command line: wrong options end with a clear message and a status, and with nothing running."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cases import case, expect
from paths import ROOT, build_dir
from processes import neptune
from support import CONFIG


def _refused(words: tuple[str, ...], message: str) -> None:
    result = neptune(*words)
    expect(result.returncode != 0, f"{words} is accepted")
    expect(message in result.stderr + result.stdout, f"{words} says {result.stderr.strip()[-200:]!r}")


@case("tools")
def missing_kernel_file() -> None:
    _refused(("run", "--kernel", "/no/such/kernel"), "there is no file /no/such/kernel")


@case("tools")
def kernel_that_is_no_elf() -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"#!/bin/sh\n")
        file.flush()
        _refused(("shell", "--kernel", file.name, "--root", file.name, "ver"), "is not an ELF file")


@case("tools")
def kernel_that_is_no_kernel() -> None:
    """An ELF file, but nothing that a boot loader could start."""
    hello = str(build_dir(CONFIG) / "rootserver/hello.elf")
    for command in ("bench", "run"):
        _refused((command, "--kernel", hello), "is not a kernel: it has no Multiboot header")


@case("tools")
def bench_without_its_kernel() -> None:
    _refused(("bench", "kernel", "--kernel", "/no/such/kernel"), "there is no file /no/such/kernel")
    _refused(("bench", "kernel", "--kernel", str(ROOT / "README.md")), "is not an ELF file")


@case("tools")
def bench_of_another_kernel() -> None:
    """The same root server on another kernel's image, which may be ELF64."""
    for kernel in ("kernel-contract/kernel.elf", "kernel-debug/kernel32.elf"):
        result = neptune("bench", "kernel.round_trip", "--kernel", str(build_dir(CONFIG) / kernel))
        expect(result.returncode == 0, f"{kernel}: {result.stderr.strip()[-200:]}")
        rows = [line for line in result.stdout.splitlines() if line.startswith("kernel.")]
        expect(len(rows) == 6, f"{kernel}: {len(rows)} rows of 6")


@case("tools")
def image_that_cannot_be_written() -> None:
    result = neptune("image", "floppy", "/no/such/folder/image")
    expect(result.returncode != 0 and "Traceback" not in result.stderr, result.stderr)
    expect("/no/such/folder/image: No such file" in result.stderr, result.stderr)


@case("tools")
def unknown_image_kind() -> None:
    _refused(("image", "cassette", str(Path("/dev/null"))), "invalid choice")
