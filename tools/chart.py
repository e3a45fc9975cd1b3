# SPDX-License-Identifier: GPL-3.0-only
"""Draws measurements beside the best known as an SVG: for each row a bar, as a share of what it stands beside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

_WIDTH, _NAMES, _BAR, _ROW, _TOP, _GAP = 860, 300, 400, 22, 34, 46
_STYLE = "text{font:13px sans-serif;fill:#24292f}.t{font-weight:bold;font-size:15px}.n{fill:#57606a}"


@dataclass(frozen=True)
class Row:
    """One operation: instructions here and in the best known system."""

    name: str
    value: float
    best: float


def _row(row: Row, y: int) -> list[str]:
    length = min(_BAR, _BAR * row.value / row.best)
    return [
        f'<text x="{_NAMES - 10}" y="{y + 14}" text-anchor="end">{escape(row.name)}</text>',
        f'<rect x="{_NAMES}" y="{y + 3}" width="{_BAR}" height="14" fill="#d0d7de"/>',
        f'<rect x="{_NAMES}" y="{y + 3}" width="{length:.1f}" height="14" fill="#1f6feb"/>',
        f'<text class="n" x="{_NAMES + _BAR + 10}" y="{y + 14}">{row.value:,.0f} / {row.best:,.0f}</text>',
    ]


def svg(groups: list[tuple[str, list[Row]]]) -> str:
    """The picture of these groups, each with its title."""
    parts: list[str] = []
    y = 10
    for title, rows in groups:
        parts.append(f'<text class="t" x="16" y="{y + 18}">{escape(title)}</text>')
        y += _TOP
        for row in rows:
            parts += _row(row, y)
            y += _ROW
        y += _GAP - _ROW
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y}" viewBox="0 0 {_WIDTH} {y}">'
    return "\n".join([head, f"<style>{_STYLE}</style>", '<rect width="100%" height="100%" fill="#fff"/>', *parts, "</svg>", ""])


def write(path: Path, results: dict[str, float], best: dict[str, float]) -> None:
    """Services and kernel operations that have a counterpart, into `path`."""
    rows = [Row(name.removeprefix("kernel."), value, best[name]) for name, value in results.items() if name in best]
    kernel = {name.removeprefix("kernel.") for name in results if name.startswith("kernel.")}
    services = [row for row in rows if row.name.startswith("Nt")]
    operations = [row for row in rows if row.name in kernel]
    groups = [
        ("NT services: instructions here (blue) and in Neptune OS v0.3 (grey)", services),
        ("Kernel operations: instructions here (blue) and in seL4 16.0.0 (grey)", operations),
    ]
    path.write_text(svg([group for group in groups if group[1]]), encoding="utf-8")
