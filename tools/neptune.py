# SPDX-License-Identifier: GPL-3.0-only
"""The command line of ./neptune."""

from __future__ import annotations

import argparse

import build
from paths import CONFIGS


def _build(arguments: argparse.Namespace) -> None:
    build.build(arguments.config, arguments.targets, arguments.jobs)


def main() -> None:
    parser = argparse.ArgumentParser(prog="neptune")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("build", help="build everything, or the named targets")
    command.add_argument("targets", nargs="*")
    command.add_argument("--config", choices=CONFIGS, default="release")
    command.add_argument("-j", "--jobs", type=int)
    command.set_defaults(run=_build)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
