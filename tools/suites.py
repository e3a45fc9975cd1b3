# SPDX-License-Identifier: GPL-3.0-only
"""The suites of ./neptune test that are made from what the tree holds: host, root server and system programs."""

from __future__ import annotations

import queue
import re
import subprocess
from functools import partial
from pathlib import Path

import compose
import report
from cases import Case, Failure, Outcome
from machine import Machine, Media, Options
from paths import ROOT, build_dir
from shell import Shell, ShellError
from sources import Tree

HOST_SECONDS = 300.0
ROOT_SERVER_SECONDS = 120.0
PROGRAM_SECONDS = 120.0
# isa-debug-exit lets a root server end QEMU; the ports of ACPI do as well.
DEBUG_EXIT = ("-device", "isa-debug-exit,iobase=0xf4,iosize=0x04")
NOT_TESTS = {"bench", "common", "debug"}


def contract_kernel(config: str) -> Path | None:
    """The kernel that reports calls outside the seL4 contract, if it was built."""
    path = build_dir(config) / "kernel-contract/kernel32.elf"
    return path if path.exists() else None


# Host tests


def _host(path: Path) -> Outcome:
    try:
        result = subprocess.run(
            [path, "--gtest_brief=1", "--gtest_color=no"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=HOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Failure(f"not done within {HOST_SECONDS:g} s") from None
    passed = re.search(r"\[  PASSED  \] (\d+) test", result.stdout)
    failures = sorted(set(re.findall(r"\[  FAILED  \] ([\w/]+\.[\w/]+)", result.stdout)))
    if result.returncode != 0 and not failures:
        failures = [f"ended with {result.returncode}: {(result.stderr or result.stdout)[-2000:]}"]
    return Outcome(int(passed[1]) if passed else 0, failures)


def host(config: str) -> list[Case]:
    """One case for each folder of tests/host."""
    folder = build_dir(config) / "host"
    names = [Path(path).name for path in Tree().children("tests/host") if Tree().sources(path)]
    return [Case("host", name, partial(_host, folder / name)) for name in names]


# Root servers: the kernel alone


def _root_server(path: Path, kernel: Path) -> Outcome:
    with Machine(
        Options(memory=128, extra=DEBUG_EXIT, reboot=False), Media(kernel=kernel, root=path)
    ) as machine:
        machine.wait_exit(ROOT_SERVER_SECONDS)
        return report.read(report.plain(machine.serial))


def root_servers(config: str) -> list[Case]:
    """One case for each folder of tests/rootserver."""
    built = build_dir(config)
    kernel = built / "kernel/kernel32.elf"
    cases = []
    for name in Tree().programs("tests/rootserver"):
        if name not in NOT_TESTS:
            path = built / f"rootserver/{name}.elf"
            cases.append(Case("kernel", name, partial(_root_server, path, kernel)))
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
    return [Case("system", name, partial(runners.run, name)) for name in program_names()]
