# SPDX-License-Identifier: GPL-3.0-only
"""What the system says of a program: the report of a fault, and the tracer's decoded service calls."""

from __future__ import annotations

from cases import case, expect
from support import booted, contains, contract_system


@case("whole")
def fault_is_reported() -> None:
    with booted(contract_system("test")) as shell:
        shown = shell.run("crash")
        for text in ("crash.exe: exception c0000005", "crash.exe+0x", "writing address 0000000000000010", "rip "):
            expect(contains(shown, text), f"the report lacks {text!r}: {shown}")
        expect(contains(shown, "0xc0000005"), f"the shell does not say how the program ended: {shown}")
        expect(shell.run("echo on") == ["on"], "the prompt is gone")


@case("whole")
def calls_are_traced() -> None:
    with booted(contract_system("test")) as shell:
        shell.run("log trace nothing.exe")
        shown = shell.run("nothing")
        wanted = "NtTerminateProcess(ProcessHandle=ffffffffffffffff"
        expect(contains(shown, wanted), f"the trace lacks {wanted!r}: {shown}")
        shell.run("log trace off")
        expect(shell.run("nothing") == [], "the tracer does not end")
