# SPDX-License-Identifier: GPL-3.0-only
"""./neptune format: lays out every C and C++ source as .clang-format says."""

from __future__ import annotations

import argparse
import subprocess

from paths import ROOT
from tracked import c_sources


def add_arguments(_: argparse.ArgumentParser) -> None:
    """No further options."""


def main(_: argparse.Namespace) -> int:
    return subprocess.run(["clang-format-19", "-i", *c_sources()], cwd=ROOT, check=False).returncode
