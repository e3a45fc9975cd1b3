# SPDX-License-Identifier: GPL-3.0-only
"""The keyboard under fast hands: no key is lost while at most five are unread, and nothing silences it."""

from __future__ import annotations

from cases import case, expect
from shell import Shell
from suites import is_long
from support import booted, contains, contract_system
from typist import type_keys

HOGS = 2
GAP = (0.0, 0.06)  # seconds between two keys


def _keep_busy(shell: Shell) -> None:
    for _ in range(HOGS):
        shell.run("start busy")


@case("whole")
def keys_on_a_busy_system() -> None:
    with booted(contract_system("test")) as shell:
        _keep_busy(shell)
        type_keys(shell, 5000 if is_long() else 300, GAP, seed=12)


@case("whole")
def keys_at_the_first_prompt() -> None:
    """A burst the moment the first prompt stands there."""
    for number in range(12 if is_long() else 2):
        with booted() as shell:
            type_keys(shell, 120, (0.0, 0.0), seed=number)


@case("whole")
def keyboard_outlives_an_overrun() -> None:
    """Keys that QEMU's own queue cannot hold are lost; the ones typed later are not."""
    with booted(contract_system("test")) as shell:
        _keep_busy(shell)
        for _ in range(4):
            for _ in range(60):
                shell.press("x")
            shell.settle(1.0)
            shell.press("esc")
            shell.settle(1.0)
            expect(shell.run("echo alive") == ["alive"], "the keyboard is dead after an overrun")


@case("whole")
def keyboard_drivers_unloaded_and_loaded() -> None:
    """Five times over; the keys typed afterwards arrive."""
    with booted(contract_system("test")) as shell:
        for _ in range(2):
            shown = shell.run("keycycle")
            expect(contains(shown, " passed, 0 failed"), f"it did not go well: {shown[-8:]}")
            type_keys(shell, 60, (0.0, 0.0), seed=5)
