"""Charts as inline SVG: no script, no style of their own, colours by class, a table beside each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from touchstone.sanitize import one_line
from touchstone.workbench.stats import Estimate, Series

_WIDTH, _HEIGHT = 380, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 10, 10, 28
_TICKS = 4
_MOST_DOTS = 60
_LARGEST_SPOT = 11.0
_MOST_TABLE_ROWS = 60
COLOURS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart.

    Attributes:
        name: In its legend.
        points: Steps and values.
    """

    name: str
    points: Series


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure: its drawing, its legend and the numbers in it.

    Attributes:
        title: What it shows.
        note: How to read it.
        svg: The drawing.
        legend: Names in the order of the colours; of a single line none.
        header: Of the table: the step, then a column a line.
        rows: Its numbers, thinned out where there are very many.
        key: Makes the names of its parts its own on the page.
    """

    title: str
    note: str
    svg: Markup
    legend: list[str]
    header: list[str]
    rows: list[list[str]]
    key: str


def chart(
    key: str,
    title: str,
    lines: Sequence[Line],
    *,
    note: str = "",
    band: tuple[Series, Series] | None = None,
    unit: str = "",
    share: bool = False,
) -> Chart | None:
    """Draws lines over steps; returns ``None`` when no line has a point.

    Args:
        key: A name of its own on the page, letters only.
        title: What it shows.
        lines: At most six.
        note: How to read it.
        band: Lower and upper edge of an area behind the lines.
        unit: Behind the numbers of the axis.
        share: The numbers are shares, shown in per cent from 0.
    """
    lines = [Line(one_line(line.name, 60), line.points) for line in lines[:COLOURS] if line.points]
    if not lines:
        return None
    edges = list(band) if band and all(band) else []
    everything = [point for line in lines for point in line.points]
    everything += [point for edge in edges for point in edge]
    scale = _Scale.around(everything, from_zero=share)
    parts = [_axes(scale, unit, share=share)]
    if edges:
        parts.append(_band(scale, edges[0], edges[1]))
    parts += [_line(scale, line, n, unit, share=share) for n, line in enumerate(lines)]
    svg = Markup(
        '<svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-note" '
        'preserveAspectRatio="xMidYMid meet">{}</svg>'
    ).format(_WIDTH, _HEIGHT, key, key, Markup("").join(parts))
    header, rows = _table(lines, edges, unit, share=share)
    legend = [line.name for line in lines] if len(lines) > 1 or edges else []
    return Chart(title, note, svg, legend, header, rows, key)


@dataclass(frozen=True, slots=True)
class _Scale:
    """From steps and values to places in the drawing."""

    first: int
    last: int
    ticks: list[float]

    @classmethod
    def around(cls, points: Series, *, from_zero: bool) -> _Scale:
        steps = [step for step, _ in points]
        values = [value for _, value in points]
        low, high = min(values), max(values)
        if from_zero or 0 <= low < 0.4 * high:
            low = min(low, 0.0)
        return cls(min(steps), max(steps), _nice(low, high))

    def x(self, step: float) -> float:
        span = (self.last - self.first) or 1
        return round(_LEFT + (step - self.first) / span * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        share = (value - low) / (high - low)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def _nice(low: float, high: float) -> list[float]:
    """Returns round numbers, evenly apart, that hold both ends."""
    if high <= low:
        room = abs(high) / 2 or 1.0
        low, high = (low - room if low < 0 else max(0.0, low - room)), high + room
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    apart = next(n * power for n in (1, 2, 2.5, 5, 10) if n * power >= rough * 0.999)
    start, end = math.floor(low / apart + 1e-9), math.ceil(high / apart - 1e-9)
    return [n * apart for n in range(start, end + 1)]


def number(value: float, unit: str = "", *, share: bool = False) -> str:
    """Returns a number as axes and tables show it."""
    if share:
        return f"{value:.3g}" if 0 < abs(value) < 0.0005 else f"{100 * value:.3g} %"
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    if unit == "$":
        return f"${text}"
    return f"{text} {unit}".strip()


def _axes(scale: _Scale, unit: str, *, share: bool) -> Markup:
    parts = [_rules(scale, unit, share=share)]
    middle = (scale.first + scale.last) // 2
    for step in sorted({scale.first, middle, scale.last}):
        anchor = {scale.first: "start", scale.last: "end"}.get(step, "middle")
        said = f"step {step}" if step == scale.first else str(step)
        parts.append(_below(scale.x(step), anchor, said))
    return Markup("").join(parts)


def _rules(scale: _Scale, unit: str = "", *, share: bool = False) -> Markup:
    """Draws a line across for each tick, with its number."""
    return Markup("").join(
        Markup(
            '<line class="rule" x1="{}" x2="{}" y1="{}" y2="{}"/>'
            '<text class="tick" x="{}" y="{}" text-anchor="end">{}</text>'
        ).format(
            _LEFT, _WIDTH - _RIGHT, scale.y(tick), scale.y(tick), _LEFT - 6, scale.y(tick) + 4,
            number(tick, "$" if unit == "$" else "", share=share),
        )
        for tick in scale.ticks
    )  # fmt: skip


def _below(x: float, anchor: str, said: str) -> Markup:
    """Writes something below the drawing."""
    return Markup('<text class="tick" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        x, _HEIGHT - 10, anchor, said
    )


def _band(scale: _Scale, low: Series, high: Series) -> Markup:
    points = [*high, *reversed(low)]
    places = " ".join(f"{scale.x(step)},{scale.y(value)}" for step, value in points)
    return Markup('<polygon class="band" points="{}"/>').format(places)


def _line(scale: _Scale, line: Line, colour: int, unit: str, *, share: bool) -> Markup:
    places = " ".join(f"{scale.x(step)},{scale.y(value)}" for step, value in line.points)
    drawn = [Markup('<polyline class="line c{}" points="{}"/>').format(colour, places)]
    if len(line.points) <= _MOST_DOTS:
        drawn += [
            Markup('<circle class="dot c{}" cx="{}" cy="{}" r="{}"><title>{}</title></circle>')
            .format(
                colour, scale.x(step), scale.y(value), 3 if len(line.points) < 12 else 2,
                f"{line.name}, step {step}: {number(value, unit, share=share)}",
            )
            for step, value in line.points
        ]  # fmt: skip
    return Markup("").join(drawn)


def _table(
    lines: Sequence[Line], edges: Sequence[Series], unit: str, *, share: bool
) -> tuple[list[str], list[list[str]]]:
    columns = [dict(line.points) for line in lines] + [dict(edge) for edge in edges]
    header = ["step", *(line.name for line in lines), *("p10", "p90")[: len(edges)]]
    steps = sorted({step for column in columns for step in column})
    every = math.ceil(len(steps) / _MOST_TABLE_ROWS)
    kept = sorted({*steps[::every], steps[-1]})
    rows = [
        [str(step), *(number(c[step], unit, share=share) if step in c else "" for c in columns)]
        for step in kept
    ]
    return header, rows


def bars(
    key: str,
    title: str,
    series: Sequence[tuple[str, Sequence[int]]],
    ends: tuple[float, float],
    *,
    note: str = "",
) -> Chart:
    """Draws how many values lie in each of some equal parts of a range.

    Args:
        key: A name of its own on the page, letters only.
        title: What it shows.
        series: At most six, each with its name and a count a part, of as many parts.
        ends: The range, from where to where.
        note: How to read it.
    """
    parts = len(series[0][1])
    ticks = _nice(0, max(1, *(max(counts) for _, counts in series)))
    scale = _Scale(0, parts, ticks)
    across = [ends[0] + (ends[1] - ends[0]) * n / parts for n in range(parts + 1)]
    drawn = [_rules(scale)]
    drawn += [
        _below(scale.x(n), anchor, number(across[n]))
        for n, anchor in ((0, "start"), (parts // 2, "middle"), (parts, "end"))
    ]
    wide = (scale.x(1) - scale.x(0) - 2) / len(series)
    for colour, (name, counts) in enumerate(series):
        for n, count in enumerate(counts):
            top = scale.y(count)
            drawn.append(
                Markup(
                    '<rect class="bar f{}" x="{}" y="{}" width="{}" height="{}">'
                    "<title>{}</title></rect>"
                ).format(
                    colour, round(scale.x(n) + 1 + colour * wide, 1), top, round(wide, 1),
                    round(scale.y(0) - top, 1),
                    f"{name}, {number(across[n])} to {number(across[n + 1])}: {count:,}",
                )
            )  # fmt: skip
    svg = Markup(
        '<svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-note">{}</svg>'
    ).format(_WIDTH, _HEIGHT, key, key, Markup("").join(drawn))
    names = [name for name, _ in series]
    rows = [
        [f"{number(across[n])} to {number(across[n + 1])}", *(f"{c[n]:,}" for _, c in series)]
        for n in range(parts)
    ]
    header = ["between", *names]
    return Chart(title, note, svg, names if len(names) > 1 else [], header, rows, key)


def spot(colour: int) -> Markup:
    """Returns the sample of a bar's colour for a legend."""
    return Markup(
        '<svg class="swatch" viewBox="0 0 22 8" aria-hidden="true">'
        '<rect class="bar f{}" width="22" height="8"/></svg>'
    ).format(colour)


def swatch(colour: int) -> Markup:
    """Returns the sample of a line's colour and dashes for a legend."""
    return Markup(
        '<svg class="swatch" viewBox="0 0 22 8" aria-hidden="true">'
        '<line class="line c{}" x1="0" y1="4" x2="22" y2="4"/></svg>'
    ).format(colour)


def scatter(key: str, title: str, note: str, points: Sequence[tuple[str, float, float]]) -> Markup:
    """Draws pairs of numbers as dots over the diagonal where both are equal.

    A dot's area grows with the pairs that lie there.

    Args:
        key: A name of its own on the page, letters only.
        title: What it shows, for who cannot see it; likewise ``note``.
        note: See ``title``.
        points: Of each its name, its place to the right and its place upwards.
    """
    values = [value for _, x, y in points for value in (x, y)]
    ticks = _nice(min(values), max(values))
    scale = _Scale(0, 1, ticks)
    low, high = ticks[0], ticks[-1]

    def across(value: float) -> float:
        return scale.x((value - low) / (high - low))

    parts = [
        Markup('<line class="diagonal" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
            across(low), scale.y(low), across(high), scale.y(high)
        )
    ]
    parts.append(_rules(scale))
    parts += [
        _below(min(across(tick), _WIDTH - _RIGHT - 6), "middle", number(tick)) for tick in ticks
    ]
    places: dict[tuple[float, float], list[str]] = {}
    for name, x, y in points:
        places.setdefault((x, y), []).append(name)
    for (x, y), names in places.items():
        kind = "up" if y > x else "down" if y < x else "even"
        who = one_line(names[0], 60) if len(names) == 1 else f"{len(names)} prompts"
        parts.append(
            Markup('<circle class="spot {}" cx="{}" cy="{}" r="{}"><title>{}</title></circle>')
            .format(
                kind, across(x), scale.y(y), round(min(_LARGEST_SPOT, 3 + len(names) ** 0.5), 1),
                f"{who}: {number(x)} and {number(y)}",
            )
        )  # fmt: skip
    return Markup('<svg id="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        key, _WIDTH, _HEIGHT, f"{title}: {note}", Markup("").join(parts)
    )


def interval_bar(difference: Estimate, reach: float, what: str) -> Markup:
    """Draws a difference with its interval around zero, if that is known.

    Args:
        difference: Both.
        reach: The value at the ends of the drawing.
        what: For who cannot see it.
    """

    def x(value: float) -> float:
        return round(100 + 96 * max(-1.0, min(1.0, value / (reach or 1))), 1)

    low, high = difference.interval or (0.0, 0.0)  # unknown: a whisker of no length
    kind = "up" if low > 0 else "down" if high < 0 else "even"
    return Markup(
        '<svg class="interval {}" viewBox="0 0 200 20" role="img" aria-label="{}">'
        '<line class="rule" x1="100" x2="100" y1="0" y2="20"/>'
        '<line class="whisker" x1="{}" x2="{}" y1="10" y2="10"/>'
        '<circle class="middle" cx="{}" cy="10" r="4.5"/></svg>'
    ).format(kind, what, x(low), x(high), x(difference.value))
