# SPDX-License-Identifier: GPL-3.0-only
"""Windows programs of tests/win32, built by Debian's mingw-w64, print under `./neptune exec` what they should.

NAME.txt is what NAME.c or NAME.cpp prints, standard error behind standard output, and its exit code. Each is linked to
msvcrt.dll, as mingw-w64 does by itself.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import channel as ch
import cmd_exec
import compose
import libwine
import scratch
from cases import Failure, case, expect
from machine import Machine, Options
from paths import ROOT
from support import CONFIG

PROGRAMS = ROOT / "tests/win32"
SECONDS = 120.0
@dataclass
class Output:
    out: bytearray = field(default_factory=bytearray)
    error: bytearray = field(default_factory=bytearray)

    def take(self, number: int, data: bytes) -> None:
        (self.out if number == 1 else self.error).extend(data)

    def text(self, status: int) -> str:
        said = bytes(self.out + self.error).decode("latin-1").replace("\r\n", "\n")
        return f"{said}exit {status:x}\n" if status > 255 else f"{said}exit {status}\n"


def _compile(source: Path, out: Path) -> None:
    compiler = "x86_64-w64-mingw32-g++" if source.suffix == ".cpp" else "x86_64-w64-mingw32-gcc"
    command = [compiler, "-O1", "-static", "-o", str(out), str(source)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    expect(result.returncode == 0, result.stderr[-2000:])


def _unavailable() -> bool:
    """What needs a download that cannot be had is left out, and says so."""
    try:
        libwine.ensure()
    except libwine.Unavailable as error:
        print(f"neptune: left out, whole/windows-*: {error}", flush=True)
        return True
    return False


def _arguments(program: Path, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    cmd_exec.add_arguments(parser)
    arguments = parser.parse_args([str(program), *words])
    arguments.config = CONFIG
    return arguments


def _header(source: Path, name: str) -> str:
    found = re.search(rf"^// {name}: (.*)$", source.read_text(encoding="utf-8"), re.MULTILINE)
    return found.group(1) if found else ""


def _run_all(folder: Path, sources: list[Path]) -> list[str]:
    """Runs each source's program in one machine; what was wrong."""
    wrong = []
    first = folder / f"{sources[0].stem}.exe"
    arguments = _arguments(first)
    program = cmd_exec.prepare(arguments)
    media = compose.media(cmd_exec.system(arguments, program), "direct")
    with scratch.folder() as work:
        channel = ch.Channel(work)
        with Machine(Options(memory=512, extra=channel.qemu_words()), media) as machine:
            session = cmd_exec.Session(machine, channel)
            for source in sources:
                output = Output()
                session.sink = output.take
                image = f"{program.folder}\\{source.stem}.exe"
                command = f"{source.stem}.exe {_header(source, 'arguments')}".strip()
                variables = dict([_header(source, "environment").split("=", 1)]) if _header(source, "environment") else {}
                ended = session.run(ch.start_order(image, command, program.folder + "\\", variables, False), SECONDS)
                said = output.text(session.status or 0) if ended else "it does not end\n"
                wanted = source.with_suffix(".txt").read_text(encoding="utf-8")
                if said != wanted:
                    report = bytes(session.said).decode("latin-1").replace("\r", "")
                    wrong.append(f"{source.name} prints\n{said}and should print\n{wanted}{report}")
                session.said.clear()
                if not ended:
                    break
    return wrong


@case("whole", ours="Windows programs run on any kernel; once is enough")
def windows_programs() -> None:
    if _unavailable():
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = sorted(path for path in PROGRAMS.iterdir() if path.suffix in (".c", ".cpp"))
        for source in sources:
            _compile(source, folder / f"{source.stem}.exe")
        wrong = _run_all(folder, sources)
    if wrong:
        raise Failure("\n".join(wrong))
