# SPDX-License-Identifier: GPL-3.0-only
"""The service fuzzer, for a minute in a usual run, for five million calls in a long one."""

from __future__ import annotations

import os
import random

import torture
from cases import Failure, case
from machine import Options
from suites import Progress, is_long
from support import contract_system

# The usual run takes the same seed each time, so that a change is what made it fail.
USUAL_SEED = 20261130
USUAL_MINUTES = 1.0
LONG_CALLS = 5_000_000
LONG_MINUTES = 40.0


def _plan() -> torture.Plan:
    if not is_long():
        return torture.Plan(seed=USUAL_SEED, calls=LONG_CALLS, minutes=USUAL_MINUTES, epoch_calls=20_000)
    seed = int(os.environ.get("NEPTUNE_SEED", random.SystemRandom().randrange(1 << 32)))
    return torture.Plan(seed=seed, calls=LONG_CALLS, minutes=LONG_MINUTES)


@case("whole")
def torture_services() -> None:
    plan = _plan()
    progress = Progress("whole/torture-services")
    result = torture.run(contract_system("test"), Options(), plan, lambda line: progress.show(f"# {line}\n"))
    if result.failures:
        raise Failure("\n".join([*result.last_calls, *result.failures, torture.repeat(plan, result)]))
    if is_long() and result.calls < LONG_CALLS:
        raise Failure(f"{result.calls:,} calls in {result.seconds:.0f} s, {LONG_CALLS:,} are asked for")
