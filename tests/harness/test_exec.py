# SPDX-License-Identifier: GPL-3.0-only
"""Windows programs of tests/win32, built by Debian's mingw-w64, print under `./neptune exec` what they should.

NAME.txt is what NAME.c or NAME.cpp prints, standard error behind standard output, and its exit code. Each is linked to
msvcrt.dll, as mingw-w64 does by itself; those in C once more to the API sets of the universal C runtime.
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


def _run(*command: str) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    expect(result.returncode == 0, result.stderr[-2000:])
    return result.stdout


def _compile(source: Path, out: Path, *options: str) -> None:
    compiler = "x86_64-w64-mingw32-g++" if source.suffix == ".cpp" else "x86_64-w64-mingw32-gcc"
    _run(compiler, *options, "-O1", "-static", "-o", str(out), str(source))


def _ucrt(folder: Path) -> tuple[str, ...]:
    """Options for the universal C runtime: Debian's compiler is configured for msvcrt.dll."""
    specs = folder / "ucrt.specs"
    specs.write_text(_run("x86_64-w64-mingw32-gcc", "-dumpspecs").replace("-lmsvcrt", "-lucrt"), encoding="utf-8")
    return f"-specs={specs}", "-D_UCRT"


def _build(folder: Path, sources: list[Path]) -> dict[str, Path]:
    """The programs, by their paths in the machine's folder, with their sources."""
    built: dict[str, Path] = {}
    (folder / "ucrt").mkdir()
    with tempfile.TemporaryDirectory() as name:
        ucrt = _ucrt(Path(name))
        for source in sources:
            _compile(source, folder / f"{source.stem}.exe")
            built[f"{source.stem}.exe"] = source
            if source.suffix == ".c":
                _compile(source, folder / "ucrt" / f"{source.stem}.exe", *ucrt)
                built[f"ucrt\\{source.stem}.exe"] = source
    return built


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


def _run_one(session: cmd_exec.Session, folder: str, program: str, source: Path) -> str:
    """What was wrong with it; empty when nothing was."""
    output = Output()
    session.sink = output.take
    command = f"{source.stem}.exe {_header(source, 'arguments')}".strip()
    environment = _header(source, "environment")
    variables = dict([environment.split("=", 1)]) if environment else {}
    order = ch.start_order(f"{folder}\\{program}", command, folder + "\\", variables, False)
    ended = session.run(order, SECONDS)
    said = output.text(session.status or 0) if ended else "it does not end\n"
    wanted = source.with_suffix(".txt").read_text(encoding="utf-8")
    if said == wanted:
        return ""
    report = bytes(session.said).decode("latin-1").replace("\r", "")
    return f"{program} prints\n{said}and should print\n{wanted}{report}"


def _run_all(folder: Path, programs: dict[str, Path]) -> list[str]:
    """Runs each program in one machine; what was wrong."""
    wrong = []
    arguments = _arguments(folder / next(iter(programs)))
    program = cmd_exec.prepare(arguments)
    media = compose.media(cmd_exec.system(arguments, program), "direct")
    with scratch.folder() as work:
        channel = ch.Channel(work)
        with Machine(Options(memory=512, extra=channel.qemu_words()), media) as machine:
            session = cmd_exec.Session(machine, channel)
            for path, source in programs.items():
                wrong.append(_run_one(session, program.folder, path, source))
                session.said.clear()
                if session.status is None:
                    break
    return [text for text in wrong if text]


@case("whole", ours="Windows programs run on any kernel; once is enough")
def windows_programs() -> None:
    if _unavailable():
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = sorted(path for path in PROGRAMS.iterdir() if path.suffix in (".c", ".cpp"))
        wrong = _run_all(folder, _build(folder, sources))
    if wrong:
        raise Failure("\n".join(wrong))


@case("whole", ours="Windows programs run on any kernel; once is enough")
def windows_streams() -> None:
    """Input, output, exit code and files of a program are the caller's: through the command itself."""
    if _unavailable():
        return
    sent = bytes(range(256)) * 4001 + b"\r\n\x1a the end"
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name) / "program", Path(name) / "out"
        folder.mkdir()
        _compile(PROGRAMS / "streams/copy.c", folder / "copy.exe")
        command = [str(ROOT / "neptune"), "exec", "--timeout", str(SECONDS), "--out", str(out), str(folder / "copy.exe")]
        done = subprocess.run(command, input=sent, capture_output=True, check=False)
        expect(done.returncode == 5, f"exit code {done.returncode}: {done.stderr.decode()[-2000:]}")
        expect(done.stdout == sent, f"{len(done.stdout)} bytes come back of {len(sent)}, or others")
        made = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
        expect(made == ["made/count.txt"], f"files that come back: {made}")
        count = (out / "made/count.txt").read_text(encoding="utf-8")
        expect(count == f"{len(sent)}\n", f"the program has read {count}")
