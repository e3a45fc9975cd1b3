# SPDX-License-Identifier: GPL-3.0-only
"""./neptune debug"""

import argparse


def add_arguments(_: argparse.ArgumentParser) -> None:
    """None yet."""


def main(_: argparse.Namespace) -> int:
    raise SystemExit("neptune: debug is not there yet")
