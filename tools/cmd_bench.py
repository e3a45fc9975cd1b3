# SPDX-License-Identifier: GPL-3.0-only
"""./neptune bench [FILTER]: instructions per operation, boot times, idle share and sizes, beside their targets.

Instructions are counted by the guest itself under -icount shift=0, where the time-stamp counter counts them; they
repeat exactly. Boot times depend on the host. `./neptune bench wine` counts the same operations here and under Wine
(wine_bench.py), and is no part of a run of all.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import build
import chart
import elf
import measure
import wine_bench
from paths import ROOT, build_dir
from shell import ShellError

TARGETS = ROOT / "tests/bench/targets.txt"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("filter", nargs="?", default="", help="a suite's name, a part of rows' names, or wine")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers as JSON too")
    parser.add_argument("--chart", type=Path, metavar="FILE", help="draw them beside the best known, as SVG")
    parser.add_argument(
        "--kernel", type=Path, metavar="FILE", help="only the kernel rows, of another seL4 kernel: ELF64 or ELF32"
    )


def targets() -> dict[str, tuple[float | None, str]]:
    """Name -> target and best known, from tests/bench/targets.txt."""
    rows: dict[str, tuple[float | None, str]] = {}
    for line in TARGETS.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words and not line.startswith("#"):
            goal = None if words[1] == "-" else float(words[1])
            rows[words[0]] = (goal, words[2] if len(words) > 2 else "")
    return rows


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _print_row(name: str, value: float, goals: dict[str, tuple[float | None, str]]) -> None:
    goal, best = goals.get(name, (None, ""))
    verdict = "" if goal is None else ("ok" if value <= goal else "MISSED")
    best_text = _number(float(best)) if best else ""
    print(f"{name:34} {_number(value):>12} {_number(goal):>12} {best_text:>12}  {verdict}", flush=True)


def main(arguments: argparse.Namespace) -> int:
    if arguments.filter == "wine":
        return wine_bench.main(arguments.config, arguments.json)
    if arguments.kernel:
        arguments.kernel = elf.kernel32(arguments.kernel, build_dir(arguments.config) / "run")
    goals = targets()
    only = "kernel" if arguments.kernel else arguments.filter
    chosen = {only: measure.SUITES[only]} if only in measure.SUITES else None
    wanted = {name for suite in chosen or measure.SUITES for name in measure.TARGETS[suite]}
    build.build(arguments.config, sorted(wanted), quiet=True)
    print(f"{'':34} {'measured':>12} {'target':>12} {'best known':>12}")
    results: dict[str, float] = {}
    failed = False
    for name, suite in (chosen or measure.SUITES).items():
        try:
            rows = suite(arguments.config, arguments.kernel)
        except ShellError as error:
            print(f"{name}: {error}")
            failed = True
            continue
        for row, value in rows.items():
            if arguments.filter in measure.SUITES or arguments.filter in row:
                results[row] = value
                _print_row(row, value, goals)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if arguments.chart:
        chart.write(arguments.chart, results, {name: float(best) for name, (_, best) in goals.items() if best})
    return 1 if failed else 0
