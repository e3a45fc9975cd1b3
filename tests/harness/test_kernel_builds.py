# SPDX-License-Identifier: GPL-3.0-only
"""The contract on other processors and with another build of the kernel than the suites' own."""

from __future__ import annotations

import report
from cases import Failure, case, expect
from machine import Machine, Media, Options
from paths import build_dir
from suites import DEBUG_EXIT
from support import CONFIG

SECONDS = 120.0
HALTED = b"halted by DebugHalt"

OURS = "our own builds of the kernel"


def _run(root: str, cpu: str = "max", kernel: str = "kernel", until: bytes = b" failed") -> str:
    """Runs a root server until it says `until`; returns what was said."""
    built = build_dir(CONFIG)
    media = Media(kernel=built / f"{kernel}/kernel32.elf", root=built / f"rootserver/{root}.elf")
    with Machine(Options(memory=128, cpu=cpu, extra=DEBUG_EXIT, reboot=False), media) as machine:
        machine.wait_for(until, SECONDS)
        machine.wait_exit(0.5)
        return report.plain(machine.serial)


def _conforms(text: str, *wanted: str) -> None:
    outcome = report.read(text)
    if outcome.failures:
        raise Failure("\n".join(outcome.failures))
    for line in wanted:
        expect(f"ok {line}" in text, f"there is no `ok {line}`")


@case("kernel", ours=OURS)
def conformance_with_a_hidden_kernel() -> None:
    """To Intel's processors that do not say otherwise user page tables show no more than the entry code."""
    _conforms(_run("conformance", cpu="max,vendor=GenuineIntel"))


@case("kernel", ours=OURS)
def conformance_on_an_old_processor() -> None:
    """Without FSGSBASE there is a system call for it; nor are there XSAVE, SMEP, SMAP."""
    _conforms(_run("conformance", cpu="qemu64"), "SetTLSBase: sets the base")


@case("kernel", ours=OURS)
def conformance_of_a_debug_kernel() -> None:
    _conforms(_run("conformance", kernel="kernel-debug"), "DebugPutChar", "DebugNameThread")


@case("kernel", ours=OURS)
def conformance_of_the_contract_kernel() -> None:
    """The contract kernel reports what the conformance tests do on purpose, and is no other kernel for that."""
    _conforms(_run("conformance", kernel="kernel-contract"))


@case("kernel", ours=OURS)
def debug_calls() -> None:
    text = _run("debug", kernel="kernel-debug", until=HALTED)
    lines = text.splitlines()
    for line in (
        "by the kernel",
        "tags 12 10 0",
        "scheduler: domain 0",
        "still here",
        "Neptune OS kernel: halted by DebugHalt",
    ):
        expect(line in lines, f"nobody says {line!r}:\n{text}")
    expect("running: root, priority 255" in text, "DumpScheduler does not show who runs")
    expect("ready: a thread in waiting, priority 200" in text, "DumpScheduler does not show who waits")
    expect("of a thread in waiting: ip" in text, "a fault that nobody handles is not shown")
    expect("FAIL" not in text, "DebugHalt comes back")
