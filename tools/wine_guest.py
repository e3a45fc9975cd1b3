# SPDX-License-Identifier: GPL-3.0-only
"""A small Linux guest with Wine, for `./neptune bench wine` alone: Debian's kernel, busybox and Wine, all in memory.

The packages are downloaded from Debian when first used, checked by their hash and unpacked without being installed. Wine's
prefix, the registry and the folders of a Windows, is made by Wine itself in a first run of the guest. All is kept in
build/wine: `packages`, and a folder of each state of the list and the scripts below.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
import subprocess
import sys
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

import cpio
import debian
import pe
import report
import scratch
from machine import Machine, Media, Options
from paths import ROOT

PLACE = ROOT / "build/wine"
SCRIPTS = ROOT / "tests/winbench"
# Name and version, and the SHA-256. A version that Debian no longer has is replaced here, in full knowledge: the numbers
# are those of these versions.
KERNEL = "6.1.0-57-cloud-amd64"
PACKAGES = {
    f"linux-image-{KERNEL}=6.1.192-3": "4fdd0172a8c3f41a97e92465b2ac1867e1c10d82d7aeed3d26ee7a5d14df1754",
    "busybox-static=1:1.35.0-4+deb12u1+b1": "3d3fdbe91d4660c873e14b092c213fe81c1da6362daa236eb25d0171eb108744",
    "libc6=2.36-9+deb12u14": "ba4f88f73dbc3ae9055f3c20f4523bfdbaf1ad13ff95e258924f77d20b4fbedf",
    "libunwind8=1.6.2-3": "7b297868682836e4c87be349f17e4a56bc287586e3576503e84a5cb5485ce925",
    "liblzma5=5.4.1-1+deb12u2": "3d8c29c8c21ec6007635e1b2591edf98b771c9572a085968f47452b33040f384",
    "libgcc-s1=12.2.0-14+deb12u1": "3016e62cb4b7cd8038822870601f5ed131befe942774d0f745622cc77d8a88f7",
    "wine64=8.0~repack-4": "4ff56d97fb84c41dd450775f03ae42208f092e822f9baa742dcde951773ecb42",
    "libwine=8.0~repack-4": "512b715f32fccf2ebec2b63f23d9d83394d30e27cc5570a8ef92c5d3627ef305",
    "libz-mingw-w64=1.2.13+dfsg-1": "b9e73ca486bc2aa66da86b5724220d2dd7c8299636b1df74c3414757a2170615",
}
MEMORY = 1536  # MB: Wine's files, unpacked, are 170, and twice that while the prefix is made
PREFIX_SECONDS = 1800.0  # on a host with much other work; 70 s on one without
# QEMU's TCG, up to 7.2 at least, lets an iretq of ring 3 read its stack with the rights of ring 0, which supervisor mode
# access prevention forbids; Wine returns so from NtContinue. Without erms Linux clears and copies by eight bytes, as we do:
# each turn of a `rep` counts as an instruction, and with it each byte would.
CPU = "max,smap=off,erms=off,fsrm=off"

_LIBRARIES = ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu")
_AT_RUN_TIME = "libgcc_s.so.1"  # which pthread_exit loads, so no file names it
_LOADER = "lib64/ld-linux-x86-64.so.2"
_PROGRAMS = ("usr/lib/wine/wine64", "usr/lib/wine/wineserver64")
_WINE = "usr/lib/x86_64-linux-gnu/wine"
_ZLIB = "usr/x86_64-w64-mingw32/lib/zlib1.dll"


@dataclass(frozen=True)
class Guest:
    kernel: Path
    files: Path  # archive of the initial RAM disk with everything but the first process and the prefix
    prefix: Path  # archive with the prefix


def say(text: str) -> None:
    print(f"neptune: {text}", flush=True, file=sys.stderr)


def _package(name: str, sha256: str) -> Path:
    """A package's file, downloaded if it is not there. Raises debian.Unavailable."""
    kept = PLACE / "packages" / f"{sha256[:24]}.deb"
    if kept.exists():
        return kept
    say(f"downloading {name}")
    with scratch.folder() as work:
        work.chmod(0o755)  # apt's own user reads it
        try:
            found = debian.fetch(work, name.replace("=", ":amd64=", 1))
        except debian.Unavailable as error:
            raise debian.Unavailable(
                f"{error}. Is there a network, and are apt's lists fresh (apt-get update)? If Debian has another version"
                " by now, PACKAGES in tools/wine_guest.py is to name it and its hash"
            ) from None
        debian.check(found, sha256)
        with scratch.writing(kept) as fresh:
            shutil.copyfile(found, fresh)
    return kept


def _unpack(into: Path) -> None:
    into.chmod(0o755)
    packages = [_package(name, sha256) for name, sha256 in PACKAGES.items()]
    say("unpacking them")
    for package in packages:
        debian.unpack(package, into, "")


def _needed(path: Path) -> list[str]:
    """The shared libraries that an ELF file names."""
    command = ["llvm-readelf-19", "--needed-libs", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line.strip() for line in said.splitlines() if line.startswith("  ")]


def _library(root: Path, name: str) -> str:
    """Where a library is; empty when it is in none of the packages."""
    return next((f"{folder}/{name}" for folder in _LIBRARIES if (root / folder / name).is_file()), "")


def _libraries(root: Path, path: Path) -> set[str] | None:
    """The closure of the libraries of an ELF file; None when one of them is in no package."""
    found: set[str] = set()
    queue = _needed(path)
    while queue:
        name = queue.pop()
        if (path.parent / name).is_file():  # Wine's own, beside it
            continue
        place = _library(root, name)
        if not place:
            return None
        if place not in found:
            found.add(place)
            queue += _needed(root / place)
    return found


def _image(path: Path) -> bytes:
    """A PE file as the guest has it, without what only debuggers read."""
    data = path.read_bytes()
    if path.name == Path(_ZLIB).name:
        # As Debian's package does when it is installed: this is how Wine knows its own files.
        data = data[:64] + b"Wine builtin DLL" + bytes(16) + data[96:]
    try:
        return pe.Pe(data).without_debug()
    except pe.BadImage:
        return data


def _write_files(root: Path, archive: cpio.Writer) -> None:
    """Everything of the packages that Wine needs, and no window system, sound or printer."""
    archive.file("bin/busybox", (root / "bin/busybox").read_bytes())
    archive.file(_LOADER, (root / _LIBRARIES[0] / Path(_LOADER).name).read_bytes())
    libraries = {_library(root, _AT_RUN_TIME)}
    parts = [root / name for name in _PROGRAMS] + sorted((root / _WINE / "x86_64-unix").iterdir())
    for path in parts:
        closure = _libraries(root, path)
        if closure is not None:
            libraries |= closure
            archive.file(path.relative_to(root).as_posix(), path.read_bytes())
    for name in sorted(libraries):
        archive.file(name, (root / name).read_bytes())
    for path in [*sorted((root / _WINE / "x86_64-windows").iterdir()), root / _ZLIB]:
        archive.file(f"{_WINE}/x86_64-windows/{path.name}", _image(path))
    for path in sorted((root / "usr/share/wine").rglob("*")):
        if path.is_file():
            archive.file(path.relative_to(root).as_posix(), path.read_bytes())
    archive.file("guest.sh", (SCRIPTS / "guest.sh").read_bytes())


def boot_words(more: str = "") -> tuple[str, ...]:
    return ("-append", f"console=ttyS0 quiet panic=-1 {more}".strip())


def initial_disk(path: Path, parts: list[Path], first: Path, more: dict[str, bytes]) -> None:
    """An initial RAM disk of archives, with `first` as its first process and further files."""
    with path.open("wb") as out:
        for part in parts:
            with part.open("rb") as source:
                shutil.copyfileobj(source, out, 1 << 20)
        archive = cpio.Writer(out)
        archive.file("init", first.read_bytes())
        for name, data in more.items():
            archive.file(name, data)
        archive.close()


def _tell(machine: Machine, prefix: Path) -> str:
    said = report.plain(machine.serial).strip().splitlines()
    return f"{said[-1] if said else 'Linux starts'}; {prefix.stat().st_size >> 10} KiB received"


def _make_prefix(kernel: Path, files: Path, out: Path) -> None:
    """Runs the guest once, without counting; Wine makes its prefix and the guest sends it. Raises debian.Unavailable."""
    say("Wine makes its prefix in the guest, once: a minute or three")
    with scratch.folder() as work:
        disk, received = work / "disk", work / "prefix"
        initial_disk(disk, [files], SCRIPTS / "prepare.sh", {})
        received.touch()
        words = ("-chardev", f"file,id=prefix,path={received}", "-device", "isa-serial,chardev=prefix,index=1")
        options = Options(memory=MEMORY, cpu=CPU, extra=(*boot_words(), *words), reboot=False)
        with Machine(options, Media(kernel=kernel, root=disk)) as machine:
            told = started = time.monotonic()
            while machine.process.poll() is None and time.monotonic() - started < PREFIX_SECONDS:
                machine.wait_exit(1.0)
                if time.monotonic() - told > 15:
                    told = time.monotonic()
                    say(f"  {told - started:.0f} s: {_tell(machine, received)}")
            if b"prefix sent" not in machine.serial:
                lines = report.plain(machine.serial).strip().splitlines()[-8:]
                raise debian.Unavailable("Wine has not made its prefix; the guest's last words: " + " | ".join(lines))
        try:
            archive = gzip.decompress(received.read_bytes())
        except (EOFError, OSError, zlib.error) as error:
            raise debian.Unavailable(f"the prefix has not come whole: {error}") from None
    with scratch.writing(out) as fresh:
        fresh.write_bytes(archive + bytes(-len(archive) % 512))


def _state() -> str:
    """A name for what the guest is made of."""
    parts = [f"{PACKAGES}{MEMORY}{CPU}".encode(), Path(__file__).read_bytes()]
    parts += [(SCRIPTS / name).read_bytes() for name in ("guest.sh", "prepare.sh")]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def ensure() -> Guest:
    """The guest, made if it is not there. Raises debian.Unavailable, which says what is missing and what to do."""
    folder = PLACE / _state()
    guest = Guest(folder / "kernel", folder / "files", folder / "prefix")
    with scratch.locked(PLACE / "lock", "the Linux guest to be made"):
        if guest.prefix.exists():
            return guest
        if not (guest.files.exists() and guest.kernel.exists()):
            debian.require_apt("the Linux guest is made of packages")
            with scratch.folder() as root:
                _unpack(root)
                with scratch.writing(guest.files) as fresh, fresh.open("wb") as out:
                    archive = cpio.Writer(out)
                    _write_files(root, archive)
                    archive.close()
                with scratch.writing(guest.kernel) as fresh:
                    shutil.copyfile(root / f"boot/vmlinuz-{KERNEL}", fresh)
        _make_prefix(guest.kernel, guest.files, guest.prefix)
    for other in PLACE.iterdir():
        if other.is_dir() and other.name not in ("packages", folder.name):
            shutil.rmtree(other, ignore_errors=True)
    return guest
