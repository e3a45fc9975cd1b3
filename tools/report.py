# SPDX-License-Identifier: GPL-3.0-only
"""Reads the lines that test programs print: `ok NAME`, `FAIL NAME why`, and at the end `N passed, N failed`."""

from __future__ import annotations

import re

from cases import Outcome

_CLEARED = re.compile(r"[^\n]*\r\x1b\[K")
_CONTROL = re.compile(r"\x1b\[[?0-9;]*[@-~]|\r")
_END = re.compile(r"^(\d+) passed, (\d+) failed\s*$")
# What the shell says of a program's error, here behind the last line: it has failed while it ended.
_FAULT = re.compile(r"^\S+ ended: .*\(0x[0-9a-f]{8}\)\s*$")


def plain(data: bytes | bytearray) -> str:
    """Serial output as text, without terminal sequences, and without what was shown of a line that a log's line broke.

    The console clears such a line, shows the log's, and then what it had cleared once more.
    """
    return _CONTROL.sub("", _CLEARED.sub("", data.decode("latin-1")))


def read(text: str) -> Outcome:
    """The outcome of one program; a missing or contradicting last line is a failure of its own."""
    outcome = Outcome()
    end: re.Match[str] | None = None
    faults: list[str] = []
    for line in text.splitlines():
        if line.startswith("ok "):
            outcome.passed += 1
        elif line.startswith("FAIL "):
            outcome.failures.append(line[5:].strip())
        elif match := _END.match(line):
            end = match
        elif end and end[2] == "0" and _FAULT.match(line):
            faults.append(line.strip())
    if end is None:
        tail = " | ".join(line for line in text.splitlines()[-6:] if line.strip())
        outcome.failures.append(f"the program did not reach its end: {tail}")
    elif (int(end[1]), int(end[2])) != (outcome.passed, len(outcome.failures)):
        outcome.failures.append(f"it counts {end[0].strip()}, its lines say otherwise")
    outcome.failures += faults
    return outcome


def contract_lines(serial: bytes | bytearray) -> list[str]:
    """What the contract-checking kernel complained about: calls that stock seL4 does not have."""
    return [line for line in plain(serial).splitlines() if line.startswith("contract:")]
