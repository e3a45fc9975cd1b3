# SPDX-License-Identifier: GPL-3.0-only
"""./neptune build"""

from __future__ import annotations

import argparse

import build


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "targets", nargs="*", help="component or file names as ninja knows them; all by default"
    )
    parser.add_argument("-j", "--jobs", type=int)
    parser.add_argument("-k", "--keep-going", action="store_true", help="build what can be built")


def main(arguments: argparse.Namespace) -> int:
    build.build(arguments.config, arguments.targets, arguments.jobs, arguments.keep_going)
    return 0
