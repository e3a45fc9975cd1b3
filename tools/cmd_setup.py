# SPDX-License-Identifier: GPL-3.0-only
"""./neptune setup: nothing to do beyond what every command does first."""

from __future__ import annotations

import argparse

import packages


def add_arguments(_: argparse.ArgumentParser) -> None:
    """No further options."""


def main(_: argparse.Namespace) -> int:
    if packages.has_apt():
        print("neptune: everything is installed")
    return 0
