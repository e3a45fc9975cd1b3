# SPDX-License-Identifier: GPL-3.0-only
"""libc++'s headers and static libraries, at build/libcxx: those of the machine, else unpacked from Debian's packages.

Debian installs the libc++ of one LLVM only: installing this one would remove another that somebody works with.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import debian
import scratch
from paths import ROOT

PLACE = ROOT / "build/libcxx"
INSTALLED = Path("/usr/lib/llvm-19")
PACKAGES = ("libc++-19-dev", "libc++abi-19-dev")
# What shows that a folder has all of it.
_PARTS = ("include/c++/v1/vector", "lib/libc++.a", "lib/libc++abi.a")


def _whole(folder: Path) -> bool:
    return all((folder / part).exists() for part in _PARTS)


def ensure() -> None:
    """Makes build/libcxx if it is not there. SystemExit, saying what to do, when it cannot be had."""
    if _whole(PLACE):
        return
    with scratch.locked(PLACE.with_name("libcxx.lock"), "libc++ to be unpacked"):
        if _whole(PLACE):
            return
        if PLACE.is_symlink():
            PLACE.unlink()
        shutil.rmtree(PLACE, ignore_errors=True)
        if _whole(INSTALLED):
            PLACE.symlink_to(INSTALLED)
            return
        try:
            _unpack()
        except debian.Unavailable as error:
            raise SystemExit(f"neptune: {error}; with {' and '.join(PACKAGES)} installed it goes on") from None


def _unpack() -> None:
    debian.require_apt("building needs libc++ 19")
    print(f"neptune: fetching {' and '.join(PACKAGES)}, once", flush=True)
    with scratch.folder() as work:
        work.chmod(0o755)  # apt's own user reads it
        for package in PACKAGES:
            debian.unpack(debian.fetch(work, package), work, str(INSTALLED.relative_to("/")))
        made = work / INSTALLED.relative_to("/")
        if not _whole(made):
            raise debian.Unavailable(f"{PACKAGES[0]} has not what it had: {', '.join(_PARTS)}")
        subprocess.run(["cp", "-r", str(made), str(PLACE)], check=True)
