# SPDX-License-Identifier: GPL-3.0-only
"""Installs what the build needs and is not there. Does nothing, and asks for nothing, when all is there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from paths import ROOT

LIST = ROOT / "tools/packages.txt"
WINDOW_PACKAGE = "qemu-system-gui"


def wanted() -> list[str]:
    """The packages of tools/packages.txt, and QEMU's window where there is a display to show it on."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return names + ([WINDOW_PACKAGE] if has_display() else [])


def has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _missing(names: list[str]) -> list[str]:
    command = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    present = {line.split()[0] for line in result.stdout.splitlines() if line.endswith(" installed")}
    return [name for name in names if name not in present]


def _apt(arguments: list[str]) -> None:
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    words = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *arguments]
    if subprocess.run(words, stdin=subprocess.DEVNULL, check=False).returncode != 0:
        raise SystemExit(f"neptune: apt-get {arguments[-1]} failed")


def ensure() -> None:
    """Installs the missing packages with apt, showing its progress."""
    if not shutil.which("dpkg-query") or not Path("/usr/bin/apt-get").exists():
        print("neptune: no apt here; please install:", " ".join(wanted()), flush=True)
        return
    missing = _missing(wanted())
    if not missing:
        return
    print(f"neptune: installing {len(missing)} packages: {' '.join(missing)}", flush=True)
    _apt(["update", "-q"])
    _apt(["install", "-y", "--no-install-recommends", *missing])
