# SPDX-License-Identifier: GPL-3.0-only
"""Files behind a backing that takes its time, as a disk does."""

from __future__ import annotations

from dataclasses import replace

import report
from cases import case, expect
from support import booted, contract_system

SECONDS = 600.0  # for thousands of waits, on a host with much other work


def _play(slow: str, line: str) -> None:
    with booted(replace(contract_system("test"), boot_options=(("slow", slow),))) as shell:
        said = shell.run(line, timeout=SECONDS)
        expect(said and said[-1] == "4 passed, 0 failed", f"{line} with slow={slow}: {said[-12:]}")
        expect(shell.run("echo fine") == ["fine"], "the prompt does not echo afterwards")


@case("whole")
def slow_files() -> None:
    """Read, written, mapped by three processes, truncated, extended and executed, checked against models."""
    _play("4000", "slowfile")


@case("whole")
def slow_files_whose_transfers_fail() -> None:
    _play("1500,9", "slowfile fails")


@case("whole")
def slow_is_a_number_or_two() -> None:
    """What is neither is said."""
    for slow in ("nonsense", "4000,"):
        with booted(replace(contract_system("test"), boot_options=(("slow", slow),))) as shell:
            said = report.plain(shell.machine.serial)
            expect(f"boot option slow={slow}: not understood" in said, f"slow={slow}: {said[-600:]}")
