# SPDX-License-Identifier: GPL-3.0-only
"""./neptune format: lays out every C and C++ source as .clang-format says."""

from __future__ import annotations

import argparse
import subprocess

from paths import ROOT
from tracked import c_sources


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folders", nargs="*", help="only what lies below these folders")


def main(arguments: argparse.Namespace) -> int:
    wanted = tuple(name.rstrip("/") for name in arguments.folders)
    names = [name for name in c_sources() if not wanted or name.startswith(wanted)]
    return subprocess.run(["clang-format-19", "-i", *names], cwd=ROOT, check=False).returncode if names else 0
