# SPDX-License-Identifier: GPL-3.0-only
"""The command line: wrong options end with a clear message and a status, and with nothing running."""

from __future__ import annotations

import tempfile
from pathlib import Path

import compose
from cases import case, expect
from paths import ROOT, build_dir
from processes import neptune
from support import CONFIG, RELEASE, contract_system


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
    for words in (("test", "host"), ("image", "iso", "/dev/null")):
        _refused((*words, "--kernel", hello), "is not a kernel: it has no Multiboot header")


@case("tools")
def shell_that_counts_does_not_idle() -> None:
    """Under --icount an hour that the guest sleeps takes no time of the host's."""
    result = neptune("shell", "--icount", "--timeout", "60", "sleep 3600")
    expect(result.returncode == 0, result.stdout[-300:] + result.stderr[-300:])


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


CONTRACT = build_dir(CONFIG) / "kernel-contract/kernel32.elf"


@case("tools")
def tests_of_another_kernel() -> None:
    """What can run does, on that kernel; of every other case it is said why it does not."""
    wanted = ("kernel/hello-with-32", "kernel/outsider_b", "system/sysinfo", "kernel/small", "host/boot", "tools/keyboard")
    result = neptune("test", "--no-build", "--kernel", str(CONTRACT), *wanted)
    for title in ("kernel/hello-with-32-mb", "kernel/outsider_b", "system/sysinfo"):
        expect(f"ok   {title} " in result.stdout, f"{title} does not pass:\n{result.stdout}{result.stderr}")
    expect("left out on another kernel: 3 cases of 6\n" in result.stdout, result.stdout)
    for why, title in (
        ("unit tests of our own sources, on this machine", "host/boot"),
        ("our own kernel's file", "kernel/small"),
        ("the tools themselves", "tools/keyboard-map"),
    ):
        expect(f"  {why}:\n    {title}\n" in result.stdout, f"{title}: {result.stdout}")
    expect(result.returncode == 0 and result.stdout.endswith(" passed, 0 failed\n"), result.stdout[-300:])


@case("tools")
def tests_that_are_not_there() -> None:
    _refused(("test", "no/such/case", "nor/this"), "no case's title contains no/such/case or nor/this")


@case("tools", alone=True)
def another_kernel_reaches_every_machine() -> None:
    """Alone, as other cases compose their systems by the same switch."""
    root = build_dir(CONFIG) / "rootserver/hello.elf"
    systems = (RELEASE, compose.System(config=CONFIG, root=root))
    compose.other_kernel = CONTRACT
    try:
        kernels = {compose.media(system, "direct").kernel for system in (*systems, contract_system("test"))}
    finally:
        compose.other_kernel = None
    expect(kernels == {CONTRACT}, f"booted are {kernels}")


@case("tools")
def image_with_another_kernel() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "image"
        result = neptune("image", "direct", str(folder), "--kernel", str(CONTRACT))
        expect(f"with the kernel {CONTRACT}" in result.stdout, result.stdout + result.stderr)
        expect((folder / "kernel.elf").read_bytes() == CONTRACT.read_bytes(), "it holds another kernel")


@case("tools")
def image_that_cannot_be_written() -> None:
    result = neptune("image", "floppy", "/no/such/folder/image")
    expect(result.returncode != 0 and "Traceback" not in result.stderr, result.stderr)
    expect("/no/such/folder/image: No such file" in result.stderr, result.stderr)


@case("tools")
def unknown_image_kind() -> None:
    _refused(("image", "cassette", str(Path("/dev/null"))), "invalid choice")
