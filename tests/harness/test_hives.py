# SPDX-License-Identifier: GPL-3.0-only
"""Hives go both ways between the system and other tools: hivex (libhivex-bin) and reglookup."""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import libwine
from cases import case, expect
from paths import ROOT
from win32_programs import PROGRAMS, compile_gnu

SECONDS = 120
EDIT = """cd \\key003
add made
cd made
setval 3
@
string:default of theirs
word
dword:0x11
text
string:theirs
cd \\key004
setval 1
other
dword:0x12
commit
"""


def _program(folder: Path, word: str) -> str:
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    command = [str(ROOT / "neptune"), "exec", "--admin", "--timeout", str(SECONDS), "--out", str(out)]
    done = subprocess.run([*command, str(folder / "program/hives.exe"), word], capture_output=True, check=False)
    said = done.stdout.decode("latin-1").replace("\r\n", "\n")
    expect(done.returncode == 0, f"exit code {done.returncode}: {said[-1000:]}{done.stderr.decode('latin-1')[-2000:]}")
    return said


def _tool(*command: str | Path, text: str = "") -> str:
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    error = done.stderr.decode("utf-8", "replace")
    expect(done.returncode == 0, f"{command[0]} ends with {done.returncode}: {error[-2000:]}")
    return done.stdout.decode("utf-8", "replace")


def _values(node: ET.Element) -> dict[str, str]:
    """What hivexml says of the values right below a node."""
    return {value.get("key", ""): value.get("value", "") for value in node.findall("value")}


def _ours_are_read(hive: Path) -> None:
    root = ET.fromstring(_tool("hivexml", hive)).find("node")
    assert root is not None
    values = _values(root)
    expect(values.get("") == "default" and values.get("number") == "42", str(values)[:500])
    expect(values.get("\u03b1\u03b2") == "\u0416", str(values)[:500])
    nodes = root.findall("node")
    expect([node.get("name") for node in nodes] == [f"key{number:03}" for number in range(600)], f"{len(nodes)} keys")
    expect(all(_values(node) == {"i": str(number)} for number, node in enumerate(nodes)), "values of subkeys")
    large = bytes((i * 7 + i // 256) & 255 for i in range(50000))
    expect(base64.b64decode(values["large"]) == large, "large data")
    lines = _tool("reglookup", hive).splitlines()
    expect(sum(",KEY," in line for line in lines) == 601, f"{len(lines)} lines of reglookup")
    expect(any(line.startswith("//number,DWORD,0x0000002A") for line in lines), "reglookup: number")


@case("whole", ours="the registry is the same on any kernel; once is enough")
def hives_of_other_tools() -> None:
    """hivex and reglookup read what the system saves; it loads what hivex has written, and hivex what it changed of that."""
    try:
        libwine.ensure()
    except libwine.Unavailable as error:
        print(f"neptune: left out, whole/hives-of-other-tools: {error}", flush=True)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "program").mkdir()
        compile_gnu(PROGRAMS / "administrator/hives.c", folder / "program/hives.exe")
        said = _program(folder, "save")
        expect('RegSaveKeyA(key, "ours.hiv", NULL): 0' in said, said)
        ours, theirs = folder / "out/ours.hiv", folder / "program/theirs.hiv"
        _ours_are_read(ours)
        shutil.copy(ours, theirs)
        _tool("hivexsh", "-w", theirs, text=EDIT)
        said = _program(folder, "load")
        for line in (
            *('RegLoadKeyA(HKEY_LOCAL_MACHINE, "Theirs", "theirs.hiv"): 0', "[] type 1, 8 bytes default"),
            *("[number] type 4, 4 bytes 42", "key599", " made", "  [] type 1, 18 bytes default of theirs"),
            *("  [word] type 4, 4 bytes 17", "  [text] type 1, 7 bytes theirs", " [other] type 4, 4 bytes 18"),
            *('RegUnLoadKeyA(HKEY_LOCAL_MACHINE, "Theirs"): 5', 'RegUnLoadKeyA(HKEY_LOCAL_MACHINE, "Theirs"): 0'),
        ):
            expect(line in said.splitlines(), f"{line!r} is missing in:\n{said[:3000]}")
        root = ET.fromstring(_tool("hivexml", folder / "out/theirs.hiv")).find("node")
        assert root is not None
        expect(_values(root).get("seven") == "7" and _values(root).get("later") == "later", str(_values(root))[:500])
        made = root.find("./node[@name='key003']/node[@name='made']")
        expect(made is not None and _values(made).get("text") == "theirs", "what hivex has made")
