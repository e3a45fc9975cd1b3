# SPDX-License-Identifier: GPL-3.0-only
"""The DLLs of Debian's package libwine, which Windows programs need and the system itself never does.

They are fetched when first used, from Debian, into build/libwine, and are not changed but for their debug sections,
which are left out. The version is pinned: what the DLLs ask of ntdll changes from one release of Wine to the next.
"""

from __future__ import annotations

import re
import shutil
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

import debian
import pe
import scratch
from paths import ROOT

Unavailable = debian.Unavailable
VERSION = "8.0~repack-4"
SHA256 = "512b715f32fccf2ebec2b63f23d9d83394d30e27cc5570a8ef92c5d3627ef305"
PLACE = ROOT / "build/libwine"
_IMAGES = "usr/lib/x86_64-linux-gnu/wine/x86_64-windows"
_TABLES = "usr/share/wine/nls"
# libwine's user32.dll needs the zlib1.dll of a package that it depends on; any version of it does.
_ZLIB = "usr/x86_64-w64-mingw32/lib/zlib1.dll"

# What every process of the Win32 subsystem has.
ALWAYS = ("kernel32.dll", "kernelbase.dll", "apisetschema.dll")
# What the DLLs above look for at run time, not by an import.
TABLES = ("locale", "sortdefault", "l_intl", "normnfc", "c_1252", "c_437", "c_20127", "c_850", "c_28591", "c_65001")
OURS = ("ntdll.dll", "bcryptprimitives.dll")
# What a DLL of libwine's loads when it first calls it, though its headers do not say so: SHFileOperation wants a task's
# memory, and cmd.exe's `rd /s` is one; getservbyname asks the registry where the names are.
DELAYED = {"shell32.dll": ("ole32.dll",), "ws2_32.dll": ("advapi32.dll",)}


@dataclass(frozen=True)
class Closure:
    """The DLLs that a program needs, and those that nobody has."""

    files: dict[str, Path]
    missing: dict[str, str]  # DLL to who imports it


def _folder() -> Path:
    return PLACE / VERSION


def ensure() -> Path:
    """The folder with the DLLs and the tables, fetched if it is not there. Raises Unavailable."""
    folder = _folder()
    with scratch.locked(PLACE / "lock", "libwine to be fetched"):
        if (folder / "complete").exists():
            return folder
        debian.require_apt("Windows programs need the package libwine")
        print(f"neptune: fetching libwine {VERSION}, once", flush=True, file=sys.stderr)
        with scratch.folder() as work:
            work.chmod(0o755)  # apt's own user reads it
            package = debian.fetch(work, f"libwine:amd64={VERSION}")
            debian.check(package, SHA256)
            debian.unpack(package, work, _IMAGES, _TABLES)
            debian.unpack(debian.fetch(work, "libz-mingw-w64"), work, _ZLIB)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for path in sorted((work / _IMAGES).iterdir()):
                if path.suffix in (".dll", ".exe", ".drv", ".acm", ".ax", ".cpl", ".ocx", ".tlb"):
                    _store(folder / path.name, path.read_bytes())
            _store(folder / Path(_ZLIB).name, (work / _ZLIB).read_bytes())
            for path in sorted((work / _TABLES).iterdir()):
                shutil.copyfile(path, folder / path.name)
        (folder / "complete").touch()
    return folder


def _store(path: Path, data: bytes) -> None:
    try:
        data = pe.Pe(data).without_debug()
    except pe.BadImage:
        pass
    path.write_bytes(data)


class ApiSets:
    """The contracts (`api-ms-win-...`) of apisetschema.dll and the DLLs that stand for them; schema version 6."""

    def __init__(self, schema: bytes) -> None:
        _, _, _, count, entries, _, _ = struct.unpack_from("<7I", schema, 0)
        self._hosts: dict[str, str] = {}
        for index in range(count):
            _, name, _, hashed, value, values = struct.unpack_from("<6I", schema, entries + 24 * index)
            text = schema[name : name + hashed].decode("utf-16-le").lower()
            if values:
                _, _, _, host, size = struct.unpack_from("<5I", schema, value)
                self._hosts[text] = schema[host : host + size].decode("utf-16-le").lower()

    def resolve(self, name: str) -> str:
        """The DLL behind a contract, empty if it is none that is known; any other name is itself."""
        name = name.lower()
        if not name.startswith(("api-", "ext-")):
            return name
        return self._hosts.get(name.removesuffix(".dll").rpartition("-")[0], "")


def api_sets() -> ApiSets:
    schema = pe.read(ensure() / "apisetschema.dll").section(".apiset")
    assert schema
    return ApiSets(schema)


def _needs(image: pe.Pe) -> list[str]:
    wanted = list(image.imports())
    wanted += [target.rpartition(".")[0] + ".dll" for target in image.forwarders().values()]
    return list(dict.fromkeys(wanted))


# Every program of Microsoft's C library asks whether this one is loaded, and never loads it.
_ONLY_ASKED_FOR = "mscoree.dll"
# The provider behind CryptAcquireContext, which the registry names (tools/exec.seed).
_PROVIDER = "rsaenh.dll"
# Assemblies that a DLL of libwine's has the manifest of among its resources, by the names that programs' manifests have.
ASSEMBLIES = {b"Microsoft.Windows.Common-Controls": "comctl32.dll"}
_MANIFEST = re.compile(rb"<\?xml[^\0]*</assembly>")
_IDENTITY = re.compile(rb'<assemblyIdentity [^>]*name="([^"]*)" version="([^"]*)"[^>]*publicKeyToken="([^"]*)"')
_LONGEST_NAME = 40  # characters of a DLL's name without its ending
_ENDING = re.compile(rb"\.dll", re.IGNORECASE)


def named_in(data: bytes, known: frozenset[str]) -> list[str]:
    """Which of `known`, names of DLLs, a program has among its texts: it may load them when it runs.

    Texts lie behind each other without anything between them where a compiler counts their lengths, so a name
    ends at `.dll` and begins where the longest known one does.
    """
    found: dict[str, None] = {}
    for text in (data, data[::2], data[1::2]):  # characters of two bytes, at even and at odd places
        for ending in _ENDING.finditer(text):
            first = max(0, ending.start() - _LONGEST_NAME)
            before = text[first : ending.end()].decode("latin-1").lower()
            name = next((before[at:] for at in range(len(before) - 4) if before[at:] in known), None)
            if name:
                found[name] = None
    return list(found)


def closure(images: list[Path], more: tuple[str, ...] = ()) -> Closure:
    """What `images` import, directly or not, or name among their texts, as far as libwine has it, with `more` by name.
    What lies beside the first, the program, is not needed a second time."""
    folder, sets = ensure(), api_sets()
    known = frozenset(path.name for path in folder.glob("*.dll")) - {_ONLY_ASKED_FOR}
    beside = {path.name.lower() for image in images[:1] for path in image.parent.iterdir()} - set(ALWAYS)
    files: dict[str, Path] = {}
    missing: dict[str, str] = {}
    queue = [(name, "the list of what is always there") for name in (*ALWAYS, *more)]
    for path in images:
        try:
            queue += [(name, path.name) for name in _needs(pe.read(path))]
        except pe.BadImage:
            continue
        queue += [(name, path.name) for name in named_in(path.read_bytes(), known)]
        if b"CryptAcquireContext" in path.read_bytes():
            queue.append((_PROVIDER, path.name))
        queue += [(dll, path.name) for name, dll in ASSEMBLIES.items() if name in path.read_bytes()]
    while queue:
        name, importer = queue.pop()
        host = sets.resolve(name)
        if not host or host in files or host in OURS or host in beside:
            if not host:
                missing[name] = importer
            continue
        path = folder / host
        if not path.is_file():
            missing[host] = importer
            continue
        files[host] = path
        queue += [(needed, host) for needed in (*_needs(pe.read(path)), *DELAYED.get(host, ()))]
    return Closure(files, missing)


def _shared(dll: str) -> dict[str, bytes]:
    """The manifest of the assembly that a DLL is, and the DLL, in WinSxS."""
    data = (ensure() / dll).read_bytes()
    manifest = _MANIFEST.search(data)
    identity = _IDENTITY.search(manifest[0]) if manifest else None
    if not manifest or not identity:
        return {}
    name, version, token = (part.decode().lower() for part in identity.groups())
    stem = f"amd64_{name}_{token}_{version}_none_0"  # what NT has for the last part does not fit, and nobody reads it
    text = manifest[0].replace(b'processorArchitecture=""', b'processorArchitecture="amd64"')
    return {f"WinSxS/Manifests/{stem}.manifest": text, f"WinSxS/{stem}/{dll}": data}


def assemblies(images: list[Path]) -> dict[str, bytes]:
    """The files of those that `images` have manifests for, by their names below \\SystemRoot."""
    files: dict[str, bytes] = {}
    for name, dll in ASSEMBLIES.items():
        if any(name in path.read_bytes() for path in images):
            files |= _shared(dll)
    return files


def tables() -> dict[str, Path]:
    """The files of national language support, by name."""
    folder = ensure()
    return {f"{name}.nls": folder / f"{name}.nls" for name in TABLES if (folder / f"{name}.nls").is_file()}
