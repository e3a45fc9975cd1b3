# SPDX-License-Identifier: GPL-3.0-only
"""What `./neptune bench wine` makes of what its program prints; the command itself is for benchmarks, not for CI."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import cpio
import wine_bench
from cases import case, expect
from paths import ROOT
from shell import ShellError

SAID = """bench loop-20000 20001
bench one 1500
failed two CreateFile 2
failed three raises 2147483904
bench done
"""


def _refusal(text: str) -> str:
    try:
        wine_bench.checked(wine_bench.read(text), text, "there")
    except ShellError as error:
        return str(error)
    return ""


@case("tools")
def rows_of_the_bench_beside_wine() -> None:
    column = wine_bench.checked(wine_bench.read(SAID), SAID, "here")
    expect(column.counts == {"one": 1500.0} and column.complete, str(column))
    expect(column.wrong == {"two": "CreateFile: error 2", "three": "raises 80000100"}, str(column.wrong))
    theirs = wine_bench.Column({"one": 3000.0, "two": 10.0, "three": 5.0}, {}, True)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        expect(not wine_bench.print_table({"ours": column, "Wine": theirs}), "a row that failed is no success")
    table = out.getvalue()
    for words in ("1,500", "ahead 2.0 times", "ours: CreateFile: error 2", "ours: raises 80000100"):
        expect(words in table, f"{words} is not in\n{table}")
    with contextlib.redirect_stdout(io.StringIO()) as out:
        slow, quick = wine_bench.Column({"one": 20.0}), wine_bench.Column({"one": 5.0})
        expect(wine_bench.print_table({"ours": slow, "Wine": quick}), "a row behind is counted all the same")
    expect("BEHIND 4.0 times" in out.getvalue(), out.getvalue())
    # A counter that does not count instructions, and a program that has not begun.
    expect("19000 for 20000" in _refusal(SAID.replace("20001", "19000")), _refusal(SAID))
    expect("no such program" in _refusal("sh: no such program"), _refusal("sh: no such program"))


@case("tools")
def an_archive_for_linux() -> None:
    out = io.BytesIO()
    archive = cpio.Writer(out)
    archive.file("a/b/file", b"12345")
    archive.file("a/other", b"")
    archive.close()
    data, names, at = out.getvalue(), list[str](), 0
    while not names or names[-1] != "TRAILER!!!":
        expect(data[at : at + 6] == b"070701", f"no header at {at}")
        fields = [int(data[at + 6 + 8 * index : at + 14 + 8 * index], 16) for index in range(13)]
        size, length = fields[6], fields[11]
        names.append(data[at + 110 : at + 110 + length - 1].decode())
        start = (at + 110 + length + 3) & ~3
        if names[-1] == "a/b/file":
            expect(data[start : start + size] == b"12345", "the file is another")
        at = (start + size + 3) & ~3
    expect(names == ["a", "a/b", "a/b/file", "a/other", "TRAILER!!!"] and at == len(data), str(names))


NO_NETWORK = """
import pathlib, sys
import debian, wine_guest
wine_guest.PLACE = pathlib.Path(sys.argv[1])
try:
    wine_guest.ensure()
except debian.Unavailable as error:
    print(error)
"""


@case("tools")
def a_package_that_cannot_be_had_is_named() -> None:
    with tempfile.TemporaryDirectory() as name:
        configuration = Path(name) / "apt.conf"
        configuration.write_text('Acquire::http::Proxy "http://127.0.0.1:1";\n', encoding="utf-8")
        environment = {**os.environ, "APT_CONFIG": str(configuration), "PYTHONPATH": str(ROOT / "tools")}
        command = [sys.executable, "-B", "-c", NO_NETWORK, f"{name}/wine"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        expect("cannot download linux-image" in said and "apt-get update" in said, said)
