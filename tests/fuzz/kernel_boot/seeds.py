# SPDX-License-Identifier: GPL-3.0-only
"""Sound inputs to begin with: what two boot loaders and a firmware leave in memory, and a root server's file.

The target shows the bytes at 0, where the boot record is expected, and again at 0xe0000, where the ACPI root pointer
is looked for.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

RSDP, RSDT, XSDT, MADT, FADT, DSDT = 0x200, 0x240, 0x280, 0x2C0, 0x340, 0x3C0
MAP, MODULE, VIDEO, FILE = 0x80, 0x100, 0x110, 0x440
SIZE = 0x500
MEGABYTE = 1 << 20
RAM, RESERVED = 1, 2


def summed(data: bytes, at: int) -> bytes:
    """`data` with the byte `at` such that all sum to zero."""
    return data[:at] + bytes([(data[at] - sum(data)) % 256]) + data[at + 1 :]


def table(signature: bytes, body: bytes) -> bytes:
    head = struct.pack("<4sIBB6s8sIII", signature, 36 + len(body), 1, 0, b"FUZZED", b"FUZZED", 1, 1, 1)
    return summed(head + body, 9)


def rsdp(revision: int) -> bytes:
    first = summed(struct.pack("<8sB6sBI", b"RSD PTR ", 0, b"FUZZED", revision, RSDT), 8)
    return first if revision < 2 else summed(first + struct.pack("<IQB3x", 36, XSDT, 0), 32)


def acpi(memory: bytearray, revision: int, ioapics: int = 1) -> None:
    processor = struct.pack("<BBBBI", 0, 8, 0, 0, 1)
    override = struct.pack("<BBHQ", 5, 12, 0, 0xFEE00000)
    pins = b"".join(struct.pack("<BBBBII", 1, 12, i, 0, 0xFEC00000 + i * 4096, i * 24) for i in range(ioapics))
    fadt = bytearray(116 - 36)
    struct.pack_into("<I", fadt, 76 - 36, 0x608)
    fadt[91 - 36] = 4
    pieces = {
        RSDP: rsdp(revision),
        RSDT: table(b"RSDT", struct.pack("<III", DSDT, MADT, FADT)),
        XSDT: table(b"XSDT", struct.pack("<QQ", FADT, MADT)),
        MADT: table(b"APIC", struct.pack("<II", 0xFEE00000, 1) + processor + pins + override),
        FADT: table(b"FACP", bytes(fadt)),
        DSDT: table(b"DSDT", b""),
    }
    for address, data in pieces.items():
        memory[address : address + len(data)] = data


def multiboot1(flags: int, revision: int) -> bytes:
    memory = bytearray(SIZE)
    entries = ((0, 0x9FC00, RAM), (MEGABYTE, 127 * MEGABYTE, RAM), (126 * MEGABYTE, MEGABYTE, RESERVED))
    packed = b"".join(struct.pack("<IQQI", 20, *entry) for entry in entries)
    struct.pack_into("<III", memory, 0, flags, 639, 127 * 1024)
    struct.pack_into("<II", memory, 20, 1, MODULE)
    struct.pack_into("<II", memory, 44, len(packed), MAP)
    struct.pack_into("<IIHHHH", memory, 72, VIDEO, VIDEO, 0x118, 0xC000, 0x10, 64)
    memory[MAP : MAP + len(packed)] = packed
    struct.pack_into("<II", memory, MODULE, FILE, FILE + 64)
    acpi(memory, revision)
    return bytes(memory)


def tag(kind: int, body: bytes) -> bytes:
    data = struct.pack("<II", kind, 8 + len(body)) + body
    return data + bytes(-len(data) % 8)


FEW = ((0, 0x9FC00, RAM), (MEGABYTE, 127 * MEGABYTE, RAM), (1 << 32, 1 << 32, RESERVED))
# More ranges than the kernel keeps, then one that takes the first ones away.
MANY = (*((i * 2 * MEGABYTE, MEGABYTE, RAM) for i in range(1, 180)), (0, 20 * MEGABYTE, RESERVED))


def multiboot2(revision: int, entries: Iterable[tuple[int, int, int]] = FEW) -> bytes:
    tags = [
        tag(1, b"commandline\0"),
        tag(3, struct.pack("<II", FILE, FILE + 64) + b"root\0"),
        tag(6, struct.pack("<II", 24, 0) + b"".join(struct.pack("<QQII", *entry, 0) for entry in entries)),
        tag(8, struct.pack("<QIIIBBH", 0xE0000000, 4096, 1024, 768, 32, 1, 0)),
        tag(14 if revision < 2 else 15, rsdp(revision)),
        tag(0, b""),
    ]
    record = b"".join(tags)
    memory = bytearray(SIZE)
    acpi(memory, revision, ioapics=3)
    memory[: 8 + len(record)] = struct.pack("<II", 8 + len(record), 0) + record
    return bytes(memory)


def in_extended_bios_data() -> bytes:
    """The root pointer where the word at 0x40e leads."""
    memory = bytearray(multiboot1(0x49, 0))
    struct.pack_into("<H", memory, 0x40E, 0x40)
    memory[0x410 : 0x410 + 20] = memory[RSDP : RSDP + 20]
    memory[RSDP] = 0
    return bytes(memory)


def elf(segments: tuple[tuple[int, int, int], ...]) -> bytes:
    """An ELF64 file; a segment is address, bytes in the file, bytes in memory."""
    identification = b"\x7fELF\x02\x01\x01" + bytes(9)
    head = struct.pack(
        "<16sHHIQQQIHHHHHH", identification, 2, 62, 1, 0x401000, 64, 0, 0, 64, 56, len(segments), 64, 0, 0
    )
    at = 64 + 56 * len(segments)
    headers, contents = b"", b""
    for address, in_file, in_memory in segments:
        headers += struct.pack("<IIQQQQQQ", 1, 5, at + len(contents), address, address, in_file, in_memory, 4096)
        contents += bytes(range(in_file))
    return head + headers + contents


def seeds() -> dict[str, bytes]:
    return {
        "multiboot1": multiboot1(0x49 | 0x800, 0),
        "multiboot1-sizes": multiboot1(0x09, 2),
        "multiboot2-old": multiboot2(0),
        "multiboot2-new": multiboot2(2),
        "multiboot2-many": multiboot2(2, MANY),
        "extended-bios-data": in_extended_bios_data(),
        "elf-one": elf(((0x400000, 64, 64),)),
        "elf-three": elf(((0x400000, 40, 40), (0x401000, 100, 8192), (0x405000, 0, 4096))),
    }
