# SPDX-License-Identifier: GPL-3.0-only
"""Bad input of every kind: a clear error each, and everything else goes on."""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import measure
import report
from cases import Failure, case, expect
from paths import build_dir
from shell import Shell
from support import CONFIG, RELEASE, booted, contract_system, options
from typist import Typist

TORTURE_SECONDS = 900.0  # 2 GB are touched twice, on a host with much other work
SEED = 20


def _program(name: str) -> bytes:
    return (build_dir(CONFIG) / f"pe/{name}").read_bytes()


def _still_works(shell: Shell, after: str) -> None:
    expect(shell.run("echo fine") == ["fine"], f"the prompt does not echo after {after}")


def damaged_programs() -> dict[str, bytes]:
    """Programs with one thing wrong each; the same ones each time."""
    good = _program("nothing.exe")
    header = int.from_bytes(good[0x3C:0x40], "little")
    optional = header + 24
    sections = optional + int.from_bytes(good[header + 20 : header + 22], "little")

    def patched(offset: int, value: bytes) -> bytes:
        return good[:offset] + value + good[offset + len(value) :]

    damaged = {
        "empty": b"",
        "onebyte": b"M",
        "text": b"this is no program\n" * 10,
        "nohead": good[:64],
        "cut": good[: header + 30],
        "half": good[: len(good) // 2],
        "farhead": patched(0x3C, b"\xf0\xff\xff\x7f"),
        "nosig": patched(header, b"XX"),
        "arm": patched(header + 4, b"\x64\xaa"),
        "manysec": patched(header + 6, b"\xff\xff"),
        "pe32": patched(optional, b"\x0b\x01"),
        "entry": patched(optional + 16, b"\xff\xff\xff\x7f"),
        "align0": patched(optional + 32, b"\x00\x00\x00\x00"),
        "hugeimg": patched(optional + 56, b"\xff\xff\xff\xff"),
        "farsec": patched(sections + 12, b"\x00\x00\x00\xf0"),
        "rawsec": patched(sections + 16, b"\xff\xff\xff\xff\xff\xff\xff\xff"),
    }
    chance = random.Random(SEED)
    for number in range(12):
        noise = bytearray(good)
        for _ in range(40):
            noise[chance.randrange(2, 1024)] = chance.randrange(256)
        damaged[f"noise{number}"] = bytes(noise)
    return damaged


@case("whole")
def damaged_images() -> None:
    with tempfile.TemporaryDirectory() as name:
        added = []
        for stem, data in damaged_programs().items():
            path = Path(name) / f"{stem}.exe"
            path.write_bytes(data)
            added.append(path)
        system = replace(RELEASE, added=tuple(added))
        with booted(system) as shell:
            for path in added:
                shown = shell.run(path.stem)
                expect(shown or path.stem.startswith("noise"), f"nothing is said about {path.name}")
                _still_works(shell, path.name)


@case("whole")
def missing_files() -> None:
    with booted() as shell:
        for line in (
            "nosuchprogram",
            "load nosuchdriver",
            "type nosuchfile",
            "cd nosuchplace",
            "kill 99999",
            "unload x",
        ):
            expect(shell.run(line), f"nothing is said about {line!r}")
            _still_works(shell, repr(line))


@case("whole")
def long_command_line() -> None:
    """An over-long line is cut or refused; typing it takes nothing down."""
    with booted() as shell:
        for _ in range(3):
            shell.machine.press(["esc"])
        Typist(shell).type("x" * 700)
        row = shell.terminal.row
        shell.press("ret")
        shell.wait_prompt("running a line of 700 characters", row)
        _still_works(shell, "an over-long line")


@case("whole")
def serial_reader_that_pauses() -> None:
    """Nobody reads the line for a while and it fills up: what is said meanwhile is lost, what comes later is not."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "long.txt"
        path.write_text("a line of text that goes by unread\n" * 6000)
        with booted(replace(RELEASE, added=(path,))) as shell:
            shell.type(r"type \SystemRoot\System32\long.txt")
            shell.press("ret")
            time.sleep(8)
            shell.settle(1.0, 20.0)
            _still_works(shell, "a pause of the serial line's reader")


def torture(name: str, memory: int = 256) -> None:
    """Runs a program of tests/torture and holds it to its own report."""
    with booted(contract_system("test"), options(memory=memory), TORTURE_SECONDS) as shell:
        start = len(shell.machine.serial)
        shell.run(name, TORTURE_SECONDS)
        outcome = report.read(report.plain(shell.machine.serial[start:]).partition("\n")[2])
        if outcome.failures:
            raise Failure("\n".join(outcome.failures))
        _still_works(shell, name)


@case("whole")
def bad_system_calls() -> None:
    torture("badcalls")


@case("whole")
def thousand_processes() -> None:
    torture("manyproc")


# From a machine that has little beside the Executive to one with a thousand chunks.
for _memory in (48, 128, 256, 600, 2048):

    @case("whole", name=f"all-memory-of-{_memory}-mb")
    def all_memory(memory: int = _memory) -> None:
        torture("hungry", memory)


@case("whole")
def idle_halts() -> None:
    share = measure.idle(CONFIG)["idle-busy-percent"]
    expect(share < 1.0, f"{share:.2f} % of guest time at the idle prompt is outside hlt")
    expect(share > 0.0, "nothing was measured: not even the clock ticked")
