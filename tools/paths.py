# SPDX-License-Identifier: GPL-3.0-only
"""Where things are: the tree's root and the build folders. Nothing else knows these names."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The root as ninja and all that it starts see it, from the build folder: what a command line holds is the same
# wherever the tree lies, and has no blank in it.
UP = "../.."
CONFIGS = ("release", "debug")


def build_dir(config: str) -> Path:
    """The folder that holds everything built for one configuration."""
    return ROOT / "build" / config
