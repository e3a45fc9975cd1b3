# SPDX-License-Identifier: GPL-3.0-only
"""PE32+ files as far as composing an image needs them: imports, forwarders, sections, and what debuggers alone read."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

EXPORT, IMPORT, DELAY = 0, 1, 13  # data directories
AMD64 = 0x8664


class BadImage(Exception):
    """The file is no PE32+ image for x86-64; the message says in what."""


@dataclass(frozen=True)
class Section:
    name: str
    address: int
    size: int
    offset: int
    raw: int


class Pe:
    """One file's headers; offsets that lead nowhere raise BadImage."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        if data[:2] != b"MZ":
            raise BadImage("it does not begin with MZ")
        self._header = self._unpack("<I", 0x3C)[0]
        if data[self._header : self._header + 4] != b"PE\0\0":
            raise BadImage("it has no PE header")
        machine, count, _, symbols, symbol_count, optional, _ = self._unpack("<HHIIIHH", self._header + 4)
        if machine != AMD64 or self._unpack("<H", self._header + 24)[0] != 0x20B:
            raise BadImage("it is not for x86-64")
        self._directories = self._header + 24 + 112
        self._directory_count = self._unpack("<I", self._header + 24 + 108)[0]
        self.subsystem = self._unpack("<H", self._header + 24 + 68)[0]
        self.table = self._header + 24 + optional
        strings = symbols + symbol_count * 18 if symbols else 0
        self.sections = [self._section(self.table + 40 * index, strings) for index in range(count)]

    def _unpack(self, form: str, offset: int) -> tuple[int, ...]:
        try:
            return struct.unpack_from(form, self.data, offset)
        except struct.error:
            raise BadImage("it is cut short") from None

    def _section(self, at: int, strings: int) -> Section:
        size, address, raw, offset = self._unpack("<IIII", at + 8)
        name = self.data[at : at + 8].rstrip(b"\0").decode("latin-1")
        if name.startswith("/") and name[1:].isdigit() and strings:
            name = self._text(strings + int(name[1:]))
        return Section(name, address, size, offset, raw)

    def _text(self, offset: int) -> str:
        end = self.data.find(b"\0", offset)
        if end < 0:
            raise BadImage("a name has no end")
        return self.data[offset:end].decode("latin-1")

    def _offset(self, rva: int) -> int:
        for section in self.sections:
            if 0 <= rva - section.address < max(section.size, section.raw):
                return section.offset + rva - section.address
        raise BadImage(f"nothing is at {rva:#x}")

    def _directory(self, index: int) -> tuple[int, int]:
        if index >= self._directory_count:
            return 0, 0
        rva, size = self._unpack("<II", self._directories + 8 * index)
        return rva, size

    def imports(self) -> list[str]:
        """The DLLs that the loader needs before the image runs, as the image spells them."""
        rva, _ = self._directory(IMPORT)
        names = []
        while rva:
            row = self._unpack("<IIIII", self._offset(rva))
            if not row[3]:
                break
            names.append(self._text(self._offset(row[3])))
            rva += 20
        return names

    def imported_names(self, dll: str) -> list[str]:
        """The functions of one DLL that the image imports by name."""
        rva, _ = self._directory(IMPORT)
        found = []
        while rva:
            row = self._unpack("<IIIII", self._offset(rva))
            if not row[3]:
                break
            if self._text(self._offset(row[3])).lower() == dll:
                at = self._offset(row[0] or row[4])
                while entry := self._unpack("<Q", at)[0]:
                    if not entry >> 63:
                        found.append(self._text(self._offset(entry) + 2))
                    at += 8
            rva += 20
        return found

    def forwarders(self) -> dict[str, str]:
        """Exports that are another DLL's, by name: `HeapAlloc` to `NTDLL.RtlAllocateHeap`."""
        rva, size = self._directory(EXPORT)
        if not rva:
            return {}
        at = self._offset(rva)
        functions, names, table, name_table, ordinals = self._unpack("<IIIII", at + 20)
        found = {}
        for index in range(names):
            ordinal = self._unpack("<H", self._offset(ordinals + 2 * index))[0]
            if ordinal >= functions:
                continue
            target = self._unpack("<I", self._offset(table + 4 * ordinal))[0]
            if rva <= target < rva + size:
                name = self._text(self._offset(self._unpack("<I", self._offset(name_table + 4 * index))[0]))
                found[name] = self._text(self._offset(target))
        return found

    def section(self, name: str) -> bytes | None:
        for section in self.sections:
            if section.name == name:
                return self.data[section.offset : section.offset + min(section.raw, section.size or section.raw)]
        return None

    def without_debug(self) -> bytes:
        """The file without symbols and the sections that only debuggers read, where these come last."""
        kept = list(self.sections)
        while kept and kept[-1].name.startswith(".debug"):
            kept.pop()
        if len(kept) == len(self.sections) or not kept:
            return self.data
        data = bytearray(self.data[: max(section.offset + section.raw for section in kept)])
        alignment = self._unpack("<I", self._header + 24 + 32)[0]
        end = max(section.address + (section.size or section.raw) for section in kept)
        struct.pack_into("<H", data, self._header + 6, len(kept))
        struct.pack_into("<II", data, self._header + 12, 0, 0)
        struct.pack_into("<I", data, self._header + 24 + 56, (end + alignment - 1) // alignment * alignment)
        for index in range(len(kept), len(self.sections)):
            data[self.table + 40 * index : self.table + 40 * index + 40] = bytes(40)
        return bytes(data)


def read(path: Path) -> Pe:
    return Pe(path.read_bytes())
