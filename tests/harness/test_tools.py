# SPDX-License-Identifier: GPL-3.0-only
"""The tools without any machine: the screen model, the keyboard map, the archive, pictures, recordings."""

from __future__ import annotations

import re
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import archive
import image
import keyboard
import mentions
import ntdll_exports
import report
import services
import sound
from cases import Failure, case, expect
from paths import build_dir
from picture import Picture
from support import CONFIG
from terminal import Terminal


@case("tools")
def terminal_follows_the_console() -> None:
    terminal = Terminal()
    terminal.feed("\\SystemRoot> hexlo\b\b\b\x1b[K")
    expect(terminal.before_cursor() == "\\SystemRoot> he", "erase to the end of the line")
    terminal.feed("llo\r\nnext\x1b[2")
    terminal.feed("J\x1b[Htop")
    expect(terminal.line(0) == "\\SystemRoot> hello", "the line before is kept")
    expect(terminal.before_cursor() == "top", "a sequence in two pieces clears the screen")
    terminal.feed("\r\n" + "x" * 81)
    expect(terminal.before_cursor() == "x", "a line wraps at 80")


@case("tools")
def keyboard_map() -> None:
    expect(keyboard.strokes("A") == ["shift", "a"], "capital")
    expect(keyboard.strokes("|") == ["shift", "backslash"], "bar")
    for code in range(32, 127):
        expect(keyboard.strokes(chr(code)), chr(code))


@case("tools")
def archive_is_sorted_and_aligned() -> None:
    packed = archive.pack({"b/c": b"22", "a": b"1" * 5000, "empty": b""})
    magic, count, size, total, _ = archive.HEADER.unpack_from(packed)
    expect((magic, count, size, total) == (b"NEPTARC1", 3, 128, len(packed)), "header")
    entries = [archive.ENTRY.unpack_from(packed, 32 + 128 * index) for index in range(count)]
    expect([entry[0].rstrip(b"\0") for entry in entries] == [b"a", b"b\\c", b"empty"], "names")
    expect(all(entry[1] % 4096 == 0 for entry in entries), "alignment")
    expect(packed[entries[1][1] : entries[1][1] + 2] == b"22", "data")


@case("tools")
def floppy_refuses_what_does_not_fit() -> None:
    with tempfile.TemporaryDirectory() as name:
        big = Path(name) / "big"
        big.write_bytes(bytes(range(256)) * 16)
        big.write_bytes(b"".join(struct.pack("<Q", (i * 2654435761) ** 3 % 2**64) for i in range(250_000)))
        try:
            image.floppy(Path(name) / "out", big, big)
        except SystemExit as error:
            expect("too small" in str(error), str(error))
            return
    raise Failure("a floppy was made of 4 MB")


@case("tools")
def report_reads_programs() -> None:
    outcome = report.read("noise\nok one\nok two\nFAIL three x.cpp:4 a == b\n2 passed, 1 failed\n")
    expect((outcome.passed, outcome.failures) == (2, ["three x.cpp:4 a == b"]), "lines")
    expect(report.read("ok one\n").failures, "a missing last line is a failure")
    expect(report.read("ok one\n2 passed, 0 failed").failures, "a wrong count is a failure")
    end = "ok one\n1 passed, 0 failed\none ended: an address that may not be accessed (0xc0000005)\n"
    expect(report.read(end).failures, "a fault at the end is a failure")
    broken = b"ok one\r\r\nok   tw\r\x1b[Kx.sys: was ended\r\r\nok   tw\x1b[9Go\r\r\n2 passed, 0 failed\r\n"
    text = report.plain(broken)
    expect(text == "ok one\nx.sys: was ended\nok   two\n2 passed, 0 failed\n", repr(text))
    expect(report.read(text).passed == 2, "what a log broke counts twice")


@case("tools")
def hints_of_imports_hold() -> None:
    """Each name of ntdll's that our programs import stands in its name table where the import says.

    Drivers are linked as everybody's are, with mingw-w64's import libraries and their hints.
    """
    built = build_dir(CONFIG) / "pe"

    def shown(what: str, image: str, pattern: str) -> list[Any]:
        said = subprocess.run(
            ["llvm-readobj-19", f"--coff-{what}", str(built / image)], capture_output=True, text=True, check=True
        )
        return re.findall(pattern, said.stdout, re.MULTILINE)

    # The table of names is in the order of their bytes.
    names = sorted(shown("exports", "ntdll.dll", r"^  Name: (\S+)$"))
    for program in ("ntcmd.exe", "ntoskrnl.exe"):
        imports = shown("imports", program, r"^  (?:Name: (\S+)|Symbol: (\S+) \((\d+)\))$")
        of_ntdll, checked = False, 0
        for dll, name, hint in imports:
            if dll:
                of_ntdll = dll == "ntdll.dll"
            elif of_ntdll:
                expect(names[int(hint)] == name, f"{program}: {name} is not {hint}, where {names[int(hint)]} is")
                checked += 1
        expect(checked > 20, f"{program} imports {checked} names of ntdll")


@case("tools")
def declarations_say_what_is_missing() -> None:
    text = 'NtTwo[blocking,partial="this, and that"](in A: ULONG)'
    service = services.parse_service(text, 7, "here", "nt")
    expect((service.attributes, service.partial) == (["blocking"], "this, and that"), "both")
    alone = services.parse_service('NtOne[partial="this"]()', 8, "here", "nt")
    expect((alone.attributes, alone.partial) == ([], "this"), "alone")
    expect(not services.parse_service("NtNone[blocking]()", 9, "here", "nt").partial, "complete")
    expect("harness/test_tools" in mentions.tests_of("declarations_say_what_is_missing"), "who names it")
    exports = dict(ntdll_exports.exports())
    expect(len(exports) > 700 and exports["RtlRaiseStatus"] == "", "exports")


@case("tools")
def picture_round_trip() -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a.ppm"
        path.write_bytes(b"P6\n2 2\n255\n" + bytes(9) + b"\xff\xff\xff")
        picture = Picture.read_ppm(path)
        expect(
            (picture.width, picture.height, picture.lit_rows(), picture.colours()) == (2, 2, 1, 2), "pixels"
        )
        picture.write_png(path)
        expect(path.read_bytes().startswith(b"\x89PNG"), "PNG")


@case("tools")
def recording_is_measured() -> None:
    rate = 44100
    wave = [0] * 4000 + [9000 if (i * 880 // rate) % 2 else -9000 for i in range(rate * 3 // 10)] + [0] * 9000
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a.wav"
        head = (
            b"RIFF\0\0\0\0WAVEfmt "
            + struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16)
            + b"data\0\0\0\0"
        )
        path.write_bytes(head + struct.pack(f"<{len(wave)}h", *wave))
        tone = sound.loudest_tone(path)
    expect(abs(tone.frequency - 440) < 3 and abs(tone.seconds - 0.3) < 0.01, f"measured {tone}")
