# SPDX-License-Identifier: GPL-3.0-only
"""The service fuzzer, for a minute in a usual run, for five million calls in a long one; and its longest turns.

Both as an administrator, who leaves the rest of the system alone, and as an ordinary user, who tries what he likes on it.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace

import torture
from cases import Failure, case, expect
from machine import Options
from suites import Progress, is_long
from support import booted, contains, contract_system

# The usual run takes the same seed each time, so that a change is what made it fail.
USUAL_SEED = 20261130
USUAL_MINUTES = 1.0
USUAL_USER_MINUTES = 0.5
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


def _user_plan() -> torture.Plan:
    if is_long():
        return replace(_plan(), ordinary=True)
    return replace(_plan(), ordinary=True, minutes=USUAL_USER_MINUTES)


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


def _expect_calls(result: torture.Result) -> None:
    if is_long() and result.calls < LONG_CALLS:
        raise Failure(f"{result.calls:,} calls in {result.seconds:.0f} s, {LONG_CALLS:,} are asked for")


@case("whole")
def torture_services() -> None:
    _expect_calls(_run(_plan(), "whole/torture-services"))


@case("whole")
def torture_as_a_user() -> None:
    _expect_calls(_run(_user_plan(), "whole/torture-as-a-user"))


@case("whole")
def torture_turns() -> None:
    _run(_turn_plan(), "whole/torture-turns")


@case("whole")
def a_canary_notices() -> None:
    """What an administrator changes beside it is told by name; else the run of an ordinary user would show nothing."""
    deeds = {
        "registry": r"reg add HKLM\Software\canary n REG_SZ x",
        "files": r"echo x > System32\planted.txt",
        "drivers": "unload beep",
    }
    with booted(contract_system("test")) as shell:
        expect(contains(shell.run("canary start"), " passed, 0 failed"), "it does not start")
        expect(contains(shell.run("canary"), " passed, 0 failed"), "it is afraid of nothing")
        for group, deed in deeds.items():
            shell.run(deed)
            shown = shell.run("canary")
            expect(contains(shown, f"FAIL {group}"), f"after `{deed}`: {shown}")
        shell.run("kill canary.exe")
        expect(contains(shell.run("canary"), "FAIL canary is not there"), "its end is not noticed")
