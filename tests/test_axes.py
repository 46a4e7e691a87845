"""How groups are told apart, selected and aligned."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmkit import _axes
from cxmkit._axes import Axes
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)

LEAVE_OUT = "; give these rows a label of their own or leave them out"
TWO = Axes(("year", "place"), ((2016, 2017), ("gate", "shop", "taxi")))


class NoTruth:
    """Compares like pandas' NA: the answer to every question is "unknown"."""

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> "NoTruth":  # type: ignore[override]
        return self

    def __ne__(self, other: object) -> "NoTruth":  # type: ignore[override]
        return self

    def __bool__(self) -> bool:
        message = "boolean value of NA is ambiguous"
        raise TypeError(message)


def objects(*values: object) -> np.ndarray[Any, np.dtype[Any]]:
    array = np.empty(len(values), dtype=object)
    for index, value in enumerate(values):
        array[index] = value
    return array


def refusal(call: Callable[[], object]) -> CxmError:
    with pytest.raises(CxmError) as caught:
        call()
    return caught.value


def encoded(
    column: Any, *, length: int, chunk: int = 1000
) -> tuple[list[int], tuple[Any, ...]]:
    """Return codes and labels of a column that is read *chunk* rows at a time."""
    coder = _axes.coders_of(column, length=length)["group"]
    codes: list[int] = []
    for at in range(0, length, chunk):
        codes += coder.codes(slice(at, min(at + chunk, length))).tolist()
    return codes, coder.labels


def moments(kind: str) -> np.ndarray[Any, np.dtype[Any]]:
    return np.array(["2024-01-02", "2024-01-01", "2024-01-02"], f"M8[{kind}]")


JANUARY = [datetime(2024, 1, 2), datetime(2024, 1, 1), datetime(2024, 1, 2)]  # noqa: DTZ001
DAYS = [day.date() for day in JANUARY]


@pytest.mark.parametrize(
    ("column", "labels"),
    [
        pytest.param([7, 3, 7], (7, 3), id="list of int"),
        pytest.param(["b", "a", "b"], ("b", "a"), id="list of str"),
        pytest.param(("b", "a", "b"), ("b", "a"), id="tuple of str"),
        pytest.param([True, False, True], (True, False), id="list of bool"),
        pytest.param([1, "a", 1], (1, "a"), id="mixed"),
        pytest.param([0.5, 0.25, 0.5], (0.5, 0.25), id="list of float"),
        pytest.param(np.array([7, 3, 7], np.int8), (7, 3), id="int8"),
        pytest.param(np.array([255, 0, 255], np.uint8), (255, 0), id="uint8"),
        pytest.param(np.array([True, False, True]), (True, False), id="bool array"),
        pytest.param(np.array(["b", "a", "b"]), ("b", "a"), id="str array"),
        pytest.param(objects("b", "a", "b"), ("b", "a"), id="object array"),
        pytest.param([np.str_("b"), np.str_("a")] * 2, ("b", "a"), id="numpy str"),
        pytest.param([np.int64(3), "a", np.int64(3)], (3, "a"), id="numpy in a list"),
        pytest.param(
            objects(np.int64(3), "a", np.int64(3)), (3, "a"), id="numpy in objects"
        ),
        pytest.param(DAYS, (DAYS[0], DAYS[1]), id="dates"),
        pytest.param(JANUARY, (JANUARY[0], JANUARY[1]), id="datetimes"),
        pytest.param(moments("D"), (DAYS[0], DAYS[1]), id="days"),
        pytest.param(moments("us"), (JANUARY[0], JANUARY[1]), id="microseconds"),
        pytest.param(moments("ns"), (JANUARY[0], JANUARY[1]), id="nanoseconds"),
        pytest.param(list(moments("ns")), (JANUARY[0], JANUARY[1]), id="list of ns"),
        pytest.param(objects(*moments("ns")), (JANUARY[0], JANUARY[1]), id="ns object"),
        pytest.param(
            np.array([2, 1, 2], "m8[s]"),
            (timedelta(seconds=2), timedelta(seconds=1)),
            id="seconds",
        ),
        pytest.param(
            np.ma.array([7, 3, 7], mask=[False] * 3), (7, 3), id="nothing masked"
        ),
        pytest.param(objects(("a", 1), "b", ("a", 1)), (("a", 1), "b"), id="tuples"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 2, 1000])
def test_labels_are_python_scalars_in_order_of_first_appearance(
    column: Any, labels: tuple[Any, ...], chunk: int
) -> None:
    codes, found = encoded(column, length=len(column), chunk=chunk)
    assert codes == ([0, 1] * 2)[: len(column)]
    assert found == labels
    assert [type(label) for label in found] == [type(label) for label in labels]


@given(
    st.lists(st.integers(-3, 3) | st.none(), max_size=20).map(
        lambda items: [str(item) if item is None else item for item in items]
    ),
    st.integers(1, 5),
)
def test_chunks_change_nothing(labels: list[int | str], chunk: int) -> None:
    codes, found = encoded(labels, length=len(labels), chunk=chunk)
    assert found == tuple(dict.fromkeys(labels))
    assert [found[code] for code in codes] == labels


@given(st.lists(st.integers(-3, 3), max_size=20), st.integers(1, 5))
def test_sorting_numbers_changes_nothing(labels: list[int], chunk: int) -> None:
    column = np.array(labels, np.int16)
    codes, found = encoded(column, length=len(labels), chunk=chunk)
    assert found == tuple(dict.fromkeys(labels))
    assert [found[code] for code in codes] == labels


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.uint64])
def test_a_pair_of_codes_and_labels_keeps_its_vocabulary(kind: type) -> None:
    codes: Any = np.array([2, 0, 2], kind)
    for labels in (["c", "a", "b"], ("c", "a", "b"), np.array(["c", "a", "b"])):
        assert encoded((codes, labels), length=3) == ([2, 0, 2], ("c", "a", "b"))


def test_a_vocabulary_may_be_longer_than_the_codes_can_count() -> None:
    labels = list(range(300))
    assert encoded((np.array([127], np.int8), labels), length=1)[0] == [127]


@pytest.mark.parametrize("codes", [[], np.array([], np.int8), np.array([])])
def test_no_rows_keep_the_vocabulary_too(codes: Any) -> None:
    assert encoded((codes, ["a", "b"]), length=0) == ([], ("a", "b"))


def test_two_labels_in_a_tuple_are_not_a_pair() -> None:
    for column in (("ab", "cd"), (b"ab", b"cd"), (1, 2), (date(2024, 1, 1), "x")):
        assert encoded(column, length=2) == ([0, 1], column)


@pytest.mark.parametrize("kind", [np.int8, np.int64])
@pytest.mark.parametrize("chunk", [1, 2, 3, 1000])
def test_the_code_for_missing_is_refused_with_its_row(kind: type, chunk: int) -> None:
    pair: Any = (np.array([0, 1, 0, 1, -1, 7], kind), ["a", "b"])
    error = refusal(lambda: encoded(pair, length=6, chunk=chunk))
    assert type(error) is MissingValueError
    assert str(error) == f"by[4] is missing{LEAVE_OUT}"
    assert (error.argument, error.index) == ("by", 4)


@pytest.mark.parametrize(("code", "kind"), [(2, np.uint8), (-2, np.int8), (2, np.int8)])
@pytest.mark.parametrize("chunk", [2, 1000])
def test_a_code_beyond_the_vocabulary_is_refused_with_its_row(
    code: int, kind: type, chunk: int
) -> None:
    pair: Any = (np.array([0, 1, 1, code], kind), ["a", "b"])
    error = refusal(lambda: encoded(pair, length=4, chunk=chunk))
    assert type(error) is InvalidValueError
    assert str(error) == (
        f"by[3] must be the code of one of the 2 labels, from 0; got {code}"
    )
    assert (error.argument, error.index, error.value) == ("by", 3, code)


@pytest.mark.parametrize(
    ("pair", "kind", "message"),
    [
        (
            ([0.0, 1.0], ["a", "b"]),
            InvalidTypeError,
            "by must hold integer codes and their labels; got 'float64'",
        ),
        (([0, np.nan], ["a", "b"]), MissingValueError, f"by[1] is missing{LEAVE_OUT}"),
        ((["a", None], ["a", "b"]), MissingValueError, f"by[1] is missing{LEAVE_OUT}"),
        (
            (np.ma.array([0, 1], mask=[False, True]), ["a", "b"]),
            MissingValueError,
            f"by[1] is missing{LEAVE_OUT}",
        ),
        (([0, 1], ["a", None]), MissingValueError, f"by[1] is missing{LEAVE_OUT}"),
        (
            ([0, 1], np.ma.array([5, 6], mask=[False, True])),
            MissingValueError,
            f"by[1] is missing{LEAVE_OUT}",
        ),
        (
            ([0, 1], ["a", "a"]),
            InvalidValueError,
            "by[1] must have each label once; got 'a'",
        ),
        (
            ([0, 1], [["a"], ["b"]]),
            InvalidValueError,
            "by must be a series of labels; got [['a'], ['b']]",
        ),
        (
            ([0, 1], {"a", "b"}),
            InvalidValueError,
            "by must be a series of labels; got {",
        ),
        (
            ([0, 1, 1], ["a", "b"]),
            InvalidValueError,
            (
                "by must have one label per answer (2); got 3; for several axes pass"
                " a mapping of name to column"
            ),
        ),
    ],
)
def test_a_broken_pair_is_refused(
    pair: Any, kind: type[CxmError], message: str
) -> None:
    error = refusal(lambda: encoded(pair, length=2))
    assert type(error) is kind
    assert message in str(error)
    assert error.argument == "by"


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(["a", "b", "a", None, None], id="None"),
        pytest.param([1.0, 2.0, 1.0, np.nan, np.nan], id="NaN"),
        pytest.param(["a", "b", "a", NoTruth(), "c"], id="NA"),
        pytest.param(np.array([1, 2, 1, "NaT", 2], "M8[ns]"), id="NaT"),
        pytest.param(np.array([1, 2, 1, "NaT", 2], "M8[D]"), id="no day"),
        pytest.param(
            np.ma.array([1, 2, 1, 1, 2], mask=[False] * 3 + [True, False]), id="masked"
        ),
        pytest.param(
            np.ma.array(["a", "b", "a", "x", "b"], mask=[False] * 3 + [True, False]),
            id="texts",
        ),
    ],
)
@pytest.mark.parametrize("chunk", [1, 2, 3, 1000])
def test_a_missing_label_is_refused_with_its_row(column: Any, chunk: int) -> None:
    error = refusal(lambda: encoded(column, length=5, chunk=chunk))
    assert type(error) is MissingValueError
    assert str(error) == f"by[3] is missing{LEAVE_OUT}"
    assert (error.argument, error.index, error.value) == ("by", 3, None)


@pytest.mark.parametrize("label", [["x"], {"x": 1}, ("x", ["y"])])
def test_a_label_without_hash_is_refused_with_its_row(label: object) -> None:
    error = refusal(lambda: encoded(objects("a", "b", label), length=3, chunk=2))
    assert type(error) is InvalidTypeError
    assert str(error) == f"by[2] must be a hashable label; got {label!r}"
    assert (error.index, error.value) == (2, label)


@pytest.mark.parametrize(
    "column", ["a", 7, {"a"}, [["a"], ["b"]], (letter for letter in "ab")]
)
def test_labels_come_in_one_dimension(column: Any) -> None:
    error = refusal(lambda: encoded(column, length=1))
    assert str(error).startswith("by must be a column (one dimension); got ")
    assert error.argument == "by"


def test_one_label_belongs_to_each_answer() -> None:
    error = refusal(lambda: encoded(["a", "b"], length=3))
    assert str(error).startswith("by must have one label per answer (3); got 2; for ")
    assert (error.argument, error.value) == ("by", 2)


def test_a_mapping_names_the_axes_and_errors_name_the_axis() -> None:
    coders = _axes.coders_of({"year": [1, 2], "place": ["a", "b"]}, length=2)
    assert list(coders) == ["year", "place"]
    assert _axes.coders_of(None, length=2) == {}
    error = refusal(lambda: _axes.coders_of({"year": [1]}, length=2))
    assert str(error).startswith("by['year'] must have one label per answer (2); got 1")
    assert error.argument == "by['year']"
    error = refusal(lambda: _axes.coders_of({3: [1]}, length=1))
    assert type(error) is InvalidTypeError
    assert str(error) == "by must have texts as names of axes; got 3"


# Axes


def test_axes_come_from_a_mapping_bare_labels_or_nothing() -> None:
    assert Axes.of({"year": [2016, 2017], "place": ("gate", "shop", "taxi")}) == TWO
    assert Axes.of(np.array(["a", "b"])) == Axes(("group",), (("a", "b"),))
    assert Axes.of(None) == Axes()
    assert type(Axes.of(np.array([1]))) is Axes
    assert type(Axes.of(np.array([1])).levels[0][0]) is int


def test_axes_say_what_they_are() -> None:
    assert str(TWO) == "year (2) x place (3)"
    assert not str(Axes())
    assert TWO.shape == (2, 3)
    assert Axes().shape == ()
    assert dict(TWO.labels) == {"year": (2016, 2017), "place": ("gate", "shop", "taxi")}
    with pytest.raises(TypeError):
        TWO.labels["year"] = ()  # type: ignore[index]


@pytest.mark.parametrize(
    ("names", "levels", "kind", "message"),
    [
        (
            ("a", "a"),
            ((1,), (2,)),
            InvalidValueError,
            "axis must be named once; got 'a, a'",
        ),
        (
            ("a",),
            ((1, 2, 1),),
            InvalidValueError,
            "by['a'][2] must have each label once; got 1",
        ),
        (("a",), ((1, None),), MissingValueError, f"by['a'][1] is missing{LEAVE_OUT}"),
        (
            ("a",),
            ((1, [2]),),
            InvalidTypeError,
            "by['a'][1] must be a hashable label; got [2]",
        ),
    ],
)
def test_every_cell_has_exactly_one_address(
    names: tuple[str, ...],
    levels: tuple[Any, ...],
    kind: type[CxmError],
    message: str,
) -> None:
    error = refusal(lambda: Axes(names, levels))
    assert type(error) is kind
    assert str(error) == message


def test_a_position_is_found_or_refused() -> None:
    assert TWO.position("place") == 1
    error = refusal(lambda: TWO.position("month"))
    assert str(error) == "axis must name an axis; got 'month'; axes are year, place"
    assert (error.argument, error.value) == ("axis", "month")
    error = refusal(lambda: Axes().position("month"))
    assert str(error).endswith("; axes are none: there are no groups")


def test_axes_are_kept_in_the_order_asked_for() -> None:
    assert TWO.keep(["place", "year"]).names == ("place", "year")
    assert TWO.keep(["place"]) == Axes(("place",), (("gate", "shop", "taxi"),))
    assert TWO.keep([]) == Axes()
    error = refusal(lambda: TWO.keep(["year", "year"]))
    assert str(error) == "axis must be named once; got 'year, year'"


def test_a_label_is_located() -> None:
    index, rest = TWO.locate({"place": "shop"})
    assert index == (slice(None), 1)
    assert rest == TWO.keep(["year"])
    assert TWO.locate({"place": "taxi", "year": 2016}) == ((0, 2), Axes())
    assert TWO.locate({}) == ((slice(None), slice(None)), TWO)


def test_an_unknown_label_is_refused_with_the_known_ones() -> None:
    error = refusal(lambda: TWO.locate({"place": "bar"}))
    assert str(error) == (
        "place must be one of its labels; got 'bar'; labels are 'gate', 'shop', 'taxi'"
    )
    assert (error.argument, error.value) == ("place", "bar")
    eight, nine = (Axes(("a",), (tuple(range(n)),)) for n in (8, 9))
    assert str(refusal(lambda: eight.locate({"a": 9}))).endswith("6, 7")
    assert str(refusal(lambda: nine.locate({"a": 9}))).endswith("6, 7, ...")


@st.composite
def axes(draw: st.DrawFn, names: tuple[str, ...] = ("a", "b")) -> Axes:
    order = draw(st.permutations(names))
    labels = st.lists(st.integers(0, 5), unique=True, max_size=4).map(tuple)
    return Axes(tuple(order), tuple(draw(labels) for _ in order))


@given(axes(), axes(), axes())
def test_union_is_associative_has_identities_and_keeps_ours_first(
    one: Axes, two: Axes, three: Axes
) -> None:
    both = one.union(two)
    assert both.union(three) == one.union(two.union(three))
    assert one.union(one) == one
    assert both.names == one.names
    for name in one.names:
        ours = one.labels[name]
        assert both.labels[name][: len(ours)] == ours
        assert set(both.labels[name]) == {*ours, *two.labels[name]}


def test_different_axes_cannot_be_united() -> None:
    error = refusal(lambda: TWO.union(Axes()))
    assert type(error) is InvalidValueError
    assert str(error) == (
        "other must have the axes year (2) x place (3); got none;"
        " use .by(...) to keep common axes"
    )
    error = refusal(lambda: Axes().union(TWO))
    assert "the axes none; got year (2) x place (3)" in str(error)
    assert (error.argument, error.value) == ("other", ("year", "place"))


@given(axes(), axes(), st.sampled_from([(), (3,)]))
def test_spreading_moves_every_cell_to_its_address(
    one: Axes, two: Axes, tail: tuple[int, ...]
) -> None:
    wide = two.union(one)
    array = np.arange(np.prod(one.shape + tail, dtype=int)).reshape(one.shape + tail)
    spread = one.spread(array, wide, fill=-1)
    assert spread.shape == wide.shape + tail
    assert spread.dtype == array.dtype
    found = 0
    for cell in wide.cells():
        there = spread[wide.locate(cell)[0]]
        if all(cell[name] in one.labels[name] for name in one.names):
            np.testing.assert_array_equal(there, array[one.locate(cell)[0]])
            found += 1
        else:
            assert (there == -1).all()
    assert found == np.prod(one.shape, dtype=int)


def test_without_axes_there_is_one_cell() -> None:
    nothing = Axes()
    assert list(nothing.cells()) == [{}]
    assert nothing.columns() == {}
    assert nothing.spread(np.arange(3), nothing).tolist() == [0, 1, 2]


def test_cells_run_with_the_last_axis_fastest() -> None:
    assert list(TWO.cells())[:4] == [
        {"year": 2016, "place": "gate"},
        {"year": 2016, "place": "shop"},
        {"year": 2016, "place": "taxi"},
        {"year": 2017, "place": "gate"},
    ]
    assert TWO.columns()["year"] == [2016] * 3 + [2017] * 3
    assert TWO.text_columns()["year"] == ["2016"] * 3 + ["2017"] * 3
    assert _axes.address({"year": 2016, "place": "gate"}) == "2016 / gate"


def test_instants_keep_their_zone() -> None:
    noon = datetime(2024, 7, 1, 12, tzinfo=UTC)
    assert encoded([noon, noon], length=2) == ([0, 0], (noon,))


# Labels that may be missing


def coded(column: Any, *, length: int, chunk: int = 1000) -> tuple[list[int], Any]:
    """Return codes and labels where missing labels are allowed."""
    coder = _axes.Coder("by", column, length=length, optional=True)
    codes: list[int] = []
    for at in range(0, length, chunk):
        codes += coder.codes(slice(at, min(at + chunk, length))).tolist()
    return codes, coder.labels


MASK = [False, False, True, False]


@pytest.mark.parametrize("chunk", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("column", "labels"),
    [
        (["b", "a", None, "b"], ("b", "a")),
        (objects("b", "a", float("nan"), "b"), ("b", "a")),
        (objects("b", "a", NoTruth(), "b"), ("b", "a")),
        (objects("b", "a", np.ma.masked, "b"), ("b", "a")),
        (objects("b", "a", Decimal("sNaN"), "b"), ("b", "a")),
        ([2.0, 1.0, np.nan, 2.0], (2.0, 1.0)),
        (np.ma.array(["b", "a", "z", "b"], mask=MASK), ("b", "a")),
        (np.ma.array([2, 1, 9, 2], mask=MASK), (2, 1)),
        (np.array([1, 0, "NaT", 1], "M8[D]"), (date(1970, 1, 2), date(1970, 1, 1))),
        (
            np.ma.array(np.array([1000, 0, 9, 1000], "M8[ns]"), mask=MASK),
            (datetime(1970, 1, 1, microsecond=1), datetime(1970, 1, 1)),  # noqa: DTZ001
        ),
        (([0, 1, -1, 0], ["b", "a"]), ("b", "a")),
        ((np.array([0, 1, -1, 0], np.int8), ["b", "a"]), ("b", "a")),
        (([0, 1, None, 0], ["b", "a"]), ("b", "a")),
        ((objects(0, np.int8(1), NoTruth(), 0), ["b", "a"]), ("b", "a")),
        (([0, 1, np.nan, 0], ["b", "a"]), ("b", "a")),
        ((np.ma.array([0, 1, 9, 0], mask=MASK), ["b", "a"]), ("b", "a")),
        ((np.ma.array([0, 1, 9, 0], np.uint8, mask=MASK), ["b", "a"]), ("b", "a")),
        ((np.ma.array([0, 1, 9, 0], np.uint64, mask=MASK), ["b", "a"]), ("b", "a")),
        ((np.ma.array([0, 1, 0.5, 0], mask=MASK), ["b", "a"]), ("b", "a")),
        ((np.ma.array(objects(0, 1, "x", 0), mask=MASK), ["b", "a"]), ("b", "a")),
    ],
)
def test_a_label_that_may_be_missing_has_the_code_below_all(
    column: Any, labels: tuple[Any, ...], chunk: int
) -> None:
    assert coded(column, length=4, chunk=chunk) == ([0, 1, -1, 0], labels)


def test_all_labels_may_be_missing() -> None:
    assert coded([None, None], length=2) == ([-1, -1], ())
    assert coded(([None, None], ["a"]), length=2) == ([-1, -1], ("a",))
    assert coded(([], ["a"]), length=0) == ([], ("a",))


@pytest.mark.parametrize(
    ("column", "kind", "message"),
    [
        (
            ([0, -2], ["a"]),
            InvalidValueError,
            "by[1] must be the code of one of the 1 labels, from 0; got -2",
        ),
        (
            ([None, 1], ["a"]),
            InvalidValueError,
            "by[1] must be the code of one of the 1 labels, from 0; got 1",
        ),
        (
            ([np.nan, 0.5], ["a"]),
            InvalidTypeError,
            "by must hold integer codes and their labels; got 'float64'",
        ),
        (
            ([np.nan, np.inf], ["a"]),
            InvalidTypeError,
            "by must hold integer codes and their labels; got 'float64'",
        ),
        (
            ([None, 2**70], ["a"]),
            InvalidTypeError,
            "by must hold integer codes and their labels; got 'object'",
        ),
        (
            ([None, "a"], ["a"]),
            InvalidTypeError,
            "by must hold integer codes and their labels; got 'object'",
        ),
        (
            (np.ma.array(["x", "a"], mask=[True, False]), ["a"]),
            InvalidTypeError,
            "by must hold integer codes and their labels; got '<U1'",
        ),
        (
            ([0, None], ["a", None]),
            MissingValueError,
            f"by[1] is missing{LEAVE_OUT}",
        ),
        (
            objects(None, ["a"]),
            InvalidTypeError,
            "by[1] must be a hashable label; got ['a']",
        ),
    ],
)
def test_what_is_not_missing_is_judged_as_ever(
    column: Any, kind: type[CxmError], message: str
) -> None:
    error = refusal(lambda: coded(column, length=2))
    assert type(error) is kind
    assert str(error) == message


def test_a_vocabulary_may_hold_tuples() -> None:
    labels = (("a", 1), ("b", 2))
    assert encoded(([1, 0], labels), length=2) == ([1, 0], labels)
    assert encoded(([1, 0], [*labels]), length=2) == ([1, 0], labels)
    error = refusal(lambda: encoded(([1, 0], (("a", 1), ("a", 1))), length=2))
    assert str(error) == "by[1] must have each label once; got ('a', 1)"
