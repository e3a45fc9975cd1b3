# SPDX-License-Identifier: GPL-3.0-only
"""Drives the service fuzzer (tests/torture/services) epoch by epoch on one machine, and holds the system to its state.

An epoch is one run of the program at the prompt: so each also shows that keys arrive and that the shell runs programs.
Before the first all RAM is used up once, since what the Executive takes to keep its books stays taken. The first is
for warming up; what the program prints of the system at the end of each later one must be as after it.
With `ordinary` the fuzzer is an ordinary user's program, and a canary, a process of SYSTEM's, is asked after each
epoch whether it, the clock, the registry, the files and all else that such a program may not change are as before.
On a machine that counts instructions (-icount) no turn of the Executive may be longer than TURN_BOUND of them.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import compose
import report
import torture_memory
import whereabouts
from machine import Machine, Options
from paths import build_dir
from qmp import QmpError
from shell import Shell, ShellError

WARM_UP_CALLS = 20_000  # at least; as many as an epoch, for caches grow with what is at hand
EPOCH_CALLS = 100_000
LOOK = 3.0  # seconds between looks at what the system said
SILENCE = 120.0  # seconds without a line of progress, after which the system counts as hung
TURN_BOUND = 40_000  # instructions
SLACK_PAGES = 256  # what may be missing after all epochs: the heap keeps so many, and caches grow
SPARE_THREADS = 8  # by which driver hosts may differ: they keep some that had to wait for a device or do work
LAST_CALLS = 6  # shown of each thread
BREAK = 30.0  # seconds that a shell is given to end a program
SAID = 12  # lines of the screen that are shown
_NUMBER_LINE = re.compile(r"^(state|count|status|turn) (\S.*) (\d+)\s*$")
# Text that calls put on the screen may stand before it in the line.
_FAILURE = re.compile(r"FAIL (\S.*)$", re.MULTILINE)
# How the Executive reports its own end.
_LAST_WORDS = re.compile(r"the Executive has stopped|system halted")
_END = re.compile(r"^\d+ passed, \d+ failed\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Plan:
    """What a run does. An epoch's calls follow from the seed and its number."""

    seed: int
    calls: int
    minutes: float
    first_epoch: int = 1
    epoch_calls: int = EPOCH_CALLS
    processes: int = 4
    threads: int = 4
    ordinary: bool = False  # the fuzzer's processes are an ordinary user's, beside a canary
    turns: bool = False  # hold turns to TURN_BOUND
    selection: str = ""  # `without NtA NtB` or `only NtA NtB`


@dataclass
class Result:
    """What a run found."""

    epochs: int = 0
    calls: int = 0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    turns: dict[str, int] = field(default_factory=dict)  # the longest by what it was about
    failures: list[str] = field(default_factory=list)
    last_calls: list[str] = field(default_factory=list)


@dataclass
class _Epoch:
    state: dict[str, int] = field(default_factory=dict)
    count: Counter[str] = field(default_factory=Counter)
    status: Counter[str] = field(default_factory=Counter)
    turn: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def _read_epoch(text: str) -> _Epoch:
    epoch = _Epoch(failures=_FAILURE.findall(text))
    if not _END.search(text):
        epoch.failures.append("the program did not reach its end")
    for line in text.splitlines():
        if match := _NUMBER_LINE.match(line):
            kind, name, number = match[1], match[2], int(match[3])
            getattr(epoch, kind)[name] = number
    if "pages" not in epoch.state:
        epoch.failures.append("the state of the system was not told")
    return epoch


def changes(before: dict[str, int], after: dict[str, int]) -> list[str]:
    """What is not as it was: everything but pages and the spare threads of driver hosts must be the same."""
    found = []
    spare = after.get("threads", 0) - before.get("threads", 0)
    if abs(spare) <= SPARE_THREADS:
        before = dict(before)
        for name in ("threads", "objects:Thread", "handles:Thread"):
            before[name] = before.get(name, 0) + spare
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, 0), after.get(name, 0)
        if new != old and not (name == "pages" and new + SLACK_PAGES >= old):
            found.append(f"{name} was {old}, is {new}")
    return found


def long_turns(turns: dict[str, int]) -> list[str]:
    """The turns that are longer than the bound."""
    return [f"a turn of {name} took {ticks:,} instructions" for name, ticks in turns.items() if ticks > TURN_BOUND]


class Torture:
    """One machine under the fuzzer."""

    def __init__(self, machine: Machine, config: str, plan: Plan, say: Callable[[str], None]) -> None:
        self._machine = machine
        self._built = build_dir(config)
        self._plan = plan
        self._say = say
        self._shell = Shell(machine)
        self.result = Result()

    def _run_epoch(self, number: int, calls: int) -> _Epoch:
        """Types the command, waits for the prompt as long as there is progress."""
        plan = self._plan
        shell = self._shell
        words = ["services", plan.seed, number, calls, plan.processes, plan.threads]
        shell.type(" ".join(map(str, [*words, *(["user"] if plan.ordinary else []), plan.selection])).strip())
        start = len(self._machine.serial)
        row = shell.terminal.row
        shell.press("ret")
        self._wait(f"epoch {number}", row)
        return _read_epoch(report.plain(self._machine.serial[start:]))

    def _wait(self, doing: str, row: int) -> None:
        """Waits for the prompt as long as there is progress and the system has not said that it is at its end."""
        silent_since = time.monotonic()
        heard = len(self._machine.serial)
        while True:
            try:
                return self._shell.wait_prompt(doing, row, LOOK)
            except ShellError as error:
                self._shell.check_alive(doing)
                fresh = self._machine.serial[max(0, heard - 100) :]
                if _LAST_WORDS.search(report.plain(fresh)):
                    raise ShellError(f"the system stops while {doing}") from None
                if len(self._machine.serial) > heard:
                    silent_since, heard = time.monotonic(), len(self._machine.serial)
                elif time.monotonic() > silent_since + SILENCE:
                    raise ShellError(f"nothing was said for {SILENCE:g} s while {doing}") from error

    def _account(self, epoch: _Epoch) -> None:
        result = self.result
        result.epochs += 1
        result.calls += sum(number for name, number in epoch.count.items() if name.startswith("Nt"))
        result.counts += epoch.count
        result.statuses += epoch.status
        for name, ticks in epoch.turn.items():
            result.turns[name] = max(ticks, result.turns.get(name, 0))

    def _fail(self, number: int, why: list[str]) -> None:
        self.result.failures += [f"epoch {number}: {line}" for line in why]

    def _look_inside(self) -> list[str]:
        """What a machine that stands still is at, and the last calls of each thread."""
        kernel, root = self._built / "kernel/kernel.elf", self._built / "image/test.elf"
        try:
            lines = whereabouts.sample(self._machine, kernel, root)
            memory = self._machine.memory(0, self._machine.options.memory << 20)
            return lines + torture_memory.report(memory, LAST_CALLS) + self._break()
        except QmpError as error:
            return [f"the machine cannot be looked into: {error}"]

    def _break(self) -> list[str]:
        """Whether the shell still answers Ctrl-C, and what then runs."""
        try:
            row = self._shell.terminal.row
            self._shell.press("ctrl", "c")
            self._shell.wait_prompt("breaking with Ctrl-C", row, BREAK)
            return ["the prompt comes back after Ctrl-C", *self._shell.run("ps"), *self._shell.run("drivers")]
        except ShellError as error:
            return [str(error)]

    def _canary(self, command: str = "canary") -> list[str]:
        """What the canary (tests/torture/canary) says is not as it was; nothing when there is none."""
        if not self._plan.ordinary:
            return []
        shown = "\n".join(self._shell.run(command, SILENCE))
        return _FAILURE.findall(shown) or ([] if _END.search(shown) else ["the canary has not told"])

    def _epochs(self) -> None:
        plan = self._plan
        self._shell.wait_prompt()
        self._shell.run("hungry", SILENCE)
        if why := self._canary("canary start"):
            return self._fail(0, why)
        settled = self._run_epoch(0, max(WARM_UP_CALLS, plan.epoch_calls))
        self._account(settled)
        if why := settled.failures + self._canary() + (long_turns(settled.turn) if plan.turns else []):
            return self._fail(0, why)
        number = plan.first_epoch
        deadline = time.monotonic() + plan.minutes * 60
        warmed = self.result.calls
        while self.result.calls - warmed < plan.calls and time.monotonic() < deadline:
            epoch = self._run_epoch(number, plan.epoch_calls)
            self._account(epoch)
            why = epoch.failures + changes(settled.state, epoch.state) + self._canary()
            if plan.turns:
                why += long_turns(epoch.turn)
            if why:
                return self._fail(number, why)
            if self._shell.run("echo fine") != ["fine"]:
                return self._fail(number, ["the shell does not echo"])
            self._say(f"epoch {number}: {self.result.calls:,} calls, {epoch.state['pages']} pages free")
            number += 1

    def run(self) -> Result:
        started = time.monotonic()
        try:
            self._epochs()
        except ShellError as error:
            said = [line for line in report.plain(self._machine.serial).splitlines()[-60:] if line.strip()]
            self._fail(self._plan.first_epoch - 1 + self.result.epochs, [str(error), *said[-SAID:]])
            self.result.last_calls = self._look_inside()
        records = self._built / "records"
        records.mkdir(parents=True, exist_ok=True)
        (records / "torture.log").write_bytes(self._machine.serial)
        self.result.seconds = time.monotonic() - started
        return self.result


def repeat(plan: Plan, result: Result) -> str:
    """The command that runs the failed epoch again."""
    epoch = result.failures[0].split(":")[0].split()[-1]
    word, *names = plan.selection.split() or [""]
    words = [
        f"repeat: ./neptune torture services --seed {plan.seed} --epoch {epoch} --calls 1",
        f"--epoch-calls {plan.epoch_calls} --processes {plan.processes} --threads {plan.threads}",
        *(f"--{word} {name}" for name in names),
        *(["--user"] if plan.ordinary else []),
        *(["--icount"] if plan.turns else []),
    ]
    return " ".join(words)


def run(system: compose.System, options: Options, plan: Plan, say: Callable[[str], None]) -> Result:
    """Boots the test system and runs the plan on it."""
    if plan.turns:
        system = replace(system, boot_options=(*system.boot_options, ("turns", "1")))
        options = replace(options, icount=True)
    with Machine(options, compose.media(system, options.image)) as machine:
        return Torture(machine, system.config, plan, say).run()
