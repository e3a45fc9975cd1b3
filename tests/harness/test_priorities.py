# SPDX-License-Identifier: GPL-3.0-only
"""Programs that compute starve neither the shell nor the drivers, and what they used is counted."""

from __future__ import annotations

import struct
import time

import compose
from cases import case, expect
from machine import Machine
from shell import Shell
from support import CONFIG, booted, options

HPET_COUNTER = 0xFED000F0
HPET_TICKS_PER_MS = 100_000  # QEMU's runs at 100 MHz
LIMIT_MS = 100
KEYS = "abcdefgh"
SECONDS = 120.0
TESTS = compose.System(config=CONFIG, base="test")


def _guest_ms(machine: Machine) -> float:
    return struct.unpack("<Q", machine.memory(HPET_COUNTER, 8))[0] / HPET_TICKS_PER_MS


def _echo_times(machine: Machine) -> list[float]:
    """Guest milliseconds from each key's press until its letter is on the console."""
    times = []
    for key in KEYS:
        seen = len(machine.serial)
        begin = _guest_ms(machine)
        machine.press([key])
        deadline = time.monotonic() + SECONDS
        while key.encode() not in machine.serial[seen:]:
            machine.read(0.002)
            expect(time.monotonic() < deadline, f"key {key} never shows")
        times.append(_guest_ms(machine) - begin)
    return times


def _start_hogs(shell: Shell, *priorities: int) -> None:
    for priority in priorities:
        shell.run(f"start hog {priority}")


def _typed_under(*priorities: int) -> None:
    with booted(TESTS, options(icount=True), timeout=SECONDS) as shell:
        _start_hogs(shell, *priorities)
        times = _echo_times(shell.machine)
    expect(max(times) <= LIMIT_MS, f"hogs {priorities}: keys took {[round(ms) for ms in times]} ms")


@case("whole")
def typing_beside_normal_hogs() -> None:
    _typed_under(8, 9, 10)


@case("whole")
def typing_beside_a_high_hog() -> None:
    _typed_under(12, 13)


@case("whole")
def starved_programs_are_rescued() -> None:
    """A program of priority 4 gets on beside one of 8, a little."""
    with booted(TESTS, timeout=SECONDS) as shell:
        _start_hogs(shell, 8, 4)
        shell.run("sleep 9")
        lines = [line.split() for line in shell.run("ps") if line.endswith("hog.exe")]
    expect(len(lines) == 2, f"`ps` shows {lines}")
    high, low = (int(words[5]) for words in lines)
    expect(high > 6000, f"the hog of priority 8 was charged with {high} ms of 9,000")
    expect(0 < low < high / 10, f"the hog of priority 4 was charged with {low} ms, the other with {high}")


@case("whole")
def idle_is_not_charged() -> None:
    with booted(TESTS, options(icount=True), timeout=SECONDS) as shell:
        shell.run("sleep 3")
        used = sum(int(line.split()[5]) for line in shell.run("ps")[1:])
    expect(used < 1000, f"an idle machine's programs were charged with {used} ms")
