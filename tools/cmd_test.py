# SPDX-License-Identifier: GPL-3.0-only
"""./neptune test [PATTERN...]: builds and runs the tests, two at a time; the last line is `N passed, N failed`.

Patterns select cases by a part of their title: `host`, `kernel`, `system`, `whole`, `whole/floppy`. Only what the
selected cases need is built. With `--kernel` they run on another seL4 kernel image, those that can.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import build
import compose
import elf
import suites
from cases import Case, Outcome, harness_cases, later, run_case, select
from paths import build_dir

JOBS = 2
GROUPS_OF_OURS = {"tools": "the tools themselves"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "patterns", nargs="*", metavar="PATTERN", help="run only cases whose title contains it"
    )
    parser.add_argument("--list", action="store_true", help="only print the titles")
    parser.add_argument("--long", action="store_true", help="random tests and fuzzers do more, for minutes")
    parser.add_argument(
        "--kernel", type=Path, metavar="FILE", help="another seL4 kernel image; says what cannot run on it"
    )
    parser.add_argument("--no-build", action="store_true", help="take what is built")


def every_case(config: str) -> list[Case]:
    return suites.host(config) + suites.root_servers(config) + suites.programs(config, JOBS) + harness_cases()


def why_ours(item: Case) -> str:
    """Why a case cannot run on another kernel; empty if it can."""
    return item.ours or GROUPS_OF_OURS.get(item.group, "")


def leave_out(cases: list[Case]) -> list[Case]:
    """The cases that can run on another kernel; says which others there were, and why they are left out."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for item in cases:
        if why := why_ours(item):
            reasons[why].append(item.title)
    print(f"left out on another kernel: {sum(map(len, reasons.values()))} cases of {len(cases)}")
    for why, titles in reasons.items():
        print(f"  {why}:", *titles, sep="\n    ")
    return [item for item in cases if not why_ours(item)]


def _results(cases: list[Case]) -> Iterator[tuple[Case, Outcome, float]]:
    """Runs the cases, those that measure time alone at the end."""
    with ThreadPoolExecutor(JOBS) as pool:
        running = {pool.submit(run_case, item): item for item in cases if not item.alone}
        for future in as_completed(running):
            yield running[future], *future.result()
    for item in cases:
        if item.alone:
            yield item, *run_case(item)


def _show(number: int, total: int, item: Case, outcome: Outcome, seconds: float) -> None:
    state = "FAIL" if outcome.failures else "ok"
    checks = f", {outcome.passed} checks" if outcome.passed > 1 else ""
    print(f"[{number}/{total}] {state:4} {item.title} ({seconds:.1f} s{checks})", flush=True)
    for failure in outcome.failures:
        print("         " + failure.replace("\n", "\n         "), flush=True)


def main(arguments: argparse.Namespace) -> int:
    if arguments.long:
        os.environ["NEPTUNE_LONG"] = "1"
    if arguments.kernel:
        compose.other_kernel = elf.kernel32(arguments.kernel, build_dir(arguments.config) / "run")
    cases = select(every_case(arguments.config), arguments.patterns)
    if not cases:
        raise SystemExit(f"neptune: no case's title contains {' or '.join(arguments.patterns)}")
    if arguments.kernel:
        cases = leave_out(cases)
    if arguments.list:
        print(*(item.title for item in cases), sep="\n")
        return 0
    if not arguments.no_build and cases:
        build.build(arguments.config, sorted({target for item in cases for target in item.needs}))
    if not arguments.patterns and (postponed := later()):
        print(f"{len(postponed)} cases wait in tests/harness/later.txt")
    started = time.monotonic()
    passed = failed = 0
    for number, (item, outcome, seconds) in enumerate(_results(cases), 1):
        _show(number, len(cases), item, outcome, seconds)
        passed += outcome.passed
        failed += len(outcome.failures)
    print(f"{len(cases)} cases in {time.monotonic() - started:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0
