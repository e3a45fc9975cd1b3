# SPDX-License-Identifier: GPL-3.0-only
"""Every way to boot reaches a prompt that works, with little memory and with much, time after time."""

from __future__ import annotations

from cases import case, expect
from support import Pauses, booted, contains, contract_system, options, record


def _greets(image: str, memory: int = 256) -> None:
    with booted(options=options(image, memory=memory)) as shell:
        expect(shell.run("ver"), "`ver` shows nothing")
        expect(shell.run("echo still here") == ["still here"], "`echo still here` shows something else")


@case("whole")
def boot_direct() -> None:
    _greets("direct")


@case("whole")
def timers_after_a_boot_with_pauses() -> None:
    """However long the host lets the machine wait between two steps of its boot, timers expire."""
    with booted(contract_system("test"), beside=lambda machine: Pauses(machine, 0.2, 0.012, 8.0)) as shell:
        said = shell.run("waits", timeout=30.0)
        expect(said and said[-1].endswith(" 0 failed"), f"the last line of `waits`: {said[-1:]}")


@case("whole")
def boot_floppy() -> None:
    _greets("floppy")


@case("whole")
def boot_iso() -> None:
    _greets("iso")


@case("whole")
def boot_uefi() -> None:
    _greets("uefi")


@case("whole")
def memory_32_mb() -> None:
    with booted(options=options(memory=32)) as shell:
        expect(contains(shell.run("ps"), "ntcmd"), "`ps` does not list ntcmd")


@case("whole")
def memory_64_gb() -> None:
    _greets("direct", memory=65536)


@case("whole")
def many_device_regions() -> None:
    devices = tuple(word for _ in range(24) for word in ("-device", "e1000"))
    with booted(options=options(extra=devices)) as shell:
        expect(shell.run("ver"), "`ver` shows nothing")


@case("whole")
def pipes_at_the_prompt() -> None:
    with booted() as shell:
        expect(shell.run("echo one two | type") == ["one two"], "`echo | type` shows something else")
        expect(shell.run("echo deep | type | type") == ["deep"], "three commands show something else")
        expect(contains(shell.run("dir | type"), "System32"), "`dir | type` does not list System32")
        expect(contains(shell.run("echo | "), "a command is missing"), "`echo |` is no mistake")
        expect(shell.run("echo still here") == ["still here"], "the prompt is gone")


@case("whole")
def twenty_boots() -> None:
    for number in range(20):
        with booted() as shell:
            expect(shell.run("echo again") == ["again"], f"boot {number + 1} of 20 does not echo")


def _screenshot(image: str, name: str) -> None:
    with booted(options=options(image)) as shell:
        shell.run("help")
        picture = shell.machine.screenshot()
        picture.write_png(record(name))
        expect(picture.lit_rows() > 100, f"only {picture.lit_rows()} rows of the screen hold anything")
        expect(picture.colours() > 1, "the screen has one colour")


@case("whole")
def screen_bios() -> None:
    _screenshot("floppy", "screen-bios.png")


@case("whole")
def screen_uefi() -> None:
    _screenshot("uefi", "screen-uefi.png")


@case("whole")
def vga_text_is_the_mirror() -> None:
    """What the serial mirror says is what the VGA memory holds: later tests trust the mirror."""
    with booted() as shell:
        shell.run("cls")
        shell.run("echo one two three")
        expect(
            contains(shell.machine.vga_text(), "one two three"), "the VGA text screen does not show the echo"
        )


@case("whole")
def power_off() -> None:
    with booted() as shell:
        shell.run_off("shutdown")


@case("whole")
def reboot() -> None:
    with booted() as shell:
        shell.run_reboot("reboot")
        expect(shell.run("echo again") == ["again"], "after `reboot` the prompt does not echo")
