# SPDX-License-Identifier: GPL-3.0-only
"""What a build of the kernel cannot show by itself: fuzzing of its decoders and parsers, and that every error has a test.

NEPTUNE_LONG in the environment (./neptune test --long) makes the fuzzing long.
"""

from __future__ import annotations

import sys

import report
import sel4_coverage
from cases import Failure, case, expect
from machine import Machine, Media, Options
from paths import ROOT, build_dir
from suites import DEBUG_EXIT, is_long, watch
from support import CONFIG

SECONDS = 300 if is_long() else 15
BUILD_SECONDS = 300.0
CONFORMANCE_SECONDS = 120.0

OURS = "our own kernel's sources, and the list of its tests"


def fuzz(name: str) -> None:
    command = [sys.executable, ROOT / "tools/fuzz.py", name, f"--seconds={SECONDS}"]
    status, said = watch(command, name, SECONDS + BUILD_SECONDS)
    if status != 0:
        raise Failure(said[-3000:])


@case("kernel", ours=OURS)
def fuzz_decoders() -> None:
    fuzz("kernel_decode")


@case("kernel", ours=OURS)
def fuzz_boot_parsers() -> None:
    fuzz("kernel_boot")


@case("kernel", ours=OURS)
def every_error_has_a_test() -> None:
    built = build_dir(CONFIG)
    media = Media(kernel=built / "kernel/kernel32.elf", root=built / "rootserver/conformance.elf")
    with Machine(Options(memory=128, extra=DEBUG_EXIT, reboot=False), media) as machine:
        machine.wait_exit(CONFORMANCE_SECONDS)
        _, missing = sel4_coverage.table(report.plain(machine.serial))
    expect(not missing, "no test: " + "; ".join(missing))
