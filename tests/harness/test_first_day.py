# SPDX-License-Identifier: GPL-3.0-only
"""What a newcomer does on the first day: odd file names, two things at once, Ctrl-C, looking for the logs."""

from __future__ import annotations

import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import compose
import scratch
from cases import case, expect
from paths import build_dir
from processes import neptune, neptune_started
from support import CONFIG

ODD = "a name, with blanks"

OURS = "./neptune itself"


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


@case("whole", ours=OURS)
def com1_goes_where_run_says() -> None:
    with _odd_folder() as folder:
        log = folder / "com1.log"
        result = neptune("run", "--display", "none", "--serial", str(log), "--timeout", "20", "--log", "ps")
        expect(str(log) in result.stdout, f"run does not say where COM1 goes: {result.stdout}")
        expect("ps: process 4 " in log.read_text(encoding="latin-1"), "the log of `--log ps` is not there")
