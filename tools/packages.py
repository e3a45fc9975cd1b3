# SPDX-License-Identifier: GPL-3.0-only
"""Installs what the build needs and is not there. Does nothing, and asks for nothing, when all is there."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess

import libcxx
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


def _as_root(arguments: list[str]) -> list[str]:
    """The words that run apt-get with the rights it needs; SystemExit, saying what to do, when nobody gives them."""
    if os.geteuid() == 0:
        return ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *arguments]
    if not shutil.which("sudo"):
        raise SystemExit(f"neptune: not root, and there is no sudo; as root: apt-get {shlex.join(arguments)}")
    return ["sudo", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *arguments]


def _removed_by(install: list[str]) -> list[str]:
    """The packages that apt would remove for an installation, which it only plans here."""
    plan = subprocess.run(["apt-get", "-s", *install], capture_output=True, text=True, check=False)
    return [line.split()[1] for line in plan.stdout.splitlines() if line.startswith("Remv ")]


def _install(missing: list[str]) -> None:
    install = ["install", "-y", "--no-install-recommends", *missing]
    safely = ["-o", "DPkg::Lock::Timeout=300", "--no-remove", *install]
    as_root = _as_root(safely)
    if subprocess.run(_as_root(["update", "-q"]), stdin=subprocess.DEVNULL, check=False).returncode != 0:
        print("neptune: apt-get update failed; trying with the lists that are there", flush=True)
    if removed := _removed_by(install):
        raise SystemExit(
            f"neptune: to install {' '.join(missing)}, apt would remove {' '.join(removed)}. That is yours to decide:"
            f" apt-get install {' '.join(missing)}"
        )
    if subprocess.run(as_root, stdin=subprocess.DEVNULL, check=False).returncode != 0:
        raise SystemExit(f"neptune: apt-get could not install {' '.join(missing)}; what it says is above")


def has_apt() -> bool:
    return bool(shutil.which("dpkg-query") and shutil.which("apt-get"))


def ensure(names: list[str] | None = None) -> None:
    """Installs the missing packages with apt, showing its progress: these, or those that every command needs. No package is
    ever removed for them."""
    names = wanted() if names is None else names
    if not has_apt():
        print("neptune: no apt here; what is needed is, by Debian's names:", " ".join(names + list(libcxx.PACKAGES)), flush=True)
        return
    missing = _missing(names)
    if missing:
        print(f"neptune: installing {len(missing)} packages: {' '.join(missing)}", flush=True)
        _install(missing)
