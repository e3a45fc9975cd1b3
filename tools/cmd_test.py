# SPDX-License-Identifier: GPL-3.0-only
"""./neptune test"""

import argparse


def add_arguments(_: argparse.ArgumentParser) -> None:
    """None yet."""


def main(_: argparse.Namespace) -> int:
    raise SystemExit("neptune: test is not there yet")
