# SPDX-License-Identifier: GPL-3.0-only
"""Where a machine's processor is: sampled over QMP, with the names of kernel and Executive functions."""

from __future__ import annotations

import re
import subprocess
import time
from collections import Counter
from pathlib import Path

from machine import Machine

SAMPLES = 25
BETWEEN = 0.05  # seconds
_RIP = re.compile(r"RIP=([0-9a-f]+)")
_LEVEL = re.compile(r"CPL=(\d)")
_HALTED = re.compile(r"HLT=1")


def function(elf: Path, address: int) -> str:
    """The function of an ELF file that an address lies in, empty when there is none."""
    if not elf.exists():
        return ""
    command = ["llvm-symbolizer-19", f"--obj={elf}", "--functions=linkage", "--demangle", "--no-inlines", hex(address)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = result.stdout.splitlines()
    return f"{lines[0]} {Path(lines[1]).name}" if lines and not lines[0].startswith("??") else ""


def _place(registers: str, kernel: Path, root: Path) -> str:
    rip, level = _RIP.search(registers), _LEVEL.search(registers)
    if not rip or not level:
        return "unknown"
    if _HALTED.search(registers):
        return "halted"
    address = int(rip[1], 16)
    if level[1] == "0":
        return f"kernel {function(kernel, address) or hex(address)}"
    return f"user {function(root, address) or hex(address)}"


def sample(machine: Machine, kernel: Path, root: Path) -> list[str]:
    """Where the processor was found, most often first. User addresses may be any process's: the Executive's have names."""
    found: Counter[str] = Counter()
    for _ in range(SAMPLES):
        found[_place(machine.qmp.monitor("info registers"), kernel, root)] += 1
        time.sleep(BETWEEN)
    return [f"{number} of {SAMPLES}: {place}" for place, number in found.most_common()]
