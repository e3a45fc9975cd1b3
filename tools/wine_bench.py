# SPDX-License-Identifier: GPL-3.0-only
"""./neptune bench wine: ten operations of one Windows program, counted here and under Wine in a Linux guest.

tests/winbench/winbench.c is the program; the same file runs in both, in the same QEMU under -icount shift=0, and counts
by the time-stamp counter. It says how it measures.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import build
import channel as ch
import cmd_exec
import compose
import debian
import report
import scratch
import wine_guest
from exec_session import Session
from machine import Machine, Media, Options
from paths import ROOT
from shell import ShellError

SOURCE = ROOT / "tests/winbench/winbench.c"
# A Linux that executes less: by default memory may come in pages of 2 MB, cleared as a whole, and so is the kernel's own.
LEAN = "mitigations=off transparent_hugepage=never init_on_alloc=0"
# A loop of so many instructions: whoever counts otherwise counts something else.
CHECK, CHECK_COUNT, CHECK_OFF = "loop-20000", 20000, 10
SECONDS = 900.0  # on a host with much other work; 60 s on one without
_ROW = re.compile(r"^bench (\S+) (\d+)\s*$")
_FAILED = re.compile(r"^failed (\S+) (\S+) (\d+)\s*$")


@dataclass
class Column:
    """What one of the systems has counted, and what went wrong in it, by the row's name."""

    counts: dict[str, float] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    complete: bool = False


def read(text: str) -> Column:
    column = Column()
    for line in text.splitlines():
        if match := _ROW.match(line):
            column.counts[match[1]] = float(match[2])
        elif match := _FAILED.match(line):
            code = int(match[3])
            said = f"raises {code:08x}" if match[2] == "raises" else f"{match[2]}: error {code}"
            column.wrong[match[1]] = said
        elif line.startswith("bench done"):
            column.complete = True
    return column


def checked(column: Column, text: str, who: str) -> Column:
    """The column, if its counter counts instructions. Raises ShellError."""
    count = column.counts.pop(CHECK, None)
    if count is None:
        said = " | ".join(text.strip().splitlines()[-6:]) or "nothing"
        raise ShellError(f"{who}: the program has not begun; the last that was said: {said}")
    if not CHECK_COUNT <= count <= CHECK_COUNT + CHECK_OFF:
        raise ShellError(f"{who}: the time-stamp counter says {count:.0f} for {CHECK_COUNT} instructions")
    return column


def compile_program(folder: Path) -> Path:
    """The program, with neither a C runtime nor any DLL but kernel32.dll."""
    program = folder / "winbench.exe"
    command = ["x86_64-w64-mingw32-gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-fno-builtin", "-nostdlib"]
    command += ["-Wl,-e,start,--no-insert-timestamp", "-s", "-o", str(program), str(SOURCE), "-lkernel32"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"neptune: {SOURCE.name} cannot be compiled:\n{done.stderr}")
    return program


def _exec_arguments(config: str, program: Path) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    cmd_exec.add_arguments(parser)
    arguments = parser.parse_args(["--dll", "advapi32.dll", str(program)])
    arguments.config = config
    return arguments


def ours(config: str, executable: Path) -> Column:
    """By the machinery of `./neptune exec`."""
    arguments = _exec_arguments(config, executable)
    program = cmd_exec.prepare(arguments)
    system = cmd_exec.system(arguments, program)
    system = replace(system, boot_options=(*system.boot_options, ("aslr", "0")))  # counts that can be repeated
    media = compose.media(system, "direct")
    said = bytearray()
    with scratch.folder() as folder:
        channel = ch.Channel(folder)
        options = Options(
            memory=arguments.memory, icount=True, idle_at_once=True, reboot=False, extra=channel.qemu_words()
        )
        with Machine(options, media) as machine:
            session = Session(machine, channel)
            session.sink = lambda _, data: said.extend(data)
            order = ch.start_order(program.image, program.command, program.folder + "\\", {}, False)
            session.run(order, SECONDS)
            text = said.decode("latin-1") + report.plain(session.said)
    return checked(read(text), text, "here")


def wine(guest: wine_guest.Guest, executable: Path, boot_options: str) -> Column:
    """By Wine in the Linux guest."""
    with scratch.folder() as folder:
        disk = folder / "disk"
        more = {executable.name: executable.read_bytes()}
        wine_guest.initial_disk(disk, [guest.files, guest.prefix], wine_guest.SCRIPTS / "measure.sh", more)
        options = Options(
            memory=wine_guest.MEMORY,
            cpu=wine_guest.CPU,
            icount=True,
            idle_at_once=True,
            reboot=False,
            extra=wine_guest.boot_words(boot_options),
        )
        with Machine(options, Media(kernel=guest.kernel, root=disk)) as machine:
            machine.wait_for(b"guest done", SECONDS)
            text = report.plain(machine.serial)
    return checked(read(text), text, "in the Linux guest")


def _verdict(mine: float | None, theirs: float | None) -> str:
    if mine is None or theirs is None:
        return ""
    if mine <= theirs:
        return f"ahead {theirs / max(mine, 1):.1f} times"
    return f"BEHIND {mine / max(theirs, 1):.1f} times"


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def print_table(columns: dict[str, Column]) -> bool:
    """The table; false when a row could not be counted in one of the systems."""
    names = list(dict.fromkeys(name for column in columns.values() for name in (*column.counts, *column.wrong)))
    print(f"{'instructions':22}" + "".join(f"{title:>18}" for title in columns) + "  ours")
    whole = True
    for name in names:
        cells = [column.counts.get(name) for column in columns.values()]
        print(f"{name:22}" + "".join(f"{_cell(cell):>18}" for cell in cells) + f"  {_verdict(cells[0], cells[1])}")
        for title, column in columns.items():
            if name not in column.counts:
                whole = False
                why = column.wrong.get(name, "the program ended before it")
                print(f"{'':22}  {title}: {why}")
    return whole


def main(config: str, json_file: Path | None) -> int:
    build.build(config, cmd_exec.targets(), quiet=True)
    with scratch.folder() as folder:
        executable = compile_program(folder)
        try:
            guest = wine_guest.ensure()
        except debian.Unavailable as error:
            raise SystemExit(f"neptune: {error}") from None
        (folder / "alone").mkdir()
        alone = executable.rename(folder / "alone" / executable.name)
        runs: dict[str, Callable[[], Column]] = {
            "ours": lambda: ours(config, alone),
            "Wine": lambda: wine(guest, alone, ""),
            "Wine, lean Linux": lambda: wine(guest, alone, LEAN),
        }
        columns: dict[str, Column] = {}
        failed = False
        for title, run in runs.items():
            wine_guest.say(f"counting: {title}")
            try:
                columns[title] = run()
            except ShellError as error:
                print(f"{title}: {error}")
                columns[title], failed = Column(), True
    whole = print_table(columns)
    if json_file:
        counts = {title: column.counts for title, column in columns.items()}
        json_file.write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")
    return 0 if whole and not failed else 1
