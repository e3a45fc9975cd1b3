# SPDX-License-Identifier: GPL-3.0-only
"""./neptune exec: runs a Windows program in a fresh machine without display, as if it were one of this system's."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import build
import caller_terminal
import channel as ch
import compose
import gdb
import libwine
import scratch
import windows
from caller_terminal import CallerTerminal
from exec_session import Session
from machine import Machine, Options
from paths import build_dir
from volume import OF_EXEC, SYSTEM32

FOLDER = "Users\\Public"  # of C:, where the program's folder lies
COMMAND_MOST = 32766  # UTF-16 units of a command line
ENVIRONMENT_MOST = 1 << 20  # characters of the variables that are given
FILES_MOST = 64 << 20  # bytes of a folder that go along
ENTRIES_MOST = 50_000  # files of it
OF_MEMORY = 4  # its files fill no more than one part in so many of the machine's memory, in whole pages
TIMED_OUT, NOT_STARTED = 124, 126
ENDED_BY_KEY = 128 + 3  # as by SIGQUIT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="a variable for the program")
    parser.add_argument("--memory", type=int, default=512, metavar="MB")
    parser.add_argument("--timeout", type=float, metavar="S", help="end the program after S seconds; exit code 124")
    parser.add_argument("--keep", action="store_true", help="a prompt in its machine when it has ended")
    parser.add_argument("--gdb", action="store_true", help="in gdb, from where the program is mapped on")
    parser.add_argument(
        "--gdb-command", action="append", default=[], metavar="COMMAND", help="run in gdb; then gdb ends"
    )
    parser.add_argument("--trace", action="store_true", help="print its service calls on standard error")
    parser.add_argument("--admin", action="store_true", help="with the administrator's rights")
    parser.add_argument("--native", action="store_true", help="a native program, without libwine's DLLs")
    parser.add_argument("--dll", action="append", default=[], metavar="NAME", help="one more of libwine's DLLs or programs")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where files go that the program has made or changed")
    parser.add_argument("--log", metavar="LIST", help="what the system logs, on standard error")
    parser.add_argument("--verbose", action="store_true", help="the serial line on standard error")
    parser.add_argument("program", metavar="PROGRAM")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGS")


def quoted(word: str) -> str:
    """A word of a command line, so that a program that splits by the usual rules of Windows gets it back."""
    if word and not set(word) & set(' \t"\n\v'):
        return word
    text, slashes = '"', 0
    for character in word:
        if character == '"':
            text += "\\" * slashes + "\\"
        slashes = slashes + 1 if character == "\\" else 0
        text += character
    return text + "\\" * slashes + '"'


@dataclass
class Program:
    """What to run, as the machine sees it."""

    image: str  # DOS path
    command: str
    folder: str
    files: dict[str, bytes] = field(default_factory=dict)  # names as in the boot archive
    missing: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)  # the variables that are given


class TooLarge(Exception):
    """A folder that does not fit into the machine."""


def _names_below(folder: Path) -> list[str]:
    """The files below a folder, as a/b, in order of their parts; folders that are links are not gone into."""
    names: list[str] = []
    for place, folders, found in os.walk(folder):
        relative = Path(place).relative_to(folder).as_posix()
        names += [name if relative == "." else f"{relative}/{name}" for name in found]
        folders.sort()
        if len(names) > ENTRIES_MOST:
            raise TooLarge(f"{folder} holds more than {ENTRIES_MOST} files")
    return sorted(names, key=lambda name: name.split("/"))


def _folder_files(folder: Path, memory: int) -> dict[str, bytes]:
    """A folder's files, those below it too, by the names that they have in the boot archive. Raises TooLarge: it does not
    go along, or not into so many MB."""
    files: dict[str, bytes] = {}
    folded: set[str] = set()
    total = pages = 0
    for name in _names_below(folder):
        path = folder / name
        if not path.is_file():
            continue
        why = _unfit(name, folded)
        data = b""
        if not why:
            try:
                with path.open("rb") as file:
                    data = file.read(FILES_MOST + 1 - total)
            except OSError as error:  # gone meanwhile, or not for the caller
                why = error.strerror or "cannot be read"
        if why:
            print(f"neptune: {ascii(str(path))} is left out: {why}", file=sys.stderr)
            continue
        total += len(data)
        pages += 1 + len(data) // 4096
        if total > FILES_MOST:
            raise TooLarge(f"{folder} holds more than {FILES_MOST >> 20} MB")
        if pages >> 8 > memory // OF_MEMORY:
            raise TooLarge(f"the files of {folder} do not fit into {memory} MB of memory (--memory)")
        folded.add(name.upper())
        files[f"\\{FOLDER}\\" + name.replace("/", "\\")] = data
    return files


def _unfit(name: str, folded: set[str]) -> str:
    """Why Windows has no file of this name beside those of `folded`, in upper case; empty when it can have one."""
    if any(character in '\\:*?"<>|' or character < " " for character in name):
        return "a character that no name has on Windows"
    if any("\ud800" <= character <= "\udfff" for character in name):
        return "its name is not UTF-8"
    if name.upper() in folded:
        return "another one differs by case alone"
    return ""


def _of_windows(images: list[Path], more: list[str]) -> tuple[dict[str, bytes], dict[str, str]]:
    try:
        found = libwine.closure(images, tuple(more))
        tables = libwine.tables()
        assemblies = libwine.assemblies(images)
    except libwine.Unavailable as error:
        raise SystemExit(f"neptune: {error}") from None
    files = {f"{SYSTEM32}/{name}": path.read_bytes() for name, path in {**found.files, **tables}.items()}
    return {**assemblies, **files, **windows.databases()}, found.missing


def _environment(given: list[str]) -> dict[str, str]:
    """The variables, in the order of an environment; the last of a name holds, whatever its case. One without a name is none."""
    folded = {}
    for text in given:
        name, _, value = text.partition("=")
        if name:
            folded[name.upper()] = (name, value)
    environment = dict(folded[name] for name in sorted(folded))
    if sum(len(name) + len(value) + 2 for name, value in environment.items()) > ENVIRONMENT_MOST:
        raise SystemExit(f"neptune: the variables are longer than {ENVIRONMENT_MOST} characters")
    return environment


def prepare(arguments: argparse.Namespace) -> Program:
    path = Path(arguments.program)
    folder = f"C:\\{FOLDER}"
    files: dict[str, bytes] = {}
    images: list[Path] = []
    more = list(arguments.dll)
    if path.is_file():
        image = f"{folder}\\{path.name}"
        try:
            files = _folder_files(path.resolve().parent, arguments.memory)
        except TooLarge as error:
            raise SystemExit(f"neptune: {error}; put the program in a folder of its own") from None
        names = [name.removeprefix(f"\\{FOLDER}\\").replace("\\", "/") for name in files]
        images = [path.resolve().parent / name for name in names if name.lower().endswith((".exe", ".dll"))]
        images.insert(0, path)
    else:
        name = path.name if path.suffix else f"{path.name}.exe"
        if arguments.native or "/" in arguments.program:
            raise SystemExit(f"neptune: there is no file {path}")
        image = f"C:\\Windows\\System32\\{name}"
        try:
            files = _folder_files(Path.cwd(), arguments.memory)
        except TooLarge as error:
            print(f"neptune: {error}: it is left out", file=sys.stderr)
        more.append(name)
    missing: dict[str, str] = {}
    if not arguments.native:
        windows, missing = _of_windows(images, more)
        if not path.is_file() and f"{SYSTEM32}/{Path(image.replace(chr(92), '/')).name}" not in windows:
            raise SystemExit(f"neptune: there is no file {path}, and libwine has no such program")
        files = {**windows, **files}
    command = " ".join(quoted(word) for word in [path.name, *arguments.arguments])
    if len(command.encode("utf-16-le", "surrogatepass")) > 2 * COMMAND_MOST:
        raise SystemExit(f"neptune: the command line is longer than {COMMAND_MOST} characters, the most that Windows takes")
    return Program(image, command, folder, files, missing, _environment(arguments.env))


def targets() -> list[str]:
    """What must be built first."""
    return ["kernel", "image/neptune.exe.elf", "image/executive.o", *(f"pe/{name}" for name in OF_EXEC)]


def system(arguments: argparse.Namespace, program: Program) -> compose.System:
    built = build_dir(arguments.config)
    files = dict(program.files)
    for name in OF_EXEC:
        folder = f"{SYSTEM32}/drivers" if name.endswith(".sys") else SYSTEM32
        files[f"{folder}/{name}"] = (built / "pe" / name).read_bytes()
    files[f"{SYSTEM32}/config/seed.reg"] = windows.seed(arguments.config, "windows.seed", "exec.seed")
    options = []
    logs = [arguments.log] if arguments.log else []
    if arguments.trace:
        logs.append("trace:" + program.image.rpartition("\\")[2])
    if debugged(arguments):
        logs.append(gdb.REPORT_PROCESSES)
        options.append(gdb.REPORT_IMAGES)
    if logs:
        options.append(("log", ",".join(logs)))
    return compose.System(
        config=arguments.config, boot_options=tuple(options), files=tuple(sorted(files.items()))
    )


def debugged(arguments: argparse.Namespace) -> bool:
    return bool(arguments.gdb or arguments.gdb_command)


def _bring_back(session: Session, program: Program, arguments: argparse.Namespace) -> None:
    """Writes what is new or different below --out; nothing that a name could lead elsewhere."""
    out: Path | None = arguments.out
    if not out or session.failed:
        return
    for file in session.files(program.folder) or []:
        parts = file.name.split("\\")
        if any(part in ("", ".", "..") or "/" in part or "\0" in part for part in parts):
            continue
        if program.files.get(f"\\{FOLDER}\\{file.name}") == file.data:
            continue
        path = out.joinpath(*parts)
        if file.flags & ch.FILE_FOLDER:
            continue  # made with what is in it
        path.parent.mkdir(parents=True, exist_ok=True)
        with scratch.writing(path) as whole:
            whole.write_bytes(file.data)


def exit_code(status: int) -> int:
    """The low eight bits are all that this system passes on; a failure never looks like success."""
    code = status & 0xFF
    return code or (255 if status else 0)


def _tell(session: Session, program: Program) -> None:
    """Why a program did not start, or ended as none ends by itself."""
    status = session.status or 0
    if session.failed:
        print(f"neptune: {program.image} cannot be started: status {status:08x}", file=sys.stderr)
    elif status & 0x80000000:
        print(f"neptune: {program.image} ended with status {status:08x}", file=sys.stderr)
    else:
        return
    if session.said and not session.echo:
        sys.stderr.write(session.said.decode("latin-1").replace("\r", ""))
    for name, importer in program.missing.items():
        print(f"neptune: {name}, which {importer} imports, is nowhere", file=sys.stderr)


def _order(arguments: argparse.Namespace, program: Program, terminals: int) -> bytes:
    """`terminals`: which standard handles are the caller's terminal, bits 0 to 2."""
    console = sum(flag for number, flag in enumerate(ch.START_CONSOLE) if terminals >> number & 1)
    return ch.start_order(
        program.image, program.command, program.folder + "\\", program.environment, arguments.admin, console
    )


def _run_in_gdb(arguments: argparse.Namespace, program: Program, session: Session, order: bytes, socket: Path) -> bool:
    """The program runs while gdb has the terminal; False when gdb has ended before it. Either takes the machine along."""

    def run() -> None:
        if session.run(order, None, None):
            _bring_back(session, program, arguments)
            ended.set()
        session.machine.process.kill()

    ended = threading.Event()
    thread = threading.Thread(target=run)
    serial = socket.with_name("serial")
    session.record = serial.open("wb", buffering=0)
    thread.start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # gdb's own: it stops the machine
    commands = [f"neptune-until {program.image.rpartition(chr(92))[2]}", *arguments.gdb_command]
    words = gdb.words(arguments.config, socket, serial, commands, [Path(arguments.program).resolve().parent])
    subprocess.run(words + (["-batch"] if arguments.gdb_command else []), check=False)
    session.machine.process.kill()
    thread.join()
    return ended.is_set()


def _keep(session: Session, arguments: argparse.Namespace, program: Program) -> None:
    """A prompt in the machine as the program has left it, until `exit`."""
    status, failed = session.status, session.failed
    session.tell(f"neptune: {program.image} has ended with {exit_code(status or 0)}; `exit` ends its machine\n")
    shell = Program("C:\\Windows\\System32\\ntcmd.exe", "ntcmd", program.folder, environment=program.environment)
    session.run(_order(arguments, shell, 7))
    session.status, session.failed, session.given_up = status, failed, False


def _not_ended(arguments: argparse.Namespace, program: Program, session: Session, seconds: float) -> int:
    if session.given_up or debugged(arguments):
        print(f"neptune: {program.image} was ended", file=sys.stderr)
        return ENDED_BY_KEY
    if arguments.timeout and seconds > arguments.timeout:
        print(f"neptune: {program.image} was ended after {arguments.timeout:g} s", file=sys.stderr)
        return TIMED_OUT
    print("neptune: the machine did not go on:", file=sys.stderr)
    sys.stderr.write(bytes(session.machine.serial).decode("latin-1").replace("\r", ""))
    return NOT_STARTED


def _terminals(arguments: argparse.Namespace) -> int:
    """Which standard handles of the program are the caller's terminal, bits 0 to 2: gdb has it for itself."""
    terminals = 0 if debugged(arguments) else caller_terminal.standard_handles()
    if arguments.keep and not terminals:
        raise SystemExit("neptune: --keep wants a terminal, and not gdb at the same time")
    return terminals


def main(arguments: argparse.Namespace) -> int:
    terminals = _terminals(arguments)
    program = prepare(arguments)
    build.build(arguments.config, targets(), quiet=True)
    media = compose.media(system(arguments, program), "direct")
    with scratch.folder() as folder, contextlib.ExitStack() as stack:
        channel = ch.Channel(folder, terminal=terminals != 0)
        socket = folder / "gdb"
        extra = channel.qemu_words() + (gdb.stub_words(socket) if debugged(arguments) else ())
        options = Options(memory=arguments.memory, accel="auto", reboot=False, extra=extra)
        with Machine(options, media, apart=debugged(arguments)) as machine:
            echo = arguments.verbose or arguments.trace or bool(arguments.log)
            terminal = stack.enter_context(CallerTerminal()) if terminals else None
            standard_input = None if terminals & 1 or debugged(arguments) else 0
            session = Session(machine, channel, echo, standard_input, terminal)
            begun = time.monotonic()
            order = _order(arguments, program, terminals)
            if debugged(arguments):
                ended = _run_in_gdb(arguments, program, session, order, socket)
            else:
                ended = session.run(order, arguments.timeout)
            if ended and arguments.keep:
                _keep(session, arguments, program)
            stack.close()  # what is said from now on is said in a terminal as it was
            if not ended:
                return _not_ended(arguments, program, session, time.monotonic() - begun)
            if not debugged(arguments):
                _bring_back(session, program, arguments)
            _tell(session, program)
            return NOT_STARTED if session.failed else exit_code(session.status or 0)
