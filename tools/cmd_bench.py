# SPDX-License-Identifier: GPL-3.0-only
"""./neptune bench"""

import argparse


def add_arguments(_: argparse.ArgumentParser) -> None:
    """None yet."""


def main(_: argparse.Namespace) -> int:
    raise SystemExit("neptune: bench is not there yet")
