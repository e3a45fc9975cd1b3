# SPDX-License-Identifier: GPL-3.0-only
"""Makes boot images: a 1.44 MB floppy and an ISO for BIOS and UEFI. The bytes depend on the inputs alone.

`direct` is no image but a folder with the two files that QEMU's -kernel and -initrd take.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import struct
import subprocess
from pathlib import Path

import scratch

FLOPPY_BYTES = 1_474_560
SECTOR = 512
FLOPPY_DATA = 1 + 2 * 9 + 14  # sectors before the first file: boot sector, two FATs, root folder
EPOCH = 946_684_800  # 2000-01-01, the time of every file in every image
VOLUME = "NEPTUNE"
SERIAL = "4E455054"
GRUB = Path("/usr/lib/grub")

# The rescue parser of GRUB's core runs these without the menu, so that nothing is loaded that is not needed.
FLOPPY_SCRIPT = "multiboot /kernel.gz\nmodule /neptune.gz\nboot\n"
BIOS_SCRIPT = "search.file /neptune.elf root\nmultiboot /kernel.elf\nmodule /neptune.elf\nboot\n"
UEFI_SCRIPT = "search.file /neptune.elf root\nmultiboot2 /kernel.elf\nmodule2 /neptune.elf\nboot\n"
FLOPPY_MODULES = ["biosdisk", "fat", "gzio", "multiboot", "boot"]
BIOS_MODULES = ["biosdisk", "iso9660", "search_fs_file", "multiboot", "boot"]
UEFI_MODULES = [
    "iso9660",
    "fat",
    "search_fs_file",
    "multiboot2",
    "boot",
    "part_gpt",
    "efi_gop",
    "video",
    "gfxterm",
]


def _run(*command: str | Path) -> None:
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(EPOCH),
        "TZ": "UTC",
        "LC_ALL": "C",
        "MTOOLS_SKIP_CHECK": "1",
    }
    result = subprocess.run(
        [str(word) for word in command], env=environment, capture_output=True, check=False
    )
    if result.returncode != 0:
        raise SystemExit(f"neptune: {command[0]} failed: {result.stderr.decode(errors='replace').strip()}")


def _store(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    os.utime(path, (EPOCH, EPOCH))
    return path


def _grub_core(work: Path, platform: str, modules: list[str], script: str) -> bytes:
    config = _store(work / "grub.cfg", script.encode())
    out = work / f"core.{platform}"
    _run("grub-mkimage", "-O", platform, "-p", "/", "-c", config, "-o", out, *modules)
    return out.read_bytes()


def _fat(path: Path, size: int, files: dict[str, Path], *options: str) -> None:
    """A FAT file system in a new file of `size` bytes; folders are made as the names need them."""
    path.write_bytes(bytes(size))
    _run("mformat", "-i", path, "-v", VOLUME, "-N", SERIAL, *options, "::")
    for folder in sorted({str(Path(name).parent) for name in files} - {"."}):
        parts = Path(folder).parts
        for depth in range(len(parts)):
            _run("mmd", "-i", path, "-D", "s", "::/" + "/".join(parts[: depth + 1]))
    for name, source in sorted(files.items()):
        _run("mcopy", "-m", "-i", path, source, f"::/{name}")


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


def _place_core(core: bytes, sector: int) -> bytes:
    """GRUB's core with the block list of its first sector saying that the rest follows it on the disk."""
    blocks = struct.pack("<QHH", sector + 1, (len(core) - 1) // SECTOR, 0x820)
    return core[: SECTOR - len(blocks)] + blocks + core[SECTOR:]


def floppy(out: Path, kernel: Path, root: Path) -> None:
    """A plain FAT12 disk with GRUB's boot sector; GRUB's core is its first file, so where it lies is known."""
    with scratch.folder() as work:
        core = _place_core(_grub_core(work, "i386-pc", FLOPPY_MODULES, FLOPPY_SCRIPT), FLOPPY_DATA)
        files = {
            "core.img": _store(work / "grub-core", core),
            "kernel.gz": _store(work / "kernel.gz", _gzip(kernel.read_bytes())),
            "neptune.gz": _store(work / "neptune.gz", _gzip(root.read_bytes())),
        }
        need = sum((path.stat().st_size + SECTOR - 1) // SECTOR * SECTOR for path in files.values())
        room = FLOPPY_BYTES - FLOPPY_DATA * SECTOR
        if need > room:
            raise SystemExit(f"neptune: the floppy is too small: {need:,} bytes packed, room for {room:,}")
        disk = work / "disk"
        _fat(disk, FLOPPY_BYTES, files, "-f", "1440")
        image = bytearray(disk.read_bytes())
        if image[FLOPPY_DATA * SECTOR :][: len(core)] != core:
            raise SystemExit("neptune: mtools did not lay the floppy's first file down in one piece")
        boot = bytearray((GRUB / "i386-pc/boot.img").read_bytes())
        struct.pack_into("<Q", boot, 0x5C, FLOPPY_DATA)
        # The boot sector keeps the disk's parameter block, bytes 3 to 0x59.
        image[0:3] = boot[0:3]
        image[0x5A:SECTOR] = boot[0x5A:SECTOR]
        out.write_bytes(image)


def iso(out: Path, kernel: Path, root: Path) -> None:
    """One ISO that boots by El Torito from BIOS and from UEFI."""
    with scratch.folder() as work:
        tree = work / "tree"
        tree.mkdir()
        _store(tree / "kernel.elf", kernel.read_bytes())
        _store(tree / "neptune.elf", root.read_bytes())
        _store(tree / "bios.img", _grub_core(work, "i386-pc-eltorito", BIOS_MODULES, BIOS_SCRIPT))
        efi = _store(work / "bootx64.efi", _grub_core(work, "x86_64-efi", UEFI_MODULES, UEFI_SCRIPT))
        size = (efi.stat().st_size + 64 * 1024 + 0xFFFF) // 0x10000 * 0x10000
        partition = tree / "efi.img"
        _fat(partition, size, {"EFI/BOOT/BOOTX64.EFI": efi}, "-T", str(size // SECTOR), "-h", "2", "-s", "32")
        os.utime(partition, (EPOCH, EPOCH))
        os.utime(tree, (EPOCH, EPOCH))
        bios = ["-b", "bios.img", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table"]
        uefi = ["-eltorito-alt-boot", "-e", "efi.img", "-no-emul-boot"]
        dates = ["--modification-date=2000010100000000", "--set_all_file_dates", "2000010100000000"]
        command = ["xorriso", "-as", "mkisofs", "-quiet", "-R", "-V", VOLUME, *dates]
        made = work / "image.iso"
        _run(*command, *bios, *uefi, "-o", made, tree)
        shutil.copyfile(made, out)


def direct(out: Path, kernel: Path, root: Path) -> None:
    """A folder with kernel.elf and neptune.elf, as `qemu -kernel kernel.elf -initrd neptune.elf` takes them."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kernel, out / "kernel.elf")
    shutil.copyfile(root, out / "neptune.elf")


MAKERS = {"floppy": floppy, "iso": iso, "direct": direct}


def make(kind: str, out: Path, kernel: Path, root: Path) -> None:
    """Makes an image of `kind`; `kernel` is ELF32, `root` the root server's ELF."""
    MAKERS[kind](out, kernel, root)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=sorted(MAKERS))
    parser.add_argument("out", type=Path)
    parser.add_argument("--kernel", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True)
    arguments = parser.parse_args()
    make(arguments.kind, arguments.out, arguments.kernel, arguments.root)


if __name__ == "__main__":
    main()
