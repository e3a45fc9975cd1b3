# SPDX-License-Identifier: GPL-3.0-only
"""Runs inside gdb: adds the symbols of PE images at the addresses the Executive logged on the serial line.

With the boot option `log=ps` the Executive prints `module: NAME BASE process N` for each image it maps.
"""

import re
from pathlib import Path

import gdb  # type: ignore

MODULE = re.compile(r"module: (\S+) (0x[0-9a-fA-F]+) process (\d+)")


class _State:
    serial = Path()
    symbols = Path()
    loaded: set[tuple[str, int]] = set()


class Serial(gdb.Command):  # type: ignore[misc]
    """neptune-serial FILE FOLDER: where the serial log and the images with symbols are."""

    def __init__(self) -> None:
        super().__init__("neptune-serial", gdb.COMMAND_FILES)

    def invoke(self, argument: str, _: bool) -> None:
        serial, symbols = argument.split()
        _State.serial, _State.symbols = Path(serial), Path(symbols)


class Modules(gdb.Command):  # type: ignore[misc]
    """neptune-modules: add the symbols of every PE image mapped so far."""

    def __init__(self) -> None:
        super().__init__("neptune-modules", gdb.COMMAND_FILES)

    def invoke(self, _: str, __: bool) -> None:
        text = _State.serial.read_text(encoding="latin-1") if _State.serial.exists() else ""
        for name, base, process in MODULE.findall(text):
            # A driver host is named for its driver; its program is the driver runtime.
            host = name.endswith(".sys") and "\\" not in name
            image = _State.symbols / ("ntoskrnl.exe" if host else name.rsplit("\\", 1)[-1])
            key = (image.name, int(base, 16))
            if key in _State.loaded or not image.exists():
                continue
            _State.loaded.add(key)
            preferred = _image_base(image)
            gdb.execute(f"add-symbol-file {image} -o {hex(key[1] - preferred)}", to_string=True)
            print(f"{image.name} at {base} (process {process})")


def _image_base(path: Path) -> int:
    """ImageBase of a PE32+ file."""
    data = path.read_bytes()[:4096]
    header = int.from_bytes(data[0x3C:0x40], "little")
    return int.from_bytes(data[header + 24 + 24 : header + 24 + 32], "little")


Serial()
Modules()
