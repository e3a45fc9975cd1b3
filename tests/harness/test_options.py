# SPDX-License-Identifier: GPL-3.0-only
"""The command line: wrong options end with a clear message and a status, and with nothing running."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from cases import case, expect
from paths import ROOT


def _neptune(*words: str) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "neptune"), *words]
    return subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False
    )


def _refused(words: tuple[str, ...], message: str) -> None:
    result = _neptune(*words)
    expect(result.returncode != 0, f"{words} is accepted")
    expect(message in result.stderr + result.stdout, f"{words} says {result.stderr.strip()[-200:]!r}")


@case("tools")
def missing_kernel_file() -> None:
    _refused(("run", "--kernel", "/no/such/kernel"), "there is no file /no/such/kernel")


@case("tools")
def kernel_that_is_no_elf() -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"#!/bin/sh\n")
        file.flush()
        _refused(("shell", "--kernel", file.name, "--root", file.name, "ver"), "is not an ELF file")


@case("tools")
def unknown_image_kind() -> None:
    _refused(("image", "cassette", str(Path("/dev/null"))), "invalid choice")
