# SPDX-License-Identifier: GPL-3.0-only
"""One program takes all there is of one kind of memory; at the prompt it is found and ended, and all comes back."""

from __future__ import annotations

import re
import time

from cases import Failure, case, expect
from shell import Shell
from suites import is_long
from support import booted, contains, contract_system, options

SECONDS = 300.0
REST_SECONDS = 20.0
# Slabs of the heap that others have used meanwhile.
SLACK_KILOBYTES = 64
ROUNDS = 3
HELD = re.compile(r"exhaust: process (\d+) holds (\d+) \S+, then 0x([0-9a-f]{8})")
# What NT documents for the end of memory, of a quota, and of what a table or queue may hold.
REFUSALS = {
    "c0000017",  # STATUS_NO_MEMORY
    "c0000044",  # STATUS_QUOTA_EXCEEDED
    "c000007f",  # STATUS_DISK_FULL
    "c000009a",  # STATUS_INSUFFICIENT_RESOURCES
    "c000012d",  # STATUS_COMMITMENT_LIMIT
    "c0000256",  # STATUS_REGISTRY_QUOTA_LIMIT
}
KINDS = (
    "events names handles timers links security keys open-keys files commitment memory regions tables sections"
    " views relocated section-memory large-sections packets apcs threads watches atoms processes zombies"
    " requests long-requests reading-threads new-files volume tokens ports long-names protections images waits"
    " named-requests locks setting-threads secured-keys secured-files"
    " file-locks directory-watches directory-requests"
).split()
# What a driver has to be there for.
PENDING = ("requests", "long-requests", "reading-threads", "named-requests", "locks", "setting-threads")
SCRIBBLER = r"\Registry\Machine\System\CurrentControlSet\Services\Scribbler"
USUAL = ("events", "tables", "apcs", "processes")
USUAL_MEMORY = 48
LONG_MEMORY = (48, 256)


def _free_kilobytes(shell: Shell) -> int:
    for line in shell.run("mem"):
        if line.endswith(" KB free"):
            return int(line.split()[0])
    raise Failure("`mem` does not say what is free")


def _free_at_rest(shell: Shell, wanted: int) -> int:
    """What is free once as much as wanted is, or nothing more comes back."""
    deadline = time.monotonic() + REST_SECONDS
    free = _free_kilobytes(shell)
    while free < wanted and time.monotonic() < deadline:
        time.sleep(0.5)
        free = _free_kilobytes(shell)
    return free


def _driver_restarts(shell: Shell) -> None:
    shell.run("kill i8042prt.sys")
    shown = shell.run("echo typed again")
    expect(shown[-1:] == ["typed again"], f"the keyboard's driver host is not back: {shown}")


def _the_shell_works(shell: Shell, process: str) -> None:
    """`ps`, another program, a file, a driver host that ends; all beside the one who has taken everything."""
    expect(contains(shell.run("ps"), "exhaust.exe"), "`ps` does not show the hog")
    shown = shell.run("nothing")
    expect(not contains(shown, "nothing"), f"another program does not run: {shown}")
    shown = shell.run("echo some words > exhaust.txt")
    expect(not contains(shown, "exhaust.txt"), f"a file is not written: {shown}")
    shown = shell.run("type exhaust.txt")
    expect(contains(shown, "some words"), f"a file is not read: {shown}")
    shell.run("del exhaust.txt")
    _driver_restarts(shell)
    shown = shell.run(f"kill {process}")
    expect(contains(shown, "ended"), f"the hog is not ended: {shown}")


def _exhaust(shell: Shell, kind: str) -> tuple[int, str]:
    shown = "".join(shell.run(f"exhaust {kind}", SECONDS))
    held = HELD.search(shown)
    expect(held is not None, f"exhaust {kind} says {shown!r}")
    assert held is not None
    process, count, status = held.groups()
    expect(status in REFUSALS, f"{kind}: refused with 0x{status} after {count}")
    _the_shell_works(shell, process)
    return int(count), status


def exhaust(kind: str, memory: int) -> None:
    """What the Executive's own tables grow by, they grow by the first time; what a round loses, it loses in each.

    A driver that starts again amid the hog's objects lies in slabs of theirs, a few more or less each time. So less
    than before is a finding only where it goes on.
    """
    with booted(contract_system("test"), options(memory=memory), SECONDS) as shell:
        if kind in PENDING:
            shell.run(rf"reg add {SCRIBBLER} ImagePath REG_SZ System32\drivers\scribbler.sys")
            shell.run("load Scribbler")
        _exhaust(shell, kind)
        before = _settled(shell)
        lost = []
        for _ in range(ROUNDS):
            count, status = _exhaust(shell, kind)
            after = _free_at_rest(shell, before)
            if after + SLACK_KILOBYTES >= before:
                return
            lost.append(f"{before - after} KB of {before} KB are not back after {count}, then 0x{status}")
            before = after
        raise Failure(f"{kind}: {'; '.join(lost)}")


def _settled(shell: Shell) -> int:
    """What is free when it changes no more."""
    free = _free_kilobytes(shell)
    for _ in range(40):
        time.sleep(0.5)
        now = _free_kilobytes(shell)
        if now == free:
            return now
        free = now
    return free


for _kind in KINDS:
    for _memory in LONG_MEMORY:
        if not is_long() and (_kind not in USUAL or _memory != USUAL_MEMORY):
            continue

        @case("whole", name=f"exhaust-{_kind}-at-{_memory}-mb")
        def exhaust_kind(kind: str = _kind, memory: int = _memory) -> None:
            exhaust(kind, memory)
