"""Plots as plain SVG: lines on two logarithmic axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 400, 80, 50, 40, 150
COLOURS = ("#1f6f8b", "#c0392b", "#7d8c3b", "#8e44ad", "#d68910")

Points = Sequence[tuple[float, float]]


def exponent(points: Points) -> float:
    """The power with which y grows with x: the slope of the straight line nearest to the logarithms."""
    xs, ys = [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    mx, my = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mx) * (y - my) for x, y in zip(xs, ys, strict=True)) / sum((x - mx) ** 2 for x in xs)


def chart(title: str, x: str, y: str, lines: Mapping[str, Points]) -> str:
    """An SVG of the lines, with ticks at powers of ten."""
    every = [p for points in lines.values() for p in points]
    (x0, x1), (y0, y1) = _span(p[0] for p in every), _span(p[1] for p in every)

    def at(px: float, py: float) -> tuple[float, float]:
        right = LEFT + (math.log10(px) - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT)
        up = HEIGHT - BOTTOM - (math.log10(py) - y0) / (y1 - y0) * (HEIGHT - BOTTOM - TOP)
        return right, up

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/><text x="{LEFT}" y="22" font-size="15">{escape(title)}</text>',
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{escape(x)}</text>',
        f'<text transform="translate(18 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{escape(y)}</text>',
    ]
    for power in range(x0, x1 + 1):
        px, _ = at(10**power, 10**y0)
        parts.append(f'<path d="M{px:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        parts.append(f'<text x="{px:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{10**power:,}</text>')
    for power in range(y0, y1 + 1):
        _, py = at(10**x0, 10**power)
        parts.append(f'<path d="M{LEFT} {py:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{py + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for colour, (name, points) in zip(COLOURS, lines.items(), strict=False):
        placed = [at(*p) for p in points]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in placed)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="{colour}"/>' for px, py in placed]
        parts.append(
            f'<text x="{placed[-1][0] + 8:.1f}" y="{placed[-1][1] + 4:.1f}" fill="{colour}">{escape(name)}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _span(values: object) -> tuple[int, int]:
    found = [math.log10(v) for v in values]  # type: ignore[attr-defined]
    low, high = math.floor(min(found)), math.ceil(max(found))
    return low, max(high, low + 1)
