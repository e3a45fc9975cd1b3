# SPDX-License-Identifier: GPL-3.0-only
"""The suites of ./neptune test that are made from what the tree holds: host, root server and system programs."""

from __future__ import annotations

import os
import queue
import re
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import IO

import compose
import report
from cases import Case, Failure, Outcome
from components import LONG_ROOT_SERVERS
from ending import running
from machine import Machine, Options
from paths import ROOT, build_dir
from shell import Shell, ShellError
from sources import Tree

HOST_SECONDS = 300.0
ROOT_SERVER_SECONDS = 120.0
LONG_SECONDS = 3600.0
PROGRAM_SECONDS = 120.0
# isa-debug-exit lets a root server end QEMU; the ports of ACPI do as well.
DEBUG_EXIT = ("-device", "isa-debug-exit,iobase=0xf4,iosize=0x04")
# COM2, and an HPET with a line of its own: more devices to try interrupts with.
MORE_DEVICES = ("-chardev", "null,id=second", "-device", "isa-serial,index=1,chardev=second") + (
    "-global",
    "hpet.hpet-intcap=0x100004",
)
NOT_TESTS = {"bench", "common", "debug"}


def contract_kernel(config: str) -> Path:
    """The kernel that reports calls outside the seL4 contract, or the one that this run is about."""
    return compose.other_kernel or build_dir(config) / "kernel-contract/kernel32.elf"


def is_long() -> bool:
    """./neptune test --long."""
    return "NEPTUNE_LONG" in os.environ


class Progress:
    """Passes on the newest line that a test begins with `#`, now and then, in a long run."""

    EVERY = 10.0  # seconds

    def __init__(self, title: str) -> None:
        self._title = title
        self._next = time.monotonic() + self.EVERY
        self._shown = ""

    def show(self, text: str) -> None:
        if time.monotonic() >= self._next:
            self.show_now(text)

    def show_now(self, text: str) -> None:
        """At the end: how far it came."""
        self._next = time.monotonic() + self.EVERY
        complete = text.rpartition("\n")[0].splitlines()
        line = next((line for line in reversed(complete) if line.startswith("# ")), "")
        if is_long() and line != self._shown:
            print(f"         {self._title}: {line.removeprefix('# ')}", flush=True)
            self._shown = line


# Host tests


def watch(command: list[str | Path], title: str, limit: float) -> tuple[int, str]:
    """Runs a program and shows how far it is; its status and all that it said."""
    progress = Progress(title)
    with tempfile.TemporaryFile() as said:
        with running(command, stdout=said, stderr=subprocess.STDOUT) as process:
            deadline = time.monotonic() + limit
            while process.poll() is None:
                if time.monotonic() > deadline:
                    raise Failure(f"not done within {limit:g} s")
                time.sleep(0.1)
                progress.show(_all_of(said))
        progress.show_now(_all_of(said))
        return process.returncode, _all_of(said)


def _all_of(file: IO[bytes]) -> str:
    """What a process has written to a file that it shares with us."""
    return os.pread(file.fileno(), 1 << 24, 0).decode(errors="replace")


def _host(path: Path) -> Outcome:
    limit = LONG_SECONDS if is_long() else HOST_SECONDS
    return _host_outcome(*watch([path, "--gtest_brief=1", "--gtest_color=no"], path.name, limit))


def _host_outcome(status: int, text: str) -> Outcome:
    passed = re.search(r"\[  PASSED  \] (\d+) test", text)
    failures = sorted(set(re.findall(r"\[  FAILED  \] ([\w/]+\.[\w/]+)", text)))
    if status != 0 and not failures:
        failures = [f"ended with {status}: {text[-2000:]}"]
    return Outcome(int(passed[1]) if passed else 0, failures)


def host(config: str) -> list[Case]:
    """One case for each folder of tests/host."""
    folder = build_dir(config) / "host"
    names = [Path(path).name for path in Tree().children("tests/host") if Tree().sources(path)]
    ours = "unit tests of our own sources, on this machine"
    return [Case("host", name, partial(_host, folder / name), ours=ours, needs=(f"host/{name}",)) for name in names]


# Root servers: the kernel alone


def _root_server(path: Path, config: str) -> Outcome:
    media = compose.media(compose.System(config=config, root=path), "direct")
    options = Options(memory=128, extra=DEBUG_EXIT + MORE_DEVICES, reboot=False)
    with Machine(options, media) as machine:
        progress = Progress(path.stem)
        deadline = time.monotonic() + (LONG_SECONDS if is_long() else ROOT_SERVER_SECONDS)
        while machine.wait_exit(1.0) is None and time.monotonic() < deadline:
            progress.show(report.plain(machine.serial))
        progress.show_now(report.plain(machine.serial))
        return report.read(report.plain(machine.serial))


def root_servers(config: str) -> list[Case]:
    """One case for each folder of tests/rootserver; in a long run those that can do more do so."""
    cases = []
    for name in Tree().programs("tests/rootserver"):
        if name not in NOT_TESTS:
            more = f"{name}-long" if is_long() and name in LONG_ROOT_SERVERS else name
            target = f"rootserver/{more}.elf"
            run = partial(_root_server, build_dir(config) / target, config)
            cases.append(Case("kernel", name, run, needs=("kernel", target)))
    return cases


# Native programs, run at the prompt


class ProgramRunner:
    """Runs test programs one after the other on a machine that lives as long as it behaves."""

    def __init__(self, system: compose.System) -> None:
        self._system = system
        self._machine: Machine | None = None
        self._shell: Shell | None = None

    def _ready(self) -> Shell:
        if self._shell is None:
            self._machine = Machine(Options(memory=256), compose.media(self._system, "direct")).__enter__()
            self._shell = Shell(self._machine)
            self._shell.wait_prompt()
        return self._shell

    def _give_up(self) -> None:
        if self._machine:
            self._machine.__exit__()
        self._machine = self._shell = None

    def run(self, name: str) -> Outcome:
        """One program; a prompt that does not come back fails it and costs the machine."""
        try:
            shell = self._ready()
            start = len(shell.machine.serial)
            shell.run(f"{name}.exe", PROGRAM_SECONDS)  # `drivers` alone is a command
        except ShellError as error:
            shown = "\n".join(self._shell.screen()[-20:]) if self._shell else ""
            self._give_up()
            raise Failure(f"{error}\n{shown}") from None
        said = shell.machine.serial[start:]
        outcome = report.read(report.plain(said).partition("\n")[2])
        outcome.failures += report.contract_lines(said)
        return outcome


class ProgramRunners:
    """As many runners as cases run at a time; a case takes any that is free."""

    def __init__(self, config: str, count: int) -> None:
        system = compose.System(config=config, base="test", kernel=contract_kernel(config))
        self._free: queue.LifoQueue[ProgramRunner] = queue.LifoQueue()
        for _ in range(count):
            self._free.put(ProgramRunner(system))

    def run(self, name: str) -> Outcome:
        runner = self._free.get()
        try:
            return runner.run(name)
        finally:
            self._free.put(runner)


def program_names() -> list[str]:
    """The programs of tests/system; those that need arguments or a driver say so in tests/harness."""
    skip = ROOT / "tests/system/not-alone.txt"
    names = set(skip.read_text(encoding="utf-8").split()) if skip.exists() else set()
    return [
        name for name in Tree().programs("tests/system") if name not in names and not name.endswith(".dll")
    ]


def programs(config: str, jobs: int) -> list[Case]:
    """One case for each program of tests/system."""
    runners = ProgramRunners(config, jobs)
    needs = ("kernel-contract", "image/test.exe.elf", "image/executive.o")
    return [Case("system", name, partial(runners.run, name), needs=needs) for name in program_names()]
