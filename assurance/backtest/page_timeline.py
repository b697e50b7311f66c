"""Denied calls and the alarms' states over time: static SVG that takes the page's colours."""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, MaxNLocator, SymmetricalLogLocator

from assurance.alarm_evaluation import DAY, HOUR
from assurance.backtest.stretches import Stretch
from assurance.metric_history import MINUTE

# One after another until the history fits: lengths that divide the next, or a day, evenly.
_BUCKETS = (
    *(MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(HOUR * n for n in (1, 2, 3, 6, 12)),
    *(DAY * n for n in (1, 2, 7, 14, 28)),
)
_LINEAR_UP_TO = 20

# Stand-ins that the page's style sheet colours, light and dark: Matplotlib writes what it knows.
_COLOURS = {
    "#010101": "text",
    "#020202": "muted",
    "#030303": "line",
    "#040404": "denied",
    "#050505": "uncounted",
    "#060606": "alarm",
    "#070707": "alarm-pale",
}
_TEXT, _MUTED, _LINE, _DENIED, _UNCOUNTED, _ALARM, _PALE = _COLOURS


@dataclass(frozen=True, slots=True)
class Lane:
    """An alarm: its name, and when it is in alarm."""

    label: str
    stretches: Sequence[Stretch]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Denied calls by their minute, all and those that the paging alarm counts, and the alarms."""

    start: int
    end: int
    denied: Mapping[int, int]
    counted: Mapping[int, int]
    lanes: Sequence[Lane]

    def bucket(self, most: int) -> int:
        """The length in seconds of each of at most so many equal parts of the time."""
        span = self.end - self.start
        fits = (size for size in _BUCKETS if span <= size * (most - 1))
        return next(fits, -(-span // (most - 1) // DAY) * DAY)

    def most(self, size: int) -> int:
        """How many denied calls the busiest part of this length has."""
        of_both = (in_buckets(of, size).values() for of in (self.denied, self.counted))
        return max((events for of in of_both for events in of), default=0)

    def is_logarithmic(self, size: int) -> bool:
        """Whether a linear scale would hide all but the bursts."""
        return self.most(size) > _LINEAR_UP_TO


def in_buckets(by_minute: Mapping[int, int], size: int) -> dict[int, int]:
    """Events by the start of their bucket, in time order."""
    sums: dict[int, int] = {}
    for minute, events in by_minute.items():
        bucket = minute // size * size
        sums[bucket] = sums.get(bucket, 0) + events
    return dict(sorted(sums.items()))


def drawn(timeline: Timeline, *, width: int, salt: str) -> str:
    """Draw a timeline for a column of so many pixels, as an `svg` element.

    `salt` keeps the identifiers in several drawings on one page apart.
    """
    style: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": salt,
        "svg.id": None,
        "font.family": "sans-serif",
        "font.size": 11.0,
        "path.simplify": False,
        "text.color": _TEXT,
        "text.parse_math": False,
        "date.epoch": "1970-01-01T00:00:00",
        "timezone": "UTC",
    }
    # Not what a matplotlibrc or a notebook has set: the same backtest is drawn alike everywhere.
    with mpl.rc_context(), warnings.catch_warnings():
        # Of how it chose the dates on the axis; nobody who reads the page can choose others.
        warnings.filterwarnings("ignore", "AutoDateLocator", UserWarning)
        mpl.rcdefaults()
        mpl.rcParams.update(style)
        figure = _figure(timeline, width)
        text = StringIO()
        FigureCanvasSVG(figure).print_svg(  # type: ignore[no-untyped-call] # Matplotlib has no types there
            text, metadata=_NO_METADATA
        )
    return _for_a_page(text.getvalue())


_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def _figure(timeline: Timeline, width: int) -> Figure:
    bars, lane, foot, left = 150, 52, 34, 44
    height = bars + lane * len(timeline.lanes) + foot + 10
    figure = Figure(figsize=(width / 72, height / 72), dpi=72, facecolor="none")

    def axes(top: float, tall: float) -> Axes:
        box = (left / width, 1 - (top + tall) / height, 1 - (left + 20) / width, tall / height)
        made = figure.add_axes(box, facecolor="none")
        made.set_xlim(timeline.start / DAY, timeline.end / DAY)
        made.tick_params(length=0, colors=_MUTED)
        for spine in made.spines.values():
            spine.set_visible(False)
        return made

    size = timeline.bucket(width // 4)
    calls = axes(10, bars)
    _draw_calls(calls, timeline, size)
    below = calls
    for place, of in enumerate(timeline.lanes):
        below.set_xticks([])
        below = axes(10 + bars + lane * place, lane)
        _draw_lane(below, of, timeline, size)
    locator = AutoDateLocator(  # type: ignore[no-untyped-call] # Matplotlib has no types there
        minticks=3, maxticks=max(5, width // 90)
    )
    below.xaxis.set_major_locator(locator)
    below.xaxis.set_major_formatter(
        ConciseDateFormatter(locator)  # type: ignore[no-untyped-call] # the same
    )
    below.xaxis.get_offset_text().set_color(_MUTED)
    return figure


def _draw_calls(axes: Axes, timeline: Timeline, size: int) -> None:
    denied, counted = (in_buckets(of, size) for of in (timeline.denied, timeline.counted))
    axes.set_ylim(0, max(1, timeline.most(size)) * 1.08)
    if timeline.is_logarithmic(size):
        axes.set_yscale("symlog", linthresh=1, linscale=0.5)
        axes.yaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=1))
    else:
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.grid(axis="y", color=_LINE, linewidth=1)
    axes.set_axisbelow(True)
    for bars, colour in ((denied, _UNCOUNTED), (counted, _DENIED)):
        _add_boxes(
            axes,
            ((start, start + size, 0, events) for start, events in bars.items()),
            colour,
            timeline,
        )


def _draw_lane(axes: Axes, lane: Lane, timeline: Timeline, size: int) -> None:
    """A pale box where the alarm is red at all, filled as high as it is red much of the time."""
    axes.set_ylim(0, 52)
    axes.set_yticks([])
    low, high = 4, 18
    axes.axhline(low, color=_LINE, linewidth=1)
    axes.text(0, 41, lane.label, transform=axes.get_yaxis_transform(), va="top", color=_TEXT)
    red = dict(_red_by_bucket(lane.stretches, size, timeline.end))
    _add_boxes(axes, ((start, start + size, low, high) for start in red), _PALE, timeline)
    _add_boxes(
        axes,
        (
            (start, start + size, low, low + max(1.5, (high - low) * seconds / size))
            for start, seconds in red.items()
        ),
        _ALARM,
        timeline,
    )
    told = sorted({stretch.since // size * size for stretch in lane.stretches})
    axes.plot(
        [min(max(start + size / 2, timeline.start), timeline.end) / DAY for start in told],
        [high + 4.5] * len(told),
        linestyle="none",
        marker="v",
        markersize=6.5,
        color=_ALARM,
        markeredgewidth=0,
        clip_on=False,
    )


def _red_by_bucket(red: Sequence[Stretch], size: int, end: int) -> Iterator[tuple[int, int]]:
    seconds: dict[int, int] = {}
    for stretch in red:
        until = end if stretch.until is None else stretch.until
        for start in range(stretch.since // size * size, until, size):
            within = min(until, start + size) - max(stretch.since, start)
            seconds[start] = seconds.get(start, 0) + within
    yield from sorted(seconds.items())


def _add_boxes(
    axes: Axes,
    boxes: Iterable[tuple[int, int, float, float]],
    colour: str,
    timeline: Timeline,
) -> None:
    """Draw boxes as one path, for a page with thousands of elements is slow to show."""
    corners: list[tuple[float, float]] = []
    for since, until, low, high in boxes:
        left, right = max(since, timeline.start) / DAY, min(until, timeline.end) / DAY
        if left < right:
            corners += [(left, low), (left, high), (right, high), (right, low), (left, low)]
    if not corners:
        return
    codes = [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY] * (len(corners) // 5)
    axes.add_patch(PathPatch(Path(corners, codes), color=colour, linewidth=0, clip_on=False))


def _for_a_page(svg: str) -> str:
    """Take the `svg` element out of its file, and put the page's colours and font in."""
    element = svg[svg.index("<svg") :]
    element = re.sub(r'<style type="text/css">.*?</style>', "", element, flags=re.DOTALL)
    element = re.sub(r"<(?:defs|g)>\s*</(?:defs|g)>|<g/>", "", element)
    element = re.sub(r'^(<svg [^>]*?) width="[^"]*" height="[^"]*"', r"\1", element)
    element = re.sub(r"#0[1-7]0[1-7]0[1-7]\b", lambda m: f"var(--{_COLOURS[m[0]]})", element)
    element = re.sub(r" font-family: [^;\"]*;", "", element)
    return re.sub(
        r' id="(?:figure|axes|patch|text|line2d|matplotlib|xtick|ytick)[^"]*"', "", element
    )
