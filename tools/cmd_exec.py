# SPDX-License-Identifier: GPL-3.0-only
"""./neptune exec: runs a Windows program in a fresh machine without display, as if it were one of this system's."""

from __future__ import annotations

import argparse
import contextlib
import os
import selectors
import struct
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import build
import caller_terminal
import channel as ch
import compose
import libwine
import scratch
import windows
from caller_terminal import CallerTerminal
from machine import Machine, Options
from paths import build_dir
from volume import OF_EXEC, SYSTEM32

FOLDER = "Users\\Public"  # of C:, where the program's folder lies
FILES_MOST = 64 << 20  # bytes of a folder that go along
REPORT_SILENCE = 0.5  # seconds after which nothing more is said of a crash
TIMED_OUT, NOT_STARTED = 124, 126
ENDED_BY_KEY = 128 + 3  # as by SIGQUIT
BOOT_SECONDS = 180.0  # on a host with much other work


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="a variable for the program")
    parser.add_argument("--memory", type=int, default=512, metavar="MB")
    parser.add_argument("--timeout", type=float, metavar="S", help="end the program after S seconds; exit code 124")
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


class TooLarge(Exception):
    """A folder that does not fit into the machine."""


def _folder_files(folder: Path) -> dict[str, bytes]:
    """A folder's files, those below it too, by the names that they have in the boot archive. Raises TooLarge."""
    files: dict[str, bytes] = {}
    total = 0
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        total += path.stat().st_size
        if total > FILES_MOST:
            raise TooLarge(f"{folder} holds more than {FILES_MOST >> 20} MB")
        name = path.relative_to(folder).as_posix().replace("/", "\\")
        files[f"\\{FOLDER}\\{name}"] = path.read_bytes()
    return files


def _of_windows(images: list[Path], more: list[str]) -> tuple[dict[str, bytes], dict[str, str]]:
    try:
        found = libwine.closure(images, tuple(more))
        tables = libwine.tables()
    except libwine.Unavailable as error:
        raise SystemExit(f"neptune: {error}") from None
    files = {f"{SYSTEM32}/{name}": path.read_bytes() for name, path in {**found.files, **tables}.items()}
    return files, found.missing


def prepare(arguments: argparse.Namespace) -> Program:
    path = Path(arguments.program)
    folder = f"C:\\{FOLDER}"
    files: dict[str, bytes] = {}
    images: list[Path] = []
    more = list(arguments.dll)
    if path.is_file():
        image = f"{folder}\\{path.name}"
        try:
            files = _folder_files(path.resolve().parent)
        except TooLarge as error:
            raise SystemExit(f"neptune: {error}; put the program in a folder of its own") from None
        images = [p for p in sorted(path.resolve().parent.rglob("*")) if p.suffix.lower() in (".exe", ".dll")]
        images = [path, *(p for p in images if p.is_file())]
    else:
        name = path.name if path.suffix else f"{path.name}.exe"
        if arguments.native or "/" in arguments.program:
            raise SystemExit(f"neptune: there is no file {path}")
        image = f"C:\\Windows\\System32\\{name}"
        try:
            files = _folder_files(Path.cwd())
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
    return Program(image, command, folder, files, missing)


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
    if logs:
        options.append(("log", ",".join(logs)))
    return compose.System(
        config=arguments.config, boot_options=tuple(options), files=tuple(sorted(files.items()))
    )


class Session:
    """Programs, one after the other, in one machine: moves what there is to move until a program has ended."""

    def __init__(
        self,
        machine: Machine,
        channel: ch.Channel,
        echo: bool = False,
        standard_input: int | None = None,
        terminal: CallerTerminal | None = None,
    ) -> None:
        self.machine, self.channel, self.echo = machine, channel, echo
        self.said = bytearray()  # by the system, on COM1, since the first program was started
        self.status: int | None = None  # of the program that has ended last
        self.failed = False  # it could not even be started
        self.started = False
        self.sink = _write_all
        self._reports = bytearray()
        self._input = bytearray()
        self._stdin = standard_input
        self._selector = selectors.DefaultSelector()
        self._reads_input = False
        self._selector.register(channel.connect(), selectors.EVENT_READ)
        assert machine.process.stdout
        self._com1 = machine.process.stdout.fileno()
        self._selector.register(self._com1, selectors.EVENT_READ)
        self._terminal = terminal
        self._typed = bytearray()
        self.given_up = False  # the key that ends the machine was pressed
        if terminal:
            self._typed += terminal.size_text()
            self._selector.register(terminal.fd, selectors.EVENT_READ)
            self._selector.register(terminal.wakeup, selectors.EVENT_READ)

    def send(self, order: bytes) -> None:
        while order:
            order = order[self.channel.write(ch.ORDERS, order) :]

    def _want_input(self, wanted: bool) -> None:
        if wanted == self._reads_input or self._stdin is None:
            return
        self._reads_input = wanted
        if not wanted:
            self._selector.unregister(self._stdin)
            return
        try:
            self._selector.register(self._stdin, selectors.EVENT_READ)
        except PermissionError:  # a file is always ready, and epoll takes none
            self._reads_input = False
            self._take_input()

    def _take_input(self) -> None:
        assert self._stdin is not None
        try:
            data = os.read(self._stdin, 65536)
        except OSError:
            data = b""
        self._input += data
        if not data:
            self._want_input(False)
            self._stdin = None

    def _move_input(self) -> None:
        while True:
            if self._input:
                moved = self.channel.write(ch.INPUT, bytes(self._input))
                del self._input[:moved]
                if self._input and not self.channel.await_room(ch.INPUT):
                    continue
                if self._input:
                    self._want_input(False)
                    return
            if self._stdin is None:
                self.channel.close(ch.INPUT)
                return
            self._want_input(True)
            if not self._input and self._stdin is not None:
                return

    def _move_typed(self) -> None:
        while self._typed:
            moved = self.channel.write(ch.CONSOLE_INPUT, bytes(self._typed))
            del self._typed[:moved]
            if self._typed and self.channel.await_room(ch.CONSOLE_INPUT):
                return

    def _take_typed(self) -> None:
        assert self._terminal
        try:
            data = os.read(self._terminal.fd, 4096)
        except OSError:
            data = b""
        if not data or caller_terminal.END_KEY in data:
            self.given_up = True
        self._typed += data

    def _move_output(self) -> None:
        for pipe, number in ((ch.OUTPUT, 1), (ch.ERROR, 2)):
            while data := self.channel.read(pipe):
                try:
                    self.sink(number, data)
                except BrokenPipeError:
                    self.channel.refuse(pipe)
                    break
        while self._terminal and (data := self.channel.read(ch.CONSOLE_OUTPUT)):
            _write_all(self._terminal.fd, data)
        while data := self.channel.read(ch.REPORTS):
            self._reports += data

    def _take_reports(self) -> None:
        while report := ch.take_report(self._reports):
            kind, body = report
            if kind == ch.REPORT_STARTED:
                self.started = True
            elif kind in (ch.REPORT_ENDED, ch.REPORT_FAILED):
                self.status = struct.unpack("<I", body)[0]
                self.failed = kind == ch.REPORT_FAILED

    def _take_com1(self) -> bool:
        data = os.read(self._com1, 65536)
        self.machine.serial += data
        if self.started:
            self.said += data
        if self.echo:
            _write_all(2, data.replace(b"\r", b""))
        return bool(data)

    def _wait(self, seconds: float) -> bool:
        """Until there is something to do, or the seconds are over; False when the machine has ended."""
        for key, _ in self._selector.select(max(0.0, seconds)):
            if key.fd == self._com1:
                if not self._take_com1() and self.machine.process.poll() is not None:
                    return False
            elif key.fd == self._stdin:
                self._take_input()
            elif self._terminal and key.fd == self._terminal.fd:
                self._take_typed()
            elif self._terminal and key.fileobj is self._terminal.wakeup:
                self._terminal.take_wakeup()
                self._typed += self._terminal.size_text()
            else:
                self.channel.rung()
        return True

    def run(self, order: bytes, timeout: float | None = None) -> bool:
        """Starts a program and waits for its end; False when its time is up or the machine has ended first."""
        self.status, begun = None, time.monotonic()
        deadline = None if timeout is None else begun + timeout
        self.send(order)
        while self.status is None:
            self._move_input()
            self._move_typed()
            self._move_output()
            self._take_reports()
            if self.given_up:
                return False
            now = time.monotonic()
            late = deadline is not None and now > deadline
            if self.status is None and (late or (not self.started and now - begun > BOOT_SECONDS)):
                return False
            if self.status is None and not self._wait(1.0 if deadline is None else min(1.0, deadline - now)):
                return False
        # What it wrote is there since before its end was reported.
        self._move_output()
        # What the system says of a crash comes from a queue, a few characters at a time.
        silence = REPORT_SILENCE if self.status & 0x80000000 else 0.0
        while self._selector.select(silence) and self._wait(0):
            pass
        return True


    def files(self, folder: str) -> list[ch.File] | None:
        """The files of a folder as they are now; None when the machine has ended first."""
        self.send(ch.get_order(folder))
        data, found = bytearray(), list[ch.File]()
        while True:
            while more := self.channel.read(ch.GET):
                data += more
            while file := ch.take_file(data):
                if not file.name:
                    if file.flags & ch.FILE_INCOMPLETE:
                        print("neptune: not all files could be read", file=sys.stderr)
                    return found
                found.append(file)
            if not self._wait(1.0):
                return None


def _bring_back(session: Session, program: Program, out: Path) -> None:
    """Writes what is new or different below `out`; nothing that a name could lead elsewhere."""
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
        path.write_bytes(file.data)


def _write_all(number: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(number, view) :]


def exit_code(status: int) -> int:
    """The low eight bits are all that this system passes on; what ended by an exception never looks like success."""
    code = status & 0xFF
    return code or (255 if status & 0x80000000 else 0)


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


def main(arguments: argparse.Namespace) -> int:
    program = prepare(arguments)
    build.build(arguments.config, targets(), quiet=True)
    media = compose.media(system(arguments, program), "direct")
    environment = dict(text.partition("=")[::2] for text in arguments.env)
    handles = caller_terminal.standard_handles()
    with scratch.folder() as folder, contextlib.ExitStack() as stack:
        channel = ch.Channel(folder, terminal=handles != 0)
        options = Options(memory=arguments.memory, accel="auto", reboot=False, extra=channel.qemu_words())
        with Machine(options, media) as machine:
            echo = arguments.verbose or arguments.trace or bool(arguments.log)
            terminal = stack.enter_context(CallerTerminal()) if handles else None
            standard_input = None if handles & 1 else 0
            session = Session(machine, channel, echo, standard_input, terminal)
            folder_name = program.folder + "\\"
            console = sum(flag for number, flag in enumerate(ch.START_CONSOLE) if handles >> number & 1)
            order = ch.start_order(
                program.image, program.command, folder_name, environment, arguments.admin, console
            )
            begun = time.monotonic()
            ended = session.run(order, arguments.timeout)
            stack.close()  # what is said from now on is said in a terminal as it was
            if session.given_up:
                print(f"neptune: {program.image} was ended", file=sys.stderr)
                return ENDED_BY_KEY
            if not ended:
                if arguments.timeout and time.monotonic() - begun > arguments.timeout:
                    print(f"neptune: {program.image} was ended after {arguments.timeout:g} s", file=sys.stderr)
                    return TIMED_OUT
                print("neptune: the machine did not go on:", file=sys.stderr)
                sys.stderr.write(bytes(machine.serial).decode("latin-1").replace("\r", ""))
                return NOT_STARTED
            if arguments.out and not session.failed:
                _bring_back(session, program, arguments.out)
            _tell(session, program)
            return NOT_STARTED if session.failed else exit_code(session.status or 0)
