# SPDX-License-Identifier: GPL-3.0-only
"""./neptune shell: types commands at the prompt of a machine without display and prints what they show."""

from __future__ import annotations

import argparse
from dataclasses import replace

import machine_options
from machine import Machine
from shell import Shell, ShellError

# These turn the machine off or start it anew: no prompt comes back, or a new boot's prompt does.
_OFF = {"shutdown"}
_REBOOT = {"reboot"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    machine_options.add_arguments(parser)
    parser.add_argument(
        "--timeout", type=float, default=60.0, metavar="S", help="for the boot and for each command"
    )
    parser.add_argument("commands", nargs="+", metavar="COMMAND")


def converse(shell: Shell, commands: list[str]) -> None:
    """Runs the commands in order, printing prompt, command and output as they come."""
    shell.wait_prompt()
    for line in commands:
        prompt = shell.terminal.before_cursor()
        print(f"{prompt}{line}", flush=True)
        if line.strip().lower() in _OFF:
            shell.run_off(line)
            return
        if line.strip().lower() in _REBOOT:
            shell.run_reboot(line)
            continue
        for text in shell.run(line):
            print(text, flush=True)


def main(arguments: argparse.Namespace) -> int:
    options, media = machine_options.prepare(arguments)
    # Nobody watches: time that the guest idles away need not pass here, and a busy host does not lengthen it.
    options = replace(options, idle_at_once=options.icount)
    with Machine(options, media) as machine:
        shell = Shell(machine, arguments.timeout)
        try:
            converse(shell, arguments.commands)
        except ShellError as error:
            print(f"neptune: {error}; the screen:", *shell.screen()[-30:], machine.errors(), sep="\n")
            return 1
    return 0
