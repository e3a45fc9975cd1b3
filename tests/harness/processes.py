# SPDX-License-Identifier: GPL-3.0-only
"""./neptune itself as the tests run it: to its end, or in the background."""

from __future__ import annotations

import subprocess
from pathlib import Path

from paths import ROOT

SECONDS = 240.0


def neptune(*words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs ./neptune with nothing on standard input and returns status and output."""
    command = [str(ROOT / "neptune"), *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=SECONDS, check=False
    )


def neptune_started(*words: str) -> subprocess.Popen[str]:
    """Starts ./neptune; its output, errors too, is in its `stdout`."""
    command = [str(ROOT / "neptune"), *words]
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
