# SPDX-License-Identifier: GPL-3.0-only
"""Keyboard and speaker, and that a driver's death is only a delay."""

from __future__ import annotations

import tempfile
from pathlib import Path

import compose
import report
import sound
from cases import case, expect
from machine import Machine
from support import BOOT_SECONDS, booted, contains, contract_system, options

ALL_KEYS = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 -=[];',./`\\ _+{}:~?@#$*()"


@case("whole")
def the_issues_line() -> None:
    with booted(contract_system()) as shell:
        for line in ("ver", "help", "ps", "drivers", "beep 440 300", "kill i8042prt.sys"):
            shell.run(line)
        expect(shell.run("echo still here") == ["still here"], "after the kill the prompt does not echo")


@case("whole")
def every_key() -> None:
    with booted() as shell:
        shown = shell.run(f'echo "{ALL_KEYS}"')
        expect(
            contains(shown, ALL_KEYS) or "".join(shown).strip('"') == ALL_KEYS,
            f"typed keys came out as {shown}",
        )


@case("whole")
def line_editor() -> None:
    with booted() as shell:
        shell.type("echo hexlo")
        for key in ("left", "left", "backspace", "end"):
            shell.press(key)
            shell.settle()
        expect(shell.run(" world") == ["helo world"], "editing failed")
        shell.press("up")
        shell.settle()
        expect(shell.run(" again") == ["helo world again"], "history failed")


@case("whole")
def keyboard_driver_killed() -> None:
    """The very next keys typed after the kill arrive; three times over."""
    with booted() as shell:
        for number in range(3):
            shell.run("kill i8042prt.sys")
            # The report of the restart may come while the keys are typed, above them.
            shown = shell.run(f"echo after {number}")
            expect(shown[-1:] == [f"after {number}"], f"keys were lost after the kill: {shown}")


@case("whole")
def without_a_keyboard() -> None:
    """The prompt stays and waits for one; the machine does not go off."""
    machine_options = options(extra=("-machine", "i8042=off"))
    with Machine(machine_options, compose.media(contract_system(), machine_options.image)) as machine:
        expect(machine.wait_for(b"waits for a keyboard", BOOT_SECONDS), "there is no word of the missing keyboard")
        expect(machine.wait_exit(4.0) is None, "the machine went off")
        said = report.plain(machine.serial)
    expect(said.count("waits for a keyboard") == 1, f"ntcmd was started again: {said[-600:]}")
    expect(not report.contract_lines(machine.serial), "calls outside the contract")


@case("whole")
def a_device_at_work_when_its_driver_dies() -> None:
    """What it still writes goes where nobody is: its host's memory, and what it was lent, are kept until it is still."""
    with booted(contract_system("test"), options(memory=64, extra=("-device", "edu,addr=0x10"))) as shell:
        said = shell.run("straydma", timeout=120.0)
        expect(said and said[-1] == "11 passed, 0 failed", f"straydma: {said[-12:]}")


@case("whole")
def drivers_are_told_of_the_shutdown() -> None:
    """Those that registered get IRP_MJ_SHUTDOWN, and the machine waits until they are done."""
    service = r"\Registry\Machine\System\CurrentControlSet\Services\Exercise"
    with booted(contract_system("test")) as shell:
        shell.run(rf"reg add {service} ImagePath REG_SZ System32\drivers\exercise.sys")
        shell.run(rf"reg add {service} Type REG_DWORD 1")
        shell.run("load Exercise")
        shell.run_off("shutdown")
        said = report.plain(shell.machine.serial)
    steps = [said.find(f"exercise: {text}") for text in ("shuts down\n", "has shut down", "shuts down last")]
    expect(-1 not in steps and steps == sorted(steps), f"the driver is not told as it should be: {said[-600:]}")


@case("whole")
def a_driver_that_never_ends_the_shutdown() -> None:
    """It marks the request pending and spins; the machine goes off all the same, and tells the others first."""
    service = r"\Registry\Machine\System\CurrentControlSet\Services\Exercise"
    with booted(contract_system("test")) as shell:
        expect(contains(shell.run("liedown"), "1 passed, 0 failed"), "the driver is not loaded")
        shell.run(rf"reg add {service} ImagePath REG_SZ System32\drivers\exercise.sys")
        shell.run(rf"reg add {service} Type REG_DWORD 1")
        shell.run("load Exercise")
        shell.run_off("shutdown")
        said = report.plain(shell.machine.serial)
    expect("liar.sys: did not answer" in said, f"there is no word of the driver: {said[-600:]}")
    expect("exercise: shuts down last" in said, f"the others are not told: {said[-600:]}")


@case("whole")
def speaker() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speaker.wav"
        with booted(options=options(audio=f"wav,path={path}")) as shell:
            shell.run("beep 440 300")
            shell.run_off("shutdown")
        tone = sound.loudest_tone(path)
        expect(abs(tone.frequency - 440) < 6, f"the tone is {tone.frequency:.0f} Hz, not 440")
        expect(abs(tone.seconds - 0.3) < 0.06, f"the tone lasts {tone.seconds:.2f} s, not 0.3")
