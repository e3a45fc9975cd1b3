# SPDX-License-Identifier: GPL-3.0-only
"""A QEMU machine: from options to a command line, and a running process with serial line and QMP."""

from __future__ import annotations

import os
import selectors
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ending
import keyboard
import scratch
from picture import Picture
from qmp import Qmp, QmpError

QEMU = "qemu-system-x86_64"
OVMF_CODE = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
OVMF_VARS = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
SPARSE_ABOVE = 6144  # MB of guest memory from which it is a sparse file, which the host need not have
BOOT_KINDS = ("direct", "floppy", "iso", "uefi")


@dataclass(frozen=True)
class Options:
    """What a machine is like; the same for run, shell and tests."""

    image: str = "direct"  # one of BOOT_KINDS
    memory: int = 256  # MB
    accel: str = "tcg"  # tcg, kvm or auto
    icount: bool = False
    idle_at_once: bool = False  # with icount: an idle guest is at its next timer at once, however busy the host is
    cpu: str = "max"
    extra: tuple[str, ...] = ()  # further QEMU words
    audio: str = (
        ""  # where the PC speaker sounds: QEMU's audio driver with its options, as in "wav,path=FILE"
    )
    reboot: bool = True  # False: a reset ends QEMU


@dataclass(frozen=True)
class Media:
    """The files a machine boots from: kernel and root for `direct`, else the disk image."""

    kernel: Path | None = None
    root: Path | None = None
    disk: Path | None = None


def kvm_usable() -> bool:
    """KVM is taken only where the processor really has svm or vmx: some hosts show /dev/kvm without."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    words = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    return "svm" in words or "vmx" in words


def option_value(path: Path | None) -> str:
    """A file's name as the value of one of QEMU's options, which a comma ends unless it is doubled."""
    return str(path).replace(",", ",,")


def _module(media: Media, folder: Path) -> Path:
    """The root server by a name of its own in `folder`: `-initrd` takes a blank for the begin of arguments."""
    assert media.root
    link = folder / "root"
    link.symlink_to(media.root.resolve())
    return link


def _boot_words(options: Options, media: Media, folder: Path) -> list[str]:
    if options.image == "direct":
        return ["-kernel", str(media.kernel), "-initrd", str(_module(media, folder))]
    disk = option_value(media.disk)
    if options.image == "floppy":
        return ["-drive", f"if=floppy,format=raw,readonly=on,file={disk}", "-boot", "a"]
    words = ["-drive", f"if=ide,index=2,media=cdrom,format=raw,readonly=on,file={disk}", "-boot", "d"]
    if options.image == "uefi":
        variables = folder / "vars.fd"
        shutil.copyfile(OVMF_VARS, variables)
        words += ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={OVMF_CODE}"]
        words += ["-drive", f"if=pflash,format=raw,unit=1,file={variables}"]
    return words


def command(options: Options, media: Media, folder: Path) -> list[str]:
    """The QEMU command line without display and serial; `folder` takes the machine's scratch files."""
    accel = options.accel
    if accel == "auto":
        accel = "kvm" if kvm_usable() else "tcg"
    cpu = "host" if accel == "kvm" and options.cpu == "max" else options.cpu
    machine = f"pc,accel={accel}"
    words = [
        QEMU,
        "-nodefaults",
        "-no-user-config",
        "-vga",
        "std",
        "-cpu",
        cpu,
        "-m",
        str(options.memory),
        "-net",
        "none",
    ]
    if options.audio:
        driver, _, rest = options.audio.partition(",")
        machine += ",pcspk-audiodev=speaker"
        words += ["-audiodev", f"{driver},id=speaker" + (f",{rest}" if rest else "")]
    if options.memory > SPARSE_ABOVE:
        machine += ",memory-backend=ram"
        size = f"size={options.memory}M,mem-path={folder / 'ram'},share=on"
        words += ["-object", f"memory-backend-file,id=ram,{size}"]
    words += ["-machine", machine]
    if options.icount:
        words += ["-icount", f"shift=0,align=off,sleep={'off' if options.idle_at_once else 'on'}"]
    if not options.reboot:
        words += ["-no-reboot"]
    return words + _boot_words(options, media, folder) + list(options.extra)


def split_extra(text: str) -> tuple[str, ...]:
    return tuple(shlex.split(text))


@dataclass
class Machine:
    """A running machine without display. A context manager: leaving it ends QEMU and removes its files."""

    options: Options
    media: Media
    apart: bool = False  # Ctrl-C in the terminal is not QEMU's
    serial: bytearray = field(default_factory=bytearray)  # everything COM1 said

    def __enter__(self) -> Machine:
        self._scratch = scratch.folder()
        self.folder = self._scratch.__enter__()
        socket = self.folder / "qmp"
        words = command(self.options, self.media, self.folder)
        words += ["-display", "none", "-serial", "stdio", "-monitor", "none"]
        words += ["-qmp", f"unix:{socket},server=on,wait=off"]
        self._errors = (self.folder / "errors").open("w+")
        self.process = ending.start(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,
            process_group=0 if self.apart else None,
        )
        self._selector = selectors.DefaultSelector()
        assert self.process.stdout
        self._selector.register(self.process.stdout, selectors.EVENT_READ)
        self.started = time.monotonic()
        try:
            self.qmp = Qmp(socket)
        except QmpError:
            errors = self.errors()
            self.__exit__()
            raise SystemExit(f"neptune: QEMU does not start: {errors}") from None
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        ending.ended(self.process)
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()
        self._errors.close()
        self._scratch.__exit__(None, None, None)

    def errors(self) -> str:
        """What QEMU itself complained about."""
        return (self.folder / "errors").read_text(encoding="utf-8", errors="replace").strip()

    def read(self, timeout: float) -> bytes:
        """What the serial line says next, at once when there is something; empty after `timeout` seconds."""
        if not self._selector.select(timeout):
            return b""
        assert self.process.stdout
        data = os.read(self.process.stdout.fileno(), 65536)
        if not data:
            time.sleep(min(timeout, 0.05))
        self.serial += data
        return data

    def wait_exit(self, timeout: float) -> int | None:
        """Reads on until QEMU ends; its exit status, or None when time is up."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            self.read(0.1)
            if self.process.poll() is not None:
                while self.read(0):
                    pass
                return self.process.returncode
        return None

    def wait_for(self, text: bytes, timeout: float) -> bool:
        """Reads on until the serial line has said `text`."""
        deadline = time.monotonic() + timeout
        while text not in self.serial:
            self.read(0.1)
            if text in self.serial:
                break
            if time.monotonic() > deadline or self.process.poll() is not None:
                return False
        return True

    def press(self, keys: list[str]) -> None:
        """Presses and releases keys together on the PS/2 keyboard."""
        self.qmp.command("input-send-event", events=keyboard.events(keys))

    def send(self, data: bytes) -> None:
        """Bytes that are typed on the serial line."""
        assert self.process.stdin
        self.process.stdin.write(data)

    def press_rapidly(self, strokes: list[list[str]]) -> None:
        """Strokes one after the other, each key's way down and up an event of its own, a few microseconds apart."""
        events = [event for keys in strokes for event in keyboard.events(keys)]
        self.qmp.rapidly("input-send-event", [{"events": [event]} for event in events])

    def resets(self) -> int:
        """How often the machine was reset by its guest."""
        return sum(event["event"] == "RESET" for event in self._events())

    def powered_off(self) -> bool:
        """True when the guest turned the machine off."""
        return any(event["event"] == "SHUTDOWN" and event["data"].get("guest") for event in self._events())

    def _events(self) -> list[dict[str, Any]]:
        self.qmp.poll()
        return self.qmp.events

    def screenshot(self) -> Picture:
        path = self.folder / "screen.ppm"
        self.qmp.command("screendump", filename=str(path))
        return Picture.read_ppm(path)

    def memory(self, address: int, size: int) -> bytes:
        """Physical memory of the guest."""
        path = self.folder / "memory"
        self.qmp.command("pmemsave", val=address, size=size, filename=str(path))
        return path.read_bytes()

    def vga_text(self) -> list[str]:
        """The 25 lines of the VGA text screen."""
        cells = self.memory(0xB8000, 80 * 25 * 2)[::2]
        return [
            cells[at : at + 80].decode("cp437").replace("\0", " ").rstrip() for at in range(0, len(cells), 80)
        ]
