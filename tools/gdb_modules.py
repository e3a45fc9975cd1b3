# SPDX-License-Identifier: GPL-3.0-only
"""Runs inside gdb: knows the PE images of every process, and has the symbols of those that one process sees.

With the boot option `modules=1` the Executive prints `module: NAME BASE process N` for each image it maps. gdb has
one address space and the guest many: images of two processes may lie at the same address. Then the symbols of only
one of them are loaded, and a breakpoint there is hit in both, unless it says `if $process() == NUMBER`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import gdb  # type: ignore

MODULE = re.compile(r"^module: (\S.*) 0x([0-9a-f]+) process (\d+)\r?$", re.MULTILINE)
PROCESS = re.compile(r"^ps: process (\d+) \((.*)\) (of process|ended)", re.MULTILINE)
CODE = 0x1000  # from an image's base, in every image of ours
TEB_PROCESS = 0x40  # TEB.ClientId.UniqueProcess


@dataclass(frozen=True)
class Module:
    """An image in an address space; `end` is `base` when its file is not one of ours."""

    name: str
    base: int
    end: int

    def overlaps(self, other: Module) -> bool:
        return self.base < other.end and other.base < self.end


@dataclass
class _State:
    serial: Path = Path()
    symbols: Path = Path()  # of this system's images, which are in the folder `pe` beside it
    programs: list[Path] = field(default_factory=list)  # folders of other images, with their symbols in them
    just_mapped: list[tuple[str, int, int]] = field(default_factory=list)  # not in the log yet
    loaded: set[Module] = field(default_factory=set)


STATE = _State()


def _image(name: str) -> Path | None:
    """The file with the symbols of an image."""
    folders = (STATE.symbols, *STATE.programs)
    return next((path for folder in folders for path in folder.iterdir() if path.name.lower() == name.lower()), None)


def _header_field(path: Path, offset: int, size: int) -> int:
    """A field of the optional header of a PE32+ file."""
    data = path.read_bytes()[:4096]
    at = int.from_bytes(data[0x3C:0x40], "little") + 24 + offset
    return int.from_bytes(data[at : at + size], "little")


def _image_base(path: Path | None) -> int:
    return _header_field(path, 24, 8) if path else 0


def _image_size(path: Path) -> int:
    """What the image takes in memory: the debug information of our files with symbols is not mapped."""
    mapped = STATE.symbols.parent / "pe" / path.name if path.parent == STATE.symbols else path
    return _header_field(mapped, 56, 4)


def processes() -> tuple[dict[int, str], dict[int, list[Module]]]:
    """The names and the images of the processes that are there, in the order in which they came."""
    text = STATE.serial.read_text(encoding="latin-1") if STATE.serial.exists() else ""
    names: dict[int, str] = {}
    ended: set[int] = set()
    for number, name, event in PROCESS.findall(text):
        names[int(number)] = name
        (ended.add if event == "ended" else ended.discard)(int(number))
    mapped = [(name, int(base, 16), int(process)) for name, base, process in MODULE.findall(text)]
    images: dict[int, list[Module]] = {}
    for name, base, process in [*mapped, *(entry for entry in STATE.just_mapped if entry not in mapped)]:
        path = _image(name)
        module = Module(name, base, base + (_image_size(path) if path else 0))
        others = [other for other in images.get(process, []) if not module.overlaps(other) and other != module]
        if process not in ended:
            images[process] = [*others, module]
    return names, images


def current_process() -> int | None:
    """The process whose thread ran last, by its TEB; None in the Executive and before there are threads."""
    try:
        teb = int(gdb.parse_and_eval("(unsigned long)$gs_base"))
        return int.from_bytes(gdb.selected_inferior().read_memory(teb + TEB_PROCESS, 8), "little") if teb else None
    except gdb.error:
        return None


def choose(images: dict[int, list[Module]], first: int | None) -> set[Module]:
    """The images whose symbols can be loaded together: all of process `first`, and what does not overlap."""
    chosen: set[Module] = set()
    for process in sorted(images, key=lambda number: (number != first, number)):
        for module in images[process]:
            if module.end > module.base and not any(module.overlaps(other) for other in chosen):
                chosen.add(module)
    return chosen


def _note(module: Module, process: int, chosen: set[Module]) -> str:
    """What is to be said of an image beside its name."""
    if module in chosen:
        return ""
    there = [other.name for other in chosen if module.overlaps(other)]
    return f"  ({there[0]} lies there too; neptune-modules {process} shows this one)" if there else "  (no symbols)"


def show(first: int | None) -> None:
    """Brings gdb's symbols in line with the guest's images, and lists them."""
    names, images = processes()
    chosen = choose(images, first)
    for module in STATE.loaded - chosen:
        gdb.execute(f"remove-symbol-file -a {module.base + CODE:#x}", to_string=True)
    for module in chosen - STATE.loaded:
        offset = module.base - _image_base(_image(module.name))
        gdb.execute(f'add-symbol-file "{_image(module.name)}" -o {offset:#x}', to_string=True)
    STATE.loaded = chosen
    for process, modules in sorted(images.items()):
        print(f"process {process} {names.get(process, modules[0].name)}")
        for module in modules:
            print(f"  {module.base:#014x} {module.name}{_note(module, process, chosen)}")


class Serial(gdb.Command):  # type: ignore[misc]
    """neptune-serial FILE FOLDER [PROGRAMS]...: where the serial log and the images with symbols are."""

    def __init__(self) -> None:
        super().__init__("neptune-serial", gdb.COMMAND_FILES)

    def invoke(self, argument: str, _: bool) -> None:
        serial, symbols, *programs = gdb.string_to_argv(argument)
        STATE.serial, STATE.symbols = Path(serial), Path(symbols)
        STATE.programs = [Path(folder) for folder in programs]


class Modules(gdb.Command):  # type: ignore[misc]
    """neptune-modules [PROCESS]: list the PE images of every process and load their symbols.

    Where images of two processes overlap, those of PROCESS are taken; without it, of the one that runs."""

    def __init__(self) -> None:
        super().__init__("neptune-modules", gdb.COMMAND_FILES)

    def invoke(self, argument: str, _: bool) -> None:
        show(int(argument) if argument.strip() else current_process())


class _Mapped(gdb.Breakpoint):  # type: ignore[misc]
    """Stops where the Executive reports that an image of this name is mapped."""

    def __init__(self, name: str) -> None:
        address = int(gdb.parse_and_eval("(unsigned long)&ps::report_module"))
        super().__init__(f"*{address:#x}", internal=True)
        self.image = name.lower()
        self.process: int | None = None

    def stop(self) -> bool:
        """At the entry, the path's characters and their number, base and process are in the argument registers."""
        values = [int(gdb.parse_and_eval(f"(unsigned long)${name}")) for name in ("rdi", "rsi", "rdx", "rcx")]
        path = bytes(gdb.selected_inferior().read_memory(values[0], 2 * values[1])).decode("utf-16-le")
        name = re.split(r"[\\/]", path)[-1]
        if name.lower() != self.image:
            return False
        self.process = values[3] & 0xFFFF_FFFF
        STATE.just_mapped.append((name, values[2], self.process))
        return True


class Until(gdb.Command):  # type: ignore[misc]
    """neptune-until IMAGE: go on until IMAGE is mapped into a process, before it runs; then load its symbols.

    The process is in $mapped, for `break FUNCTION if $process() == $mapped`."""

    def __init__(self) -> None:
        super().__init__("neptune-until", gdb.COMMAND_RUNNING)

    def invoke(self, argument: str, _: bool) -> None:
        breakpoint = _Mapped(argument.strip())
        try:
            gdb.execute("continue")
        finally:
            breakpoint.delete()
        if breakpoint.process is not None:
            gdb.set_convenience_variable("mapped", breakpoint.process)
            show(breakpoint.process)


class Process(gdb.Function):  # type: ignore[misc]
    """$process(): the number of the process whose thread ran last; 0 where there is none."""

    def __init__(self) -> None:
        super().__init__("process")

    def invoke(self) -> int:
        return current_process() or 0


Serial()
Modules()
Until()
Process()
