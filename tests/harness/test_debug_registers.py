# SPDX-License-Identifier: GPL-3.0-only
"""Debug registers: there where the kernel announces them. Without, system/debug_registers asks that they are refused."""

from __future__ import annotations

import compose
import suites
from cases import case, expect
from support import CONFIG, booted, contains


@case("whole", ours="an extension of our own kernel: stock seL4 gives no thread debug registers")
def debug_registers_work() -> None:
    """On the kernel that users have."""
    with booted(compose.System(config=CONFIG, base="test")) as shell:
        shown = shell.run("debug_registers.exe", suites.PROGRAM_SECONDS)
        expect(contains(shown, "debug registers: 1"), f"there are none: {shown[:1]}")
        expect(contains(shown, " passed, 0 failed"), f"{shown[-12:]}")
