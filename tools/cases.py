# SPDX-License-Identifier: GPL-3.0-only
"""Test cases: what one is, how it reports, and the registry that tests/harness/*.py fill."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from paths import ROOT

HARNESS = ROOT / "tests/harness"
EVERYTHING = ("all", "image")
# What the cases of a group need built, where that is not everything.
NEEDS = {"kernel": ("kernel", "kernel-contract", "kernel-debug", "rootserver")}


class Failure(Exception):
    """A test's expectation that did not hold; the message is what the report shows."""


@dataclass
class Outcome:
    """What one case found. A case may stand for many checks, as a test program's are."""

    passed: int = 0
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Case:
    """One entry of a test run. `alone` cases measure time, so nothing else runs beside them.

    `ours` says why a case can run with our own kernel only; `needs` are the targets to build for it.
    """

    group: str
    name: str
    run: Callable[[], Outcome | None]
    alone: bool = False
    ours: str = ""
    needs: tuple[str, ...] = EVERYTHING

    @property
    def title(self) -> str:
        return f"{self.group}/{self.name}"


_registered: list[Case] = []


def case(
    group: str, *, alone: bool = False, name: str = "", ours: str = ""
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Registers a function of tests/harness as a case; it passes unless it raises."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        title = name or function.__name__.replace("_", "-")
        _registered.append(Case(group, title, function, alone, ours, NEEDS.get(group, EVERYTHING)))
        return function

    return register


def expect(condition: object, message: str) -> None:
    """Raises Failure with `message` unless `condition` holds."""
    if not condition:
        raise Failure(message)


def harness_cases() -> list[Case]:
    """Loads tests/harness/test_*.py and returns what they registered."""
    if not _registered:
        sys.path.insert(0, str(HARNESS))
        for path in sorted(HARNESS.glob("test_*.py")):
            importlib.import_module(path.stem)
    return list(_registered)


def run_case(item: Case) -> tuple[Outcome, float]:
    """Runs one case; whatever it raises is its failure. Returns the outcome and the seconds it took."""
    started = time.monotonic()
    try:
        outcome = item.run() or Outcome(passed=1)
    except Failure as failure:
        outcome = Outcome(failures=[str(failure)])
    except SystemExit as ended:
        outcome = Outcome(failures=[str(ended)])
    except Exception as error:  # noqa: BLE001 - a broken test is a failed test, and the run goes on
        outcome = Outcome(failures=[f"{type(error).__name__}: {error}"])
    return outcome, time.monotonic() - started


def later() -> set[str]:
    """Titles of tests/harness/later.txt: cases the system cannot pass yet, run only when asked for by name."""
    path = HARNESS / "later.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


def select(cases: Iterable[Case], patterns: list[str]) -> list[Case]:
    """The cases whose title contains one of `patterns`; without patterns all that are not for later."""
    if patterns:
        return [item for item in cases if any(text in item.title for text in patterns)]
    postponed = later()
    return [item for item in cases if item.title not in postponed]
