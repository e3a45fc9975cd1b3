# SPDX-License-Identifier: GPL-3.0-only
"""What the system says: the report of a fault, the tracer's decoded service calls, logs by component and level."""

from __future__ import annotations

from dataclasses import replace

import report
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


@case("whole")
def logs_have_levels() -> None:
    """From the boot line on, and changed at the prompt."""
    with booted(replace(contract_system("test"), boot_options=(("log", "ps:info,pnp:trace,mm:info"),))) as shell:
        said = report.plain(shell.machine.serial)
        for text in ("ps: process", "(smss.exe)", "pnp: driver i8042prt: DriverEntry", "pnp trace: input: ports"):
            expect(text in said, f"the boot log lacks {text!r}: {said[-2000:]}")
        expect("io" not in {line.split(" ")[0].rstrip(":") for line in said.splitlines()}, "io was not asked for")
        expect("ps trace" not in said, "ps says more than was asked for")
        expect(contains(shell.run("nothing"), "(nothing.exe) ended with 00000000"), "no log line of a process")
        shell.run("log ps:trace,-mm")
        shown = shell.run("nothing")
        expect(contains(shown, "ps trace: thread") and not contains(shown, "mm"), f"levels do not change: {shown}")
        expect(contains(shell.run("log"), "log: trace: ps pnp"), "the state is not shown")
        shell.run("log all:error")
        expect(shell.run("nothing") == [], "logs do not end")
