# SPDX-License-Identifier: GPL-3.0-only
"""The measurements of ./neptune bench. Each returns rows: a name and a number, with the unit in the name's group."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import compose
import report
from machine import Machine, Options
from paths import build_dir
from shell import PROMPT, Shell, ShellError
from suites import DEBUG_EXIT

ICOUNT_SECONDS = 300.0
HOSTILE_SECONDS = 900.0
IDLE_SECONDS = 3.0
_LINE = re.compile(r"^bench (\S+) (\d+)\s*$")


def _rows(text: str) -> dict[str, float]:
    """`bench NAME COUNT` lines, or JSON objects with name and value, as programs print them."""
    rows: dict[str, float] = {}
    for line in text.splitlines():
        if match := _LINE.match(line):
            rows[match[1]] = float(match[2])
        elif line.startswith("{"):
            try:
                entry = json.loads(line)
                rows[str(entry["name"])] = float(entry.get("instructions", entry.get("value")))
            except (ValueError, KeyError, TypeError):
                continue
    return rows


def kernel(config: str, kernel_file: Path | None) -> dict[str, float]:
    """Instructions of kernel operations, by the root server tests/rootserver/bench alone on a kernel."""
    root = build_dir(config) / "rootserver/bench.elf"
    if not root.exists():
        return {}
    system = compose.System(config=config, kernel=kernel_file, root=root)
    options = Options(memory=128, icount=True, extra=DEBUG_EXIT, reboot=False)
    with Machine(options, compose.media(system, "direct")) as machine:
        if not machine.wait_for(b"bench done", ICOUNT_SECONDS):
            said = " | ".join(report.plain(machine.serial).splitlines()[-3:]) or "nothing"
            raise ShellError(f"the root server does not come to its end; the last that was said: {said}")
        return _rows(report.plain(machine.serial))


def native(config: str, _: Path | None = None) -> dict[str, float]:
    """Instructions of NT services, by the program ntbench at the prompt."""
    system = compose.System(config=config, base="test")
    with Machine(Options(icount=True), compose.media(system, "direct")) as machine:
        shell = Shell(machine, ICOUNT_SECONDS)
        shell.wait_prompt()
        start = len(machine.serial)
        shell.run("ntbench")
        return _rows(report.plain(machine.serial[start:]))


def turns(config: str, _: Path | None = None) -> dict[str, float]:
    """The longest turn of the Executive and the latest timer under a hostile load, in instructions."""
    system = compose.System(config=config, base="test", boot_options=(("turns", "1"),))
    options = Options(icount=True, idle_at_once=True, memory=1024)
    with Machine(options, compose.media(system, "direct")) as machine:
        shell = Shell(machine, HOSTILE_SECONDS)
        shell.wait_prompt()
        start = len(machine.serial)
        shell.run("hostile")
        text = report.plain(machine.serial[start:])
        for line in text.splitlines():
            if line.startswith(("# ", "FAIL")):
                print(f"  {line}", flush=True)
        return _rows(text)


def boot_seconds(config: str, options: Options, limit: float = 60.0) -> float:
    """Seconds from QEMU's start to the prompt."""
    media = compose.media(compose.System(config=config), options.image)
    with Machine(options, media) as machine:
        while not PROMPT.search(report.plain(machine.serial[-400:]).rpartition("\n")[2]):
            machine.read(0.02)
            if time.monotonic() - machine.started > limit:
                raise ShellError(f"no prompt from {options.image} within {limit:g} s")
        return time.monotonic() - machine.started


def boots(config: str, _: Path | None = None) -> dict[str, float]:
    """The best of three boots from each kind of image, as the host may be busy with other things."""
    rows = {}
    for image in ("direct", "floppy", "iso", "uefi"):
        options = Options(image=image, memory=128)
        rows[f"boot-{image}"] = min(boot_seconds(config, options) for _attempt in range(3))
    return rows


def idle(config: str, _: Path | None = None) -> dict[str, float]:
    """Percent of guest time at the idle prompt that is spent outside hlt, an instruction counting as a nanosecond.

    QEMU writes a line for each instruction, so the figure does not depend on how busy the host is.
    """
    options = replace(Options(), memory=128, icount=True)
    with Machine(options, compose.media(compose.System(config=config), "direct")) as machine:
        shell = Shell(machine)
        shell.wait_prompt()
        shell.settle(1.0)
        trace = machine.folder / "instructions"
        for command in (f"logfile {trace}", "singlestep on", "log exec,nochain"):
            machine.qmp.monitor(command)
        started = time.monotonic()
        time.sleep(IDLE_SECONDS)
        machine.qmp.monitor("log none")
        nanoseconds = (time.monotonic() - started) * 1e9
        with trace.open("rb") as lines:
            executed = sum(line.startswith(b"Trace") for line in lines)
        return {"idle-busy-percent": 100.0 * executed / nanoseconds}


def sizes(config: str, _: Path | None = None) -> dict[str, float]:
    """Bytes of what is shipped."""
    built = build_dir(config)
    files = {
        "bytes-kernel": built / "kernel/kernel.stripped.elf",
        "bytes-root-server": built / "image/neptune.exe.elf",
        "bytes-floppy-used": built / "image/neptune.img",
    }
    rows = {name: float(path.stat().st_size) for name, path in files.items() if path.exists()}
    archive = built / "image/neptune.archive"
    if "bytes-root-server" in rows and archive.exists():
        rows["bytes-executive"] = rows["bytes-root-server"] - archive.stat().st_size
    if "bytes-floppy-used" in rows:
        rows["bytes-floppy-used"] = float(len(files["bytes-floppy-used"].read_bytes().rstrip(b"\0\xf6")))
    return rows


# Each takes the configuration and another kernel's file, which only the kernel rows look at.
SUITES: dict[str, Callable[[str, Path | None], dict[str, float]]] = {
    "kernel": kernel,
    "native": native,
    "turns": turns,
    "boots": boots,
    "idle": idle,
    "sizes": sizes,
}
# What must be built for each.
TARGETS = {
    "kernel": ["kernel", "rootserver"],
    "native": ["kernel", "tests-system"],
    "turns": ["kernel", "tests-system"],
    "boots": ["image"],
    "idle": ["image"],
    "sizes": ["image"],
}
