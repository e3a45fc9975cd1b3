# SPDX-License-Identifier: GPL-3.0-only
"""A model of the text screen, fed with the serial mirror of the console: what a person would see, line by line."""

from __future__ import annotations

import re

COLUMNS = 80
ROWS = 25
_SEQUENCE = re.compile(r"\x1b\[([?0-9;]*)([@-~])")


class Terminal:
    """Lines since the start, without end; `row` and `column` are the cursor. Columns wrap at 80."""

    def __init__(self, columns: int = COLUMNS) -> None:
        self.columns = columns
        self._lines: list[list[str]] = [[]]
        self._top = 0
        self._pending = ""
        self._saved = (0, 0)
        self.row = 0
        self.column = 0

    def feed(self, text: str) -> None:
        """Takes the next characters; an escape sequence may be split between two calls."""
        text = self._pending + text
        self._pending = ""
        position = 0
        while position < len(text):
            character = text[position]
            if character != "\x1b":
                self._put(character)
                position += 1
                continue
            match = _SEQUENCE.match(text, position)
            if match:
                self._control(match[1], match[2])
                position = match.end()
            elif len(text) - position < 16 and re.fullmatch(r"\x1b(\[[?0-9;]*)?", text[position:]):
                self._pending = text[position:]
                return
            else:
                position += 1

    def line(self, row: int) -> str:
        """One line without trailing blanks."""
        return "".join(self._lines[row]).rstrip() if row < len(self._lines) else ""

    def before_cursor(self) -> str:
        """The text of the cursor's line left of the cursor, blanks kept."""
        return "".join(self._lines[self.row])[: self.column].ljust(self.column)

    def lines(self, first: int, last: int) -> list[str]:
        """Lines `first` up to but without `last`."""
        return [self.line(row) for row in range(first, last)]

    def _put(self, character: str) -> None:
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self._move(self.row + 1, self.column)
        elif character == "\b":
            self.column = max(0, self.column - 1)
        elif character == "\t":
            self.column = min(self.columns - 1, (self.column // 8 + 1) * 8)
        elif character >= " ":
            if self.column >= self.columns:
                self._move(self.row + 1, 0)
            line = self._lines[self.row]
            line.extend(" " * (self.column + 1 - len(line)))
            line[self.column] = character
            self.column += 1

    def _move(self, row: int, column: int) -> None:
        self.row = max(self._top, row)
        self.column = max(0, min(self.columns - 1, column))
        while len(self._lines) <= self.row:
            self._lines.append([])
        self._top = max(self._top, self.row - ROWS + 1)

    def _control(self, parameters: str, final: str) -> None:
        numbers = [int(word) if word.isdigit() else 0 for word in parameters.split(";")]
        count = max(1, numbers[0])
        if final in "Hf":
            column = numbers[1] if len(numbers) > 1 else 1
            self._move(self._top + count - 1, max(1, column) - 1)
        elif final in "ABCD":
            down = {"A": -count, "B": count}.get(final, 0)
            right = {"C": count, "D": -count}.get(final, 0)
            self._move(self.row + down, min(self.column, self.columns - 1) + right)
        elif final == "G":
            self._move(self.row, count - 1)
        elif final == "K":
            self._erase_line(numbers[0])
        elif final == "J":
            self._erase_screen(numbers[0])
        elif final == "s":
            self._saved = (self.row, self.column)
        elif final == "u":
            self._move(*self._saved)

    def _erase_line(self, how: int) -> None:
        line = self._lines[self.row]
        if how == 0:
            del line[self.column :]
        elif how == 1:
            line[: self.column + 1] = " " * min(len(line), self.column + 1)
        else:
            line.clear()

    def _erase_screen(self, how: int) -> None:
        if how == 0:
            self._erase_line(0)
            del self._lines[self.row + 1 :]
        else:
            # What was on the screen stays readable above; the cleared screen begins below it.
            offset = self.row - self._top
            self._top = len(self._lines)
            self._move(self._top + offset, self.column)
