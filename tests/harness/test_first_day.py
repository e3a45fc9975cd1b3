# SPDX-License-Identifier: GPL-3.0-only
"""What a newcomer does on the first day: odd file names, two things at once, Ctrl-C, looking for the logs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import compose
import elf
import scratch
from cases import case, expect
from paths import ROOT, build_dir
from processes import neptune, neptune_started
from support import CONFIG

ODD = "a name, with blanks"

OURS = "./neptune itself"

STARTS_AND_IS_INTERRUPTED = """
import os, signal, subprocess, ending

class Interrupted(subprocess.Popen):
    def __init__(self, *words, **how):
        super().__init__(*words, **how)
        print(self.pid, flush=True)
        os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, ending.end)
subprocess.Popen = Interrupted
ending.start(["sleep", "1000"], stdout=subprocess.DEVNULL)
"""
MAKES_FILES = """
import sys, time
deadline, number = time.monotonic() + 0.3, 0
while time.monotonic() < deadline:
    try:
        open(f"{sys.argv[1]}/{number}", "w").close()
    except FileNotFoundError:
        break
    number += 1
    if number == 100:
        print(flush=True)
"""


@contextmanager
def _odd_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / ODD
        folder.mkdir()
        yield folder


def _leftovers() -> list[str]:
    """Files in the making in the folder of composed files."""
    return [path.name for path in (build_dir(CONFIG) / "run").glob(".*")]


@case("whole", ours=OURS)
def files_with_blanks_in_their_names() -> None:
    built = build_dir(CONFIG)
    with _odd_folder() as folder:
        kernel, root, program = folder / "the kernel.elf", folder / "the root.elf", folder / "a program.exe"
        shutil.copyfile(built / "kernel/kernel.elf", kernel)  # ELF64, which is repacked
        shutil.copyfile(built / "image/neptune.exe.elf", root)
        shutil.copyfile(built / "pe/ntcmd.exe", program)
        result = neptune("shell", "--kernel", str(kernel), "--add", str(program), "dir \\SystemRoot\\System32")
        expect("a program.exe" in result.stdout, result.stdout[-400:] + result.stderr)
        result = neptune("shell", "--kernel", str(kernel), "--root", str(root), "echo hello")
        expect("\nhello" in result.stdout, result.stdout[-400:] + result.stderr)


@case("whole", ours=OURS)
def images_with_blanks_in_their_names() -> None:
    with _odd_folder() as folder:
        for kind in ("floppy", "iso", "direct"):
            result = neptune("image", kind, str(folder / f"an {kind}"))
            expect(result.returncode == 0, f"{kind}: {result.stdout}{result.stderr}")
        expect((folder / "an iso").stat().st_size > 1 << 20, "the ISO is small")
        expect((folder / "an direct/neptune.elf").exists(), "there is no root server")


@case("whole", ours=OURS)
def the_same_image_composed_four_times_at_once() -> None:
    """Each run boots what it asked for, and nothing half-made stays."""
    option = f"at-once={time.time_ns()}"
    runs = [neptune_started("shell", "--boot", option, "--image", "iso", "echo hello") for _ in range(4)]
    said = [run.communicate(timeout=240)[0] for run in runs]
    failed = [text[-300:] for run, text in zip(runs, said, strict=True) if run.returncode or "\nhello" not in text]
    expect(not failed, f"{len(failed)} of 4 fail: {failed[:1]}")
    expect(not _leftovers(), f"left behind: {_leftovers()}")


@case("tools", alone=True)
def nothing_stays_after_an_interrupt() -> None:
    """Interrupted while it composes, and while the machine runs. Alone, as others compose in the same folder."""
    with tempfile.TemporaryDirectory() as name:
        own = Path(name)
        for folder, pattern in ((own, "neptune-*/archive.o"), (own, "neptune-*/qmp")):
            process = neptune_started("shell", "--boot", f"interrupted={time.time_ns()}", "echo hello", scratch=own)
            deadline = time.monotonic() + 60
            while not list(folder.glob(pattern)) and time.monotonic() < deadline:
                time.sleep(0.001)
            expect(list(folder.glob(pattern)), f"no {pattern} was ever there")
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
            expect(process.returncode == 128 + signal.SIGINT, f"it ends with {process.returncode}")
            stayed = _leftovers() + [path.name for path in own.iterdir()]
            expect(not stayed, f"left behind: {stayed}")


def _interrupted_amid_generators(own: Path, number: int) -> bool:
    """Whether the signal came before they were done."""
    os.utime(ROOT / "tools/build.py")  # build.ninja is written anew
    process = neptune_started("build", "build.ninja", scratch=own)
    deadline = time.monotonic() + 60
    while not list(own.glob("neptune-*/executive")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    process.send_signal(number)
    said = process.communicate(timeout=60)
    expect(process.returncode in (0, 128 + number), f"it ends with {process.returncode}: {said}")
    expect(not list(own.iterdir()), f"left behind: {list(own.iterdir())}")
    return process.returncode != 0


@case("tools", alone=True)
def nothing_stays_of_an_interrupted_generator() -> None:
    """ninja runs it: neptune passes the signal on and waits."""
    with tempfile.TemporaryDirectory() as name:
        for number in (signal.SIGINT, signal.SIGTERM):
            came = any(_interrupted_amid_generators(Path(name), number) for _ in range(10))
            expect(came, "ten times it was over before it could be interrupted")
    result = neptune("build", "build.ninja")  # as others had it
    expect(result.returncode == 0, f"it cannot be built any more: {result.stdout}{result.stderr}")


@case("tools")
def nothing_stays_of_what_is_just_being_started() -> None:
    """The signal comes when a process is there that nobody has noted yet."""
    with subprocess.Popen(
        [sys.executable, "-Bc", STARTS_AND_IS_INTERRUPTED], cwd=ROOT / "tools", stdout=subprocess.PIPE, text=True
    ) as done:
        assert done.stdout
        started = done.stdout.readline()
    expect(done.returncode == 128 + signal.SIGINT, f"it ends with {done.returncode}")
    words = Path(f"/proc/{int(started)}/cmdline")  # empty for one that has ended
    expect(not words.exists() or not words.read_bytes(), "the process is still there")


@case("tools")
def a_folder_that_still_grows_is_removed() -> None:
    with scratch.folder() as folder:
        maker = subprocess.Popen([sys.executable, "-c", MAKES_FILES, str(folder)], stdout=subprocess.PIPE)
        assert maker.stdout
        maker.stdout.readline()
    stayed = folder.exists()
    maker.communicate()
    expect(not stayed, "the folder is still there")


@case("tools")
def two_builds_take_turns() -> None:
    with scratch.locked(build_dir(CONFIG) / "lock", "a test"):
        process = neptune_started("build", "build.ninja")
        assert process.stdout
        said = process.stdout.readline()
        expect("waiting for another ./neptune" in said, said)
        expect(process.poll() is None, "it builds all the same")
    process.communicate(timeout=240)
    expect(process.returncode == 0, f"it ends with {process.returncode}")


@case("tools")
def a_composed_file_in_use_is_one_of_the_newest() -> None:
    system = compose.System(config=CONFIG, boot_options=(("in-use", "1"),))
    path = compose.root_server(system)
    first = path.stat().st_mtime
    time.sleep(0.02)
    expect(compose.root_server(system) == path, "it is composed anew")
    expect(path.stat().st_mtime > first, "it would be forgotten among the first")


@case("tools", ours=OURS)
def a_repacked_kernel_in_use_is_one_of_the_newest() -> None:
    built = build_dir(CONFIG)
    with scratch.folder() as folder:
        path = elf.kernel32(built / "kernel/kernel.elf", folder)
        os.utime(path, (1, 1))
        expect(elf.kernel32(built / "kernel/kernel.elf", folder) == path, "it is repacked anew")
        expect(path.stat().st_mtime > 1, "it would be forgotten among the first")


@case("whole", ours=OURS)
def com1_goes_where_run_says() -> None:
    with _odd_folder() as folder:
        log = folder / "com1.log"
        result = neptune("run", "--display", "none", "--serial", str(log), "--timeout", "20", "--log", "ps")
        expect(str(log) in result.stdout, f"run does not say where COM1 goes: {result.stdout}")
        expect("ps: process 4 " in log.read_text(encoding="latin-1"), "the log of `--log ps` is not there")
