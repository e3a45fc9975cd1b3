# SPDX-License-Identifier: GPL-3.0-only
"""A client of QEMU's machine protocol (QMP) over a unix socket."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any


class QmpError(Exception):
    """QEMU refused a command, or the connection is gone."""


class Qmp:
    """One connection. Events that arrive meanwhile are kept in `events` for the owner to look at."""

    def __init__(self, path: Path, timeout: float = 10.0) -> None:
        deadline = time.monotonic() + timeout
        while True:
            self._socket = socket.socket(socket.AF_UNIX)
            try:
                self._socket.connect(str(path))
                break
            except OSError as error:
                self._socket.close()
                if time.monotonic() > deadline:
                    raise QmpError("QEMU does not answer") from error
                time.sleep(0.01)
        self._socket.settimeout(timeout)
        self._buffer = b""
        self.events: list[dict[str, Any]] = []
        self._message()
        self.command("qmp_capabilities")

    def close(self) -> None:
        self._socket.close()

    def _message(self) -> dict[str, Any]:
        while b"\n" not in self._buffer:
            try:
                data = self._socket.recv(65536)
            except OSError as error:
                raise QmpError("QEMU does not answer") from error
            if not data:
                raise QmpError("QEMU has ended")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        message: dict[str, Any] = json.loads(line)
        return message

    def command(self, name: str, **arguments: Any) -> Any:
        """Runs one command and returns its result."""
        self._send(name, [arguments])
        return self._result(name)

    def rapidly(self, name: str, each: list[dict[str, Any]]) -> None:
        """Runs one command with each of these arguments, as fast as QEMU takes them."""
        self._send(name, each)
        for _ in each:
            self._result(name)

    def _send(self, name: str, each: list[dict[str, Any]]) -> None:
        lines = [json.dumps({"execute": name, "arguments": arguments}) + "\n" for arguments in each]
        try:
            self._socket.sendall("".join(lines).encode())
        except OSError as error:
            raise QmpError("QEMU has ended") from error

    def _result(self, name: str) -> Any:
        while True:
            message = self._message()
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise QmpError(f"{name}: {message['error']['desc']}")
            elif "return" in message:
                return message["return"]

    def poll(self) -> None:
        """Collects events that have already arrived, without waiting."""
        self._socket.setblocking(False)
        try:
            while data := self._socket.recv(65536):
                self._buffer += data
        except BlockingIOError:
            pass
        except OSError:
            return
        finally:
            self._socket.settimeout(10.0)
        while b"\n" in self._buffer:
            self.events.append(self._message())

    def monitor(self, line: str) -> str:
        """Runs a command of QEMU's human monitor and returns its text."""
        return str(self.command("human-monitor-command", **{"command-line": line}))
