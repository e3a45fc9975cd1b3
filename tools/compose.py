# SPDX-License-Identifier: GPL-3.0-only
"""Puts a system together for one run: boot options and added files into the archive, then the wanted image."""

from __future__ import annotations

import hashlib
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

import archive
import elf
import image
import toolchain as tc
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


def targets(system: System) -> list[str]:
    """What must be built first."""
    wanted = [] if system.kernel else ["kernel"]
    if system.root is None:
        wanted += [f"image/{system.base}.exe.elf", "image/executive.o"]
    return wanted


def _link(system: System, packed: bytes, folder: Path) -> Path:
    """Links the Executive around an archive; the result is kept under the archive's hash."""
    built = build_dir(system.config)
    body = built / "image/executive.o"
    key = hashlib.sha256(packed + body.read_bytes()).hexdigest()[:24]
    out = folder / f"{key}.elf"
    if out.exists():
        return out
    folder.mkdir(parents=True, exist_ok=True)
    data, carrier, linked = (folder / f"{key}.{suffix}" for suffix in ("archive", "o", "new"))
    data.write_bytes(packed)
    script = ROOT / "executive/executive.ld"
    source = ROOT / "tools/archive.S"
    commands = [
        [*tc.EMBED.split(), f'-DARCHIVE="{data}"', "-c", str(source), "-o", str(carrier)],
        [*tc.LINK_ELF.split(), "-T", str(script), str(body), str(carrier), "-o", str(linked)],
        ["llvm-objcopy-19", "--strip-all", str(linked), str(linked)],
    ]
    for command in commands:
        if subprocess.run(command, check=False).returncode != 0:
            raise SystemExit("neptune: the root server cannot be linked")
    data.unlink()
    carrier.unlink()
    linked.replace(out)
    return out


def root_server(system: System) -> Path:
    """The ELF file of the root server to boot."""
    built = build_dir(system.config)
    if system.root:
        elf.bits(system.root)
        return system.root
    ready = built / f"image/{system.base}.exe.elf"
    if not system.boot_options and not system.added:
        return ready
    files = archive.read_list(built / f"image/{system.base}.list", built)
    for path in system.added:
        files[f"{SYSTEM32}/{path.name}"] = path.read_bytes()
    files[archive.OPTIONS] = "".join(f"{name}={value}\n" for name, value in system.boot_options).encode()
    return _link(system, archive.pack(files), built / "run")


_one_at_a_time = threading.Lock()


def media(system: System, kind: str) -> Media:
    """The files that a machine of image kind `kind` boots from, made when they are not there yet."""
    with _one_at_a_time:
        _forget_old(build_dir(system.config) / "run")
        return _media(system, kind)


def _forget_old(folder: Path) -> None:
    """Keeps the newest files of the run folder; each run with other options leaves one there."""
    if folder.is_dir():
        files = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
        for path in files[:-KEEP]:
            path.unlink()


def _media(system: System, kind: str) -> Media:
    built = build_dir(system.config)
    run = built / "run"
    kernel = elf.kernel32(system.kernel, run) if system.kernel else built / "kernel/kernel32.elf"
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
    if not disk.exists():
        run.mkdir(parents=True, exist_ok=True)
        fresh = run / f"{key}.{form}.new"
        image.make(form, fresh, kernel, root)
        fresh.replace(disk)
    return Media(disk=disk)
