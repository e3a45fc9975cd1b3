# SPDX-License-Identifier: GPL-3.0-only
"""Runs the code generators into build/<config>/gen, touching only files whose text changed.

A generator is `tools/X.py --out FOLDER`. Sources it writes under FOLDER/<component>/ are compiled into that
component, FOLDER is on every include path, and FOLDER/<component>/*.def add to its exports.
"""

from __future__ import annotations

import filecmp
import shutil
import subprocess
import sys
from pathlib import Path

import scratch
from paths import ROOT

# Each generator with the declarations it reads.
DECLARATIONS = ("abi/nt/nt.services", "abi/wdm/wdm.services")
GENERATORS = {
    "tools/services.py": DECLARATIONS,
    "tools/service_table.py": DECLARATIONS,
    "tools/unicode.py": (),
}


def inputs() -> list[str]:
    """Every generator and declaration file that exists, relative to the root."""
    names = [*GENERATORS, *(name for declarations in GENERATORS.values() for name in declarations)]
    return sorted(name for name in names if (ROOT / name).exists())


def _replace_changed(new: Path, old: Path) -> None:
    for path in sorted(new.rglob("*")):
        target = old / path.relative_to(new)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif not target.exists() or not filecmp.cmp(path, target, shallow=False):
            shutil.copyfile(path, target)
    if old.exists():
        for path in sorted(old.rglob("*"), reverse=True):
            if path.is_file() and not (new / path.relative_to(old)).exists():
                path.unlink()


def run(out: Path) -> None:
    """Generates everything; raises SystemExit with the generator's own message when one fails."""
    out.mkdir(parents=True, exist_ok=True)
    with scratch.folder() as fresh:
        for tool, declarations in GENERATORS.items():
            if not all((ROOT / name).exists() for name in (tool, *declarations)):
                continue
            command = [sys.executable, "-B", tool, "--out", str(fresh)]
            done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
            sys.stderr.write(done.stderr)  # nothing of one that is interrupted: then this is over too
            if done.returncode != 0:
                raise SystemExit(f"neptune: {tool} failed")
        _replace_changed(fresh, out)
