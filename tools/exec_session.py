# SPDX-License-Identifier: GPL-3.0-only
"""Programs that run in a machine of `./neptune exec`, and everything that goes between them and the caller."""

from __future__ import annotations

import os
import selectors
import struct
import sys
import time
from typing import BinaryIO

import caller_terminal
import channel as ch
from caller_terminal import CallerTerminal
from machine import Machine

REPORT_SILENCE = 0.5  # seconds after which nothing more is said of a crash
BOOT_SECONDS = 180.0  # on a host with much other work


def write_all(number: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(number, view) :]


class Session:
    """Programs, one after the other, in one machine: moves what there is to move until a program has ended."""

    def __init__(
        self,
        machine: Machine,
        channel: ch.Channel,
        echo: bool = False,
        standard_input: int | None = None,
        terminal: CallerTerminal | None = None,
    ) -> None:
        self.machine, self.channel, self.echo = machine, channel, echo
        self.said = bytearray()  # by the system, on COM1, since the first program was started
        self.status: int | None = None  # of the program that has ended last
        self.failed = False  # it could not even be started
        self.started = False
        self.sink = write_all
        self.record: BinaryIO | None = None  # where what COM1 says is written too
        self._reports = bytearray()
        self._input = bytearray()
        self._stdin = standard_input
        self._selector = selectors.DefaultSelector()
        self._reads_input = False
        self._selector.register(channel.connect(), selectors.EVENT_READ)
        assert machine.process.stdout
        self._com1 = machine.process.stdout.fileno()
        self._selector.register(self._com1, selectors.EVENT_READ)
        self._terminal = terminal
        self._typed = bytearray()
        self.given_up = False  # the key that ends the machine was pressed
        if terminal:
            self._typed += terminal.size_text()
            self._selector.register(terminal.fd, selectors.EVENT_READ)
            self._selector.register(terminal.wakeup, selectors.EVENT_READ)

    def send(self, order: bytes) -> None:
        while order:
            order = order[self.channel.write(ch.ORDERS, order) :]

    def _want_input(self, wanted: bool) -> None:
        if wanted == self._reads_input or self._stdin is None:
            return
        self._reads_input = wanted
        if not wanted:
            self._selector.unregister(self._stdin)
            return
        try:
            self._selector.register(self._stdin, selectors.EVENT_READ)
        except PermissionError:  # a file is always ready, and epoll takes none
            self._reads_input = False
            self._take_input()

    def _take_input(self) -> None:
        assert self._stdin is not None
        try:
            data = os.read(self._stdin, 65536)
        except OSError:
            data = b""
        self._input += data
        if not data:
            self._want_input(False)
            self._stdin = None

    def _move_input(self) -> None:
        while True:
            if self._input:
                moved = self.channel.write(ch.INPUT, bytes(self._input))
                del self._input[:moved]
                if self._input and not self.channel.await_room(ch.INPUT):
                    continue
                if self._input:
                    self._want_input(False)
                    return
            if self._stdin is None:
                self.channel.close(ch.INPUT)
                return
            self._want_input(True)
            if not self._input and self._stdin is not None:
                return

    def _move_typed(self) -> None:
        while self._typed:
            moved = self.channel.write(ch.CONSOLE_INPUT, bytes(self._typed))
            del self._typed[:moved]
            if self._typed and self.channel.await_room(ch.CONSOLE_INPUT):
                return

    def _take_typed(self) -> None:
        assert self._terminal
        try:
            data = os.read(self._terminal.fd, 4096)
        except OSError:
            data = b""
        if not data or caller_terminal.END_KEY in data:
            self.given_up = True
        self._typed += data

    def tell(self, text: str) -> None:
        """A line for who sits at the terminal."""
        assert self._terminal
        write_all(self._terminal.fd, b"\r" + text.replace("\n", "\r\n").encode())

    def _move_output(self) -> None:
        for pipe, number in ((ch.OUTPUT, 1), (ch.ERROR, 2)):
            while data := self.channel.read(pipe):
                try:
                    self.sink(number, data)
                except BrokenPipeError:
                    self.channel.refuse(pipe)
                    break
        while self._terminal and (data := self.channel.read(ch.CONSOLE_OUTPUT)):
            write_all(self._terminal.fd, data)
        while data := self.channel.read(ch.REPORTS):
            self._reports += data

    def _take_reports(self) -> None:
        while report := ch.take_report(self._reports):
            kind, body = report
            if kind == ch.REPORT_STARTED:
                self.started = True
            elif kind in (ch.REPORT_ENDED, ch.REPORT_FAILED):
                self.status = struct.unpack("<I", body)[0]
                self.failed = kind == ch.REPORT_FAILED

    def _take_com1(self) -> bool:
        data = os.read(self._com1, 65536)
        self.machine.serial += data
        if self.started:
            self.said += data
        if self.record:
            self.record.write(data)
        if self.echo:
            write_all(2, data.replace(b"\r", b""))
        return bool(data)

    def _wait(self, seconds: float) -> bool:
        """Until there is something to do, or the seconds are over; False when the machine has ended."""
        for key, _ in self._selector.select(max(0.0, seconds)):
            if key.fd == self._com1:
                if not self._take_com1() and self.machine.process.poll() is not None:
                    return False
            elif key.fd == self._stdin:
                self._take_input()
            elif self._terminal and key.fd == self._terminal.fd:
                self._take_typed()
            elif self._terminal and key.fileobj is self._terminal.wakeup:
                self._terminal.take_wakeup()
                self._typed += self._terminal.size_text()
            else:
                self.channel.rung()
        return True

    def run(self, order: bytes, timeout: float | None = None, boot_timeout: float | None = BOOT_SECONDS) -> bool:
        """Starts a program and waits for its end; False when its time is up or the machine has ended first."""
        self.status, begun = None, time.monotonic()
        deadline = None if timeout is None else begun + timeout
        self.send(order)
        while self.status is None:
            self._move_input()
            self._move_typed()
            self._move_output()
            self._take_reports()
            if self.given_up:
                return False
            now = time.monotonic()
            late = deadline is not None and now > deadline
            late = late or (boot_timeout is not None and not self.started and now - begun > boot_timeout)
            if self.status is None and late:
                return False
            if self.status is None and not self._wait(1.0 if deadline is None else min(1.0, deadline - now)):
                return False
        # What it wrote is there since before its end was reported.
        self._move_output()
        # What the system says of it, of a crash or as it is logged, comes from a queue, a few characters at a time.
        silence = REPORT_SILENCE if self.echo or self.status & 0x80000000 else 0.0
        while self._selector.select(silence) and self._wait(0):
            pass
        return True


    def files(self, folder: str) -> list[ch.File] | None:
        """The files of a folder as they are now; None when the machine has ended first."""
        self.send(ch.get_order(folder))
        data, found = bytearray(), list[ch.File]()
        while True:
            while more := self.channel.read(ch.GET):
                data += more
            while file := ch.take_file(data):
                if not file.name:
                    if file.flags & ch.FILE_INCOMPLETE:
                        print("neptune: not all files could be read", file=sys.stderr)
                    return found
                found.append(file)
            if not self._wait(1.0):
                return None
