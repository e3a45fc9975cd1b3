# SPDX-License-Identifier: GPL-3.0-only
"""What Windows programs find in a machine: libwine's DLLs and programs, and the registry that they expect."""

from __future__ import annotations

import build
import libwine
from paths import ROOT, build_dir
from volume import SYSTEM32

# Those of libwine's that do something at a prompt.
PROGRAMS = (
    "attrib.exe",
    "cmd.exe",
    "find.exe",
    "reg.exe",
    "taskkill.exe",
    "tasklist.exe",
    "whoami.exe",
    "xcopy.exe",
)
_TARGETS = ("image/neptune.exe.elf", "image/executive.o", "pe/bcryptprimitives.dll")


def seed(config: str, *more: str) -> bytes:
    """The registry's beginning: what every system has, and the lines of these files of tools/. REQUIRES: it is built."""
    text = (build_dir(config) / "pe/seed.reg").read_text(encoding="utf-8")
    for name in more:
        lines = (ROOT / "tools" / name).read_text(encoding="utf-8").splitlines()
        text += "\n" + "\n".join(line for line in lines if not line.startswith(";")) + "\n"
    return text.encode()


def databases() -> dict[str, bytes]:
    """The names of hosts, protocols and services that Windows Sockets know."""
    return {f"{SYSTEM32}/drivers/etc/{path.name}": path.read_bytes() for path in (ROOT / "tools/etc").iterdir()}


def files(config: str) -> dict[str, bytes]:
    """Further files of the boot volume, for a prompt where PROGRAMS start; names as in the archive. Builds what is missing."""
    build.build(config, list(_TARGETS), quiet=True)
    try:
        found = {**libwine.closure([], PROGRAMS).files, **libwine.tables()}
    except libwine.Unavailable as error:
        raise SystemExit(f"neptune: {error}") from None
    ours = build_dir(config) / "pe/bcryptprimitives.dll"
    named = {f"{SYSTEM32}/{name}": path.read_bytes() for name, path in {**found, ours.name: ours}.items()}
    return {**named, **databases(), f"{SYSTEM32}/config/seed.reg": seed(config, "windows.seed")}
