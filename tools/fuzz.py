#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-only
"""Build and run the libFuzzer targets of tests/fuzz: each folder is one target, with sources.txt as for host tests.

Inputs found worth keeping stay in build/fuzz/NAME; a crash leaves its input there and makes this command fail.
"""

from __future__ import annotations

import argparse
import re
import runpy
import subprocess
import sys
import time
from pathlib import Path

import build
from paths import ROOT, build_dir

CONFIG = "release"
PROGRESS_SECONDS = 10.0
MOST_BYTES = {"kernel_boot": 8192, "services": 8192}  # of an input; a memory map may be long, and so may a play


def seeds(folder: Path, out: Path) -> list[Path]:
    """The folder with the inputs that a target's seeds.py builds, if it has one."""
    script = folder / "seeds.py"
    if not script.exists():
        return []
    target = out / "seeds"
    target.mkdir(parents=True, exist_ok=True)
    for name, data in runpy.run_path(str(script))["seeds"]().items():
        (target / name).write_bytes(data)
    return [target]


def reached(lines: list[str]) -> str:
    """What libFuzzer says last of its coverage: edges, features, inputs kept."""
    found = [match for line in lines if (match := re.search(r"cov: (\d+) ft: (\d+) corp: (\d+)", line))]
    return f"{found[-1][1]} edges, {found[-1][2]} features, {found[-1][3]} inputs" if found else "no coverage"


def fuzz(command: list[str]) -> tuple[int, list[str]]:
    """Runs the target, and says now and then how far it came."""
    lines: list[str] = []
    shown = time.monotonic()
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        assert process.stderr
        for line in process.stderr:
            lines.append(line.rstrip())
            if time.monotonic() > shown + PROGRESS_SECONDS:
                shown = time.monotonic()
                print(f"# {reached(lines[-50:])}", flush=True)
    return process.returncode, lines


def run_target(folder: Path, seconds: int) -> bool:
    out = ROOT / "build" / "fuzz" / folder.name
    corpus = out / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    binary = str(build_dir(CONFIG) / "fuzz" / folder.name)
    build.build(CONFIG, [f"fuzz/{folder.name}"], quiet=True)
    print(f"{folder.name}: running for {seconds} s", flush=True)
    command = [binary, f"-max_total_time={seconds}", f"-max_len={MOST_BYTES.get(folder.name, 2048)}", "-print_final_stats=1", f"-artifact_prefix={out}/",
               str(corpus), *map(str, seeds(folder, out))]
    status, lines = fuzz(command)
    good = status == 0
    print("\n".join(line for line in lines if line.startswith("stat::number")) if good else "\n".join(lines[-60:]))
    print(f"{'ok' if good else 'FAIL'} fuzz {folder.name}: {reached(lines)}", flush=True)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", help="names of folders in tests/fuzz; all when none is given")
    parser.add_argument("--seconds", type=int, default=30, help="for each target")
    options = parser.parse_args()
    folders = sorted(path.parent for path in (ROOT / "tests" / "fuzz").glob("*/sources.txt"))
    chosen = [folder for folder in folders if not options.targets or folder.name in options.targets]
    results = [run_target(folder, options.seconds) for folder in chosen]
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
