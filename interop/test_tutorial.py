"""Every number that the tutorial on journeys shows is counted again, one by one.

The cells of docs/journeys.md run in order, as in a notebook. What each of them shows is
compared with numbers that follow from the docstrings and the tables of the company
alone, in plain loops. A number agrees if the exact one rounds to what is shown.
"""

import ast
import html
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stdout, suppress
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from statistics import NormalDist, fmean, stdev, variance
from typing import Any, NamedTuple

import pytest
from scipy import stats

from cxmkit.world import Company

PAGE = Path(__file__).parents[1] / "docs" / "journeys.md"
CELL = re.compile(
    r"^```\{code-cell\}[^\n]*\n(?::[^\n]*\n)*(.*?)^```$", re.DOTALL | re.MULTILINE
)
NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+(?:,\d{3})*(?:\.\d+)?")
FIGURE = re.compile(rf"([<>]?)({NUMBER.pattern})( ?%)?")
TEXT = re.compile(r"<text\b([^>]*)>([^<]*)</text>")
DURATION = re.compile(rf"({NUMBER.pattern}) (d|h|min|s)\b")
SECONDS = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
STEPS = ["advertisement", "website", "shop", "checkout"]
MONTH = timedelta(days=30)
NEW_YEAR = datetime.fromisoformat("2018-01-01")
PLANNED_KINDS = ["skipped", "out of order", "repeated"]


# What the page shows


class Shown(NamedTuple):
    """What a cell printed, the value of its last line, and what it gave names to."""

    printed: str
    value: Any
    names: dict[str, Any]


def cells() -> list[ast.Module]:
    return [ast.parse(code) for code in CELL.findall(PAGE.read_text("utf-8"))]


def last_line(cell: ast.Module) -> str:
    return ast.unparse(cell.body[-1])


@cache
def names() -> dict[str, Any]:
    """Return the one namespace of the page."""
    return {}


@cache
def shown(place: int) -> Shown:
    """Run a cell after those before it, whether or not they fail."""
    if place:
        with suppress(Exception):
            shown(place - 1)
    cell = cells()[place]
    end = cell.body[-1]
    if isinstance(end, ast.Expr):
        cell.body[-1] = ast.Assign([ast.Name("_", ast.Store())], end.value)
    code = compile(ast.fix_missing_locations(cell), str(PAGE), "exec")
    names()["_"] = None
    with redirect_stdout(io.StringIO()) as printed:
        exec(code, names())  # noqa: S102
    return Shown(printed.getvalue(), names()["_"], dict(names()))


Check = Callable[[Shown], None]
CHECKS: dict[str, Check] = {}


def checks(line: str) -> Callable[[Check], Check]:
    """Register a check of the cell that ends with this line."""

    def register(check: Check) -> Check:
        CHECKS[ast.unparse(ast.parse(line))] = check
        return check

    return register


# Whether a text shows these numbers


def value_of(number: str) -> float:
    return float(number.replace(",", "").replace("−", "-"))


def half_a_digit(number: str) -> float:
    return 0.5 * 10.0 ** -len(number.partition(".")[2]) * (1 + 1e-9)


def agrees(mark: str, number: str, percent: str, exact: float) -> bool:
    """Return whether a number is rounded well; of percentages, 0 and 100 are exact.

    One that would be rounded to them is shown as less than a digit, or as more than all
    but a digit.
    """
    value, half = value_of(number), half_a_digit(number)
    if mark:
        beyond = value + half <= exact < 100, 0 < exact <= value - half
        return bool(percent) and beyond["><".index(mark)]
    if percent and value in {0, 100}:
        return exact == value
    return abs(value - exact) <= half


def compare(text: str, *expected: float) -> None:
    found = FIGURE.findall(text)
    assert len(found) == len(expected), (text, expected)
    for (mark, number, percent), exact in zip(found, expected, strict=True):
        assert agrees(mark, number, percent, exact), (number, exact, text)


def compare_rows(lines: Iterable[str], rows: dict[str, list[float]]) -> None:
    for line, (label, numbers) in zip(lines, rows.items(), strict=True):
        assert line.startswith(label), (line, label)
        compare(line.removeprefix(label), *numbers)


def compare_arrays(found: Any, expected: list[Any]) -> None:
    """Compare nested lists; NaN stands for what is not known."""
    assert len(found) == len(expected)
    for one, exact in zip(found, expected, strict=True):
        if isinstance(exact, list):
            compare_arrays(one, exact)
        elif math.isnan(exact):
            assert math.isnan(one)
        else:
            assert math.isclose(one, exact, rel_tol=1e-9, abs_tol=1e-12)


def compare_estimates(text: str, groups: dict[str, list[float]]) -> None:
    """Compare a table of means, and where its whiskers are drawn."""
    title, head, *lines = text.splitlines()
    compare(title, 95)
    rows = {
        label: [fmean(stars), *t_interval(stars), len(stars)]
        for label, stars in groups.items()
    }
    compare_rows(lines, rows)
    first, last = NUMBER.findall(head)
    left, right = head.index(first), len(head) - 1
    column = (value_of(last) - value_of(first)) / (right - left)
    for line, numbers in zip(lines, rows.values(), strict=True):
        for mark, exact in zip("●├┤", numbers, strict=False):
            drawn = value_of(first) + (line.index(mark) - left) * column
            assert abs(drawn - exact) <= column, (mark, exact, line)


def is_coloured(attributes: str) -> bool:
    return " fill=" in attributes


def texts(drawing: Any, tag: str) -> list[str]:
    found = re.findall(rf"<{tag}\b[^>]*>([^<]*)</{tag}>", drawing.to_svg())
    return [html.unescape(text) for text in found]


# The company, row by row


class Contact(NamedTuple):
    """A row of the table of contacts."""

    customer: int
    time: datetime
    touchpoint: str
    channel: str
    two_sided: bool
    dimension: str
    stars: float

    @property
    def answered(self) -> bool:
        return not math.isnan(self.stars)

    @property
    def valence(self) -> float:
        return 2 * (self.stars - 1) / 4 - 1


@cache
def company() -> Company:
    return Company(7)


@cache
def contacts() -> list[Contact]:
    columns = [company().contacts[name].tolist() for name in Contact._fields]
    return [Contact(*row) for row in zip(*columns, strict=True)]


def by_customer_and_time(contact: Contact) -> tuple[int, datetime]:
    return contact.customer, contact.time


def journeys_of(rows: Iterable[Contact]) -> dict[int, list[Contact]]:
    by_customer = groupby(
        sorted(rows, key=by_customer_and_time), key=lambda contact: contact.customer
    )
    return {customer: list(journey) for customer, journey in by_customer}


@cache
def journeys() -> dict[int, list[Contact]]:
    return journeys_of(contacts())


def touchpoints() -> list[str]:
    """Return the touchpoints in the order in which they first come."""
    return list(dict.fromkeys(contact.touchpoint for contact in contacts()))


def valences(journey: list[Contact]) -> list[float]:
    return [contact.valence for contact in journey if contact.answered]


def episodes() -> Iterator[tuple[int, datetime, datetime | None]]:
    columns = [company().episodes[name].tolist() for name in ("customer", "start")]
    return zip(*columns, company().episodes["end"].tolist(), strict=True)


@cache
def stages() -> dict[str, str]:
    """Return the stage of each touchpoint, in the order of the design."""
    design = company().design
    return {
        touchpoint.id: stage.name
        for stage in design.stages
        for touchpoint in design.touchpoints
        if touchpoint.stage == stage
    }


@cache
def before() -> set[tuple[str, str]]:
    """Return which touchpoint comes before which other by design."""
    leads = set(company().design.order)
    while more := {(a, d) for a, b in leads for c, d in leads if b == c} - leads:
        leads |= more
    stage = stages()
    place = [each.name for each in company().design.stages].index
    return {
        (x, y)
        for x in stage
        for y in stage
        if place(stage[x]) < place(stage[y])
        or (stage[x] == stage[y] and (x, y) in leads)
    }


# Intervals


def wilson(count: int, n: int) -> tuple[float, float]:
    z = NormalDist().inv_cdf(0.975)
    share = count / n
    middle = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def t_interval(values: list[float]) -> tuple[float, float]:
    n = len(values)
    half = float(stats.t.ppf(0.975, n - 1)) * stdev(values) / math.sqrt(n)
    return fmean(values) - half, fmean(values) + half


def welch_interval(ones: list[float], others: list[float]) -> tuple[float, float]:
    """Return the interval of a difference of means; NaN where a spread is unknown."""
    if any(len(each) < 2 or max(each) - min(each) < 1e-9 for each in (ones, others)):
        return math.nan, math.nan
    errors = [variance(each) / len(each) for each in (ones, others)]
    freedom = sum(errors) ** 2 / sum(
        error**2 / (len(each) - 1)
        for error, each in zip(errors, (ones, others), strict=True)
    )
    half = float(stats.t.ppf(0.975, freedom)) * math.sqrt(sum(errors))
    difference = fmean(ones) - fmean(others)
    return difference - half, difference + half


# Funnels


def further(rest: list[Contact], steps: list[str], end: datetime | None) -> int:
    """Return how many of the steps can be met in order; try every choice."""
    best = 0
    for place, event in enumerate(rest):
        in_time = end is None or event.time <= end
        if steps and event.touchpoint == steps[0] and in_time:
            best = max(best, 1 + further(rest[place + 1 :], steps[1:], end))
    return best


def furthest(
    journey: list[Contact],
    window: timedelta | None,
    observed_until: datetime | None,
    *,
    first_only: bool,
) -> int | None:
    """Return how many steps are met; None if it began, but too late to be judged."""
    starts = [n for n, event in enumerate(journey) if event.touchpoint == STEPS[0]]
    if not starts:
        return 0
    best = None
    for place in starts[:1] if first_only else starts:
        end = journey[place].time + window if window is not None else None
        if end is None or observed_until is None or end <= observed_until:
            met = 1 + further(journey[place + 1 :], STEPS[1:], end)
            best = max(best or 0, met)
    return best


def funnel_counts(
    some: dict[int, list[Contact]],
    window: timedelta | None = None,
    observed_until: datetime | None = None,
    *,
    first_only: bool = False,
) -> tuple[list[int], int]:
    """Return how many met each step, and how many began too late to be judged."""
    reached = [
        furthest(journey, window, observed_until, first_only=first_only)
        for journey in some.values()
    ]
    known = [each for each in reached if each is not None]
    counts = [sum(each > k for each in known) for k in range(len(STEPS))]
    return counts, len(reached) - len(known)


def funnel_rows(counts: list[int]) -> dict[str, list[float]]:
    rows: dict[str, list[float]] = {STEPS[0]: [counts[0], 100]}
    for step, (previous, count) in zip(STEPS[1:], pairwise(counts), strict=True):
        low, high = wilson(count, counts[0])
        shares = (count / counts[0], low, high, count / previous)
        rows[step] = [count, *(100 * share for share in shares)]
    return rows


# Ways


def ways(customers: Iterable[int]) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    for customer in customers:
        way = [event.touchpoint for event in journeys()[customer]]
        counted.update(pairwise(["(start)", *way, "(end)"]))
    return counted


def way_shares() -> dict[tuple[str, str], float]:
    counted = ways(journeys())
    visits = Counter(contact.touchpoint for contact in contacts())
    visits["(start)"] = len(journeys())
    return {(a, b): n / visits[a] for (a, b), n in counted.items()}


# The tests


def test_every_cell_of_the_page_is_checked_once() -> None:
    lines = [last_line(cell) for cell in cells()]
    assert len(lines) == PAGE.read_text("utf-8").count("{code-cell}")
    assert lines == list(CHECKS)


@pytest.mark.parametrize("line", CHECKS)
def test_what_a_cell_shows_is_so(line: str) -> None:
    cell = shown([last_line(each) for each in cells()].index(line))
    assert bool(cell.printed) == (cell.value is None)
    CHECKS[line](cell)


@checks("contacts.head(5)")
def check_first_contacts(cell: Shown) -> None:
    rows = list(cell.value.itertuples())
    in_time = sorted(contacts(), key=lambda contact: contact.time)
    assert list(cell.value.columns) == list(Contact._fields)
    assert [row.Index for row in rows] == list(range(5))
    for row, contact in zip(rows, in_time, strict=False):
        assert row[1:-1] == contact[:-1]
        assert math.isnan(row.stars) != contact.answered
        assert math.isnan(row.stars) or row.stars == contact.stars


def compare_log(
    log: Any,
    events: list[Contact],
    vocabulary: list[str],
    *,
    answers: bool = True,
) -> None:
    """Compare a log with its events, in one line and as a table."""
    customers = {event.customer for event in events}
    answered = [event for event in events if event.answered]
    line = [len(events), len(customers), len(vocabulary)]
    line += [len(answered), 1, 5] if answers else []
    compare(repr(log), *line)
    html_lines = re.split(r"</caption>|</tr>", log._repr_html_())
    heading, columns, *rows = (
        re.sub("<[^>]*>", " ", each).strip() for each in html_lines
    )
    compare(heading, *line)
    assert columns.split() == ["touchpoint", "events", "answers"][: 2 + answers]
    expected: dict[str, list[float]] = {}
    for name in vocabulary:
        n = sum(event.touchpoint == name for event in events)
        of_them = sum(event.touchpoint == name for event in answered)
        expected[name] = [n, of_them] if answers else [n]
    compare_rows(filter(None, rows), expected)


@checks("log")
def check_log(cell: Shown) -> None:
    compare_log(cell.value, contacts(), touchpoints())


@checks("paths.funnel(log, steps)")
def check_funnel(cell: Shown) -> None:
    counts, _ = funnel_counts(journeys())
    rows = funnel_rows(counts)
    compare(repr(cell.value), *counts, len(journeys()))
    assert cell.value.counts.tolist() == counts
    step_shares = [row[-1] for row in rows.values()][1:]
    bars = [number for row in rows.values() for number in row[:2]]
    words = " ".join(texts(cell.value, "text"))
    compare(words, len(journeys()), 0, 50, 100, *step_shares, *bars)
    heading, *titles = texts(cell.value, "title")
    compare(heading, len(journeys()))
    rows[STEPS[0]] = [counts[0], 100, 100, 100]
    compare_rows(titles, {step: row[:4] for step, row in rows.items()})


@checks("paths.funnel(in_the_shop, ['shop', 'checkout'])")
def check_funnel_in_the_shop(cell: Shown) -> None:
    events = [each for each in contacts() if each.channel == "shop"]
    vocabulary = list(dict.fromkeys(event.touchpoint for event in events))
    compare_log(cell.names["in_the_shop"], events, vocabulary, answers=False)
    began, bought = set(), set()
    for event in sorted(events, key=lambda each: each.time):
        if event.touchpoint == "shop":
            began.add(event.customer)
        elif event.customer in began:
            bought.add(event.customer)
    n = len({event.customer for event in events})
    counts, share = [len(began), len(bought)], 100 * len(bought) / len(began)
    compare(repr(cell.value), *counts, n)
    assert cell.value.counts.tolist() == counts
    words = " ".join(texts(cell.value, "text"))
    compare(words, n, 0, 50, 100, share, counts[0], 100, counts[1], share)


@checks(
    "paths.planned_versus_actual(JourneyLog.from_columns(**rows, scale=STARS_1_5),"
    " company.design)"
)
def check_the_plan_from_duckdb(cell: Shown) -> None:
    check_planned_versus_actual(cell)


@checks("log.where(year == 2016)")
def check_log_of_a_year(cell: Shown) -> None:
    in_order = sorted(
        range(len(contacts())), key=lambda row: by_customer_and_time(contacts()[row])
    )
    assert cell.names["order"].tolist() == in_order
    events = [each for each in contacts() if each.time.year == 2016]
    compare_log(cell.value, events, touchpoints())


def compare_funnel(text: str, counts: list[int], *rules: float) -> str:
    """Compare a table of a funnel and return its last line, which says the rules."""
    head, *lines, last = text.splitlines()
    compare(head, 95)
    compare_rows(lines, funnel_rows(counts))
    compare(last, *rules)
    assert last.startswith("in this order, others between")
    return last


@checks("print(month)")
def check_funnel_within_a_month(cell: Shown) -> None:
    counts, _ = funnel_counts(journeys(), MONTH)
    rules = compare_funnel(cell.printed, counts, MONTH.days)
    assert rules.endswith("within 30 d")
    intervals = [(1.0, 1.0), *(wilson(count, counts[0]) for count in counts[1:])]
    low, high = zip(*intervals, strict=True)
    compare_arrays(cell.names["month"].interval(), [list(low), list(high)])
    assert cell.names["log"].time_unit == "us"


@checks("print(dict(zip(steps, lost.tolist(), strict=True)))")
def check_funnel_from_the_first_start(cell: Shown) -> None:
    first, _ = funnel_counts(journeys(), MONTH, first_only=True)
    every, _ = funnel_counts(journeys(), MONTH)
    lost = [a - b for a, b in zip(every, first, strict=True)]
    assert ast.literal_eval(cell.printed) == dict(zip(STEPS, lost, strict=True))
    assert cell.names["greedy"].counts.tolist() == first


@checks(
    "print(paths.funnel(early, steps, window=timedelta(days=30), observed_until=until))"
)
def check_funnel_of_those_observed(cell: Shown) -> None:
    early = [contact for contact in contacts() if contact.time < NEW_YEAR]
    assert cell.names["until"].tolist() == NEW_YEAR.date()
    compare(repr(cell.names["early"]), len(early), len(journeys_of(early)), 13)
    counts, too_late = funnel_counts(journeys_of(early), MONTH, NEW_YEAR)
    rules = compare_funnel(cell.printed, counts, MONTH.days, too_late)
    assert f"within 30 d; left out: {too_late} customers who began too late" in rules


@checks("ways")
def check_transitions(cell: Shown) -> None:
    counted, shares = ways(journeys()), way_shares()
    steps = sum(n for (a, b), n in counted.items() if a != "(start)" and b != "(end)")
    compare(repr(cell.value), len(journeys()), len(touchpoints()), steps)
    records = cell.value.to_records()
    found = {(row["from"], row["to"]): row for row in records}
    assert len(found) == len(records)
    assert {way: row["n"] for way, row in found.items()} == counted
    compare_arrays([found[way]["share"] for way in shares], list(shares.values()))
    heading, *titles = texts(cell.value, "title")
    compare(heading, len(journeys()))
    drawn = dict(title.rsplit(": ", 1) for title in titles if " → " in title)
    rows = ["(start)", *touchpoints()]
    assert drawn.keys() == {f"{a} → {b}" for a in rows for b in [*rows[1:], "(end)"]}
    for a, b in ((a, b) for a in rows for b in [*rows[1:], "(end)"]):
        compare(drawn[f"{a} → {b}"], 100 * shares.get((a, b), 0))
    words = " ".join(texts(cell.value, "text"))
    ranked = sorted((100 * share for share in shares.values()), reverse=True)
    legend = [ranked[0] * k / 5 for k in range(1, 6)]
    labelled = len(NUMBER.findall(words)) - 1 - len(legend)
    compare(words, len(journeys()), *legend, *ranked[:labelled])


@checks(
    "print(f'{moves.sum()} shares; {np.mean(distance < 1.96):.0%} within"
    " their 95 % interval')"
)
def check_distance_from_the_truth(cell: Shown) -> None:
    truth, shares = company().truth, way_shares()
    visits = Counter(contact.touchpoint for contact in contacts())
    near = []
    for a, row, end in zip(
        truth.touchpoints, truth.transitions.tolist(), truth.ends.tolist(), strict=True
    ):
        for b, share in zip((*truth.touchpoints, "(end)"), [*row, end], strict=True):
            if share > 0:
                error = math.sqrt(share * (1 - share) / visits[a])
                near.append(abs(shares.get((a, b), 0) - share) < 1.96 * error)
    compare(cell.printed, len(near), 100 * sum(near) / len(near), 95)


@checks("print(paths.variants(log).summary())")
def check_variants(cell: Shown) -> None:
    counted = Counter(
        tuple(event.touchpoint for event in journey) for journey in journeys().values()
    )
    (way, n), (_, next_n) = counted.most_common(2)
    assert n > next_n
    compare(cell.printed, len(journeys()), len(counted), 100 * n / len(journeys()))
    alone = "nothing but " if len(way) == 1 else ""
    assert f" the most frequent was {alone}{' > '.join(way)} (" in cell.printed


@checks("print(paths.dwell(log))")
def check_dwell(cell: Shown) -> None:
    passed: dict[str, list[float]] = {name: [] for name in touchpoints()}
    for journey in journeys().values():
        for event, following in pairwise(journey):
            time = following.time - event.time
            passed[event.touchpoint].append(time.total_seconds())
    head, *lines = cell.printed.splitlines()
    compare(head, 90)
    for line, (label, times) in zip(lines, passed.items(), strict=True):
        ranked = sorted(times)
        quantiles = [
            ranked[math.ceil(share * len(ranked)) - 1]
            for share in (Fraction(1, 2), Fraction(9, 10))
        ]
        assert line.startswith(label)
        compare(DURATION.sub("", line.removeprefix(label)), len(times))
        durations = DURATION.findall(line)
        slack = [0.0, 0.016, 0.016]
        for (number, unit), exact, part in zip(
            durations, [fmean(times), *quantiles], slack, strict=True
        ):
            inexact = exact / SECONDS[unit]
            third_digit = 10.0 ** (math.floor(math.log10(inexact)) - 2)
            gap = abs(value_of(number) - inexact)
            assert gap <= 0.5 * third_digit + part * inexact, (line, number, exact)


@checks("print(by_stage)")
def check_experience_by_stage(cell: Shown) -> None:
    groups: dict[str, list[float]] = {stage: [] for stage in stages().values()}
    events = [contact for contact in contacts() if contact.touchpoint in stages()]
    for contact in events:
        if contact.answered:
            groups[stages()[contact.touchpoint]].append(contact.stars)
    compare_estimates(cell.printed, groups)
    assert [name for name in touchpoints() if name not in stages()] == ["forum"]
    compare_log(cell.names["designed"], events, touchpoints())


@checks(
    "print(pd.DataFrame(by_stage.to_records())[['stage', 'n', 'missing']].to_string())"
)
def check_missing_answers(cell: Shown) -> None:
    rows: dict[str, list[float]] = {}
    for place, stage in enumerate(dict.fromkeys(stages().values())):
        events = [each for each in contacts() if stages().get(each.touchpoint) == stage]
        n = sum(event.answered for event in events)
        rows[stage] = [place, n, len(events) - n]
    head, *lines = cell.printed.splitlines()
    assert head.split() == ["stage", "n", "missing"]
    for line, (stage, numbers) in zip(lines, rows.items(), strict=True):
        assert line.split()[1] == stage
        compare(line, *numbers)


@checks("curve")
def check_emotion_curve(cell: Shown) -> None:
    curve = cell.value
    order = [*stages(), *(name for name in touchpoints() if name not in stages())]
    answers: dict[str, list[float]] = {name: [] for name in order}
    places: dict[str, list[float]] = {name: [] for name in order}
    for journey in journeys().values():
        for place, event in enumerate(journey):
            last = len(journey) - 1
            places[event.touchpoint].append(place / last if last else 0.5)
            if event.answered:
                answers[event.touchpoint].append(event.valence)
    means = {name: fmean(felt) for name, felt in answers.items()}
    n = sum(len(felt) for felt in answers.values())
    quartiles = [
        [
            min(
                v
                for v in (-1.0, -0.5, 0.0, 0.5, 1.0)
                if 4 * sum(each <= v for each in felt) >= k * len(felt)
            )
            for k in (1, 2, 3)
        ]
        for felt in answers.values()
    ]
    assert list(curve.touchpoints) == order
    assert list(curve.stages) == [stages().get(name) for name in order]
    compare_arrays(curve.n, [len(felt) for felt in answers.values()])
    compare_arrays(
        curve.missing, [len(places[name]) - len(answers[name]) for name in order]
    )
    compare_arrays(curve.mean, list(means.values()))
    low, high = zip(*map(t_interval, answers.values()), strict=True)
    compare_arrays(curve.interval(), [list(low), list(high)])
    compare_arrays(curve.quartiles, quartiles)
    compare_arrays(curve.places, [fmean(places[name]) for name in order])
    compare(repr(curve), len(order), n, min(means.values()), max(means.values()))
    heading, *titles = texts(curve, "title")
    compare(heading, n)
    rows = {name: [means[name], len(answers[name])] for name in order}
    compare_rows((title for title in titles if " answers" in title), rows)
    compare(" ".join(texts(curve, "text")), n)


@checks(
    "print(f'{np.nanmean(kept):+.2f} remembered by {np.isfinite(kept).sum():,}"
    " who answered')"
)
def check_remembered(cell: Shown) -> None:
    kept = []
    for journey in journeys().values():
        if felt := valences(journey):
            peak = felt[0]
            for valence in felt:
                peak = valence if abs(valence) >= abs(peak) else peak
            kept.append((peak + felt[-1]) / 2)
        else:
            kept.append(math.nan)
    compare_arrays(cell.names["kept"], kept)
    known = [each for each in kept if not math.isnan(each)]
    compare(cell.printed, fmean(known), len(known))


@checks("print(mean_score(paths.experience_by(log, columns={'standing': when})))")
def check_experience_by_standing(cell: Shown) -> None:
    groups: dict[str, list[float]] = {"not-yet": [], "current": [], "former": []}
    bounds: dict[int, list[tuple[datetime, datetime | None]]] = {}
    for customer, start, end in episodes():
        bounds.setdefault(customer, []).append((start, end))
    for contact in contacts():
        own = bounds.get(contact.customer, [])
        begun = sum(start <= contact.time for start, _ in own)
        ended = sum(end is not None and end <= contact.time for _, end in own)
        standing = "not-yet" if not begun else "current" if begun > ended else "former"
        if contact.answered:
            groups[standing].append(contact.stars)
    compare_estimates(cell.printed, groups)


@checks("print(ledger.summary())")
def check_one_sided(cell: Shown) -> None:
    first: dict[int, datetime] = {}
    for customer, start, _ in episodes():
        first[customer] = min(start, first.get(customer, start))
    one_sided = early = 0
    for contact in contacts():
        begun = first.get(contact.customer)
        since = begun is not None and begun <= contact.time
        one_sided += not contact.two_sided
        early += contact.two_sided and not since
    percent = 100 / len(contacts())
    unseen = (one_sided + early) * percent
    shares = one_sided * percent, early * percent
    compare(cell.printed, unseen, len(contacts()), *shares)


def departures(way: list[str]) -> Iterator[tuple[str, str]]:
    """Return each touchpoint with what became of it in a journey."""
    for x in stages():
        followers = {y for y in stages() if (x, y) in before()}
        places = [place for place, name in enumerate(way) if name == x]
        late = bool(places) and any(y in followers for y in way[: places[-1]])
        if late:
            yield x, "out of order"
        if len(places) > 1:
            yield x, "repeated"
        if len(places) == 1 and not late:
            yield x, "as planned"
        if not places and followers & set(way):
            yield x, "skipped"
    for x in set(way) - set(stages()):
        yield x, "unplanned"


@cache
def cases() -> dict[tuple[str, str], list[list[Contact]]]:
    """Return the journeys by touchpoint and what became of it."""
    found: dict[tuple[str, str], list[list[Contact]]] = {}
    for journey in journeys().values():
        for case in departures([event.touchpoint for event in journey]):
            found.setdefault(case, []).append(journey)
    return found


@cache
def usual() -> dict[str, float]:
    """Return the mean valence of all answers at each touchpoint."""
    return {
        name: fmean(valences([each for each in contacts() if each.touchpoint == name]))
        for name in touchpoints()
    }


def scores(some: Iterable[list[Contact]]) -> list[float]:
    """Return how far the answers of each journey lie above what is usual."""
    above = [
        [each.valence - usual()[each.touchpoint] for each in journey if each.answered]
        for journey in some
    ]
    return [fmean(felt) for felt in above if felt]


def mean_score_of(some: Iterable[list[Contact]]) -> float:
    felt = scores(some)
    return fmean(felt) if felt else math.nan


class Difference(NamedTuple):
    """How those who leave the design felt, less how the others did."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        return self.low > 0 or self.high < 0


@cache
def difference(name: str, kind: str) -> Difference:
    norm = cases().get((name, "as planned"), [])
    if name not in stages():
        norm = [
            journey
            for journey in journeys().values()
            if name not in [event.touchpoint for event in journey]
        ]
    ones, others = scores(cases().get((name, kind), [])), scores(norm)
    if kind == "as planned" or not (ones and others):
        return Difference(math.nan, math.nan, math.nan)
    return Difference(fmean(ones) - fmean(others), *welch_interval(ones, others))


@checks("plan")
def check_planned_versus_actual(cell: Shown) -> None:
    plan, n = cell.value, len(journeys())
    names = [*stages(), *(name for name in touchpoints() if name not in stages())]
    compare(repr(plan), n, len(stages()), len(names) - len(stages()))
    assert list(plan.touchpoints) == names

    def table(number: Callable[[list[list[Contact]]], float]) -> list[list[float]]:
        return [
            [number(cases().get((name, kind), [])) for kind in plan.kinds]
            for name in names
        ]

    compare_arrays(plan.usual, [usual()[name] for name in names])
    compare_arrays(plan.counts, table(len))
    compare_arrays(plan.shares, table(lambda some: len(some) / n))
    compare_arrays(plan.scored, table(lambda some: len(scores(some))))
    compare_arrays(plan.scores, table(mean_score_of))
    differences = [[difference(x, kind) for kind in plan.kinds] for x in names]
    for found, part in zip((plan.difference, *plan.interval()), range(3), strict=True):
        compare_arrays(found, [[each[part] for each in row] for row in differences])
    compare_drawn_departures(TEXT.findall(plan.to_svg()), names)


def compare_drawn_departures(drawn: list[tuple[str, str]], names: list[str]) -> None:
    n = len(journeys())
    words = [html.unescape(text) for _, text in drawn]
    bounds = [words.index(name) for name in names]
    (end,) = (k for k, text in enumerate(words) if text.startswith("bar: share of all"))
    heading = " ".join(words[: bounds[0]])
    (top,) = {value_of(each) for each in NUMBER.findall(heading)[2::2]}
    compare(heading, n, *[0, top] * 4)
    for name, first, last in zip(names, bounds, [*bounds[1:], end], strict=True):
        numbers: list[float] = []
        clear: list[bool] = []
        for kind in PLANNED_KINDS if name in stages() else ["unplanned"]:
            count = len(cases().get((name, kind), []))
            assert 100 * count / n <= top
            numbers.append(100 * count / n)
            if not math.isnan(difference(name, kind).value):
                numbers.append(difference(name, kind).value)
                clear.append(difference(name, kind).is_clear)
        compare(" ".join(words[first + 1 : last]), *numbers)
        felt = [look for look, text in drawn[first + 1 : last] if "." in text]
        assert [is_coloured(look) for look in felt] == clear
    compare(" ".join(words[end:]), 95, 0)


def fewest_to_take_out(way: list[str]) -> int:
    """Return the cost of a journey: keep or leave each event, in every way there is."""
    most_kept = {frozenset[str](): 0}
    for x in way:
        if x not in stages():
            continue
        for kept, n in list(most_kept.items()):
            if not any((x, y) in before() for y in kept):
                met = kept | {x}
                most_kept[met] = max(most_kept.get(met, 0), n + 1)
    return len(way) - max(most_kept.values())


@checks("print(paths.conformance(log, company.design).summary())")
def check_conformance(cell: Shown) -> None:
    fitness = []
    for journey in journeys().values():
        out = fewest_to_take_out([event.touchpoint for event in journey])
        fitness.append(1 - out / len(journey))
    whole = sum(each == 1 for each in fitness)
    n = len(fitness)
    compare(cell.printed, whole, n, 100 * whole / n, 100 * fmean(fitness))


@checks("sum((paths.transitions(part) for part in parts)) == ways")
def check_sum_of_parts(cell: Shown) -> None:
    parts = [[c for c in journeys() if c % 8 == rest] for rest in range(8)]
    total: Counter[tuple[str, str]] = Counter()
    for part in parts:
        total.update(ways(part))
    assert cell.value is (total == ways(journeys()))
