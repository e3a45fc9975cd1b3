# SPDX-License-Identifier: GPL-3.0-only
"""The kernel alone, with a small root server, on machines of all sorts."""

from __future__ import annotations

import re
import struct
import subprocess
import tempfile
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import compose
import report
from cases import Failure, case, expect
from machine import Machine, Media, Options
from paths import build_dir
from support import CONFIG, Beside, Pauses
from suites import DEBUG_EXIT

SECONDS = 180.0  # UEFI firmware alone takes a minute on a host with much other work
MOST_BYTES = 120_000


def _hello(options: Options, kernel: str = "", beside: Beside = nullcontext) -> str:
    """Runs the hello root server to its end and returns what it said."""
    system = compose.System(
        config=CONFIG,
        kernel=build_dir(CONFIG) / kernel if kernel else None,
        root=build_dir(CONFIG) / "rootserver/hello.elf",
    )
    options = replace(options, extra=(*options.extra, *DEBUG_EXIT), reboot=False)
    with Machine(options, compose.media(system, options.image)) as machine, beside(machine):
        machine.wait_for(b" failed\r\n", SECONDS) or machine.wait_for(b" failed\n", 0.1)
        text = report.plain(machine.serial)
    outcome = report.read(text[text.find("hello from") :])
    if outcome.failures:
        raise Failure("\n".join(outcome.failures))
    return text


def _ram_kib(text: str) -> int:
    return int(next(line for line in text.splitlines() if line.startswith("RAM for user")).split()[4])


@case("kernel")
def hello_by_multiboot_from_a_floppy() -> None:
    _hello(Options(image="floppy"))


@case("kernel")
def hello_by_multiboot_from_an_iso() -> None:
    _hello(Options(image="iso"))


@case("kernel")
def hello_by_multiboot2_from_uefi() -> None:
    _hello(Options(image="uefi"))


@case("kernel")
def hello_with_32_mb() -> None:
    expect(_ram_kib(_hello(Options(memory=32))) > 27 * 1024, "less than 27 MB of 32 are left")


@case("kernel")
def hello_with_64_gb() -> None:
    expect(_ram_kib(_hello(Options(memory=65536))) > 63 << 20, "less than 63 GB of 64 are found")


@case("kernel")
def hello_with_memory_above_a_hole() -> None:
    expect(_ram_kib(_hello(Options(memory=5000))) > 4900 * 1024, "memory above 4 GB is not found")


def _tsc_mhz(text: str) -> int:
    return int(next(line for line in text.splitlines() if line.startswith("TSC: ")).split()[1])


@case("kernel", ours="the clocks of our own kernel")
def clocks_of_a_machine_that_pauses() -> None:
    """What is measured at boot does not depend on how busy the host is."""
    undisturbed = _tsc_mhz(_hello(Options()))
    paused = _tsc_mhz(_hello(Options(), beside=Pauses))
    expect(
        0.9 * undisturbed <= paused <= 1.1 * undisturbed,
        f"TSC: {undisturbed} MHz undisturbed, {paused} MHz with pauses",
    )


@case("kernel")
def hello_among_many_devices() -> None:
    _hello(Options(extra=tuple(word for _ in range(26) for word in ("-device", "e1000"))))


@case("kernel")
def hello_on_an_old_processor() -> None:
    _hello(Options(cpu="qemu64"))


@case("kernel")
def hello_on_q35() -> None:
    _hello(Options(extra=("-machine", "q35")))


@case("kernel")
def hello_twice_the_same_under_icount() -> None:
    first, second = (_hello(Options(icount=True)) for _ in range(2))
    expect(first == second, "two runs that count instructions differ")


@case("kernel", ours="our own builds of the kernel")
def hello_on_a_kernel_repacked_from_elf64() -> None:
    _hello(Options(), kernel="kernel/kernel.elf")


@case("kernel", ours="our own builds of the kernel")
def hello_keeps_to_the_contract() -> None:
    """The kernel that reports calls outside the seL4 contract has nothing to report."""
    text = _hello(Options(), kernel="kernel-contract/kernel32.elf")
    expect("contract:" not in text, "\n".join(line for line in text.splitlines() if "contract:" in line))


@case("kernel", ours="our own kernel's file")
def no_vector_registers() -> None:
    """The kernel leaves the user's floating point and vector registers alone."""
    command = ["llvm-objdump-19", "-d", "--no-show-raw-insn", str(build_dir(CONFIG) / "kernel/kernel.elf")]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    bad = re.findall(r".*%(?:[xyz]mm\d+|st\b|mm\d).*", listing)
    expect(not bad, "\n".join(bad[:5]))


@case("kernel", ours="our own kernel's file")
def small() -> None:
    size = (build_dir(CONFIG) / "kernel/kernel.stripped.elf").stat().st_size
    expect(size <= MOST_BYTES, f"{size:,} bytes stripped, at most {MOST_BYTES:,}")


@case("kernel")
def a_program_written_against_libsel4() -> None:
    media = compose.media(compose.System(config=CONFIG, root=build_dir(CONFIG) / "rootserver/server.elf"), "direct")
    with Machine(Options(reboot=False), media) as machine:
        machine.wait_exit(SECONDS)
        said = report.plain(machine.serial).split()
    expected = "1 doubled is 2 2 doubled is 4 3 doubled is 6 the server stopped with exception 6"
    # Some builds of a kernel say something first.
    expect(said[-len(expected.split()) :] == expected.split(), " ".join(said))


def _endless_loop_at(address: int) -> bytes:
    """A program of one page there: `jmp` to itself."""
    ident = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    header = struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, address, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 7, 0x1000, address, address, 2, 0x1000, 0x1000)
    return (ident + header + segment).ljust(0x1000, b"\0") + b"\xeb\xfe"


@case("kernel", ours="what our own kernel says when it cannot start")
def a_root_server_at_the_end_of_user_memory() -> None:
    """Behind it come buffer, BootInfo and its extra blocks: without room for them it does not start."""
    for address, refused in ((0x7FFFFFFFB000, False), (0x7FFFFFFFC000, True), (0x7FFFFFFFE000, True)):
        with tempfile.NamedTemporaryFile(suffix=".elf") as file:
            file.write(_endless_loop_at(address))
            file.flush()
            media = Media(kernel=build_dir(CONFIG) / "kernel/kernel32.elf", root=Path(file.name))
            with Machine(Options(memory=64), media) as machine:
                said = machine.wait_for(b"no room", SECONDS if refused else 3.0)
                expect(bool(said) == refused, f"{address:x}: {report.plain(machine.serial)}")
