# SPDX-License-Identifier: GPL-3.0-only
"""./neptune torture services: calls every declared service at random until calls or minutes are used up.

Stops at the first thing that is wrong: the system stops or hangs, a thread cannot be ended, pages, objects, handles,
leases or drivers are not as before. It then prints the last calls of each thread and the command that repeats the epoch.
"""

from __future__ import annotations

import argparse
import random

import build
import compose
import elf
import torture
from machine import Options
from paths import build_dir

SUBJECTS = ("services",)
SHOWN = 12  # statuses, and services


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("subject", choices=SUBJECTS)
    parser.add_argument("--calls", type=int, default=500_000, metavar="N", help="over all epochs")
    parser.add_argument("--minutes", type=float, default=40.0, metavar="M", help="at most, whatever was called")
    parser.add_argument("--seed", type=int, metavar="S", help="random when not given")
    parser.add_argument("--epoch", type=int, default=1, metavar="E", help="the first; with --calls 1 the only one")
    parser.add_argument("--epoch-calls", type=int, default=torture.EPOCH_CALLS, metavar="N")
    parser.add_argument("--processes", type=int, default=4, metavar="N", help="1 to 6")
    parser.add_argument("--threads", type=int, default=4, metavar="N", help="of each process, 1 to 6")
    parser.add_argument(
        "--user", action="store_true", help="with an ordinary user's rights, on anything, beside a canary"
    )
    parser.add_argument("--memory", type=int, default=256, metavar="MB")
    parser.add_argument("--without", action="append", default=[], metavar="NAME", help="a service not to call")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="call no other service")
    parser.add_argument(
        "--icount", action="store_true", help="count instructions, and hold the longest turn to its bound"
    )
    parser.add_argument("--kernel", type=argparse.FileType("rb"), metavar="FILE", help="another seL4 kernel image")


def _most(title: str, counts: dict[str, int]) -> None:
    newest = sorted(counts.items(), key=lambda item: -item[1])[:SHOWN]
    print(f"{title}:", ", ".join(f"{name} {number:,}" for name, number in newest))


def show(result: torture.Result, plan: torture.Plan, memory: int) -> None:
    """What was done and found, for a person."""
    services = {name: number for name, number in result.counts.items() if name.startswith("Nt")}
    _most(f"{len(services)} services, most often", services)
    _most("statuses", result.statuses)
    if result.turns:
        _most("longest turns, in instructions", result.turns)
    print(
        f"{result.calls:,} calls in {result.epochs} epochs, {result.seconds:.0f} s;"
        f" {result.counts['threads-ended']} threads and {result.counts['processes-ended']} processes ended inside calls"
    )
    if not result.failures:
        return
    print(*result.last_calls, sep="\n")
    print("FAIL", *result.failures, sep="\n  ")
    print(torture.repeat(plan, result), f"--memory {memory}")


def selection(arguments: argparse.Namespace) -> str:
    """What the program's command line says of services to call."""
    word, names = ("only", arguments.only) if arguments.only else ("without", arguments.without)
    return " ".join([word, *names]) if names else ""


def main(arguments: argparse.Namespace) -> int:
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 32)
    plan = torture.Plan(
        seed=seed,
        calls=arguments.calls,
        minutes=arguments.minutes,
        first_epoch=arguments.epoch,
        epoch_calls=arguments.epoch_calls,
        processes=arguments.processes,
        threads=arguments.threads,
        ordinary=arguments.user,
        turns=arguments.icount,
        selection=selection(arguments),
    )
    kernel = arguments.kernel and elf.kernel32(arguments.kernel.name, build_dir(arguments.config) / "run")
    system = compose.System(config=arguments.config, base="test", kernel=kernel)
    build.build(arguments.config, compose.targets(system), quiet=True)
    print(f"seed {seed}", flush=True)
    result = torture.run(system, Options(memory=arguments.memory), plan, lambda line: print(line, flush=True))
    show(result, plan, arguments.memory)
    print(f"{result.calls} calls, {len(result.failures)} failures")
    return 1 if result.failures else 0
