# SPDX-License-Identifier: GPL-3.0-only
"""The service fuzzer, for a minute in a usual run, for five million calls in a long one; and its longest turns."""

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
TURN_CALLS = 20_000
LONG_TURN_CALLS = 300_000


def _long_seed() -> int:
    return int(os.environ.get("NEPTUNE_SEED", random.SystemRandom().randrange(1 << 32)))


def _plan() -> torture.Plan:
    if not is_long():
        return torture.Plan(seed=USUAL_SEED, calls=LONG_CALLS, minutes=USUAL_MINUTES, epoch_calls=20_000)
    return torture.Plan(seed=_long_seed(), calls=LONG_CALLS, minutes=LONG_MINUTES)


def _turn_plan() -> torture.Plan:
    if not is_long():
        return torture.Plan(seed=USUAL_SEED, calls=TURN_CALLS, minutes=USUAL_MINUTES, epoch_calls=10_000, turns=True)
    return torture.Plan(seed=_long_seed(), calls=LONG_TURN_CALLS, minutes=LONG_MINUTES, turns=True)


def _run(plan: torture.Plan, title: str) -> torture.Result:
    progress = Progress(title)
    result = torture.run(contract_system("test"), Options(), plan, lambda line: progress.show(f"# {line}\n"))
    if result.failures:
        raise Failure("\n".join([*result.last_calls, *result.failures, torture.repeat(plan, result)]))
    return result


@case("whole")
def torture_services() -> None:
    result = _run(_plan(), "whole/torture-services")
    if is_long() and result.calls < LONG_CALLS:
        raise Failure(f"{result.calls:,} calls in {result.seconds:.0f} s, {LONG_CALLS:,} are asked for")


@case("whole")
def torture_turns() -> None:
    _run(_turn_plan(), "whole/torture-turns")
