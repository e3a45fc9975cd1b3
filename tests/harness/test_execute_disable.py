# SPDX-License-Identifier: GPL-3.0-only
"""Execute-disable pages: used where the kernel announces them; without, only the faults are missing."""

from __future__ import annotations

import suites
from cases import case, expect
from support import booted, contains, contract_system, options

WITHOUT = options(cpu="max,-nx")


@case("whole")
def everything_works_without_execute_disable() -> None:
    """All test programs, on the kernel that reports what is outside the contract."""
    with booted(contract_system("test"), WITHOUT) as shell:
        expect(contains(shell.run("execute"), "NXSupportPolicy 0"), "the processor has execute-disable")
        for name in suites.program_names():
            shown = shell.run(f"{name}.exe", suites.PROGRAM_SECONDS)
            expect(contains(shown, " passed, 0 failed"), f"{name}: {shown[-12:]}")
        expect(shell.run("echo on") == ["on"], "the prompt is gone")


@case("whole", ours="an extension of our own kernel: stock seL4 has no execute-disable")
def data_is_not_executed() -> None:
    with booted(contract_system("test")) as shell:
        expect(contains(shell.run("execute"), "NXSupportPolicy 1"), "execute-disable is not used")
        shown = shell.run("crash execute")
        for text in ("crash.exe: exception c0000005", "executing address"):
            expect(contains(shown, text), f"the report lacks {text!r}: {shown}")
