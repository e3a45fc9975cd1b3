# SPDX-License-Identifier: GPL-3.0-only
"""Runs of pages: what is not announced by the contract kernel, on which programs are tested otherwise."""

from __future__ import annotations

import compose
import suites
from cases import case, expect
from support import CONFIG, booted, contains


@case("whole", ours="an extension of our own kernel: stock seL4 maps page by page")
def everything_works_with_runs_of_pages() -> None:
    """All test programs, on the kernel that users have."""
    with booted(compose.System(config=CONFIG, base="test")) as shell:
        for name in suites.program_names():
            shown = shell.run(f"{name}.exe", suites.PROGRAM_SECONDS)
            expect(contains(shown, " passed, 0 failed"), f"{name}: {shown[-12:]}")
        expect(shell.run("echo on") == ["on"], "the prompt is gone")
