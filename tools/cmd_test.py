# SPDX-License-Identifier: GPL-3.0-only
"""./neptune test [PATTERN...]: builds and runs the tests, two at a time; the last line is `N passed, N failed`.

Patterns select cases by a part of their title: `host`, `kernel`, `system`, `whole`, `whole/floppy`.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

import build
import suites
from cases import Case, Outcome, harness_cases, later, run_case, select

JOBS = 2
TARGETS = ("all", "host-tests", "image")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "patterns", nargs="*", metavar="PATTERN", help="run only cases whose title contains it"
    )
    parser.add_argument("--list", action="store_true", help="only print the titles")
    parser.add_argument("--long", action="store_true", help="random tests and fuzzers do more, for minutes")
    parser.add_argument("--no-build", action="store_true", help="take what is built")


def every_case(config: str) -> list[Case]:
    return suites.host(config) + suites.root_servers(config) + suites.programs(config, JOBS) + harness_cases()


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
    if not arguments.no_build and not arguments.list:
        build.build(arguments.config, list(TARGETS))
    if arguments.long:
        os.environ["NEPTUNE_LONG"] = "1"
    cases = select(every_case(arguments.config), arguments.patterns)
    if arguments.list:
        print(*(item.title for item in cases), sep="\n")
        return 0
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
