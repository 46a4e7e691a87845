"""The boundary: what comes in is coerced, or refused by name, place, rule, value."""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmkit import (
    Customer,
    Encounter,
    Journey,
    JourneyLog,
    JourneyMap,
    PartyKind,
    Ref,
    Scale,
    _checks,
)
from cxmkit.errors import (
    CxmError,
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)


class NoTruth:
    """Compares like pandas' NA: the answer to every question is "unknown"."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> "NoTruth":  # type: ignore[override]
        return self

    def __ne__(self, other: object) -> "NoTruth":  # type: ignore[override]
        return self

    def __bool__(self) -> bool:
        message = "boolean value of NA is ambiguous"
        raise TypeError(message)


NA = NoTruth()
CEST = timezone(timedelta(hours=2))


def objects(*values: object) -> np.ndarray[Any, np.dtype[Any]]:
    array = np.empty(len(values), dtype=object)
    for index, value in enumerate(values):
        array[index] = value
    return array


def refusal(call: Callable[[], object]) -> CxmError:
    with pytest.raises(CxmError) as caught:
        call()
    return caught.value


# Refusals


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (11, "11"),
        (11.0, "11"),
        (np.int8(-3), "-3"),
        (7.5, "7.5"),
        (1e15, "1000000000000000.0"),
        (math.inf, "inf"),
        (math.nan, "nan"),
        ("eleven", "'eleven'"),
        (True, "True"),
        (None, "None"),
        ("x" * 58, repr("x" * 58)),
        ("x" * 59, "'" + "x" * 56 + "..."),
    ],
)
def test_values_are_shown_as_short_python_literals(value: object, text: str) -> None:
    assert _checks.show(value) == text


def test_what_is_written_in_lines_is_shown_in_one() -> None:
    class Table:
        def __repr__(self) -> str:
            return "   a  b\n0  1  2\r\n\n1  3  4"

    assert _checks.show(Table()) == "a b 0 1 2 1 3 4"
    assert _checks.show(np.eye(2)) == "array([[1., 0.], [0., 1.]])"
    # What has no line breaks keeps its blanks, and texts keep theirs in any case.
    assert _checks.show(["a  b"]) == "['a  b']"
    assert _checks.show("a\n  b") == r"'a\n  b'"
    long = _checks.show(np.zeros((30, 30)))
    assert (len(long), long[-3:], "\n" in long) == (60, "...", False)


@pytest.mark.parametrize(
    ("labels", "most", "text"),
    [
        ((), 8, ""),
        (("a",), 8, "'a'"),
        (["a", 7, ("b", 1)], 8, "'a', 7, ('b', 1)"),
        (range(8), 8, "0, 1, 2, 3, 4, 5, 6, 7"),
        (range(9), 8, "0, 1, 2, 3, 4, 5, 6, 7, ..."),
        ("abc", 2, "'a', 'b', ..."),
    ],
)
def test_the_first_of_many_labels_are_written(
    labels: Sequence[Any], most: int, text: str
) -> None:
    assert _checks.some(labels, most) == text
    if most == 8:
        assert _checks.some(labels) == text


@pytest.mark.parametrize(
    ("index", "place"),
    [(None, "answers"), (0, "answers[0]"), ((1, 2), "answers[1, 2]")],
)
def test_the_place_is_written_as_in_python(index: _checks.Index, place: str) -> None:
    assert _checks.where("answers", index) == place


def test_a_refusal_says_argument_index_rule_value_and_the_way_out() -> None:
    error: CxmError = _checks.refuse(
        "answers", "be fine", np.float64(7.5), index=3, hint="round it"
    )
    assert type(error) is InvalidValueError
    assert str(error) == "answers[3] must be fine; got 7.5; round it"
    assert (error.argument, error.index, error.value) == ("answers", 3, 7.5)
    assert type(error.value) is float
    plain = _checks.refuse("n", "be fine", "x", error=InvalidTypeError)
    assert type(plain) is InvalidTypeError
    assert str(plain) == "n must be fine; got 'x'"


def test_a_missing_value_is_refused_with_its_place() -> None:
    error = _checks.refuse_missing("answers", index=4, hint="leave it out")
    assert type(error) is MissingValueError
    assert str(error) == "answers[4] is missing; leave it out"
    assert (error.argument, error.index, error.value) == ("answers", 4, None)
    assert str(_checks.refuse_missing("answers")) == "answers is missing"


@pytest.mark.parametrize("hint", ["", "close it"])
def test_a_place_in_a_text_is_told_by_line_and_column(hint: str) -> None:
    error = _checks.refuse_text("text", "be fine", "x\n", line=2, column=3, hint=hint)
    way_out = "; close it" if hint else ""
    assert str(error) == f"text, line 2, column 3, must be fine; got 'x\\n'{way_out}"
    assert type(error) is InvalidValueError
    assert error.argument == "text"


def test_a_collection_of_texts_has_something_to_see_in_each() -> None:
    @attrs.frozen
    class Texts:
        texts: tuple[str, ...] = attrs.field(validator=_checks.all_filled)

    assert Texts(("a", " b")).texts == ("a", " b")
    error = refusal(lambda: Texts(("a", " ")))
    assert str(error) == (
        "texts must hold texts with at least one visible character; got ' '"
    )


def test_an_empty_sample_is_refused_by_name() -> None:
    error = _checks.refuse_empty("answers", "must hold an answer")
    assert type(error) is EmptySampleError
    assert str(error) == "answers must hold an answer"
    assert error.argument == "answers"


# Options


def test_a_choice_must_be_one_of_the_literals() -> None:
    _checks.choice("missing", "omit", ("raise", "omit"))
    for value in ("drop", None, ["omit"], 1):
        error = refusal(lambda v=value: _checks.choice("missing", v, ("raise", "omit")))  # type: ignore[misc]
        assert str(error).startswith('missing must be one of "raise", "omit"; got ')
        assert (error.argument, error.value) == ("missing", value)


def test_a_level_lies_between_0_and_1() -> None:
    assert _checks.open_unit("level", 0.9) == 0.9
    assert _checks.open_unit("level", np.float64(0.5)) == 0.5
    for value in (0, 1, -0.1, 95, math.nan, math.inf):
        error = refusal(lambda v=value: _checks.open_unit("level", v))  # type: ignore[misc]
        assert type(error) is InvalidValueError
        assert str(error) == (
            f"level must lie between 0 and 1; got {_checks.show(value)};"
            " write level=0.95 for 95 %"
        )
    for bad in ("0.95", True, None, [0.9], 0.9j):
        error = refusal(lambda v=bad: _checks.open_unit("level", v))  # type: ignore[misc]
        assert type(error) is InvalidTypeError
        assert str(error) == f"level must be a number; got {bad!r}"


# Fields


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0),
        (np.uint8(200), 200.0),
        (np.float32(0.5), 0.5),
        (Decimal("7.5"), 7.5),
        (Fraction(1, 4), 0.25),
        (np.array(2), 2.0),
    ],
)
def test_numbers_of_any_kind_become_floats(value: object, number: float) -> None:
    converted = _checks.as_float(value)
    assert type(converted) is float
    assert converted == number
    assert _checks.as_optional_float(value) == number


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("7", id="text"),
        pytest.param(b"7", id="bytes"),
        True,
        np.True_,
        [7],
        np.array([7]),
        7j,
        np.complex128(7),
        np.ma.masked,
        [[1], [1, 2]],
        10**400,
        {7},
        NA,
        Decimal("sNaN"),
        np.datetime64("2024-01-01"),
    ],
)
def test_what_is_no_number_passes_unchanged_to_the_validator(value: object) -> None:
    assert _checks.as_float(value) is value


def test_none_stays_none_where_a_number_is_optional() -> None:
    assert _checks.as_optional_float(None) is None


def test_any_iterable_but_a_text_becomes_a_tuple_or_a_frozenset() -> None:
    assert _checks.as_tuple(iter("ab")) == ("a", "b")
    assert _checks.as_tuple("ab") == "ab"
    assert _checks.as_tuple(b"ab") == b"ab"
    assert _checks.as_tuple(None) is None
    assert _checks.as_frozenset(["a", "b"]) == frozenset("ab")
    assert _checks.as_frozenset("ab") == "ab"
    assert _checks.as_frozenset(7) == 7
    assert _checks.as_frozenset([["no hash"]]) == [["no hash"]]


def test_aware_datetimes_become_utc_and_all_else_passes() -> None:
    noon = datetime(2024, 7, 1, 12, tzinfo=CEST)
    assert _checks.as_utc(noon) == noon
    assert _checks.as_utc(noon).tzinfo is UTC
    naive = datetime(2024, 7, 1, 12)  # noqa: DTZ001
    assert _checks.as_utc(naive) is naive
    assert _checks.as_utc("noon") == "noon"
    first = datetime.min.replace(tzinfo=CEST)  # in UTC it would be the year 0
    assert _checks.as_utc(first) is first


@attrs.frozen
class Form:
    number: Any = attrs.field(
        default=0, converter=_checks.as_float, validator=_checks.finite
    )
    share: Any = attrs.field(
        default=0, converter=_checks.as_float, validator=_checks.within(0, 1)
    )
    error: Any = attrs.field(
        factory=lambda: CxmError("x"), validator=_checks.instance(CxmError)
    )
    series: Any = attrs.field(
        default=(), converter=_checks.as_tuple, validator=_checks.each(str)
    )
    members: Any = attrs.field(
        default=(),
        converter=_checks.as_frozenset,
        validator=_checks.each(str, frozenset),
    )
    at: Any = attrs.field(
        default=datetime(2024, 1, 1, tzinfo=UTC),
        converter=_checks.as_utc,
        validator=_checks.utc,
    )
    name: Any = attrs.field(default="name", validator=_checks.filled)
    key: Any = attrs.field(default=1, validator=_checks.identifier)


def test_a_form_filled_in_well_is_accepted() -> None:
    form = Form(
        number=Decimal(3),
        share=1,
        series=["a"],
        members=["b"],
        at=datetime(2024, 1, 1, 2, tzinfo=CEST),
        key=("crm", 7),
    )
    assert form.number == 3
    assert form.share == 1
    assert form.series == ("a",)
    assert form.members == {"b"}
    assert form.at == datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "value", "kind", "message"),
    [
        ("number", "3", InvalidTypeError, "number must be a number; got '3'"),
        ("number", True, InvalidTypeError, "number must be a number; got True"),
        ("number", math.inf, InvalidValueError, "must be a finite number; got inf"),
        ("number", math.nan, InvalidValueError, "must be a finite number; got nan"),
        ("share", 1.5, InvalidValueError, "share must be between 0 and 1; got 1.5"),
        ("share", -1, InvalidValueError, "share must be between 0 and 1; got -1"),
        ("share", None, InvalidTypeError, "share must be a number; got None"),
        ("error", 1, InvalidTypeError, "error must be a CxmError; got 1"),
        ("series", "ab", InvalidTypeError, "series must be a series of str; got 'ab'"),
        ("series", ("a", 1), InvalidTypeError, "series[1] must be a str; got 1"),
        ("members", [1], InvalidTypeError, "members must be a str; got 1"),
        ("members", [[]], InvalidTypeError, "members must be a series of str; got"),
        (
            "at",
            "noon",
            InvalidTypeError,
            (
                "at must be a datetime; got 'noon'; "
                "parse texts, and give dates a time and a zone"
            ),
        ),
        ("name", " \t", InvalidValueError, "at least one visible character"),
        ("name", 3, InvalidTypeError, "name must be a str; got 3"),
        ("key", None, MissingValueError, "key is missing"),
        ("key", [1], InvalidTypeError, "key must be hashable; got [1]"),
        ("key", ("crm", [1]), InvalidTypeError, "key must be hashable; got ('crm'"),
    ],
)
def test_a_field_filled_in_badly_is_refused_by_name(
    field: str, value: object, kind: type[CxmError], message: str
) -> None:
    error = refusal(lambda: Form(**{field: value}))
    assert type(error) is kind
    assert message in str(error)
    assert error.argument == field


def test_the_field_names_the_item_at_fault() -> None:
    error = refusal(lambda: Form(series=["a", "b", 3]))
    assert (error.index, error.value) == (2, 3)
    assert refusal(lambda: Form(members=[3])).index is None  # a set has no order


def test_a_naive_datetime_is_refused_with_the_way_out() -> None:
    error = refusal(lambda: Form(at=datetime(2024, 1, 1)))  # noqa: DTZ001
    assert "at must have a time zone; got 2024-01-01 00:00:00" in str(error)
    assert str(error).endswith(
        "; say where the clock stood: value.replace(tzinfo=ZoneInfo(...))"
    )


def test_an_argument_is_an_instant_as_a_field_is() -> None:
    noon = datetime(2024, 7, 1, 14, tzinfo=CEST)
    assert _checks.instant("at", noon) == noon
    assert _checks.instant("at", noon).tzinfo is UTC
    for wrong in (noon.replace(tzinfo=None), "noon", None):
        error = refusal(lambda wrong=wrong: _checks.instant("at", wrong))  # type: ignore[misc]
        assert (error.argument, error.index, error.value) == ("at", None, wrong)


def test_an_instant_that_utc_cannot_hold_is_refused() -> None:
    first = datetime.min.replace(tzinfo=CEST)
    error = refusal(lambda: Form(at=first))
    assert str(error) == (
        "at must have an equivalent in UTC; got 0001-01-01 00:00:00+02:00;"
        " its zone must have rules, its year lie between 1 and 9999"
    )


def test_the_article_fits_the_word() -> None:
    error = refusal(lambda: _checks.require_instance("x", 1, EmptySampleError, index=2))
    assert str(error) == "x[2] must be an EmptySampleError; got 1"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (
            JourneyLog,
            "x must be a JourneyLog; got 5; make one with JourneyLog.from_columns(...)",
        ),
        (
            JourneyMap,
            (
                "x must be a JourneyMap; got 5; make one with"
                " JourneyMap.parse(text, id=...)"
            ),
        ),
        (
            Scale,
            (
                "x must be a Scale; got 5; pass for example STARS_1_5 or"
                " Scale(1, 5, higher_is_better=True)"
            ),
        ),
        (
            timedelta,
            "x must be a timedelta; got 5; pass for example timedelta(seconds=90)",
        ),
        (Customer, "x must be a Customer; got 5"),
    ],
)
def test_who_passes_something_else_is_told_how_to_make_one(
    kind: type, message: str
) -> None:
    error = refusal(lambda: _checks.require_instance("x", 5, kind))
    assert type(error) is InvalidTypeError
    assert str(error) == message


def test_whole_numbers_of_any_kind_become_ints() -> None:
    assert type(_checks.as_whole("min_n", np.uint8(5))) is int
    assert _checks.as_whole("min_n", -5) == -5
    for bad in (True, np.True_, 5.0, "5", None, Decimal(5), np.timedelta64(5, "D")):
        error = refusal(lambda v=bad: _checks.as_whole("min_n", v))  # type: ignore[misc]
        assert type(error) is InvalidTypeError
        assert str(error) == f"min_n must be a whole number; got {_checks.show(bad)}"


# Arrays


def test_a_column_is_taken_as_it_is_or_as_objects() -> None:
    data = np.arange(3)
    assert _checks.as_array(data, "x")[0] is data
    numbers, mask = _checks.as_array([1, 2], "x")
    assert numbers.tolist() == [1, 2]
    assert mask is None
    # numpy would have made the texts '1' and 'a' of these.
    mixed, mask = _checks.as_array((1, "a"), "x")
    assert mixed.dtype == object
    assert mixed.tolist() == [1, "a"]
    assert mask is None


def test_a_mask_is_kept_if_anything_is_masked() -> None:
    data, mask = _checks.as_array(np.ma.array([1, 2], mask=[False, True]), "x")
    assert type(data) is np.ndarray
    assert data.tolist() == [1, 2]
    assert mask is not None
    assert mask.tolist() == [False, True]
    for bare in (np.ma.array([1, 2]), np.ma.array([1, 2], mask=[False, False])):
        assert _checks.as_array(bare, "x")[1] is None


def test_other_kinds_of_arrays_have_no_mask() -> None:
    data, mask = _checks.as_array(np.arange(3).view(np.memmap), "x")
    assert data.tolist() == [0, 1, 2]
    assert mask is None


@pytest.mark.parametrize("ragged", [[[1], [1, 2]], [["a"], "b"]])
def test_ragged_lists_are_refused(ragged: list[Any]) -> None:
    error = refusal(lambda: _checks.as_array(ragged, "x"))
    assert type(error) is InvalidTypeError
    assert str(error) == f"x must hold single values of one length; got {ragged!r}"


class Dictionary:
    """A dictionary column of Arrow in chunks, as far as the boundary looks at it."""

    class type:  # noqa: N801, A001
        index_type = "int32"

    def combine_chunks(self) -> list[str | None]:
        return ["north", None]


def test_the_chunks_of_a_dictionary_column_are_joined_first() -> None:
    data, _ = _checks.as_array(Dictionary(), "by")
    assert data.tolist() == ["north", None]


class Instants:
    """A column of instants with a time zone, as pandas hands it over."""

    class dtype:  # noqa: N801
        type = datetime

    def __array__(
        self, dtype: Any = None, copy: Any = None
    ) -> np.ndarray[Any, np.dtype[Any]]:
        instants = [datetime(2024, 7, 1, 12), datetime(2024, 7, 2, 12)]  # noqa: DTZ001
        return np.array(instants, dtype=dtype or object, copy=copy)


def test_a_column_that_says_it_holds_instants_is_asked_for_numpys() -> None:
    data, _ = _checks.as_array(Instants(), "by")
    assert data.dtype == np.dtype("datetime64[us]")
    assert data[0] == np.datetime64("2024-07-01T12:00")


@pytest.mark.parametrize(
    "value",
    [
        None,
        math.nan,
        np.float32("nan"),
        np.datetime64("NaT", "s"),
        NA,
        np.ma.masked,
        Decimal("NaN"),
        Decimal("sNaN"),
    ],
)
def test_what_stands_for_no_answer_is_missing(value: object) -> None:
    assert _checks.is_missing(value) is True


@pytest.mark.parametrize("value", [0, "", False, "nan", (), np.array([1, 2]), [None]])
def test_nothing_else_is_missing(value: object) -> None:
    assert _checks.is_missing(value) is False


def numbers_of(values: Any) -> list[float | None]:
    column = _checks.Column.of(values, "x")
    numbers, missing = column.part(slice(0, len(column)))
    absent = np.zeros(len(column), np.bool_) if missing is None else missing
    return [
        None if m else float(v) for v, m in zip(numbers, absent.tolist(), strict=True)
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], []),
        ([1, 2], [1, 2]),
        ((1, None, math.nan), [1, None, None]),
        ([1, NA, Decimal("2.5"), Decimal("NaN")], [1, None, 2.5, None]),
        (np.array([1, 255], np.uint8), [1, 255]),
        (np.array([0.5, np.nan], np.float32), [0.5, None]),
        (np.ma.array([7, 999], mask=[False, True]), [7, None]),
        (np.ma.array([7.0, np.inf], mask=[False, True]), [7, None]),
        (np.ma.array([np.nan, 1.0, 2.0], mask=[False, False, True]), [None, 1, None]),
        (
            np.ma.array(objects("x", 3, None), mask=[True, False, False]),
            [None, 3, None],
        ),
        (objects(np.int64(3), np.float32(0.5)), [3, 0.5]),
    ],
)
def test_columns_of_numbers_come_in_all_kinds(
    values: object, expected: list[float | None]
) -> None:
    assert numbers_of(values) == expected


def test_a_chunk_without_missing_values_has_no_mask() -> None:
    masked = np.ma.array([1, 2, 3], mask=[False, False, True])
    column = _checks.Column.of(masked, "x")
    assert column.part(slice(0, 2))[1] is None
    missing = column.part(slice(2, 3))[1]
    assert missing is not None
    assert missing.tolist() == [True]
    assert _checks.Column.of([1.5, 2.5], "x").part(slice(0, 2))[1] is None


@pytest.mark.parametrize(
    ("values", "index", "bad"),
    [
        (["1", "2"], 0, "1"),
        ([1, "2"], 1, "2"),
        (np.array(["1", "2"]), 0, "1"),
        ([True, False], 0, True),
        ([None, True], 1, True),
        ([1j, 2], 0, 1j),
        (objects(1, np.complex64(2)), 1, np.complex64(2)),
        (objects(1, [2]), 1, [2]),
        ([1, {2}], 1, {2}),
        ([1, 10**400], 1, 10**400),
    ],
)
def test_what_is_no_number_is_refused_with_its_place(
    values: object, index: int, bad: object
) -> None:
    error = refusal(lambda: numbers_of(values))
    assert type(error) is InvalidTypeError
    shown = _checks.show(bad)
    assert str(error) == f"x[{index}] must be a number; got {shown}"
    assert (error.index, error.value) == (index, bad)


def test_an_array_inside_a_column_is_refused_with_its_place() -> None:
    error = refusal(lambda: numbers_of(objects(1, np.array([1, 2]))))
    assert str(error) == "x[1] must be a number; got array([1, 2])"


def test_the_place_counts_from_the_first_row_not_from_the_chunk() -> None:
    column = _checks.Column.of([1, None, "a"], "x")
    assert refusal(lambda: column.part(slice(2, 3))).index == 2


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ("12", "'str'"),
        (5, "'int'"),
        (None, "'NoneType'"),
        ({1, 2}, "'set'"),
        ({1: 2}, "'dict'"),
        ((i for i in range(3)), "'generator'"),
        ([[1, 2]], "'2 dimensions'"),
        (np.zeros((1, 1, 1)), "'3 dimensions'"),
    ],
)
def test_only_one_dimension_is_a_column(values: object, shown: str) -> None:
    error = refusal(lambda: _checks.Column.of(values, "x"))
    assert str(error) == f"x must be a column (one dimension); got {shown}"


class Table:
    def __init__(self, columns: int) -> None:
        self.columns = [*"abc"[:columns]]
        self.shape = (2, columns)

    def __array__(self, dtype: object = None, copy: object = None) -> Any:
        return np.ones(self.shape)


def test_a_table_of_one_column_is_told_how_to_become_one() -> None:
    for read in (_checks.Column.of, _checks.floats):
        error = refusal(lambda read=read: read(Table(1), "x"))  # type: ignore[misc]
        assert type(error) is InvalidTypeError
        assert str(error) == (
            "x must be a column, not a table; got 'Table'; pass df[\"a\"] instead of"
            ' df[["a"]]'
        )
    assert _checks.floats(Table(2), "x").shape == (2, 2)


def test_an_empty_column_of_another_kind_is_refused() -> None:
    error = refusal(lambda: _checks.Column.of(np.array([], dtype=np.bool_), "x"))
    assert str(error) == "x must hold numbers; got 'bool'"


def test_a_column_must_be_as_long_as_the_answers() -> None:
    assert len(_checks.Column.of([1, 2], "x", length=2)) == 2
    error = refusal(lambda: _checks.Column.of([1, 2], "weights", length=3))
    assert str(error) == "weights must have as many values as answers (3); got 2"
    assert (error.argument, error.value) == ("weights", 2)


@given(st.integers(0, 100), st.integers(1, 30))
def test_chunks_cover_every_row_once_in_order(rows: int, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_checks, "CHUNK", size)
        parts = list(_checks.chunks(rows))
    covered = [row for part in parts for row in range(part.start, part.stop)]
    assert covered == list(range(rows))
    assert all(0 < part.stop - part.start <= size for part in parts)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (3, 3.0),
        (Decimal("0.5"), 0.5),
        ([1, 2.5], [1.0, 2.5]),
        ([[1, Decimal(2)], [3, 4]], [[1.0, 2.0], [3.0, 4.0]]),
        (np.ma.array([1, 2]), [1.0, 2.0]),
        ([], []),
    ],
)
def test_floats_of_any_shape(values: Any, expected: object) -> None:
    numbers = _checks.floats(values, "x")
    assert numbers.dtype == np.float64
    assert numbers.tolist() == expected


@pytest.mark.parametrize(
    ("values", "kind", "message", "index"),
    [
        (None, MissingValueError, "x is missing", None),
        ([1, math.nan], MissingValueError, "x[1] is missing", 1),
        ([[1, 2], [NA, 4]], MissingValueError, "x[1, 0] is missing", (1, 0)),
        (
            np.ma.array([1, 2], mask=[False, True]),
            MissingValueError,
            "x[1] is missing",
            1,
        ),
        (
            np.ma.array(objects(1, "garbage"), mask=[False, True]),
            MissingValueError,
            "x[1] is missing",
            1,
        ),
        ([1, math.inf], InvalidValueError, "x[1] must be a finite number; got inf", 1),
        (-math.inf, InvalidValueError, "x must be a finite number; got -inf", None),
        ([[1, "a"]], InvalidTypeError, "x[0, 1] must be a number; got 'a'", (0, 1)),
        ("a", InvalidTypeError, "x must be a number; got 'a'", None),
        ({1}, InvalidTypeError, "x must be a number; got {1}", None),
        (True, InvalidTypeError, "x must be a number; got True", None),
        ([[True]], InvalidTypeError, "x[0, 0] must be a number; got True", (0, 0)),
    ],
)
def test_what_is_not_finite_numbers_is_refused_with_its_place(
    values: Any, kind: type[CxmError], message: str, index: _checks.Index
) -> None:
    error = refusal(lambda: _checks.floats(values, "x"))
    assert type(error) is kind
    assert str(error) == message
    assert error.index == index


def test_counts_stay_exact_beyond_what_a_float_holds() -> None:
    exact = 2**53 + 1
    for values in ([exact], np.array([exact], np.uint64), np.array([exact])):
        counts = _checks.counts(values, "n")
        assert counts.dtype == np.int64
        assert counts.tolist() == [exact]
    assert _checks.counts([1.0, Decimal(2)], "n").tolist() == [1, 2]


@pytest.mark.parametrize("value", [-1, 0.5, 2.0**63])
def test_a_count_is_whole_and_not_negative(value: float) -> None:
    error = refusal(lambda: _checks.counts([[1, value]], "n"))
    assert str(error).startswith(
        "n[0, 1] must be a count (a whole number, not negative); got "
    )
    assert (error.index, error.value) == ((0, 1), value)


def test_the_first_value_that_breaks_a_rule_is_named() -> None:
    values = np.array([[1.0, 2.0], [3.0, 4.0]])
    _checks.require("x", values, values > 0, "be positive")
    error = refusal(
        lambda: _checks.require("x", values, values < 2, "be small", hint="shrink it")
    )
    assert str(error) == "x[0, 1] must be small; got 2; shrink it"
    assert (error.index, error.value) == ((0, 1), 2)
    one = np.array(3.0)
    error = refusal(lambda: _checks.require("x", one, np.asarray(one < 2), "be small"))
    assert str(error) == "x must be small; got 3"
    assert error.index is None


# Frozen classes that hold arrays


def test_a_writeable_array_is_copied_and_a_read_only_one_adopted() -> None:
    mine = np.arange(3)
    frozen = _checks.read_only(mine)
    mine[0] = 9
    assert frozen.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="read-only"):
        frozen[0] = 9
    assert _checks.read_only(frozen) is frozen


def test_fields_are_frozen_in_their_kind() -> None:
    floats = _checks.frozen_floats([1, 2])
    ints = _checks.frozen_ints([1, 2])
    assert floats.dtype == np.float64
    assert ints.dtype == np.int64
    assert not floats.flags.writeable
    assert not ints.flags.writeable


def test_a_scalar_result_is_a_python_float() -> None:
    scalar = _checks.scalar_or_array(np.array(1.5))
    assert type(scalar) is float
    array = np.array([1.5])
    assert _checks.scalar_or_array(array) is array


@attrs.frozen(eq=False)
class Holder:
    array: Any
    other: Any = None


def test_equal_arrays_make_equal_objects() -> None:
    def same(a: Holder, b: Holder) -> bool:
        return _checks.same_arrays(a, b, ("array", "other"))

    one = Holder(np.array([1.0, np.nan]))
    assert same(one, Holder(np.array([1.0, np.nan])))
    assert not same(one, Holder(np.array([1.0, 2.0])))
    assert not same(one, Holder(np.array([1.0])))
    assert not same(one, Holder(None))
    assert not same(Holder(None), one)
    assert same(Holder(None, None), Holder(None, None))
    assert not same(one, Holder(one.array, np.array([1])))


def test_copies_pass_through_the_constructor() -> None:
    holder = Holder(np.array([1]), other="x")
    rebuild, arguments = _checks.by_constructor(holder)
    same = rebuild(*arguments)
    assert type(same) is Holder
    assert same.array is holder.array
    assert same.other == "x"


def test_a_party_for_its_reference_is_told_so() -> None:
    brand = Ref("brand", "nappies")
    with pytest.raises(InvalidTypeError) as caught:
        Journey(party=Customer(id=7), goal="dry nights")  # type: ignore[arg-type]
    assert str(caught.value).startswith("party must be a Ref; got Customer(id=7")
    assert str(caught.value).endswith("; pass its .ref")
    with pytest.raises(InvalidTypeError, match=r"got 'nappies'$"):
        Journey(party=brand.id, goal="dry nights")  # type: ignore[arg-type]


def test_seconds_for_a_duration_are_told_the_way() -> None:
    with pytest.raises(InvalidTypeError) as caught:
        Encounter.one_sided(
            id=1,
            party=Ref("stakeholder", 7),
            touchpoint="hotline",
            at=datetime(2026, 3, 1, tzinfo=UTC),
            duration=340,  # type: ignore[arg-type]
        )
    assert str(caught.value) == (
        "duration must be a timedelta; got 340; pass for example timedelta(seconds=90)"
    )


def test_what_is_no_code_is_refused_as_all_values_are() -> None:
    with pytest.raises(InvalidValueError) as caught:
        PartyKind("company")
    assert str(caught.value) == (
        "PartyKind must be one of 'person', 'household', 'organisation', 'thing';"
        " got 'company'"
    )
    assert caught.value.argument == "PartyKind"
    assert caught.value.value == "company"


@pytest.mark.parametrize(
    "key", [None, math.nan, np.float64("nan")], ids=["None", "NaN", "NaN of numpy"]
)
def test_what_is_missing_is_no_id(key: object) -> None:
    with pytest.raises(MissingValueError) as caught:
        Ref("stakeholder", key)
    assert str(caught.value) == "id is missing; None and NaN are no ids"


class Clock(datetime):
    """As the timestamps of other libraries: a datetime that can do more."""

    note: str = "mutable"
    nanosecond: int = 0


def test_instants_of_other_libraries_become_plain_ones() -> None:
    zone = timezone(timedelta(hours=2))
    kept = _checks.instant("at", Clock(2026, 3, 1, 12, 30, 5, 7, tzinfo=zone))
    assert type(kept) is datetime
    assert kept == datetime(2026, 3, 1, 10, 30, 5, 7, tzinfo=UTC)
    assert kept.tzinfo is UTC


def test_an_instant_finer_than_a_microsecond_is_not_cut() -> None:
    fine = Clock(2026, 3, 1, tzinfo=UTC)
    fine.nanosecond = 1
    with pytest.raises(InvalidValueError) as caught:
        _checks.instant("at", fine)
    assert str(caught.value) == (
        "at must be in whole microseconds; got 2026-03-01 00:00:00+00:00;"
        " round it: value.floor('us')"
    )


class NoRules(tzinfo):
    """A zone of which nobody said how far it is from UTC."""

    def utcoffset(self, _: datetime | None) -> timedelta | None:
        raise NotImplementedError

    def dst(self, _: datetime | None) -> None:
        return None

    def tzname(self, _: datetime | None) -> str:
        return "somewhere"


class NoOffset(NoRules):
    def utcoffset(self, _: datetime | None) -> None:
        return None


@pytest.mark.parametrize("zone", [NoRules(), NoOffset()], ids=["no rules", "no offset"])
def test_a_zone_without_rules_is_none(zone: tzinfo) -> None:
    with pytest.raises(InvalidValueError, match="its zone must have rules"):
        _checks.instant("at", datetime(2026, 3, 1, tzinfo=zone))


class Nowhen(datetime):
    """As NaT: no instant, and different from itself."""

    def __ne__(self, other: object) -> bool:
        return True


def test_no_instant_is_missing() -> None:
    with pytest.raises(MissingValueError) as caught:
        _checks.instant("end", Nowhen(2026, 3, 1, tzinfo=NoOffset()))
    assert str(caught.value) == "end is missing; NaT is no instant; an open end is None"


class Span(timedelta):
    nanoseconds: int = 0


def test_durations_of_other_libraries_become_plain_ones() -> None:
    kept = _checks.as_timedelta(Span(days=1, seconds=2, microseconds=3))
    assert type(kept) is timedelta
    assert kept == timedelta(days=1, seconds=2, microseconds=3)
    fine = Span(1)
    fine.nanoseconds = 1
    assert _checks.as_timedelta(fine) is fine
    assert _checks.as_timedelta("1 h") == "1 h"


@pytest.mark.parametrize(
    "value",
    [
        np.array([True])[0],
        np.array("0.5"),
        np.array(b"1"),
        np.timedelta64(1, "s"),
        np.array([1]),
    ],
    ids=repr,
)
def test_what_only_looks_like_a_number_in_an_array_is_left(value: object) -> None:
    assert _checks.as_float(value) is value


@pytest.mark.parametrize(
    "value", [np.array(0.5), np.array(0.5, dtype=object), np.float32(0.5)], ids=repr
)
def test_a_number_in_an_array_is_a_number(value: object) -> None:
    assert _checks.as_float(value) == 0.5
    assert type(_checks.as_float(value)) is float


def test_what_has_no_order_is_no_series_and_a_mapping_no_collection() -> None:
    assert _checks.as_tuple({1, 2}) == {1, 2}
    assert _checks.as_items({1}) == (1,)
    assert _checks.as_tuple({1: 2}) == {1: 2}
    assert _checks.as_frozenset({1: 2}) == {1: 2}


def test_an_error_in_the_series_of_the_caller_is_the_callers() -> None:
    with pytest.raises(TypeError, match="can only concatenate"):
        _checks.as_frozenset(text + 1 for text in "ab")  # type: ignore[operator]
    assert _checks.as_frozenset(iter([[1]])) == ([1],)


def test_values_beyond_the_limits_of_python_are_shown_by_their_type() -> None:
    deep: object = 0
    for _ in range(100_000):
        deep = (deep,)
    assert _checks.show(10**5000) == "int that cannot be shown"
    assert _checks.show(deep) == "tuple that cannot be shown"


def test_rates_in_percent_are_told_the_way() -> None:
    assert _checks.discounts([0, 0.1, 1]).tolist() == [0, 0.1, 1]
    assert _checks.growths([-0.99, 0, 1]).tolist() == [-0.99, 0, 1]
    for check, name, rule, wrong in (
        (_checks.discounts, "discount", "lie between 0 and 1", (-1e-9, 1.01, 10)),
        (_checks.growths, "growth", "be above -1 and at most 1", (-1, 1.01, 20)),
    ):
        for value in wrong:
            with pytest.raises(InvalidValueError) as refusal:
                check([0, value])
            assert str(refusal.value) == (
                f"{name}[1] must {rule}; got {value}; write 0.1 for 10 %"
            )
        with pytest.raises(InvalidTypeError, match=r"^rate must be a number"):
            check("5", "rate")


def test_the_guilty_cell_is_found_in_each_argument() -> None:
    good = np.array([[True, True], [True, False]])
    assert _checks.guilty(np.array([5.0, 7.0]), good) == (7.0, 1)
    assert _checks.guilty(np.array([[5.0], [6.0]]), good) == (6.0, (1, 0))
    assert _checks.guilty(np.array(5.0), good) == (5.0, None)
