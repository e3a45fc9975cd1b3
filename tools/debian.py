# SPDX-License-Identifier: GPL-3.0-only
"""Debian's packages: downloaded by apt, checked by their hash and unpacked into a folder, without installing them."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path


class Unavailable(Exception):
    """A package cannot be had; the message says why."""


def require_apt(who: str) -> None:
    if not shutil.which("dpkg-deb") or not shutil.which("apt-get"):
        raise Unavailable(f"{who} from Debian, and there is no apt here")


def fetch(work: Path, package: str) -> Path:
    """A package, downloaded into `work`, which apt's own user can read; apt checks who has signed it."""
    name = package.partition(":")[0].partition("=")[0]
    command = ["apt-get", "download", "-q", package]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    found = sorted(work.glob(f"{name}_*.deb"))
    if done.returncode != 0 or not found:
        said = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("W:")]
        raise Unavailable(f"apt-get cannot download {package}: {said[-1] if said else 'it says nothing'}")
    return found[0]


def check(package: Path, sha256: str) -> None:
    have = hashlib.sha256(package.read_bytes()).hexdigest()
    if have != sha256:
        raise Unavailable(f"{package.name} is not the package that is meant: its SHA-256 is {have}, not {sha256}")


def unpack(package: Path, into: Path, *names: str) -> None:
    """The files or folders of these names, all without names."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as reader:
        command = ["tar", "-x", "-C", str(into), *(f"./{name}" for name in names)]
        done = subprocess.run(command, stdin=reader.stdout, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Unavailable(f"{package.name} cannot be unpacked: {done.stderr.strip()}")
