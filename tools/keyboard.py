# SPDX-License-Identifier: GPL-3.0-only
"""Text as strokes on a US keyboard, in QEMU's key names."""

from __future__ import annotations

from typing import Any

_PLAIN = {
    " ": "spc",
    "\n": "ret",
    "\t": "tab",
    "\b": "backspace",
    "\x1b": "esc",
    "-": "minus",
    "=": "equal",
    "[": "bracket_left",
    "]": "bracket_right",
    "\\": "backslash",
    ";": "semicolon",
    "'": "apostrophe",
    "`": "grave_accent",
    ",": "comma",
    ".": "dot",
    "/": "slash",
}
_SHIFTED = dict(zip('_+{}|:"~<>?', "-=[]\\;'`,./", strict=True)) | dict(
    zip("!@#$%^&*()", "1234567890", strict=True)
)


def strokes(character: str) -> list[str]:
    """The keys to hold down together for one character; ValueError when a US keyboard has none."""
    if character in _PLAIN:
        return [_PLAIN[character]]
    if character in _SHIFTED:
        return ["shift", *strokes(_SHIFTED[character])]
    if character.isascii() and character.isalnum():
        return ["shift", character.lower()] if character.isupper() else [character]
    raise ValueError(f"no key for {character!r} on a US keyboard")


def events(keys: list[str]) -> list[dict[str, Any]]:
    """QMP input events: the keys go down in order and up in reverse."""

    def event(key: str, down: bool) -> dict[str, Any]:
        return {"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": key}}}

    return [event(key, True) for key in keys] + [event(key, False) for key in reversed(keys)]
