"""Friction, against plain loops written from its definitions."""

import copy
import pickle
from collections import Counter
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmkit import JourneyLog, JourneyMap, Phase, Stage, Touchpoint
from cxmkit.errors import CxmError, InvalidTypeError, InvalidValueError
from cxmkit.hurdles import FrictionCounts, friction

COUNTS = (
    "events",
    "customers",
    "rework",
    "self_loops",
    "self_loop_size",
    "returns",
    "channel_switches",
    "channel_pairs",
    "back_steps",
    "stage_pairs",
)
Event = tuple[str, str | None]

# Facts of the six-case running example of van der Aalst's book on process mining:
# R register, X examine casually, T thoroughly, K check, D decide, I reinitiate, P pay,
# J reject.
RUNNING_EXAMPLE = ["RXKDITKDP", "RKXDP", "RTKDJ", "RXKDP", "RXKDIKXDIXKDJ", "RKTDJ"]


def plan(text: str) -> JourneyMap[str]:
    """Return a map of stages that are named after their place: "a, b | c"."""
    lines = [f"s{i} [purchase]: {line}" for i, line in enumerate(text.split("|"))]
    return JourneyMap.parse("\n".join(lines), id=1)


def log_of(
    ways: Sequence[Sequence[Any]],
    channels: Sequence[Sequence[str | None]] | None = None,
) -> JourneyLog:
    """Return a log with one customer per way, in which equal times keep their order."""
    who = [key for key, way in enumerate(ways) for _ in way]
    through: dict[str, Any] = {}
    if channels is not None:
        through = {"channel": [c for each in channels for c in each]}
        through["channels"] = ["web", "shop"]
    return JourneyLog.from_columns(
        customer=who,
        time=[0] * len(who),
        touchpoint=[x for way in ways for x in way],
        **through,
    )


def counted(
    ways: Sequence[Sequence[Event]], design: JourneyMap[str] | None
) -> dict[str, Counter[str]]:
    """Count as the definitions say, event by event."""
    found: dict[str, Counter[str]] = {name: Counter() for name in COUNTS}
    rank = {}
    if design is not None:
        rank = {t.id: design.stages.index(t.stage) for t in design.touchpoints}
    for way in ways:
        visits = Counter(x for x, _ in way)
        found["events"] += visits
        found["customers"] += Counter(visits.keys())
        found["rework"] += Counter(x for x, n in visits.items() if n > 1)
        for i, (x, channel) in enumerate(way):
            if i == 0:
                continue
            before, through = way[i - 1]
            if x == before:
                found["self_loop_size"][x] += 1
                found["self_loops"][x] += i == 1 or way[i - 2][0] != x
            elif x in [y for y, _ in way[:i]]:
                found["returns"][x] += 1
            if channel is not None and through is not None:
                found["channel_pairs"][x] += 1
                found["channel_switches"][x] += channel != through
            if x in rank and before in rank:
                found["stage_pairs"][x] += 1
                found["back_steps"][x] += rank[x] < rank[before]
    return found


@st.composite
def designs(draw: st.DrawFn) -> JourneyMap[str]:
    stages = [Stage(f"s{i}", Phase.PURCHASE) for i in range(3)]
    return JourneyMap(
        id=1,
        stages=stages,
        touchpoints=[
            Touchpoint(id=key, name=key, stage=draw(st.sampled_from(stages)))
            for key in draw(st.permutations("abcd"))[: draw(st.integers(0, 4))]
        ],
    )


EVENTS = st.tuples(st.sampled_from("abcx"), st.sampled_from(["web", "shop", None]))
WAYS = st.lists(st.lists(EVENTS, min_size=1, max_size=9), max_size=8)


def split(
    ways: Sequence[Sequence[Event]],
) -> tuple[list[list[str]], list[list[str | None]]]:
    labels = [[x for x, _ in way] for way in ways]
    return labels, [[channel for _, channel in way] for way in ways]


def as_counters(result: FrictionCounts) -> dict[str, Counter[Any]]:
    """Return the counts that are known and not 0, by touchpoint."""
    return {
        name: +Counter(dict(zip(result.touchpoints, array.tolist(), strict=True)))
        for name in COUNTS
        if (array := getattr(result, name)) is not None
    }


@given(WAYS, st.none() | designs())
def test_counts_are_those_of_the_definitions(
    ways: list[list[Event]], design: JourneyMap[str] | None
) -> None:
    expected = {name: +each for name, each in counted(ways, design).items()}
    if design is None:
        del expected["back_steps"], expected["stage_pairs"]
    assert as_counters(friction(log_of(*split(ways)), design=design)) == expected
    del expected["channel_switches"], expected["channel_pairs"]
    assert as_counters(friction(log_of(split(ways)[0]), design=design)) == expected


@given(WAYS, st.none() | designs())
def test_counts_of_parts_add_up(
    ways: list[list[Event]], design: JourneyMap[str] | None
) -> None:
    log = log_of(*split(ways))
    whole = friction(log, design=design)
    assert sum(friction(part, design=design) for part in log.partition(3)) == whole
    assert whole + 0 == 0 + whole == whole


@given(WAYS, WAYS, st.none() | designs())
def test_logs_with_other_touchpoints_add_up(
    one: list[list[Event]], two: list[list[Event]], design: JourneyMap[str] | None
) -> None:
    parts = [friction(log_of(*split(ways)), design=design) for ways in (one, two)]
    assert parts[0] + parts[1] == friction(log_of(*split(one + two)), design=design)


@given(WAYS, designs(), st.randoms(use_true_random=False))
def test_the_order_of_rows_of_other_customers_is_irrelevant(
    ways: list[list[Event]], design: JourneyMap[str], random: Any
) -> None:
    rows = [(i, j, *event) for i, way in enumerate(ways) for j, event in enumerate(way)]
    results = []
    for each in (rows, random.sample(rows, len(rows))):
        log = JourneyLog.from_columns(
            customer=[row[0] for row in each],
            time=[row[1] for row in each],
            touchpoint=[row[2] for row in each],
            touchpoints=["a", "b", "c", "x"],
            channel=[row[3] for row in each],
        )
        results.append(friction(log, design=design))
    assert results[0] == results[1]


@pytest.mark.reference
def test_the_rework_of_the_running_example() -> None:
    # Published by pm4py for this log: rework in 2 cases at check and at decide.
    result = as_counters(friction(log_of(RUNNING_EXAMPLE)))
    assert result["events"].total() == 42
    assert result["rework"] == {"K": 2, "D": 2, "X": 1, "I": 1}


@pytest.mark.reference
def test_three_in_a_row_are_one_self_loop_of_size_two() -> None:
    # As edeaR defines it.
    result = friction(log_of(["aaa"]))
    assert result.self_loops.tolist() == [1]
    assert result.self_loop_size.tolist() == [2]
    assert result.returns.tolist() == [0]


@pytest.mark.parametrize(
    ("way", "loops", "size", "returns"),
    [
        ("a", 0, 0, 0),
        ("aa", 1, 1, 0),
        ("aba", 0, 0, 1),
        ("aabaa", 2, 2, 1),
        ("aaabaaba", 2, 3, 2),
    ],
)
def test_named_journeys(way: str, loops: int, size: int, returns: int) -> None:
    result = friction(log_of([way]))
    numbers = (result.self_loops, result.self_loop_size, result.returns)
    assert tuple(array[0] for array in numbers) == (loops, size, returns)


def test_neighbours_in_the_log_are_not_neighbours_in_a_journey() -> None:
    result = friction(log_of(["a", "a", "ba"], [["web"], ["shop"], ["web", "web"]]))
    assert result.self_loop_size.tolist() == [0, 0]
    assert result.channel_switches is not None
    assert result.channel_switches.tolist() == [0, 0]


def test_unknown_channels_are_no_switch() -> None:
    log = log_of(["abcab"], [["web", None, "shop", "web", "web"]])
    switches = friction(log).channel_switches
    assert switches is not None
    assert switches.tolist() == [1, 0, 0]


def test_the_rate_of_switches_is_among_events_that_may_be_one() -> None:
    through: list[list[str | None]] = [["web", "shop", "shop", None, "web"]]
    through += [[None, "web"], ["shop"]]
    result = friction(log_of(["a" * 5, "ab", "b"], through))
    assert result.to_columns()["channel_pairs"] == [2, 0]
    assert result.channel_switch_rate is not None
    assert repr(result.channel_switch_rate.tolist()) == "[0.5, nan]"


def test_the_rate_of_steps_back_is_among_events_that_may_be_one() -> None:
    result = friction(log_of(["xcbxbcb", "a", "xa"]), design=plan("a, b | c"))
    assert result.touchpoints == ("x", "c", "b", "a")
    assert result.to_columns()["stage_pairs"] == [0, 1, 2, 0]
    assert result.back_step_rate is not None
    assert repr(result.back_step_rate.tolist()) == "[nan, 0.0, 1.0, nan]"


def test_steps_back_go_to_an_earlier_stage_of_the_design() -> None:
    result = friction(log_of(["cbaxa", "ba", "ab"]), design=plan("a, b | c"))
    assert result.back_steps is not None
    assert dict(zip(result.touchpoints, result.back_steps.tolist(), strict=True)) == {
        "c": 0,
        "b": 1,
        "a": 0,
        "x": 0,
    }
    assert result.stages == ("s0", "s1")
    assert result.stage is not None
    assert result.stage.tolist() == [1, 0, 0, -1]


def test_a_design_without_touchpoints_knows_no_steps_back() -> None:
    empty = JourneyMap[str](id=1, stages=[], touchpoints=[])
    result = friction(log_of(["ab"]), design=empty)
    assert result.back_steps is not None
    assert result.back_steps.tolist() == [0, 0]
    assert result.to_columns()["stage"] == ["", ""]


def test_many_touchpoints_and_long_journeys() -> None:
    rng = np.random.default_rng(4)
    codes = [rng.integers(0, 3_000, 2_000).tolist(), [5], [7] * 70_000]
    ways = [[f"t{code}" for code in each] for each in codes]
    expected = counted([[(x, None) for x in way] for way in ways[:2]], None)
    result = as_counters(friction(log_of(ways)))
    assert result["rework"] == expected["rework"] + Counter(["t7"])
    assert result["self_loop_size"] == expected["self_loop_size"] + Counter(t7=69_999)
    assert result["returns"] == +expected["returns"]


def test_friction_says_what_it_is() -> None:
    log = log_of(["aab", "aba"], [["web", "shop", "web"], ["web", None, "web"]])
    result = friction(log, design=plan("a | b"))
    assert repr(result) == (
        "FrictionCounts of 6 events at 2 touchpoints: repeats 1, returns 1, channel"
        " switches 2, back-steps 1"
    )
    assert result.summary() == (
        "2 of 6 events are repeats or returns, most of them at a: 2 of its 4 (50.0 %),"
        " by 2 of 2 customers."
    )
    assert [line.split() for line in str(result).splitlines()[1:]] == [
        ["a", "4", "2", "2", "1", "1", "1", "1", "1", "1", "2"],
        ["b", "2", "2", "0", "0", "0", "0", "1", "1", "0", "2"],
    ]
    assert "back-steps 1" in result._repr_html_()
    assert result.to_records()[0] == {
        "touchpoint": "a",
        "stage": "s0",
        "events": 4,
        "customers": 2,
        "rework": 2,
        "self_loops": 1,
        "self_loop_size": 1,
        "returns": 1,
        "channel_switches": 1,
        "channel_pairs": 1,
        "back_steps": 1,
        "stage_pairs": 2,
        "rework_share": 1.0,
        "repeat_rate": 0.25,
        "return_rate": 0.25,
        "channel_switch_rate": 1.0,
        "back_step_rate": 0.5,
    }
    assert result.to_columns()["rework_share"] == [1.0, 0.0]
    assert result.to_dict()["stage"] == [0, 1]
    assert result.to_dict()["stages"] == ["s0", "s1"]


def test_what_is_unknown_is_left_out() -> None:
    result = friction(log_of(["aab"]))
    assert result.channel_switches is None
    assert result.channel_pairs is None
    assert result.channel_switch_rate is None
    assert result.back_steps is None
    assert result.stage_pairs is None
    assert result.back_step_rate is None
    assert not result.to_columns().keys() & {
        "stage",
        "channel_switches",
        "channel_pairs",
        "back_steps",
        "stage_pairs",
        "channel_switch_rate",
        "back_step_rate",
    }


def test_nothing_twice() -> None:
    assert friction(log_of(["ab"])).summary() == "Nothing is done twice in 2 events."


def test_an_empty_log_and_touchpoints_without_events() -> None:
    empty = JourneyLog.from_columns(
        customer=[], time=[], touchpoint=[], channel=[], touchpoints=["a"]
    )
    for log in (empty, log_of([])):
        result = friction(log, design=plan("a | b"))
        assert repr(result).startswith("FrictionCounts of 0 events")
        assert result.summary() == "Nothing is done twice in 0 events."
        assert np.isnan(result.repeat_rate).all()
        assert np.isnan(result.rework_share).all()
        assert str(result).startswith("touchpoint  events")
        assert copy.deepcopy(result) == result


def test_friction_is_frozen_and_survives_copies() -> None:
    result = friction(log_of(["aab"]), design=plan("a | b"))
    for again in (copy.deepcopy(result), pickle.loads(pickle.dumps(result))):  # noqa: S301
        assert again == result
        assert not again.events.flags.writeable
    with pytest.raises(TypeError):
        hash(result)
    assert result != "something else"
    assert result != friction(log_of(["aab"]))
    assert result != friction(log_of(["abb"]), design=plan("a | b"))
    with pytest.raises(TypeError):
        result + 1


def test_other_things_are_refused() -> None:
    with pytest.raises(InvalidTypeError, match=r"^log must be a JourneyLog"):
        friction([])  # type: ignore[arg-type]
    with pytest.raises(InvalidTypeError, match=r"^design must be a JourneyMap"):
        friction(log_of(["a"]), design="a")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("theirs", "message"),
    [
        (
            friction(log_of(["a"], [["web"]])),
            (
                "other must know channels if this does, and only then; got"
                " FrictionCounts of 1 event at 1 touchpoint: repeats 0, ret...; count"
                " both with channels, or both without"
            ),
        ),
        (
            friction(log_of(["a"])),
            (
                "other must be counted with a design if this is, and only then; got"
                " FrictionCounts of 1 event at 1 touchpoint: repeats 0, ret...; pass"
                " friction the same design for both"
            ),
        ),
        (
            friction(log_of(["a"]), design=plan("b | a | c")),
            ("other must be counted with stages=('s0', 's1'); got ('s0', 's1', 's2')"),
        ),
        (
            friction(log_of(["a"]), design=plan("b | a")),
            (
                "other must have 'a' in the same stage, 's0'; got 's1'; pass friction"
                " the same design for both"
            ),
        ),
        (
            friction(log_of(["a"]), design=plan("b | c")),
            (
                "other must have 'a' in the same stage, 's0'; got ''; pass friction the"
                " same design for both"
            ),
        ),
    ],
)
def test_counts_of_another_kind_do_not_add(
    theirs: FrictionCounts, message: str
) -> None:
    ours = friction(log_of(["xab"]), design=plan("a | b"))
    with pytest.raises(InvalidValueError) as caught:
        ours + theirs
    assert str(caught.value) == message
    assert caught.value.argument == "other"


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"touchpoints": ["a", "a"]}, "touchpoints"),
        ({"touchpoints": ["a", None]}, "touchpoints"),
        ({"events": [2]}, "events"),
        ({"events": [2, 2]}, "events"),
        ({"events": [0.5, 2]}, "events"),
        ({"customers": [2, -1]}, "customers"),
        ({"rework": [2, 0]}, "rework"),
        ({"self_loops": [2, 0]}, "self_loops"),
        ({"returns": [0]}, "returns"),
        ({"channel_switches": [4, 0]}, "channel_switches"),
        ({"channel_switches": [0]}, "channel_switches"),
        ({"channel_switches": [2, 0]}, "channel_switches"),
        ({"channel_switches": None}, "channel_pairs"),
        ({"channel_pairs": [5, 1]}, "channel_pairs"),
        ({"channel_pairs": [0, 0]}, "channel_switches"),
        ({"channel_pairs": [0]}, "channel_pairs"),
        ({"channel_pairs": [0.5, 1]}, "channel_pairs"),
        ({"channel_pairs": None}, "channel_pairs"),
        ({"back_steps": [4, 0]}, "back_steps"),
        ({"back_steps": [0, 2]}, "back_steps"),
        ({"stage_pairs": [3, 1]}, "stage_pairs"),
        ({"stage_pairs": [-1, 1]}, "stage_pairs"),
        ({"stage_pairs": None}, "stage_pairs"),
        ({"back_steps": None}, "stage"),
        ({"back_steps": None, "stage": None}, "stage_pairs"),
        ({"stage": None}, "stage"),
        ({"stage": None, "back_steps": None, "stage_pairs": None}, "stages"),
        ({"stage": [0, 2]}, "stage"),
        ({"stage": [-2, 0]}, "stage"),
        ({"stage": [0]}, "stage"),
        ({"stage": [0.5, 1]}, "stage"),
        ({"stages": ["s0", "s0"]}, "stages"),
        ({"stages": [1, 2]}, "stages"),
    ],
)
def test_counts_refuse_what_cannot_be(changes: dict[str, Any], argument: str) -> None:
    log = log_of(["aab"], [["web", "shop", "web"]])
    good = friction(log, design=plan("a | b"))
    with pytest.raises(CxmError) as caught:
        attrs.evolve(good, **changes)
    assert getattr(caught.value, "argument", None) == argument


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rework": [2, 0]}, "rework[0] must not exceed customers; got 2"),
        ({"self_loops": [2, 0]}, "self_loops[0] must not exceed self_loop_size; got 2"),
        (
            {"channel_switches": [2, 1]},
            "channel_switches[0] must not exceed channel_pairs; got 2",
        ),
        ({"channel_pairs": [3, 2]}, "channel_pairs[0] must not exceed events; got 3"),
        ({"back_steps": [0, 2]}, "back_steps[1] must not exceed stage_pairs; got 2"),
        ({"stage_pairs": [3, 2]}, "stage_pairs[0] must not exceed events; got 3"),
        (
            {"events": [2, 3]},
            (
                "events[1] must be customers + self_loop_size + returns, each event"
                " once; got 3"
            ),
        ),
        ({"events": [2]}, "events must have the shape (2,); got (1,)"),
        (
            {"channel_pairs": None},
            (
                "channel_pairs must be given if channel_switches is, and only then;"
                " got None"
            ),
        ),
        (
            {"stage": None},
            "stage must be given if back_steps is, and only then; got None",
        ),
        (
            {"stage_pairs": None},
            "stage_pairs must be given if back_steps is, and only then; got None",
        ),
        (
            {"stages": ["s0", "s0"]},
            "stages[1] must not repeat the name of stages[0]; got 's0'",
        ),
        (
            {"stage": None, "back_steps": None, "stage_pairs": None},
            "stages must come with stage; got ('s0', 's1')",
        ),
        ({"stage": [0.5, 1]}, "stage must hold whole numbers; got dtype('float64')"),
        ({"stage": [0]}, "stage must have the shape (2,); got (1,)"),
        (
            {"stage": [0, 2]},
            "stage[1] must be the place of one of 2 stages, or -1; got 2",
        ),
        (
            {"stage": [-2, 0]},
            "stage[0] must be the place of one of 2 stages, or -1; got -2",
        ),
    ],
)
def test_a_refused_count_is_named_with_its_rule(
    changes: dict[str, Any], message: str
) -> None:
    log = log_of(["aab"], [["web", "shop", "web"]])
    good = friction(log, design=plan("a | b"))
    with pytest.raises(CxmError) as caught:
        attrs.evolve(good, **changes)
    assert str(caught.value) == message
