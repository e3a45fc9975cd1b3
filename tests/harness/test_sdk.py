# SPDX-License-Identifier: GPL-3.0-only
"""sdk/README.md, followed word for word in a fresh folder: its programs compile and do what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import compose
from cases import case, expect
from paths import ROOT, build_dir
from support import CONFIG, booted
from tracked import files

README = (ROOT / "sdk/README.md").read_text(encoding="utf-8")

OURS = "./neptune itself"


def _block(kind: str, text: str) -> str:
    """The code block of this kind that contains `text`."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return next(block for name, block in blocks if name == kind and text in block)


@contextmanager
def _fresh_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "my first"
        folder.mkdir()
        yield folder


def _follow(folder: Path, text: str) -> str:
    """Runs the shell block that contains `text`; what it prints."""
    script = _block("sh", text)
    environment = {**os.environ, "NEPTUNE": str(ROOT)}
    command = ["sh", "-e", "-c", script]
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=240
    )
    expect(result.returncode == 0, f"{script}\n{result.stdout[-500:]}{result.stderr[-1500:]}")
    return result.stdout


@case("whole", ours=OURS)
def sdk_program() -> None:
    with _fresh_folder() as folder:
        (folder / "first.c").write_text(_block("c", "NtProcessStartup"), encoding="utf-8")
        said = _follow(folder, "first.c")
    expect("> first.exe\nhello\n" in said, said[-400:])


@case("whole", ours=OURS)
def sdk_root_server() -> None:
    with _fresh_folder() as folder:
        said = _follow(folder, "server.c").replace("\r", "")
    expect("the server stopped with exception 6" in said, said[-400:])


@case("whole", ours=OURS)
def sdk_driver() -> None:
    commands = _block("", "load Counter").splitlines()
    with _fresh_folder() as folder:
        _follow(folder, "counter.c")
        system = compose.System(config=CONFIG, added=(folder / "counter.sys", build_dir(CONFIG) / "pe/hello.exe"))
        with booted(system) as shell:
            for line in commands:
                shown = shell.run(line)
                if line == "drivers":
                    expect(any("counter.sys" in text.lower() for text in shown), "\n".join(shown))
                    shown = shell.run("hello.exe")
                    expect("The counter stands at 1" in shown, "\n".join(shown))
            shown = shell.run("drivers")
            expect(not any("counter.sys" in text.lower() for text in shown), "\n".join(shown))


@case("whole", ours=OURS)
def sdk_folders_in_the_tree() -> None:
    """A program and a driver in new folders are found by themselves, in a tree whose own folder has a blank."""
    with _fresh_folder() as folder:
        for path in files():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, folder / path)
        program, driver = folder / "apps/first", folder / "drivers/misc/second"
        program.mkdir()
        driver.mkdir()
        (program / "first.c").write_text(_block("c", "NtProcessStartup"), encoding="utf-8")
        shutil.copy2(ROOT / "sdk/examples/counter.sys/counter.c", driver / "second.c")
        (driver / "second.reg").write_text(_block("reg", "Start").replace("first", "second"), encoding="utf-8")
        command = ["./neptune", "build", "pe/first.exe", "pe/second.sys", "pe/seed.reg"]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        expect(result.returncode == 0, (result.stdout + result.stderr)[-1500:])
        seed = (folder / "build" / CONFIG / "pe/seed.reg").read_text(encoding="utf-8")
        expect("Services\\First" in seed, "its registry fragment is not in the seed")
