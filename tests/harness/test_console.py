# SPDX-License-Identifier: GPL-3.0-only
"""The console typed at as by a person: `./neptune exec` through a pseudo terminal, `./neptune run` on the emulated
keyboard and over the serial line."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import tempfile
import termios
import time
from pathlib import Path

import compose
import libwine
import windows
from cases import case, expect
from paths import ROOT
from shell import Shell
from support import CONFIG, booted, contract_system, options, record
from terminal import Terminal

SECONDS = 120.0
PROMPT = "C:\\Users\\Public>"
ROWS, COLUMNS = 30, 100


class Typist:
    """A program under `./neptune exec` in a terminal of ROWS by COLUMNS."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execv(ROOT / "neptune", ["neptune", "exec", *words])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.terminal = Terminal(COLUMNS)
        self.raw = b""

    def _pump(self, seconds: float) -> bool:
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.raw += data
        self.terminal.feed(data.decode("utf-8", "replace").replace("\x1b]0;", "").replace("\a", ""))
        return bool(data)

    def screen(self) -> list[str]:
        return self.terminal.lines(0, self.terminal.row + 1)

    def wait(self, text: str) -> None:
        """Until the cursor stands behind this text, and nothing more comes."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if not self._pump(0.3) and self.terminal.before_cursor().endswith(text):
                return
        expect(False, f"no {text!r} at the cursor of\n" + "\n".join(self.screen()))

    def type(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def mode(self) -> list[object]:
        return termios.tcgetattr(self.fd)

    def end(self) -> int:
        """Its exit code."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            self._pump(0.2)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, 15)
        os.waitpid(self.pid, 0)
        expect(False, "it does not end:\n" + "\n".join(self.screen()))
        return -1


def _unavailable() -> bool:
    try:
        libwine.ensure()
    except libwine.Unavailable as error:
        print(f"neptune: left out, whole/*_in_a_terminal: {error}", flush=True)
        return True
    return False


@case("whole", ours="Windows programs run on any kernel; once is enough")
def commands_in_a_terminal() -> None:
    """Lines are edited and recalled, Ctrl-C gives one up and ends what runs, the exit code comes back."""
    if _unavailable():
        return
    with tempfile.TemporaryDirectory() as name:
        typist = Typist(Path(name), "cmd.exe")
        before = typist.mode()
        typist.wait(PROMPT)
        typist.type("ehco hi\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x7fc\x1b[3~h\x1b[C\x1b[F there\r")
        typist.wait(PROMPT)
        expect("hi there" in typist.screen(), "\n".join(typist.screen()))
        typist.type("nonsense\x03")
        typist.wait(PROMPT)
        typist.type("\x1b[A\r")
        typist.wait(PROMPT)
        expect(typist.screen().count("hi there") == 2, "\n".join(typist.screen()))
        expect(not any("recognize" in line for line in typist.screen()), "\n".join(typist.screen()))
        typist.type("exit 3\r")
        code = typist.end()
        expect(code == 3, f"exit code {code}")
        expect(typist.mode() == before, "the terminal is not as it was")


@case("whole", ours="Windows programs run on any kernel; once is enough")
def a_machine_is_kept() -> None:
    """After the program a prompt in its folder, as it has left it; the exit code is the program's, the files too."""
    if _unavailable():
        return
    with tempfile.TemporaryDirectory() as name:
        typist = Typist(Path(name), "--keep", "--out", "out", "cmd.exe", "/c", "echo left>file & exit 5")
        typist.wait("> ")
        expect(any("has ended with 5" in line for line in typist.screen()), "\n".join(typist.screen()))
        typist.type("type file\r")
        typist.wait("> ")
        expect("left" in typist.screen(), "\n".join(typist.screen()))
        typist.type("echo more > also\r")
        typist.wait("> ")
        typist.type("exit\r")
        code = typist.end()
        expect(code == 5, f"exit code {code}")
        files = {path.name: path.read_text().split() for path in (Path(name) / "out").iterdir()}
        expect(files == {"file": ["left"], "also": ["more"]}, f"{files}")


class Keys:
    """Types on the emulated keyboard."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    def type(self, text: str) -> None:
        self.shell.type(text)

    def press(self, *keys: str) -> None:
        self.shell.press(*keys)
        self.shell.settle()


class Line(Keys):
    """Types at the other end of the serial line, as a terminal sends it."""

    _SENT = {
        ("ret",): b"\r",
        ("left",): b"\x1b[D",
        ("right",): b"\x1b[C",
        ("end",): b"\x1b[F",
        ("backspace",): b"\x7f",
        ("up",): b"\x1b[A",
        ("tab",): b"\t",
        ("ctrl", "c"): b"\x03",
    }
    _BREAK = ("ctrl", "pause")  # on the line a BREAK

    def type(self, text: str) -> None:
        self.shell.machine.send(text.encode())
        self.shell.settle()

    def press(self, *keys: str) -> None:
        if keys == self._BREAK:
            self.shell.machine.qmp.command("chardev-send-break", id="serial0")
        else:
            self.shell.machine.send(self._SENT[keys])
        self.shell.settle()


def _wait(shell: Shell, prompt: str) -> None:
    """Until the cursor stands behind this prompt, and nothing more comes."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        shell.settle(0.3)
        if shell.terminal.before_cursor() == prompt:
            return
    expect(False, f"no {prompt!r} at the cursor of\n" + "\n".join(shell.screen()[-12:]))


def _shown(shell: Shell) -> str:
    return "\n".join(shell.screen()[-30:])


def _type_with_a_slip(keys: Keys) -> None:
    """`echo hi there`, with letters in the wrong order at first."""
    keys.type("ehco hi")
    for key in ("left", "left", "left", "left", "left", "backspace"):
        keys.press(key)
    keys.press("right")
    keys.type("h")
    keys.press("end")
    keys.type(" there")
    keys.press("ret")


def _ntcmd_session(shell: Shell, keys: Keys) -> None:
    """Editing, history, completion; Ctrl-C gives a line up, and stops a command and a program."""
    _type_with_a_slip(keys)
    _wait(shell, "\\SystemRoot> ")
    expect("hi there" in shell.screen()[-4:], _shown(shell))
    keys.type("upt")
    keys.press("tab")
    expect(shell.terminal.before_cursor() == "\\SystemRoot> uptime ", _shown(shell))
    keys.press("ctrl", "c")
    _wait(shell, "\\SystemRoot> ")
    expect("\\SystemRoot> uptime ^C" in shell.screen(), _shown(shell))
    for command in ("sleep 1000", "hog 8"):
        keys.type(command)
        keys.press("ret")
        time.sleep(0.5)
        keys.press("ctrl", "c")
        _wait(shell, "\\SystemRoot> ")
        expect(shell.screen()[-2] == "^C", _shown(shell))
    _interrupts(shell, keys)
    keys.type("ntcmd")
    keys.press("ret")
    _wait(shell, "\\SystemRoot> ")
    # Another one has lines of its own.
    keys.press("up")
    expect(shell.terminal.before_cursor() == "\\SystemRoot> ", _shown(shell))
    keys.type("exi")
    keys.press("ctrl", "c")
    _wait(shell, "\\SystemRoot> ")
    keys.type("exit 5")
    keys.press("ret")
    _wait(shell, "\\SystemRoot> ")
    keys.type("echo %ERRORLEVEL%")
    keys.press("ret")
    _wait(shell, "\\SystemRoot> ")
    expect(shell.screen()[-2] == "5", _shown(shell))


def _interrupts(shell: Shell, keys: Keys) -> None:
    """Both are told apart; the first 64 of the console's processes are not all; what is typed is given up."""
    for others, pressed, event in ((0, ("ctrl", "c"), 0), (70, ("ctrl", "c"), 0), (0, ("ctrl", "pause"), 1)):
        keys.type(f"consoles await {others}")
        keys.press("ret")
        _wait_for(shell, "awaits an event")
        keys.press(*pressed)
        _wait(shell, "\\SystemRoot> ")
        expect(f"event {event}" in shell.screen()[-3:], _shown(shell))
        keys.type("echo %ERRORLEVEL%")
        keys.press("ret")
        _wait(shell, "\\SystemRoot> ")
        expect(shell.screen()[-2] == str(70 + event), _shown(shell))
    keys.type("echo never")
    keys.press("ctrl", "pause")
    _wait(shell, "\\SystemRoot> ")
    expect("\\SystemRoot> echo never^C" in shell.screen()[-3:], _shown(shell))
    keys.type("sleep 1000")
    keys.press("ret")
    time.sleep(0.5)
    keys.press("ctrl", "pause")
    _wait(shell, "\\SystemRoot> ")


def _wait_for(shell: Shell, line: str) -> None:
    """Until this is the last line on the screen but for the cursor's."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        shell.settle(0.3)
        if shell.screen()[-2:-1] == [line] or shell.screen()[-1:] == [line]:
            return
    expect(False, f"no {line!r}:\n" + _shown(shell))


@case("whole")
def a_shell_typed_at_on_the_keyboard() -> None:
    with booted(contract_system("test")) as shell:
        _ntcmd_session(shell, Keys(shell))


@case("whole")
def a_shell_typed_at_over_the_serial_line() -> None:
    """Without a keyboard controller: the prompt is there, and a terminal at the line is enough."""
    with booted(contract_system("test"), options(extra=("-machine", "i8042=off"))) as shell:
        _ntcmd_session(shell, Line(shell))


@case("whole")
def a_shell_started_beside_takes_no_keys() -> None:
    """What `start` has started does not read from the console: every key is the first shell's."""
    with booted(contract_system("test")) as shell:
        shell.type("start ntcmd")
        shell.press("ret")
        shell.settle(1.0)
        expect("ntcmd: nothing to read from" in _shown(shell), _shown(shell))
        for number in range(5):
            shown = shell.run(f"echo all of it {number}")
            expect(shown == [f"all of it {number}"], f"keys went elsewhere: {shown}")


def _cmd_session(shell: Shell, keys: Keys) -> None:
    keys.type("cmd")
    keys.press("ret")
    prompt = "C:\\Windows>"
    _wait(shell, prompt)
    _type_with_a_slip(keys)
    _wait(shell, prompt)
    expect("hi there" in shell.screen(), _shown(shell))
    keys.press("up")
    keys.press("ret")
    _wait(shell, prompt)
    expect(shell.screen().count("hi there") == 2, _shown(shell))
    keys.type("nonsense")
    keys.press("ctrl", "c")
    _wait(shell, prompt)
    for command, answer in (
        ("echo one> \\Users\\Public\\one.txt", None),
        ("type \\Users\\Public\\one.txt", "one"),
        ("for %i in (1 2 3) do @echo number %i", "number 3"),
        ("dir /b \\Users\\Public | find \"one\"", "one.txt"),
        ("ver", "Microsoft Windows 10.0.19045"),
    ):
        keys.type(command)
        keys.press("ret")
        _wait(shell, prompt)
        expect(answer is None or answer in shell.screen()[-8:], f"{command}: {_shown(shell)}")
    shell.machine.screenshot().write_png(record(f"cmd-{type(keys).__name__.lower()}.png"))
    keys.type("exit 3")
    keys.press("ret")
    _wait(shell, "\\SystemRoot> ")
    keys.type("echo %ERRORLEVEL%")
    keys.press("ret")
    _wait(shell, "\\SystemRoot> ")
    expect(shell.screen()[-2] == "3", _shown(shell))


def _with_windows() -> compose.System:
    return compose.System(config=CONFIG, files=tuple(sorted(windows.files(CONFIG).items())))


@case("whole", ours="Windows programs run on any kernel; once is enough")
def cmd_typed_at_on_the_keyboard() -> None:
    if not _unavailable():
        with booted(_with_windows(), options(memory=512)) as shell:
            _cmd_session(shell, Keys(shell))


@case("whole", ours="Windows programs run on any kernel; once is enough")
def cmd_typed_at_over_the_serial_line() -> None:
    if not _unavailable():
        with booted(_with_windows(), options(memory=512)) as shell:
            _cmd_session(shell, Line(shell))


@case("whole")
def the_consoles_host_is_killed() -> None:
    """Another one and another shell are there soon; twice over. What was shown and entered is there."""
    with booted(contract_system("test")) as shell:
        shell.run("doskey /listsize=9")
        for number in range(2):
            expect(shell.run(f"echo shown {number}") == [f"shown {number}"], _shown(shell))
            shell.type("kill conhost.exe")
            row = shell.terminal.row
            shell.press("ret")
            shell.wait_prompt("starting the console's host again", row)
            expect(shell.run("echo here again") == ["here again"], _shown(shell))
            expect(shell.run(f"consoles begins shown {number}") == ["it does"], _shown(shell))
            expect(shell.run("consoles begins nothing of this") == ["it does not"], _shown(shell))
            lines = shell.run("doskey /history")
            expect(f"echo shown {number}" in lines and "kill conhost.exe" in lines, f"{lines}")
            expect(len(lines) <= 9, f"{lines}")
        hosts = [line for line in shell.run("ps") if line.endswith("conhost.exe")]
        expect(len(hosts) == 1, f"the console's hosts: {hosts}")
