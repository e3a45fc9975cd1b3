# SPDX-License-Identifier: GPL-3.0-only
"""./neptune itself as the tests run it: to its end, or in the background."""

from __future__ import annotations

import os
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


def neptune_started(*words: str, scratch: Path | None = None) -> subprocess.Popen[str]:
    """Starts ./neptune, with its scratch files in `scratch`; its output, errors too, is in its `stdout`."""
    command = [str(ROOT / "neptune"), *words]
    environment = {**os.environ, "TMPDIR": str(scratch)} if scratch else None
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
