# SPDX-License-Identifier: GPL-3.0-only
"""A machine that cannot go on says why, on the serial line and on the screen."""

from __future__ import annotations

import re
import time

import compose
from cases import case, expect
from machine import Machine, Options
from support import BOOT_SECONDS, CONFIG, booted, contains, options

COLUMNS = 80
ROWS = 25
TEXT_MEMORY = 0xB8000
HALTED = b"The machine is halted."


def _screen(machine: Machine) -> str:
    """The text screen's characters, row by row."""
    cells = machine.memory(TEXT_MEMORY, COLUMNS * ROWS * 2)[::2]
    rows = [cells[at : at + COLUMNS].decode("cp437").rstrip() for at in range(0, len(cells), COLUMNS)]
    return "\n".join(rows)


def _failing(what: str, **boot: str) -> Machine:
    system = compose.System(config=CONFIG, boot_options=(("fail", what), *boot.items()))
    return Machine(Options(), compose.media(system, "direct"))


def _says(what: str, *patterns: str) -> None:
    with _failing(what) as machine:
        expect(machine.wait_for(HALTED, BOOT_SECONDS), f"{what}: {machine.serial[-600:]!r}")
        serial = machine.serial.decode("ascii", "replace").replace("\r", "")
        time.sleep(0.5)
        screen = _screen(machine)
    for pattern in ("the Executive has stopped", *patterns):
        expect(re.search(pattern, serial), f"serial: no {pattern!r} in {serial[-600:]!r}")
        expect(re.search(pattern, screen), f"screen: no {pattern!r} in {screen!r}")


@case("whole")
def fault_of_the_executive() -> None:
    _says(
        "write",
        r"it wrote address 0000000000000010",
        r"at [0-9a-f]{16}, the Executive\+0x[0-9a-f]+",
        r"stack: [0-9a-f]{16}, the Executive\+0x",
        r"the last message: ",
    )


@case("whole")
def stack_overflow_of_the_executive() -> None:
    _says("stack", r"its stack has overflowed, address [0-9a-f]{16}", r"at [0-9a-f]{16}, the Executive\+0x")


@case("whole")
def undefined_instruction_of_the_executive() -> None:
    _says("instruction", r"exception 6, error code 0", r"at [0-9a-f]{16}, the Executive\+0x")


@case("whole")
def assertion_of_the_executive() -> None:
    _says("assertion", r"failure\.cpp:\d+: .*does not hold", r"the last message: ")


@case("whole")
def no_memory_for_the_executive() -> None:
    _says("memory", r"no memory to start with: \d+ KiB are left, \d+ KiB are needed")


@case("whole")
def fault_with_reset() -> None:
    with _failing("write", crash="reset") as machine:
        expect(machine.wait_for(b"starts again in 5 seconds", BOOT_SECONDS), f"{machine.serial[-600:]!r}")
        seen = machine.serial.count(b"it wrote address")
        deadline = time.monotonic() + BOOT_SECONDS
        while machine.resets() == 0 and time.monotonic() < deadline:
            machine.read(0.1)
        expect(machine.resets() > 0, "the machine is not reset")
        expect(seen == 1, f"the fault was told {seen} times")


def _odd_machine(changes: Options, *patterns: str) -> None:
    """A machine that is no use says so where people look: the kernel, which alone runs then."""
    with Machine(changes, compose.media(compose.System(config=CONFIG), "direct")) as machine:
        expect(machine.wait_for(patterns[-1].encode(), BOOT_SECONDS), f"serial: {bytes(machine.serial)[-300:]!r}")
        time.sleep(0.5)
        screen = _screen(machine)
    for pattern in patterns:
        expect(pattern in screen, f"screen: no {pattern!r} in {screen!r}")


@case("whole")
def a_32_bit_cpu() -> None:
    _odd_machine(options(cpu="qemu32"), "Neptune OS needs a 64-bit CPU")


@case("whole")
def no_acpi() -> None:
    _odd_machine(options(extra=("-machine", "pc,acpi=off")), "ACPI")


# With less QEMU itself loads the module over the firmware's tables.
@case("whole")
def memory_4_mb() -> None:
    _odd_machine(options(memory=4), "not enough memory")


@case("whole")
def memory_6_mb() -> None:
    _odd_machine(options(memory=6), "KiB are needed")


@case("whole")
def memory_8_mb() -> None:
    with booted(options=options(memory=8)) as shell:
        expect(contains(shell.run("ps"), "ntcmd"), "`ps` does not list ntcmd")


@case("whole")
def no_hpet() -> None:
    with booted(options=options(extra=("-machine", "pc,hpet=off"))) as shell:
        expect(shell.run("sleep 1") == [], "`sleep` does not return")
        expect(shell.run("echo here") == ["here"], "`echo` does not answer")


@case("whole")
def no_keyboard_controller() -> None:
    """The shell says what it waits for, and the system goes on."""
    changes = options(extra=("-machine", "q35,i8042=off"))
    with Machine(changes, compose.media(compose.System(config=CONFIG), "direct")) as machine:
        expect(machine.wait_for(b"waits for a keyboard", BOOT_SECONDS), f"{bytes(machine.serial)[-300:]!r}")
        time.sleep(0.5)
        expect("waits for a keyboard" in _screen(machine), f"the screen: {_screen(machine)!r}")
