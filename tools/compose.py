# SPDX-License-Identifier: GPL-3.0-only
"""Puts a system together for one run: boot options and added files into the archive, then the wanted image."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import archive
import elf
import image
import scratch
import toolchain as tc
from ending import running
from machine import Media
from paths import ROOT, build_dir
from volume import SYSTEM32

KEEP = 60  # composed files kept for the next run


@dataclass(frozen=True)
class System:
    """What to boot. With neither options nor files added, the built images are used as they are."""

    config: str = "release"
    base: str = "neptune"  # or "test": the boot volume that also holds the test programs and drivers
    kernel: Path | None = None  # another seL4 kernel in place of ours
    root: Path | None = None  # another root server in place of the Executive
    boot_options: tuple[tuple[str, str], ...] = ()
    added: tuple[Path, ...] = field(default=())
    # Further files of the boot volume: names as in the archive (abi/boot/archive.h), and their contents.
    files: tuple[tuple[str, bytes], ...] = field(default=())


# Another seL4 kernel that takes the place of ours in every system of this program: `./neptune test --kernel`.
other_kernel: Path | None = None


def targets(system: System) -> list[str]:
    """What must be built first."""
    wanted = [] if system.kernel or other_kernel else ["kernel"]
    if system.root is None:
        wanted += [f"image/{system.base}.exe.elf", "image/executive.o"]
    return wanted


def _link(system: System, packed: bytes, folder: Path) -> Path:
    """Links the Executive around an archive; the result is kept under the archive's hash."""
    built = build_dir(system.config)
    body = built / "image/executive.o"
    key = hashlib.sha256(packed + body.read_bytes()).hexdigest()[:24]
    out = folder / f"{key}.elf"
    if scratch.is_there(out):
        return out
    script = ROOT / "executive/executive.ld"
    source = ROOT / "tools/archive.S"
    # Made in a folder of its own, as compiler and linker have files in the making too.
    with scratch.folder() as work, scratch.writing(out) as fresh:
        data, carrier, linked = work / "archive", work / "archive.o", work / "linked"
        data.write_bytes(packed)
        commands = [
            [*tc.EMBED.split(), f'-DARCHIVE="{data}"', "-c", str(source), "-o", str(carrier)],
            [*tc.LINK_ELF.split(), "-T", str(script), str(body), str(carrier), "-o", str(linked)],
            ["llvm-objcopy-19", "--strip-all", str(linked), str(linked)],
        ]
        for command in commands:
            with running(command, env={**os.environ, "TMPDIR": str(work)}) as process:
                if process.wait() != 0:
                    raise SystemExit("neptune: the root server cannot be linked")
        shutil.copyfile(linked, fresh)
    return out


def root_server(system: System) -> Path:
    """The ELF file of the root server to boot."""
    built = build_dir(system.config)
    if system.root:
        elf.bits(system.root)
        return system.root
    ready = built / f"image/{system.base}.exe.elf"
    if not system.boot_options and not system.added and not system.files:
        return ready
    files = archive.read_list(built / f"image/{system.base}.list", built)
    for path in system.added:
        files[f"{SYSTEM32}/{path.name}"] = path.read_bytes()
    files.update(system.files)
    added = "".join(f"{name}={value}\n" for name, value in system.boot_options).encode()
    files[archive.OPTIONS] = files.get(archive.OPTIONS, b"") + added
    return _link(system, archive.pack(files), built / "run")


_one_at_a_time = threading.Lock()


def media(system: System, kind: str) -> Media:
    """The files that a machine of image kind `kind` boots from, made when they are not there yet."""
    with _one_at_a_time:
        _forget_old(build_dir(system.config) / "run")
        return _media(system, kind)


def _forget_old(folder: Path) -> None:
    """Keeps the newest files of the run folder; each run with other options leaves one there."""
    ages: dict[Path, float] = {}
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):  # another program forgets too
            ages[path] = path.stat().st_mtime
    for path in sorted(ages, key=lambda path: ages[path])[:-KEEP]:
        path.unlink(missing_ok=True)


def _media(system: System, kind: str) -> Media:
    built = build_dir(system.config)
    run = built / "run"
    chosen = system.kernel or other_kernel
    kernel = elf.kernel32(chosen, run) if chosen else built / "kernel/kernel32.elf"
    root = root_server(system)
    for path in (kernel, root):
        if not path.exists():
            raise SystemExit(f"neptune: {path} is not built")
    if kind == "direct":
        return Media(kernel=kernel, root=root)
    form = "floppy" if kind == "floppy" else "iso"
    maker = (ROOT / "tools/image.py").read_bytes()
    key = hashlib.sha256(maker + kernel.read_bytes() + root.read_bytes()).hexdigest()[:24]
    disk = run / f"{key}.{form}"
    if not scratch.is_there(disk):
        with scratch.writing(disk) as fresh:
            image.make(form, fresh, kernel, root)
    return Media(disk=disk)
