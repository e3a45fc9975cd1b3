# SPDX-License-Identifier: GPL-3.0-only
"""Installing what is missing, against an apt of the test's own: nothing is removed, and failures are one line."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from cases import case, expect
from paths import ROOT

PYTHON = Path(sys.executable)
TOOLS = ("env", "sh", "dirname", "id", "cat")


class Host:
    """A machine with the programs one puts on it, and without the package ninja-build."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.log.touch()
        for name in TOOLS:
            (folder / name).symlink_to(f"/usr/bin/{name}")
        (folder / "python3").symlink_to(PYTHON)
        self.program("dpkg-query", 'shift 3; for n; do [ "$n" = ninja-build ] || echo "$n installed"; done')

    def program(self, name: str, body: str) -> None:
        path = self.folder / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self.log}"\n{body}\n', encoding="utf-8")
        path.chmod(0o755)

    def setup(self) -> str:
        """`./neptune setup`: all it says. It never ends in a traceback."""
        command = [str(ROOT / "neptune"), "setup"]
        environment = {"PATH": str(self.folder), "HOME": "/nonexistent"}
        result = subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        said = result.stdout + result.stderr
        expect("Traceback" not in said, said)
        return said

    def installed(self) -> list[str]:
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.startswith("apt-get ") and " install " in line and " -s " not in line]


def _host() -> tuple[tempfile.TemporaryDirectory[str], Host]:
    folder = tempfile.TemporaryDirectory()
    os.chmod(folder.name, 0o777)
    return folder, Host(Path(folder.name))


@case("tools")
def packages_are_installed_without_removing_any() -> None:
    folder, host = _host()
    with folder:
        host.program("apt-get", "exit 0")
        said = host.setup()
        expect(len(host.installed()) == 1 and "ninja-build" in host.installed()[0], said)
        expect("--no-remove" in host.installed()[0], host.installed()[0])


@case("tools")
def packages_that_would_remove_others() -> None:
    folder, host = _host()
    with folder:
        host.program("apt-get", 'case "$*" in *" -s "*|"-s "*) echo "Remv grub-efi [2.06]";; esac')
        said = host.setup()
        expect("apt would remove grub-efi" in said, said)
        expect(not host.installed(), f"it is installed all the same: {host.installed()}")


@case("tools")
def packages_without_network() -> None:
    folder, host = _host()
    with folder:
        host.program("apt-get", 'case "$*" in *-s*) ;; *) echo "E: no network" >&2; exit 100;; esac')
        expect("could not install ninja-build" in host.setup(), host.setup())


@case("tools")
def packages_without_apt() -> None:
    folder, host = _host()
    with folder:
        said = host.setup()
        expect("no apt here" in said and "ninja-build" in said, said)
        expect("everything is installed" not in said, said)


@case("tools")
def packages_for_one_who_is_not_root() -> None:
    folder, host = _host()
    with folder:
        host.program("apt-get", "exit 0")
        script = "import os, runpy, sys; os.geteuid = lambda: 1000; sys.argv = ['neptune', 'setup'];"
        script += f"sys.path.insert(0, '{ROOT / 'tools'}'); runpy.run_module('neptune', run_name='__main__')"
        command = [str(PYTHON), "-B", "-c", script]
        environment = {"PATH": str(host.folder)}
        result = subprocess.run(command, env=environment, capture_output=True, text=True)
        said = result.stdout + result.stderr
        expect("there is no sudo; as root: apt-get" in said and "Traceback" not in said, said)
        expect(not host.installed(), "it is installed without the rights")
