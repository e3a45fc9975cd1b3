# SPDX-License-Identifier: GPL-3.0-only
"""Windows programs of tests/win32 print under `./neptune exec` what they should.

NAME.txt is what NAME.c or NAME.cpp prints, standard error behind standard output, and its exit code; NAME.ucrt.txt with the
universal C runtime, where that differs by its documentation.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import channel as ch
import cmd_exec
import compose
import libwine
import scratch
import win32_programs
from cases import Failure, case, expect
from exec_session import Session
from machine import Machine, Options
from paths import ROOT
from support import CONFIG
from win32_programs import PROGRAMS, compile_gnu, header

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


def _run_one(session: Session, folder: str, program: win32_programs.Program) -> str:
    """What was wrong with it; empty when nothing was."""
    output, source = Output(), program.source
    session.sink = output.take
    command = f"{source.stem}.exe {header(source, 'arguments')}".strip()
    environment = header(source, "environment")
    variables = dict([environment.split("=", 1)]) if environment else {}
    order = ch.start_order(f"{folder}\\{program.path}", command, folder + "\\", variables, False)
    ended = session.run(order, SECONDS)
    said = output.text(session.status or 0) if ended else output.text(0) + "it does not end\n"
    wanted = program.text()
    if said == wanted:
        return ""
    lines = difflib.unified_diff(wanted.splitlines(), said.splitlines(), "should print", "prints", lineterm="")
    report = bytes(session.said).decode("latin-1").replace("\r", "")
    return "\n".join([program.path, *lines, report])


def _run_all(folder: Path, programs: list[win32_programs.Program]) -> list[str]:
    """Runs each program in one machine; what was wrong."""
    wrong = []
    arguments = _arguments(folder / "hello.exe")
    prepared = cmd_exec.prepare(arguments)
    media = compose.media(cmd_exec.system(arguments, prepared), "direct")
    with scratch.folder() as work:
        channel = ch.Channel(work)
        with Machine(Options(memory=512, extra=channel.qemu_words()), media) as machine:
            session = Session(machine, channel)
            for program in programs:
                wrong.append(_run_one(session, prepared.folder, program))
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
        wrong = _run_all(folder, win32_programs.build(folder, win32_programs.sources()))
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
        compile_gnu(PROGRAMS / "streams/copy.c", folder / "copy.exe")
        command = [str(ROOT / "neptune"), "exec", "--timeout", str(SECONDS), "--out", str(out), str(folder / "copy.exe")]
        done = subprocess.run(command, input=sent, capture_output=True, check=False)
        expect(done.returncode == 5, f"exit code {done.returncode}: {done.stderr.decode()[-2000:]}")
        expect(done.stdout == sent, f"{len(done.stdout)} bytes come back of {len(sent)}, or others")
        made = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
        expect(made == ["made/count.txt"], f"files that come back: {made}")
        count = (out / "made/count.txt").read_text(encoding="utf-8")
        expect(count == f"{len(sent)}\n", f"the program has read {count}")


@case("whole", ours="Windows programs run on any kernel; once is enough")
def windows_batch() -> None:
    """Every construct of batch files in libwine's cmd.exe; constructs.txt says what comes of them."""
    if _unavailable():
        return
    with tempfile.TemporaryDirectory() as name:
        for path in (PROGRAMS / "batch").glob("*.cmd"):
            shutil.copy(path, name)
        dlls = ("--dll", "find.exe", "--dll", "attrib.exe")
        command = [str(ROOT / "neptune"), "exec", "--timeout", str(SECONDS), *dlls, "cmd", "/c", "constructs.cmd"]
        done = subprocess.run(command, cwd=name, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    said = done.stdout.decode("latin-1").replace("\r\n", "\n").splitlines()
    wanted = (PROGRAMS / "batch/constructs.txt").read_text(encoding="utf-8").splitlines()
    lines = list(difflib.unified_diff(wanted, said, "should print", "prints", lineterm=""))
    expect(not lines, "\n".join(lines) + done.stderr.decode("latin-1")[-2000:])
    expect(done.returncode == 5, f"exit code {done.returncode}")


@case("whole", ours="Windows programs run on any kernel; once is enough")
def windows_services() -> None:
    """A service is installed, started, stopped and deleted, by libwine's services.exe."""
    if _unavailable():
        return
    with tempfile.TemporaryDirectory() as name:
        compile_gnu(PROGRAMS / "services/control.c", Path(name) / "control.exe", "-ladvapi32")
        done = _exec(Path(name), "--admin", "--dll", "services.exe", str(Path(name) / "control.exe"))
    said = done.stdout.decode("latin-1").replace("\r\n", "\n").splitlines()
    wanted = (PROGRAMS / "services/control.txt").read_text(encoding="utf-8").splitlines()
    lines = list(difflib.unified_diff(wanted, said, "should print", "prints", lineterm=""))
    expect(not lines, "\n".join(lines) + done.stderr.decode("latin-1")[-2000:])


def _exec(folder: Path, *words: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [str(ROOT / "neptune"), "exec", "--timeout", str(SECONDS), *words]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


@case("whole", ours="Windows programs run on any kernel; once is enough")
def what_exec_is_given() -> None:
    """Thousands of variables, words of any length, closed files, names that Windows cannot have, codes beyond a byte."""
    if _unavailable():
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for odd in ("Twice", "twice", "a:b", os.fsdecode(b"\xff\xfe")):
            (folder / odd).write_text(odd, "utf-8", "surrogateescape")
        (folder / "plain").write_text("plain\n", "utf-8")
        # A DLL of the system's name in a folder below is not in its place.
        (folder / "below").mkdir()
        shutil.copy(libwine.ensure() / "version.dll", folder / "below/kernel32.dll")
        variables = [f"--env=V{number}=x{number:04}" for number in range(3000)]
        script = "if exist plain echo %V0% %V2999% & if exist b echo moved & exit 256"
        done = _exec(folder, *variables, "cmd", "/c", script, stdin=subprocess.DEVNULL)
        said = done.stderr.decode("latin-1")
        expect(done.stdout.split() == [b"x0000", b"x2999"], f"{done.stdout!r} {said[-1000:]}")
        expect(done.returncode == 255, f"code 256 comes out as {done.returncode}")
        # Of two names that differ by case one stays; each that is left out is told of.
        expect(said.count("is left out") == 3, said[-1000:])
        done = _exec(folder, "cmd", "/c", "rem", "x" * 32767, stdin=subprocess.DEVNULL)
        expect(done.returncode == 1 and b"longer than 32766 characters" in done.stderr, f"{done}"[-600:])
        closed = ["sh", "-c", '"$0" exec cmd /c echo hi <&-', str(ROOT / "neptune")]
        done = subprocess.run(closed, cwd=folder, capture_output=True, check=False)
        expect(done.returncode == 0 and done.stdout.split() == [b"hi"], f"with input closed: {done}"[-600:])


WRITER = """
#include <stdio.h>
#include <windows.h>
int main(void) {
    DWORD written;
    while (WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), "line\\n", 5, &written, NULL)) {}
    fprintf(stderr, "error %lu\\n", GetLastError());
    return 3;
}
"""


@case("whole", ours="Windows programs run on any kernel; once is enough")
def exec_whose_output_nobody_reads() -> None:
    """`exec PROGRAM | head -1`: the program's next write fails, as on a pipe, and it ends."""
    if _unavailable():
        return
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "writer.c"
        source.write_text(WRITER, "utf-8")
        compile_gnu(source, Path(name) / "writer.exe")
        command = [str(ROOT / "neptune"), "exec", "--timeout", str(SECONDS), "writer.exe"]
        with subprocess.Popen(command, cwd=name, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as done:
            assert done.stdout and done.stderr
            expect(done.stdout.readline() == b"line\n", "no line")
            done.stdout.close()
            said = done.stderr.read()
        # ERROR_NO_DATA: the pipe is being closed. Before it stands what ninja says where the build is of another folder.
        said = re.sub(rb"^(ninja: |\[\d+/\d+\] ).*\n", b"", said, flags=re.MULTILINE)
        expect(done.returncode == 3 and said == b"error 232\r\n", f"{done.returncode} {said!r}")


@case("whole", ours="Windows programs run on any kernel; once is enough")
def exec_that_is_interrupted() -> None:
    """Ctrl-C at any moment leaves nothing behind and says nothing."""
    if _unavailable():
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places = folder / "places"
        places.mkdir()
        command = [str(ROOT / "neptune"), "exec", "--out", "out", "cmd", "/c", "echo x>file & pause"]
        environment = os.environ | {"TMPDIR": str(places)}
        for seconds in (0.4, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0):
            done = subprocess.Popen(
                command, cwd=name, env=environment, start_new_session=True,
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )
            time.sleep(seconds)
            os.killpg(done.pid, signal.SIGINT)
            said = done.communicate(timeout=SECONDS)[1]
            expect(done.returncode in (130, -signal.SIGINT), f"after {seconds} s: {done.returncode} {said!r}")
            # The interpreter's own beginning is not ours.
            expect(not said or b"KeyboardInterrupt" in said and b"tools/" not in said, f"after {seconds} s: {said!r}")
            expect(not list(places.iterdir()), f"after {seconds} s: {list(places.iterdir())}")
            left = subprocess.run(["ps", "-o", "stat=,args=", "-g", str(done.pid)], capture_output=True, text=True)
            alive = [line for line in left.stdout.splitlines() if not line.startswith("Z")]
            expect(not alive, f"after {seconds} s: {alive}")


@case("whole", ours="what goes along with a program needs no machine")
def exec_of_too_many_files() -> None:
    """Files beyond number and memory are told of before anything else is done."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "below").mkdir()
        for number in range(300):
            (folder / "below" / f"{number}").write_text("x")
        (folder / "p.exe").write_text("x")

        def refused(memory: int = 512) -> str:
            arguments = _arguments(folder / "p.exe")
            arguments.native, arguments.memory = True, memory
            try:
                cmd_exec.prepare(arguments)
            except SystemExit as error:
                return str(error)
            return ""

        expect(refused() == "", "300 files are refused")
        text = refused(2)
        expect("2 MB of memory" in text and "folder of its own" in text, text)
        before, cmd_exec.ENTRIES_MOST = cmd_exec.ENTRIES_MOST, 300
        text = refused()
        cmd_exec.ENTRIES_MOST = before
        expect("more than 300 files" in text, text)
