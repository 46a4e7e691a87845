"""What a tally refuses: bad answers, weights, groups, sums and partners."""

from collections.abc import Callable
from datetime import date
from typing import Any

import attrs
import numpy as np
import pytest

from cxmkit import _checks
from cxmkit._axes import Axes
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.inference import compare
from cxmkit.metrics import box_share
from cxmkit.scale import RECOMMEND_0_10, Scale
from cxmkit.tally import Tally, customer_groups

NO_SCALE = "; pass for example STARS_1_5 or Scale(1, 5, higher_is_better=True)"

TWO = Scale(0, 1, higher_is_better=True)
OMIT = '; pass missing="omit" to leave it out'

ANSWERS: Any = [1, 0, None, 1]


def refusal(call: Callable[[], object]) -> CxmError:
    with pytest.raises(CxmError) as caught:
        call()
    return caught.value


# Bad input


@pytest.mark.parametrize(
    ("answers", "kind", "message", "index", "value"),
    [
        (
            [9, 10, 11],
            InvalidValueError,
            "answers[2] must be on the 0-10 scale; got 11",
            2,
            11,
        ),
        (
            [7.5],
            InvalidValueError,
            "answers[0] must be on the 0-10 scale; got 7.5",
            0,
            7.5,
        ),
        (
            [np.inf],
            InvalidValueError,
            "answers[0] must be on the 0-10 scale; got inf",
            0,
            np.inf,
        ),
        ([9, None], MissingValueError, f"answers[1] is missing{OMIT}", 1, None),
        ([9, np.nan], MissingValueError, f"answers[1] is missing{OMIT}", 1, None),
        (
            np.ma.array([9, 0], mask=[False, True]),
            MissingValueError,
            f"answers[1] is missing{OMIT}",
            1,
            None,
        ),
        (["9", "10"], InvalidTypeError, "answers[0] must be a number; got '9'", 0, "9"),
        ([9, "x"], InvalidTypeError, "answers[1] must be a number; got 'x'", 1, "x"),
        ([True], InvalidTypeError, "answers[0] must be a number; got True", 0, True),
        ([9j], InvalidTypeError, "answers[0] must be a number; got 9j", 0, 9j),
        (
            "910",
            InvalidValueError,
            "answers must be a column (one dimension); got 'str'",
            None,
            "str",
        ),
        (
            9,
            InvalidValueError,
            "answers must be a column (one dimension); got 'int'",
            None,
            "int",
        ),
        (
            {9},
            InvalidValueError,
            "answers must be a column (one dimension); got 'set'",
            None,
            "set",
        ),
        (
            {9: 1},
            InvalidValueError,
            "answers must be a column (one dimension); got 'dict'",
            None,
            "dict",
        ),
        (
            (answer for answer in [9]),
            InvalidValueError,
            "answers must be a column (one dimension); got 'generator'",
            None,
            "generator",
        ),
        (
            [[9]],
            InvalidValueError,
            "answers must be a column (one dimension); got '2 dimensions'",
            None,
            "2 dimensions",
        ),
        (
            [[9], [9, 10]],
            InvalidTypeError,
            "answers must hold single values of one length; got [[9], [9, 10]]",
            None,
            [[9], [9, 10]],
        ),
    ],
)
def test_bad_answers_are_refused_by_count_and_from_rows(
    answers: Any,
    kind: type[CxmError],
    message: str,
    index: int | None,
    value: object,
) -> None:
    def count() -> Tally:
        return Tally.count(answers, scale=RECOMMEND_0_10)

    def from_rows() -> Tally:
        return Tally.from_rows(answers, [1] * 2, scale=RECOMMEND_0_10)

    for call in (count, from_rows):
        error = refusal(call)
        assert type(error) is kind
        assert str(error) == message
        assert (error.argument, error.index, error.value) == ("answers", index, value)


@pytest.mark.parametrize("chunk", [1, 1 << 16])
@pytest.mark.parametrize("kind", ["list", "float", "masked"])
def test_a_bad_answer_is_named_by_its_row_in_the_whole_column(
    chunk: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_checks, "CHUNK", chunk)
    columns: dict[str, Any] = {
        "list": [1] * 9 + [None],
        "float": np.array([1.0] * 9 + [np.nan]),
        "masked": np.ma.array([1] * 10, mask=[False] * 9 + [True]),
    }
    error = refusal(lambda: Tally.count(columns[kind], scale=TWO))
    assert str(error) == f"answers[9] is missing{OMIT}"
    assert error.index == 9
    error = refusal(lambda: Tally.count([1] * 9 + [2], scale=TWO))
    assert str(error) == "answers[9] must be on the 0-1 scale; got 2"
    error = refusal(lambda: Tally.count([1] * 10, scale=TWO, by=["a"] * 9 + [None]))
    assert str(error).startswith("by[9] is missing; ")
    error = refusal(lambda: Tally.count([1] * 10, scale=TWO, weights=columns[kind]))
    assert str(error).startswith("weights[9] is missing; ")


@pytest.mark.parametrize(
    ("weights", "kind", "message", "index"),
    [
        (
            [1, -1],
            InvalidValueError,
            "weights[1] must be finite and not negative; got -1",
            1,
        ),
        (
            [np.inf, 1],
            InvalidValueError,
            "weights[0] must be finite and not negative; got inf",
            0,
        ),
        (
            [1e-120, 1],
            InvalidValueError,
            (
                "weights[0] must be 0 or between 1e-100 and 1e+100; got 1e-120;"
                " rescale them: only their ratios matter"
            ),
            0,
        ),
        (
            [0, 1e120],
            InvalidValueError,
            (
                "weights[1] must be 0 or between 1e-100 and 1e+100; got 1e+120;"
                " rescale them: only their ratios matter"
            ),
            1,
        ),
        (
            [1, np.nan],
            MissingValueError,
            "weights[1] is missing; give each answer a weight, or leave the answer out",
            1,
        ),
        (
            [1, None],
            MissingValueError,
            "weights[1] is missing; give each answer a weight, or leave the answer out",
            1,
        ),
        (
            [1],
            InvalidValueError,
            "weights must have as many values as answers (2); got 1",
            None,
        ),
        (["1", "1"], InvalidTypeError, "weights[0] must be a number; got '1'", 0),
        (
            1,
            InvalidValueError,
            "weights must be a column (one dimension); got 'int'",
            None,
        ),
    ],
)
def test_bad_weights_are_refused(
    weights: Any, kind: type[CxmError], message: str, index: int | None
) -> None:
    error = refusal(lambda: Tally.count([1, 0], scale=TWO, weights=weights))
    assert type(error) is kind
    assert str(error) == message
    assert (error.argument, error.index) == ("weights", index)


def test_a_bad_weight_is_named_by_its_row_in_the_whole_column(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_checks, "CHUNK", 1)
    weights = [1.0] * 9 + [-1.0]
    error = refusal(lambda: Tally.count([1] * 10, scale=TWO, weights=weights))
    assert (error.index, error.value) == (9, -1)


def test_a_weight_is_needed_for_missing_answers_too() -> None:
    error = refusal(
        lambda: Tally.count(ANSWERS, scale=TWO, weights=[1, 1, -1, 1], missing="omit")
    )
    assert error.index == 2


def test_labels_are_refused_by_axis() -> None:
    error = refusal(lambda: Tally.count([1, 0], scale=TWO, by={"place": ["a"]}))
    assert str(error).startswith(
        "by['place'] must have one label per answer (2); got 1"
    )
    error = refusal(lambda: Tally.from_rows([1], [1], scale=TWO, by=[None]))
    assert type(error) is MissingValueError
    assert (error.argument, error.index) == ("by", 0)


@pytest.mark.parametrize(
    "make", [Tally.count, lambda a, **k: Tally.from_rows(a, [1], **k)]
)
def test_scale_and_missing_must_be_what_they_say(make: Callable[..., Tally]) -> None:
    error = refusal(lambda: make([1], scale="0-1"))
    assert type(error) is InvalidTypeError
    assert str(error) == f"scale must be a Scale; got '0-1'{NO_SCALE}"
    error = refusal(lambda: make([1], scale=TWO, missing="drop"))
    assert str(error) == 'missing must be one of "raise", "omit"; got \'drop\''


@pytest.mark.parametrize(
    ("rows", "kind", "message"),
    [
        (
            {"n": [1]},
            InvalidValueError,
            "n must have as many values as answers (2); got 1",
        ),
        ({"n": [1, -1]}, InvalidValueError, "n[1] must be a count"),
        ({"n": [1, 0.5]}, InvalidValueError, "n[1] must be a count"),
        ({"n": [1, None]}, MissingValueError, "n[1] is missing"),
        ({"n": ["1", "1"]}, InvalidTypeError, "n[0] must be a number; got '1'"),
        (
            {"sum_weights": [1, 1]},
            InvalidValueError,
            "sum_squared_weights must come together with sum_weights",
        ),
        (
            {"sum_squared_weights": [1, 1]},
            InvalidValueError,
            "sum_squared_weights must come together with sum_weights",
        ),
        (
            {"sum_weights": [1]},
            InvalidValueError,
            "sum_weights must have as many values as answers (2); got 1",
        ),
        (
            {"sum_weights": [1, 1], "sum_squared_weights": [1]},
            InvalidValueError,
            "sum_squared_weights must have as many values as answers (2); got 1",
        ),
        ({"sum_weights": [1, np.nan]}, MissingValueError, "sum_weights[1] is missing"),
    ],
)
def test_bad_rows_are_refused(
    rows: dict[str, Any], kind: type[CxmError], message: str
) -> None:
    fields: dict[str, Any] = {"answers": [0, 1], "n": [1, 1], "scale": TWO}
    error = refusal(lambda: Tally.from_rows(**fields | rows))
    assert type(error) is kind
    assert str(error).startswith(message)


# Invariants


SHAPE = "have the shape (*axes, points)"
FULL: dict[str, Any] = {
    "scale": TWO,
    "counts": [[1, 2], [0, 4]],
    "grid": Axes(("place",), (("a", "b"),)),
    "missing_counts": [0, 3],
    "sum_weights": [[1.5, 2.0], [0, 8.0]],
    "sum_squared_weights": [[2.25, 3.0], [0, 17.0]],
}


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"scale": None}, InvalidTypeError, "scale must be a Scale; got None"),
        ({"grid": {}}, InvalidTypeError, "grid must be an Axes; got {}"),
        (
            {"counts": [1, 2]},
            InvalidValueError,
            f"counts must {SHAPE} = (2, 2); got (2,)",
        ),
        (
            {"counts": [[1, 2, 3]] * 2},
            InvalidValueError,
            f"counts must {SHAPE} = (2, 2); got (2, 3)",
        ),
        (
            {"grid": Axes()},
            InvalidValueError,
            f"counts must {SHAPE} = (2,); got (2, 2)",
        ),
        (
            {"counts": [[1, -2], [0, 4]]},
            InvalidValueError,
            "counts[0, 1] must be a count",
        ),
        (
            {"counts": [[1, 2.5], [0, 4]]},
            InvalidValueError,
            "counts[0, 1] must be a count",
        ),
        ({"counts": [[1, None], [0, 4]]}, MissingValueError, "counts[0, 1] is missing"),
        (
            {"counts": [["1", 2], [0, 4]]},
            InvalidTypeError,
            "counts[0, 0] must be a number",
        ),
        (
            {"missing_counts": [1, 2, 3]},
            InvalidValueError,
            "missing_counts must have the shape of the axes (2,); got (3,)",
        ),
        (
            {"missing_counts": [1, -2]},
            InvalidValueError,
            "missing_counts[1] must be a count",
        ),
        (
            {"sum_weights": None},
            InvalidValueError,
            "sum_squared_weights must come together with sum_weights; got 'neither'",
        ),
        (
            {"sum_squared_weights": None},
            InvalidValueError,
            "sum_squared_weights must come together with sum_weights; got 'sum_",
        ),
        (
            {"sum_weights": [1.0, 2.0]},
            InvalidValueError,
            f"sum_weights must {SHAPE} = (2, 2); got (2,)",
        ),
        (
            {"sum_squared_weights": [1.0, 2.0]},
            InvalidValueError,
            f"sum_squared_weights must {SHAPE} = (2, 2); got (2,)",
        ),
        (
            {"sum_weights": [[-1.5, 2.0], [0, 8.0]]},
            InvalidValueError,
            "sum_weights[0, 0] must not be negative; got -1.5",
        ),
        (
            {"sum_weights": [[1.5, 2.0], [1, 8.0]]},
            InvalidValueError,
            "sum_weights[1, 0] must be 0 where nobody answered; got 1",
        ),
        (
            {"sum_squared_weights": [[2.25, 1.9], [0, 17.0]]},
            InvalidValueError,
            "sum_squared_weights[0, 1] must lie between sum_weights**2 / counts and s",
        ),
        (
            {"sum_squared_weights": [[2.25, 4.1], [0, 17.0]]},
            InvalidValueError,
            "sum_squared_weights[0, 1] must lie between",
        ),
        (
            {"sum_squared_weights": [[2.25, 3.0], [0.1, 17.0]]},
            InvalidValueError,
            "sum_squared_weights[1, 0] must lie between",
        ),
        (
            {"sum_weights": [[np.inf, 2.0], [0, 8.0]]},
            InvalidValueError,
            "sum_weights[0, 0] must be a finite number; got inf",
        ),
        (
            {"sum_squared_weights": [[2.25, np.nan], [0, 17.0]]},
            MissingValueError,
            "sum_squared_weights[0, 1] is missing",
        ),
    ],
)
def test_no_broken_tally_can_be_made_or_evolved(
    change: dict[str, Any], kind: type[CxmError], message: str
) -> None:
    whole = Tally(**FULL)
    for make in (lambda: Tally(**FULL | change), lambda: attrs.evolve(whole, **change)):
        error = refusal(make)
        assert type(error) is kind
        assert str(error).startswith(message)
        assert error.argument == message.split(maxsplit=1)[0].split("[", maxsplit=1)[0]
    assert whole == Tally(**FULL)


@pytest.mark.parametrize("slack", [1 - 0.009, 1 + 0.009])
def test_sums_of_weights_may_be_rounded_as_reports_print_them(slack: float) -> None:
    equal = Tally.from_counts(
        [4, 1],
        scale=TWO,
        sum_weights=[8, 3],
        sum_squared_weights=[16 / 0.9999, 9 * slack],
    )
    assert equal.weighted


def test_nothing_is_missing_unless_said() -> None:
    tally = Tally.from_counts([[1, 2], [3, 4]], scale=TWO, by=["a", "b"])
    assert tally.missing_counts.tolist() == [0, 0]
    assert tally.labels == {"group": ("a", "b")}
    assert Tally.from_counts([1, 2], scale=TWO).missing_counts.shape == ()


def test_labels_of_counts_must_fit_their_shape() -> None:
    error = refusal(lambda: Tally.from_counts([[1, 2]], scale=TWO, by=["a", "b"]))
    assert str(error) == f"counts must {SHAPE} = (2, 2); got (1, 2)"
    error = refusal(lambda: Tally.from_counts([[1, 2]] * 2, scale=TWO, by=["a", "a"]))
    assert str(error) == "by['group'][1] must have each label once; got 'a'"


def test_an_axis_cannot_bear_the_name_of_a_column_of_results() -> None:
    error = refusal(lambda: Tally.count([1], scale=TWO, by={"n": ["a"]}))
    assert (error.argument, error.value) == ("axis", "n")
    assert str(error) == (
        "axis must not bear the name of a column of results; got 'n';"
        ' rename the axis, for example "n_group"'
    )


def test_every_column_of_a_result_is_refused_as_a_name_of_an_axis() -> None:
    tally = Tally.count([1, 0], scale=TWO, by={"side": ["a", "b"]}, weights=[1, 1])
    shares = box_share(tally, points=[1])
    columns = {
        *tally.to_records()[0],
        *shares.to_records()[0],
        *compare(shares, shares).to_records()[0],
    } - {"side"}
    assert len(columns) > 15
    for column in columns:
        with pytest.raises(InvalidValueError) as caught:
            Axes.of({column: ["a"]})
        assert caught.value.value == column


def test_missing_counts_of_groups_are_one_for_each() -> None:
    error = refusal(
        lambda: Tally(scale=TWO, counts=[[1, 0]], grid=Axes.of(["a"]), missing_counts=3)
    )
    assert error.argument == "missing_counts"


def test_a_label_without_a_hash_is_no_label() -> None:
    tally = Tally.count([1], scale=TWO, by={"side": ["a"]})
    error = refusal(lambda: tally.at(side=["a"]))
    assert (error.argument, error.value) == ("side", ["a"])


def test_weights_beyond_all_measure_are_refused_without_a_warning() -> None:
    error = refusal(
        lambda: Tally.from_counts(
            [1, 1], scale=TWO, sum_weights=[1e200, 1], sum_squared_weights=[1e300, 1]
        )
    )
    assert (error.argument, error.index) == ("sum_squared_weights", 0)


def test_one_answer_is_not_called_answers() -> None:
    assert Tally.count([1], scale=TWO).summary() == "1 answer on the 0-1 scale."


@pytest.mark.parametrize(
    ("ids", "options", "kind", "message", "index"),
    [
        ([7], {"n": 0}, InvalidValueError, "n must be at least 1; got 0", None),
        ([7], {"n": 2.5}, InvalidTypeError, "n must be a whole number; got 2.5", None),
        (
            [7],
            {"n": True},
            InvalidTypeError,
            "n must be a whole number; got True",
            None,
        ),
        (
            7,
            {},
            InvalidValueError,
            "ids must be a column (one dimension); got 7",
            None,
        ),
        (
            "ann",
            {},
            InvalidValueError,
            "ids must be a column (one dimension); got 'ann'",
            None,
        ),
        (
            [[7], [8]],
            {},
            InvalidValueError,
            "ids must be a column (one dimension); got [[7], [8]]",
            None,
        ),
        (["ann", None], {}, MissingValueError, "ids[1] is missing", 1),
        ([7, np.nan], {}, MissingValueError, "ids[1] is missing", 1),
        (
            np.ma.array([7, 8], mask=[False, True]),
            {},
            MissingValueError,
            "ids[1] is missing",
            1,
        ),
        (
            [7, date(2026, 5, 1)],
            {},
            InvalidTypeError,
            (
                "ids[1] must be numbers, texts, bytes, UUIDs or tuples of them; got"
                " datetime.date(2026, 5, 1); their hash is the same in every process;"
                " turn other ids into texts"
            ),
            1,
        ),
    ],
)
def test_what_has_no_group_is_refused(
    ids: Any,
    options: dict[str, Any],
    kind: type[CxmError],
    message: str,
    index: int | None,
) -> None:
    error = refusal(lambda: customer_groups(ids, **options))
    assert type(error) is kind
    assert str(error) == message
    assert error.index == index


HALF = [2**62, 0]


@pytest.mark.parametrize(
    ("make", "argument", "what"),
    [
        (
            lambda: Tally.from_counts([HALF, HALF], scale=TWO, by=["a", "b"]),
            "counts",
            "sum to at most 9223372036854775807; got 9223372036854775808; ",
        ),
        (
            lambda: Tally.from_rows([0, 0], [2**62, 2**62], scale=TWO),
            "n",
            "sum to at most ",
        ),
        (
            lambda: Tally(
                scale=TWO,
                counts=[[1, 2]] * 2,
                grid=Axes.of(["a", "b"]),
                missing_counts=[2**62, 2**62],
            ),
            "missing_counts",
            "sum to at most ",
        ),
        (
            lambda: sum([Tally.from_counts(HALF, scale=TWO)] * 2),
            "other",
            "have so few answers that both together have at most",
        ),
        (
            lambda: sum([Tally(scale=TWO, counts=[0, 1], missing_counts=2**62)] * 2),
            "other",
            "have so few missing answers that both together have at most",
        ),
    ],
)
def test_more_answers_than_can_be_summed_are_refused(
    make: Callable[[], object], argument: str, what: str
) -> None:
    error = refusal(make)
    assert type(error) is InvalidValueError
    assert str(error).startswith(f"{argument} must {what}")
    assert str(error).endswith("count in thousands")


def test_as_many_answers_as_can_be_summed_are_fine() -> None:
    most = Tally.from_counts([2**62, 2**62 - 1], scale=TWO)
    assert most.n == 2**63 - 1
    assert (most + Tally.from_counts([0, 0], scale=TWO)).n == most.n
