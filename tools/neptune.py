# SPDX-License-Identifier: GPL-3.0-only
"""The command line of ./neptune."""

from __future__ import annotations

import _signal  # what the module below is made of: it is there at once

# Ctrl-C while the rest is loaded ends the program without a word, as it does later (ending.end).
_signal.signal(_signal.SIGINT, _signal.SIG_DFL)

import argparse
import atexit
import importlib
import os
import signal
import subprocess
import sys

import ending
import packages
from paths import CONFIGS

# Each command with the module that does it: `add_arguments(parser)` and `main(arguments)`.
COMMANDS = {
    "run": ("cmd_run", "boot to the prompt"),
    "test": ("cmd_test", "build and run the tests; the last line is `N passed, N failed`"),
    "shell": ("cmd_shell", "boot without display, type commands, print what the screen shows"),
    "build": ("cmd_build", "build everything, or the named targets"),
    "setup": ("cmd_setup", "install the packages that are missing"),
    "exec": ("cmd_exec", "run a Windows program in a fresh machine"),
    "image": ("cmd_image", "make a boot image: floppy, iso or direct"),
    "torture": ("cmd_torture", "call every service at random until something breaks"),
    "bench": ("cmd_bench", "count instructions, boot times and idle share against the targets"),
    "differ": ("cmd_differ", "run small programs here and under Debian's wine64, and compare what they say"),
    "debug": ("cmd_debug", "boot under gdb with all symbols"),
    "check": ("cmd_check", "formatting, layering, generated files, lint"),
    "format": ("cmd_format", "format all sources"),
}


# Options whose value may look like an option itself, as in `--qemu -snapshot`; exec has none, and its program's words are
# the program's.
TAKE_ANYTHING = ("--qemu", "--gdb")


def _joined(words: list[str]) -> list[str]:
    """Writes `--qemu X` as `--qemu=X`, which argparse takes whatever X begins with."""
    if words[:1] == ["exec"]:
        return words
    result: list[str] = []
    for word in words:
        if result and result[-1] in TAKE_ANYTHING:
            result[-1] += "=" + word
        else:
            result.append(word)
    return result


def _run(arguments: argparse.Namespace) -> int:
    """The command's status; what the system refused, a missing program for one, is told in a line."""
    try:
        status: int = arguments.main(arguments)
        return status
    except BrokenPipeError:  # `| head` has seen enough
        os._exit(1)
    except OSError as error:
        raise SystemExit(f"neptune: {error.filename or 'the system'}: {error.strerror}") from None
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"neptune: {error.cmd[0]} failed: {(error.stderr or '').strip()}") from None


def _open_standard_files() -> None:
    """What the caller has closed is /dev/null: else the next file that is opened would be taken for it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def main() -> None:
    _open_standard_files()
    parser = argparse.ArgumentParser(prog="neptune", description="Neptune OS: build, run, test.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--config", choices=CONFIGS, default="release")
        loaded = importlib.import_module(module)
        loaded.add_arguments(command)
        command.set_defaults(main=loaded.main)
    arguments = parser.parse_args(_joined(sys.argv[1:]))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ending.end)
    atexit.register(ending.kill_all)
    packages.ensure()
    sys.exit(_run(arguments))


if __name__ == "__main__":
    main()
