"""Columns of other libraries give what a list gives, nulls included.

The registries below say how each public argument that takes a column is called; the
first tests fail when a new one is not entered. Libraries are imported at the top, so
that a missing one is an error and not a skip.
"""

import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache, partial
from typing import Any, NamedTuple, get_args

import attrs
import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import cxmkit
from cxmkit import (
    RECOMMEND_0_10,
    STARS_1_5,
    Estimates,
    Scale,
    Tally,
    box_share,
    ces,
    clv,
    compare,
    csat,
    inference,
    lifetime,
    mean_score,
    net_score,
    nps,
    perceived_value,
    value,
)
from cxmkit.errors import MissingValueError
from cxmkit.journeylog import JourneyLog
from cxmkit.metrics import (
    BoxShare,
    MeanScore,
    NetScore,
    first_contact_resolution,
    response_rate,
)
from cxmkit.tally import customer_groups

Build = Callable[[list[Any]], Any]


# How each library holds numbers


@cache
def _duckdb_relation(kind: str, values: tuple[Any, ...]) -> duckdb.DuckDBPyRelation:
    connection = duckdb.connect()
    connection.execute(f"create table rows (place integer, answer {kind})")
    connection.executemany("insert into rows values (?, ?)", list(enumerate(values)))
    return connection.sql("select answer from rows order by place")


def duckdb_column(kind: str) -> Build:
    def build(values: list[Any]) -> Any:
        return _duckdb_relation(kind, tuple(values)).fetchnumpy()["answer"]

    return build


def masked(kind: str) -> Build:
    """Return a builder of masked arrays with nonsense beneath the mask."""

    def build(values: list[Any]) -> Any:
        mask = [value is None for value in values]
        data = [99 if value is None else value for value in values]
        return np.ma.MaskedArray(np.array(data, dtype=kind), mask=mask)

    return build


def array(kind: str) -> Build:
    def build(values: list[Any]) -> Any:
        return np.array([np.nan if v is None else v for v in values], dtype=kind)

    return build


def every_second(values: list[Any]) -> Any:
    return np.repeat(np.array(values), 2)[::2]


def pandas_column(kind: Any) -> Build:
    return partial(pd.Series, dtype=kind)


def pandas_arrow(kind: pa.DataType) -> Build:
    return partial(pd.Series, dtype=pd.ArrowDtype(kind))


def pandas_other_index(values: list[Any]) -> Any:
    return pd.Series(values, index=range(100, 100 - len(values), -1))


def pandas_arrow_dictionary(values: list[Any]) -> Any:
    return pd.Series(pd.arrays.ArrowExtensionArray(two_dictionaries(values)))


def polars_column(kind: Any) -> Build:
    return partial(pl.Series, dtype=kind)


def polars_slice(values: list[Any]) -> Any:
    return pl.Series([None, 7, *values, None])[2:-1]


def polars_nan(values: list[Any]) -> Any:
    return pl.Series([np.nan if v is None else float(v) for v in values])


def arrow_array(kind: pa.DataType | None = None) -> Build:
    return partial(pa.array, type=kind)


def arrow_slice(values: list[Any]) -> Any:
    return pa.array([None, 7, *values, None]).slice(2, len(values))


def chunks(kind: pa.DataType | None = None) -> Build:
    def build(values: list[Any]) -> Any:
        return pa.chunked_array([values[:1], [], values[1:]], type=kind)

    return build


def arrow_dictionary(values: list[Any]) -> Any:
    return pa.array(values).dictionary_encode()


def two_dictionaries(values: list[Any]) -> Any:
    """Return chunks with a dictionary each, as Parquet and duckdb hand them over."""
    halves = [pa.array(values[:2]), pa.array(values[2:])]
    return pa.chunked_array([half.dictionary_encode() for half in halves])


def runs(values: list[Any]) -> Any:
    ends = range(1, len(values) + 1)
    return pa.RunEndEncodedArray.from_arrays(pa.array(ends), pa.array(values))


def duckdb_to(library: str, kind: str = "integer") -> Build:
    def build(values: list[Any]) -> Any:
        relation = _duckdb_relation(kind, tuple(values))
        return getattr(relation, library)()["answer"]

    return build


WITHOUT_NULLS: dict[str, Build] = {
    "numpy int8": array("int8"),
    "numpy uint8": array("uint8"),
    "numpy int64": array("int64"),
    "numpy big-endian": array(">i4"),
    "numpy strided": every_second,
}

NUMBERS: dict[str, Build] = {
    "list": list,
    "tuple": tuple,
    "list of Decimal": lambda v: [None if x is None else Decimal(x) for x in v],
    "list with NaN": lambda v: [np.nan if x is None else x for x in v],
    "list with pd.NA": lambda v: [pd.NA if x is None else x for x in v],
    "numpy object": lambda v: np.array(v, dtype=object),
    "numpy float32": array("float32"),
    "numpy float64": array("float64"),
    "masked int8": masked("int8"),
    "masked uint8": masked("uint8"),
    "masked int64": masked("int64"),
    "masked float64": masked("float64"),
    "masked object": masked("object"),
    "pandas": pd.Series,
    "pandas other index": pandas_other_index,
    "pandas index": pd.Index,
    "pandas array": pd.array,
    "pandas object": pandas_column(object),
    "pandas category": pandas_column("category"),
    "pandas Int64": pandas_column("Int64"),
    "pandas UInt8": pandas_column("UInt8"),
    "pandas Float64": pandas_column("Float64"),
    "pandas arrow int64": pandas_arrow(pa.int64()),
    "pandas arrow uint8": pandas_arrow(pa.uint8()),
    "pandas arrow double": pandas_arrow(pa.float64()),
    "pandas arrow decimal": pandas_arrow(pa.decimal128(6, 1)),
    "pandas arrow dictionary": pandas_arrow_dictionary,
    "polars": pl.Series,
    "polars Int8": polars_column(pl.Int8),
    "polars UInt8": polars_column(pl.UInt8),
    "polars Float32": polars_column(pl.Float32),
    "polars Float64": polars_column(pl.Float64),
    "polars Decimal": polars_column(pl.Decimal(6, 1)),
    "polars slice": polars_slice,
    "polars NaN": polars_nan,
    "arrow": arrow_array(),
    "arrow int8": arrow_array(pa.int8()),
    "arrow double": arrow_array(pa.float64()),
    "arrow decimal": arrow_array(pa.decimal128(6, 1)),
    "arrow slice": arrow_slice,
    "arrow dictionary": arrow_dictionary,
    "arrow runs": runs,
    "arrow chunks": chunks(),
    "arrow chunks uint8": chunks(pa.uint8()),
    "arrow chunks double": chunks(pa.float64()),
    "arrow chunks dictionary": two_dictionaries,
    "arrow table": lambda v: pa.table({"answer": v})["answer"],
    "duckdb tinyint": duckdb_column("tinyint"),
    "duckdb utinyint": duckdb_column("utinyint"),
    "duckdb bigint": duckdb_column("bigint"),
    "duckdb hugeint": duckdb_column("hugeint"),
    "duckdb double": duckdb_column("double"),
    "duckdb decimal": duckdb_column("decimal(6, 1)"),
    "duckdb to pandas": duckdb_to("df"),
    "duckdb to polars": duckdb_to("pl"),
    "duckdb to arrow": duckdb_to("to_arrow_table"),
}


# How each public argument that takes numbers is called. Whole numbers throughout, so
# that columns of integers can hold them.

ANSWERS = [10, 9, 3, 8, 0]
ONES = [1, 1, 1, 1, 1]
TWOS = [2, 1, 2, 1, 2]
FOURS = [4, 1, 4, 1, 4]
GROUPS = ["a", "b", "a", "b", "c"]
NULL_AT = 2


class Call(NamedTuple):
    """A public argument: good values for it, and the function with all others set."""

    values: list[int]
    run: Callable[..., Any]
    omits: bool = False


NET = NetScore(name="Net", positive=[9, 10], negative=[0, 1, 2, 3])
SHARE = BoxShare(name="Share", points=[9, 10])
MEAN = MeanScore(name="Mean")

METRICS: dict[str, Callable[..., Any]] = {
    "nps": nps,
    "csat": partial(csat, scale=RECOMMEND_0_10),
    "ces": partial(ces, scale=RECOMMEND_0_10),
    "net_score": partial(
        net_score, scale=RECOMMEND_0_10, positive=[9, 10], negative=[0, 1]
    ),
    "box_share": partial(box_share, scale=RECOMMEND_0_10, points=[0, 10]),
    "mean_score": partial(mean_score, scale=RECOMMEND_0_10),
    "NetScore.__call__": partial(NET, scale=RECOMMEND_0_10),
    "BoxShare.__call__": partial(SHARE, scale=RECOMMEND_0_10),
    "MeanScore.__call__": partial(MEAN, scale=RECOMMEND_0_10),
    "Tally.count": partial(Tally.count, scale=RECOMMEND_0_10),
}


def _weighted(metric: Callable[..., Any]) -> Callable[..., Any]:
    return lambda column: metric(ANSWERS, weights=column)


_ROWS: dict[str, Any] = {
    "answers": ANSWERS,
    "n": ONES,
    "sum_weights": TWOS,
    "sum_squared_weights": FOURS,
}
_COUNTS: dict[str, Any] = {
    "counts": ONES,
    "sum_weights": TWOS,
    "sum_squared_weights": FOURS,
}
_LEVERS: dict[str, Any] = {
    "product_quality": [8, 7, 6, 5, 0],
    "service_quality": [1, 2, 3, 4, 5],
    "cost": [40, 30, 20, 10, 1],
    "hassle": [0, 1, 2, 3, 4],
    "hassle_price": [1, 2, 3, 4, 5],
}
_RATES: dict[str, Any] = {
    "margin": [100, 90, 80, 70, 0],
    "retention": [0, 1, 1, 0, 1],
    "discount": [1, 1, 1, 1, 1],
    "growth": [0, 0, 0, 1, 0],
}


def _with(
    function: Callable[..., Any], arguments: dict[str, Any], name: str, **others: Any
) -> Callable[..., Any]:
    """Return the function of one argument, with good values for all others."""
    return lambda column, **options: function(
        **{**arguments, **others, name: column}, **options
    )


_PAIR_SCALE = Scale(0, 1, higher_is_better=True)
_FIVE_GROUPS = Tally.from_counts(np.ones((5, 2)), scale=_PAIR_SCALE, by=list("abcde"))


def _tally_with_missing(column: Any) -> Tally:
    return attrs.evolve(_FIVE_GROUPS, missing_counts=column)


_CONTACTS: dict[str, Any] = {
    "resolved": [3, 2, 1, 0, 4],
    "contacts": [9, 8, 7, 6, 9],
    "unresolvable": ONES,
}
_CASES: dict[str, Any] = {
    "complete": [3, 2, 1, 0, 4],
    "partial": ONES,
    "refusal": TWOS,
    "non_contact": FOURS,
    "other": ONES,
    "unknown": TWOS,
    "eligible": ONES,
}
_MARGINS: dict[str, dict[str, Any]] = {
    "margin_of_error": {"n": [10, 20, 30, 40, 50]},
    "sample_size": {"margin": [1, 2, 3, 4, 5]},
    "sample_size_to_compare": {"difference": [1, 2, 3, 4, 5]},
}
_PLANS = {
    "margin_of_error": inference.margin_of_error,
    "sample_size": inference.sample_size,
    "sample_size_to_compare": inference.sample_size_to_compare,
}


def _planned(function: str, name: str) -> Call:
    others = _MARGINS[function]
    values = others.get(name, ONES if name == "design_effect" else [100] * 5)
    return Call(values, _with(_PLANS[function], others, name, expected=50))


def _raked(**options: Any) -> Any:
    targets = {"group": {"a": 0.4, "b": 0.4, "c": 0.2}}
    return inference.rake({"group": GROUPS}, targets, **options)


def _raked_weights(column: Any) -> Any:
    return _raked(weights=column)


def _raked_estimate(column: Any, **options: Any) -> Any:
    return _raked().estimate(NET, column, scale=RECOMMEND_0_10, **options)


_MODEL = lifetime.ShiftedBetaGeometric(alpha=2, beta=3)
_BUYING = lifetime.BetaGeometricNBD(r=0.2, alpha=4, a=0.8, b=2.4, unit="week")
_ONCE = lifetime.CustomerHistory.from_summary(
    frequency=[2], recency=[30], age=[39], unit="week"
)
_LEAVING = lifetime.ParetoNBD(r=0.6, alpha=10, s=0.6, beta=12, unit="week")
_FIVE = lifetime.CustomerHistory.from_summary(
    frequency=[1, 2, 3, 4, 5], recency=[2] * 5, age=[9] * 5, unit="week"
)


def _worth_of(column: Any) -> Any:
    return lifetime.residual_clv(_LEAVING, column, _FIVE, discount=0.01)


_LINK = value.ExperienceLink(
    tally=Tally.from_counts(
        [[60, 50, 50, 40, 30], [40, 50, 50, 60, 70]],
        scale=STARS_1_5,
        by={"retained": [False, True]},
    )
)
_REVENUE: dict[str, Any] = {
    "start": [100, 90, 80, 70, 60],
    "contraction": [5, 4, 3, 2, 1],
    "churn": [10, 20, 30, 40, 0],
}
_STAYED = {
    "start": [100, 90, 80, 70, 60],
    "end": [90, 80, 70, 60, 50],
    "new": [5, 5, 5, 5, 5],
}
_SPENDING: dict[str, Any] = {
    "spend": [60, 0, 30, 1, 5],
    "category_spend": [80, 50, 120, 1, 100],
}

# Each argument of a function of money or time: good values for all, then options.
WORTH: tuple[tuple[Callable[..., Any], dict[str, Any], dict[str, Any]], ...] = (
    (perceived_value, _LEVERS, {}),
    (clv, _RATES, {"timing": "immediate"}),
    (value.retention_rate, _STAYED, {}),
    (value.churn_rate, _STAYED, {}),
    (value.net_revenue_retention, _REVENUE | {"expansion": [1, 2, 3, 4, 0]}, {}),
    (value.gross_revenue_retention, _REVENUE, {}),
    (value.repeat_rate, {"purchases": [1, 3, 1, 2, 1], "weights": [4, 1, 4, 1, 4]}, {}),
    (value.share_of_customer, _SPENDING, {}),
    (value.market_share, _SPENDING | {"weights": [2, 1, 2, 1, 2]}, {}),
    (
        value.wallet_allocation,
        {"rank": [1, 2, 3, 1, 2], "n_brands": [5, 5, 5, 5, 5]},
        {},
    ),
    (
        value.customer_tiers,
        {
            "actual": [90, 20, 5, 4, 0],
            "potential": [95, 30, 60, 6, 0],
            "cost_to_serve": [5, 4, 3, 2, 1],
        },
        {},
    ),
    (value.value_need_matrix, {"value": FOURS}, {"needs": list("aabbc")}),
    (
        value.rfm_scores,
        {
            "recency": [3, 10, 40, 90, 120],
            "frequency": [12, 2, 1, 2, 1],
            "monetary": [90, 20, 30, 50, 0],
        },
        {},
    ),
    (
        value.price_premium,
        {"stated": [0, 1, 0, 0, 1], "weights": [2, 1, 2, 1, 2]},
        {"premium": 0.5},
    ),
    (
        value.service_savings,
        {
            "contacts": [100, 90, 80, 70, 0],
            "reduction": [0, 1, 1, 0, 1],
            "cost_per_contact": [1, 2, 3, 4, 5],
        },
        {},
    ),
    (value.experience_roi, {"benefit": FOURS, "investment": [1, 2, 3, 4, 5]}, {}),
    (
        value.ExperienceLink.fit,
        {"scores": [1, 2, 3, 4, 5], "weights": TWOS},
        {"retained": [False, False, True, True, True], "scale": STARS_1_5},
    ),
    (_LINK.retention_at, {"score": [1, 2, 3, 4, 5]}, {}),
    (_LINK.uplift, {"score": [1, 2, 3, 2, 1], "change": [0, 1, 2, 1, 0]}, {}),
    (
        lifetime.CustomerHistory.from_summary,
        {
            "frequency": [0, 1, 2, 3, 4],
            "recency": [0, 1, 2, 3, 4],
            "age": [5, 5, 6, 7, 8],
            "weights": [1, 2, 1, 2, 1],
        },
        {"unit": "week"},
    ),
    (
        lifetime.ShiftedBetaGeometric.fit,
        {"lost": [30, 20, 9, 5, 2], "kept": [90, 70, 61, 56, 54]},
        {},
    ),
    (
        value.retention_uplift,
        {
            "margin": [100, 90, 80, 70, 0],
            "retention": [0, 1, 1, 0, 1],
            "change": [1, 0, 0, 0, 0],
            "discount": [1, 1, 1, 0, 1],
        },
        {"mode": "points", "timing": "immediate"},
    ),
    (value.convert_rate, {"rate": FOURS, "periods": [1, 2, 3, 4, 5]}, {}),
    (value.expected_lifetime, {"retention": [0, 0, 0, 0, 0]}, {}),
    (
        value.customer_equity,
        {"values": [100, 90, 0, 7, 3], "customers": [1, 2, 0, 4, 5]},
        {},
    ),
    (
        value.return_on_customer,
        {
            "profit": [1, 2, 0, 4, 5],
            "equity_before": [1, 2, 3, 4, 5],
            "equity_after": [0, 1, 2, 3, 9],
        },
        {},
    ),
    (
        value.AcquisitionRetention(
            margin=50,
            discount=0.1,
            acquisition_ceiling=0.4,
            acquisition_response=0.05,
            retention_ceiling=0.7,
            retention_response=0.05,
        ).value,
        {"acquisition_spend": [0, 1, 2, 3, 20], "retention_spend": FOURS},
        {},
    ),
    (_BUYING.survival, {"t": FOURS}, {}),
    (_BUYING.expected_purchases, {"t": FOURS}, {}),
    (_BUYING.purchase_distribution, {"t": FOURS}, {"up_to": 3}),
    (_BUYING.conditional_expected_purchases, {"t": FOURS}, {"history": _ONCE}),
    (_BUYING.simulate, {"age": FOURS}, {"n": 5, "rng": 1}),
    (_LEAVING.survival, {"t": FOURS}, {}),
    (_LEAVING.expected_purchases, {"t": FOURS}, {}),
    (_LEAVING.conditional_expected_purchases, {"t": FOURS}, {"history": _ONCE}),
    (_LEAVING.simulate, {"age": FOURS}, {"n": 5, "rng": 1}),
    (_MODEL.survival, {"t": FOURS}, {}),
    (_MODEL.retention, {"t": FOURS}, {}),
    (_MODEL.residual_lifetime, {"discount": ONES, "renewals": TWOS}, {}),
    (
        lifetime.kaplan_meier,
        {"tenure": [3, 5, 7, 9, 11], "entry": [0, 1, 1, 2, 3], "weights": TWOS},
        {"churned": [True, False, True, False, True]},
    ),
    (lifetime.kaplan_meier([9, 2], [True, True]).at, {"t": FOURS}, {}),
)


CALLS: dict[tuple[str, str], Call] = {
    ("residual_clv", "spend"): Call([9, 8, 7, 6, 5], _worth_of),
    **{
        ("first_contact_resolution", name): Call(
            values,
            _with(first_contact_resolution, _CONTACTS, name, by=list("abcde")),
        )
        for name, values in _CONTACTS.items()
    },
    **{
        ("response_rate", name): Call(
            values, _with(response_rate, _CASES, name, kind="RR3", by=list("abcde"))
        )
        for name, values in _CASES.items()
    },
    **{
        (function, name): _planned(function, name)
        for function, own in _MARGINS.items()
        for name in (*own, "design_effect", "population")
        if (function, name) != ("sample_size_to_compare", "population")
    },
    ("design_effect", "weights"): Call(TWOS, inference.design_effect),
    ("effective_n", "weights"): Call(TWOS, inference.effective_n),
    ("rake", "weights"): Call(TWOS, _raked_weights),
    ("Raked.estimate", "answers"): Call(ANSWERS, _raked_estimate, omits=True),
    **{(n, "answers"): Call(ANSWERS, m, omits=True) for n, m in METRICS.items()},
    **{(n, "weights"): Call(TWOS, _weighted(m)) for n, m in METRICS.items()},
    **{
        ("Tally.from_rows", name): Call(
            values,
            _with(Tally.from_rows, _ROWS, name, scale=RECOMMEND_0_10),
            omits=name == "answers",
        )
        for name, values in _ROWS.items()
    },
    **{
        ("Tally.from_counts", name): Call(
            values, _with(Tally.from_counts, _COUNTS, name, scale=STARS_1_5)
        )
        for name, values in _COUNTS.items()
    },
    **{
        ("Tally.__init__", name): Call(
            values, _with(Tally, _COUNTS, name, scale=STARS_1_5)
        )
        for name, values in _COUNTS.items()
    },
    ("Tally.__init__", "missing_counts"): Call(FOURS, _tally_with_missing),
    ("Scale.codes", "values"): Call(ANSWERS, RECOMMEND_0_10.codes),
    ("Scale.to_unit", "values"): Call(ANSWERS, RECOMMEND_0_10.to_unit),
    **{
        (function.__qualname__, name): Call(
            values, _with(function, columns, name, **options)
        )
        for function, columns, options in WORTH
        for name, values in columns.items()
    },
}

# Arguments that take labels, all of them named "by".
GROUPED: dict[str, Callable[..., Any]] = {
    **{n: partial(m, [7, 8, 9, 10, 0]) for n, m in METRICS.items()},
    "Tally.from_rows": partial(
        Tally.from_rows, [7, 8, 9, 10, 0], [1, 2, 3, 4, 5], scale=RECOMMEND_0_10
    ),
}

# Results: the library builds them from arrays of its own.
RESULTS = {
    "Comparisons.__init__",
    "ConfidenceInterval.__init__",
    "ControlChart.__init__",
    "Estimates.__init__",
    "FitReport.__init__",
    "Suppressed.__init__",
    "Trend.__init__",
    "XmrChart.__init__",
}

# Arrays, but not columns of numbers by position.
OTHERWISE = {
    ("adjust_p", "p"): "missing p values stay missing",
    ("compare_paired", "table"): "two dimensions",
    ("nonresponse_bounds", "invited"): "a Series is matched on its index",
    ("margin_of_error", "expected"): "lists are refused: they look like pairs",
    ("sample_size", "expected"): "lists are refused: they look like pairs",
    ("sample_size_to_compare", "expected"): "lists are refused: they look like pairs",
    ("CustomerHistory.from_summary", "spend"): "missing where there are no repeats",
    ("CustomerHistory.expand", "values"): "values of any kind, one per row",
    ("ExperienceLink.fit", "retained"): "truth values",
    ("kaplan_meier", "churned"): "truth values",
    ("first_contact_resolution", "by"): "labels of the counts, as in from_counts",
    ("response_rate", "by"): "labels of the counts, as in from_counts",
}


# Nothing is forgotten


def public_functions() -> Iterator[tuple[str, Any]]:
    for info in pkgutil.iter_modules(cxmkit.__path__):
        if info.name.startswith("_") or info.name == "testing":
            continue
        module = importlib.import_module(f"cxmkit.{info.name}")
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isfunction(thing):
                yield name, thing
            elif inspect.isclass(thing):
                for member in ("__init__", "__call__", *vars(thing)):
                    if member in vars(thing) and not _private(member):
                        yield f"{name}.{member}", getattr(thing, member)


def _private(name: str) -> bool:
    return name.startswith("_") and name not in {"__init__", "__call__"}


def _takes_column(parameter: inspect.Parameter) -> bool:
    kinds = get_args(parameter.annotation)
    named = parameter.name == "by" and parameter.kind is not parameter.VAR_POSITIONAL
    return named or all(kind in kinds for kind in get_args(npt.ArrayLike))


def column_arguments() -> set[tuple[str, str]]:
    return {
        (name, parameter.name)
        for name, function in public_functions()
        if callable(function) and name not in RESULTS
        for parameter in inspect.signature(function).parameters.values()
        if _takes_column(parameter)
    }


def test_every_public_argument_that_takes_a_column_is_entered_here() -> None:
    grouped = {(name, "by") for name in (*GROUPED, "Tally.from_counts")}
    assert column_arguments() == set(CALLS) | grouped | set(OTHERWISE)
    assert not set(CALLS) & set(OTHERWISE)


@pytest.mark.parametrize("library", [*WITHOUT_NULLS, *NUMBERS])
def test_columns_that_go_otherwise(library: str) -> None:
    build = (WITHOUT_NULLS | NUMBERS)[library]
    values = [0, 1, 1, 0, 1]
    assert same(inference.adjust_p(build(values)), inference.adjust_p(values))
    shares = [50, 20, 30, 90, 1]
    expected = inference.sample_size(3, expected=np.array(shares))
    assert same(inference.sample_size(3, expected=np.asarray(build(shares))), expected)
    bounds = inference.nonresponse_bounds(nps(ANSWERS, by=list("abcde")), invited=FOURS)
    series = pd.Series(FOURS[::-1], index=list("edcba"))
    estimates = nps(ANSWERS, by=list("abcde"))
    assert inference.nonresponse_bounds(estimates, invited=series) == bounds
    never: dict[str, Any] = {"frequency": [1, 1, 0, 2, 2], "age": [5, 5, 5, 5, 5]}
    summary = partial(
        lifetime.CustomerHistory.from_summary,
        **never,
        recency=never["frequency"],
        unit="week",
    )
    assert summary(spend=build([6, 3, 0, 5, 6])) == summary(spend=[6, 3, None, 5, 6])


def test_the_inventory_is_not_blind() -> None:
    found = column_arguments()
    assert {("clv", "margin"), ("nps", "by"), ("Tally.count", "weights")} <= found


# Numbers


def same(result: Any, expected: Any) -> bool:
    if not isinstance(expected, np.ndarray):
        return type(result) is type(expected) and bool(result == expected)
    return result.dtype == expected.dtype and np.array_equal(result, expected)


every_call = pytest.mark.parametrize("call", CALLS, ids=" ".join)
every_number = pytest.mark.parametrize("library", NUMBERS)


@every_call
@pytest.mark.parametrize("library", [*WITHOUT_NULLS, *NUMBERS])
def test_a_column_gives_what_the_list_gives(
    library: str, call: tuple[str, str]
) -> None:
    values, run, _ = CALLS[call]
    column = (WITHOUT_NULLS | NUMBERS)[library](values)
    assert same(run(column), run(values))


def with_null(values: list[Any], at: int = NULL_AT) -> list[Any]:
    return [None if place == at else value for place, value in enumerate(values)]


@every_call
@every_number
def test_a_null_is_refused_by_its_place(library: str, call: tuple[str, str]) -> None:
    values, run, _ = CALLS[call]
    with pytest.raises(MissingValueError) as caught:
        run(NUMBERS[library](with_null(values)))
    assert (caught.value.argument, caught.value.index) == (call[1], NULL_AT)


@pytest.mark.parametrize("call", [c for c in CALLS if CALLS[c].omits], ids=" ".join)
@every_number
def test_an_omitted_null_counts_as_missing(library: str, call: tuple[str, str]) -> None:
    values, run, _ = CALLS[call]
    result = run(NUMBERS[library](with_null(values)), missing="omit")
    assert same(result, run(with_null(values), missing="omit"))
    assert (result.n, result.missing) == (4, 1)


@every_number
def test_what_lies_under_a_null_is_never_judged(library: str) -> None:
    # Scales whose low end is no value of the column's type.
    answers = with_null([1, 2, 0, 2, 1])
    for low, step in ((-2, 1), (-1000, 1), (0.5, 0.5)):
        scale = Scale(low, 3, step=step, higher_is_better=True)
        tally = Tally.count(NUMBERS[library](answers), scale=scale, missing="omit")
        assert tally == Tally.count(answers, scale=scale, missing="omit")


@pytest.mark.parametrize(
    "library", ["masked int8", "masked float64", "arrow chunks", "polars Int8"]
)
def test_a_null_far_down_is_named_by_its_own_place(library: str) -> None:
    place = 200_000
    column = NUMBERS[library](with_null([9] * (place + 10), at=place))
    for metric in METRICS.values():
        with pytest.raises(MissingValueError) as caught:
            metric(column)
        assert caught.value.index == place
    assert nps(column, missing="omit").missing == 1


ALL_NULL: dict[str, Build] = {
    # pandas itself cannot convert a dictionary without a single value.
    **{n: b for n, b in NUMBERS.items() if n != "pandas arrow dictionary"},
    "polars Null": partial(pl.Series, dtype=pl.Null),
    "arrow null": partial(pa.array, type=pa.null()),
    "pandas arrow null": pandas_arrow(pa.null()),
}


@pytest.mark.parametrize("library", ALL_NULL)
def test_a_column_of_nothing_but_nulls_is_all_missing(library: str) -> None:
    tally = Tally.count(
        ALL_NULL[library]([None] * 3), scale=RECOMMEND_0_10, missing="omit"
    )
    assert (tally.n, tally.missing) == (0, 3)


@pytest.mark.parametrize("kind", ["int8", "int64", "float64", "object"])
def test_a_column_is_not_written_to(kind: str) -> None:
    column = masked(kind)(with_null(ANSWERS))
    before = pickle.dumps(column)
    for metric in METRICS.values():
        metric(column, missing="omit", weights=TWOS, by=GROUPS)
    assert pickle.dumps(column) == before


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"a": [9, 8]}),
        pl.DataFrame({"a": [9, 8]}),
        pa.table({"a": [9, 8]}),
    ],
    ids=["pandas", "polars", "arrow"],
)
def test_a_whole_table_is_not_taken_for_a_column(table: Any) -> None:
    for metric in METRICS.values():
        with pytest.raises(cxmkit.CxmError, match="answers must be a column"):
            metric(table)


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame(np.arange(10).reshape(2, 5)),
        pl.DataFrame(np.arange(10).reshape(2, 5)),
    ],
    ids=["pandas", "polars"],
)
def test_a_pivot_is_counts(table: Any) -> None:
    counts = np.arange(10).reshape(2, 5)
    by = {"branch": ["north", "south"]}
    expected = Tally.from_counts(counts, scale=STARS_1_5, by=by)
    assert Tally.from_counts(table, scale=STARS_1_5, by=by) == expected


# Labels

DAYS = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 1), None, date(2026, 1, 3)]
MOMENTS = [
    datetime(2026, 1, 1, 12),  # noqa: DTZ001  without a zone on purpose
    datetime(2026, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001
    datetime(2026, 1, 1, 12),  # noqa: DTZ001
    None,
    datetime(1969, 12, 31),  # noqa: DTZ001
]
WARSAW = timezone(timedelta(hours=1))
INSTANTS = [m and m.replace(tzinfo=UTC).astimezone(WARSAW) for m in MOMENTS]
_ZONED = pa.timestamp("us", "Europe/Warsaw")


class Kind(NamedTuple):
    """Labels with a null at place 3, what they come out as, and who can hold them."""

    values: list[Any]
    expected: list[Any]
    columns: dict[str, Build]


def _named(name: str, columns: dict[str, Build]) -> dict[str, Build]:
    return {f"{name}: {library}": build for library, build in columns.items()}


ENUM = "enum('b', 'a', 'c')"

TEXTS: dict[str, Build] = {
    "list": list,
    "tuple": tuple,
    "numpy object": lambda v: np.array(v, dtype=object),
    "pandas": pd.Series,
    "pandas object": pandas_column(object),
    "pandas string": pandas_column("string"),
    "pandas arrow": pandas_arrow(pa.string()),
    "pandas category": pandas_column("category"),
    "pandas arrow dictionary": pandas_arrow_dictionary,
    "polars": pl.Series,
    "polars Categorical": polars_column(pl.Categorical),
    "polars Enum": polars_column(pl.Enum(["c", "b", "a"])),
    "arrow": arrow_array(),
    "arrow large": arrow_array(pa.large_string()),
    "arrow dictionary": arrow_dictionary,
    "arrow chunks": chunks(),
    "arrow chunks dictionary": two_dictionaries,
    "duckdb": duckdb_column("varchar"),
    "duckdb enum": duckdb_column(ENUM),
    "duckdb enum to arrow": duckdb_to("to_arrow_table", ENUM),
}
INTEGERS: dict[str, Build] = {
    "list": list,
    "pandas Int64": pandas_column("Int64"),
    "pandas arrow": pandas_arrow(pa.int64()),
    "pandas category": pandas_column(pd.CategoricalDtype([2017, 2016, 2018])),
    "polars": pl.Series,
    "arrow": arrow_array(),
    "arrow chunks": chunks(),
    "arrow chunks dictionary": two_dictionaries,
    "duckdb": duckdb_column("integer"),
    "masked": masked("int16"),
}
BOOLEANS: dict[str, Build] = {
    "list": list,
    "pandas boolean": pandas_column("boolean"),
    "pandas arrow": pandas_arrow(pa.bool_()),
    "polars": pl.Series,
    "arrow": arrow_array(),
    "duckdb": duckdb_column("boolean"),
}
DATES: dict[str, Build] = {
    "list": list,
    "numpy": lambda v: np.array(v, dtype="datetime64[D]"),
    "pandas": pd.Series,
    "pandas arrow": pandas_arrow(pa.date32()),
    "polars": pl.Series,
    "arrow": arrow_array(),
    "arrow chunks": chunks(),
}
MIDNIGHTS: dict[str, Build] = {  # duckdb and numpy-backed pandas have no dates
    "pandas seconds": pandas_column("datetime64[s]"),
    "duckdb": duckdb_column("date"),
}
TIMESTAMPS: dict[str, Build] = {
    "list": list,
    "numpy ns": lambda v: np.array(v, dtype="datetime64[ns]"),
    "pandas": pd.Series,
    "pandas ns": pandas_column("datetime64[ns]"),
    "pandas arrow": pandas_arrow(pa.timestamp("us")),
    "polars": pl.Series,
    "polars ns": polars_column(pl.Datetime("ns")),
    "arrow": arrow_array(),
    "arrow chunks": chunks(),
    "duckdb": duckdb_column("timestamp"),
    "duckdb ns": duckdb_column("timestamp_ns"),
}
ZONED: dict[str, Build] = {
    "pandas": pandas_column("datetime64[us, Europe/Warsaw]"),
    "pandas ns": pandas_column("datetime64[ns, Europe/Warsaw]"),
    "pandas index": lambda v: pd.DatetimeIndex(pandas_column("datetime64[us, UTC]")(v)),
    "pandas arrow": pandas_arrow(_ZONED),
    "polars": polars_column(pl.Datetime("us", "Europe/Warsaw")),
    "arrow": arrow_array(_ZONED),
    "arrow chunks": chunks(_ZONED),
    "duckdb": duckdb_column("timestamptz"),
}

_YEARS = [2016, 2017, 2016, None, 2018]
_TEXTS = ["a", "b", "a", None, "c"]
_FLAGS = [True, False, True, None, False]
_AT_MIDNIGHT = [d and datetime(d.year, d.month, d.day) for d in DAYS]  # noqa: DTZ001

LABELS: dict[str, Kind] = {
    name: kind._replace(columns={name: build})
    for kind in (
        Kind(_TEXTS, _TEXTS, _named("texts", TEXTS)),
        Kind(_YEARS, _YEARS, _named("integers", INTEGERS)),
        Kind(_FLAGS, _FLAGS, _named("flags", BOOLEANS)),
        Kind(DAYS, DAYS, _named("dates", DATES)),
        Kind(DAYS, _AT_MIDNIGHT, _named("dates as timestamps", MIDNIGHTS)),
        Kind(MOMENTS, MOMENTS, _named("timestamps", TIMESTAMPS)),
        # Instants lose their zone on the way through numpy and arrive as UTC; only
        # Python's own datetimes keep it.
        Kind(INSTANTS, MOMENTS, _named("instants", ZONED)),
        Kind(INSTANTS, INSTANTS, {"instants: list": list}),
    )
    for name, build in kind.columns.items()
}


def filled(values: list[Any]) -> list[Any]:
    """Return labels with the null replaced by a label that is there already."""
    return [values[0] if value is None else value for value in values]


every_label = pytest.mark.parametrize("column", LABELS)
every_grouped = pytest.mark.parametrize("function", GROUPED)


@every_grouped
@every_label
def test_labels_of_a_column_are_those_of_the_list(column: str, function: str) -> None:
    values, expected, columns = LABELS[column]
    run = GROUPED[function]
    result = run(by=columns[column](filled(values)))
    assert same(result, run(by=filled(expected)))
    [labels] = result.labels.values()
    assert [type(label) for label in labels] == [type(expected[0])] * len(labels)


@every_grouped
@every_label
def test_a_missing_label_is_refused_by_its_place(column: str, function: str) -> None:
    values, _, columns = LABELS[column]
    with pytest.raises(MissingValueError) as caught:
        GROUPED[function](by={"group": columns[column](values)})
    assert (caught.value.argument, caught.value.index) == ("by['group']", 3)


@every_label
def test_labels_of_existing_counts(column: str) -> None:
    values, expected, columns = LABELS[column]
    unique = list(dict.fromkeys(v for v in values if v is not None))
    labels = list(dict.fromkeys(v for v in expected if v is not None))
    counts = np.ones((len(labels), 5))
    tally = Tally.from_counts(counts, scale=STARS_1_5, by=columns[column](unique))
    assert tally.labels["group"] == tuple(labels)


@every_label
def test_a_missing_label_of_existing_counts_is_refused(column: str) -> None:
    values, _, columns = LABELS[column]
    unique = list(dict.fromkeys(values))
    by = {"group": columns[column](unique)}
    with pytest.raises(MissingValueError) as caught:
        Tally.from_counts(np.ones((len(unique), 5)), scale=STARS_1_5, by=by)
    place = unique.index(None)
    assert (caught.value.argument, caught.value.index) == ("by['group']", place)


# Pairs (codes, labels): the recipe of each library. Labels keep the vocabulary's order.


def _pandas_codes(values: list[Any]) -> Any:
    column = pd.Series(values, dtype=pd.CategoricalDtype(["c", "a", "b", "unused"]))
    return column.cat.codes, column.cat.categories


def _polars_codes(values: list[Any]) -> Any:
    column = pl.Series(values, dtype=pl.Enum(["c", "a", "b", "unused"]))
    return column.to_physical(), pl.Enum(["c", "a", "b", "unused"]).categories


def _arrow_pair(column: Any) -> Any:
    return column.indices, column.dictionary


def _arrow_codes(values: list[Any]) -> Any:
    dictionary = ["c", "a", "b", "unused"]
    indices = [None if v is None else dictionary.index(v) for v in values]
    return _arrow_pair(pa.DictionaryArray.from_arrays(indices, dictionary))


def _list_codes(values: list[Any]) -> Any:
    labels = ["c", "a", "b", "unused"]
    return [None if v is None else labels.index(v) for v in values], labels


PAIRS: dict[str, tuple[Build, tuple[str, ...]]] = {
    "list": (_list_codes, ("c", "a", "b", "unused")),
    "pandas": (_pandas_codes, ("c", "a", "b", "unused")),
    "polars Enum": (_polars_codes, ("c", "a", "b", "unused")),
    # Codes of a Categorical count all categories of the process; Arrow's do not.
    "polars Categorical": (
        lambda v: _arrow_pair(pl.Series(v, dtype=pl.Categorical).to_arrow()),
        ("a", "b", "c"),
    ),
    "arrow": (_arrow_codes, ("c", "a", "b", "unused")),
    "arrow chunks": (
        lambda v: _arrow_pair(two_dictionaries(v).combine_chunks()),
        ("a", "b", "c"),
    ),
    "duckdb enum to arrow": (
        lambda v: _arrow_pair(TEXTS["duckdb enum to arrow"](v).combine_chunks()),
        ("b", "a", "c"),
    ),
}


@pytest.fixture(autouse=True, scope="module")
def _categories_of_others() -> Any:
    """Hold other categories alive, so that codes do not happen to begin at 0."""
    return pl.Series(["x", "c", "y"], dtype=pl.Categorical)


@every_grouped
@pytest.mark.parametrize("library", PAIRS)
def test_codes_and_labels_are_groups(library: str, function: str) -> None:
    build, vocabulary = PAIRS[library]
    run = GROUPED[function]
    result = run(by=build(filled(_TEXTS)))
    assert result.labels == {"group": vocabulary}
    plain = run(by=filled(_TEXTS))
    for label in plain.labels["group"]:
        assert result.at(group=label) == plain.at(group=label)
    others = set(vocabulary) - set(plain.labels["group"])
    assert all(result.at(group=label).n == 0 for label in others)


@every_grouped
@pytest.mark.parametrize("library", PAIRS)
def test_a_missing_code_is_refused_by_its_place(library: str, function: str) -> None:
    build, _ = PAIRS[library]
    with pytest.raises(MissingValueError) as caught:
        GROUPED[function](by=build(_TEXTS))
    assert (caught.value.argument, caught.value.index) == ("by", 3)


def test_codes_that_are_no_integers_are_refused_as_such() -> None:
    codes = pl.Series([0.0, 1.0])
    with pytest.raises(cxmkit.CxmError, match="must hold integer codes"):
        nps([9, 9], by=(codes, ["a", "b"]))


def test_a_null_in_a_vocabulary_is_refused() -> None:
    column = pa.array(["a", None, "b"]).dictionary_encode(null_encoding="encode")
    with pytest.raises(MissingValueError, match=r"by\[1\] is missing"):
        nps([9, 9, 9], by=(column.indices, column.dictionary))


# Going out

BY_BRANCH = nps(ANSWERS, by={"branch": GROUPS, "year": [2016, 2017, 2017, 2017, 2017]})
TALLY = Tally.count(
    with_null(ANSWERS), scale=RECOMMEND_0_10, by=GROUPS, weights=TWOS, missing="omit"
)
RECORDS: dict[str, list[dict[str, Any]]] = {
    "estimates": BY_BRANCH.to_records(),
    "means": mean_score(ANSWERS, scale=RECOMMEND_0_10, by=GROUPS).to_records(),
    "estimate": [nps(ANSWERS).to_dict()],
    "comparisons": compare(BY_BRANCH, BY_BRANCH).to_records(),
    "tally": TALLY.to_records(),
}


def assert_same_rows(rows: Any, expected: list[dict[str, Any]]) -> None:
    assert [list(row) for row in rows] == [list(row) for row in expected]
    for row, record in zip(rows, expected, strict=True):
        for name, cell in record.items():
            absent = cell is None or cell != cell  # noqa: PLR0124  NaN
            assert pd.isna(row[name]) if absent else row[name] == cell


@pytest.mark.parametrize("what", RECORDS)
def test_pandas_takes_records(what: str) -> None:
    records = RECORDS[what]
    assert_same_rows(pd.DataFrame(records).to_dict("records"), records)


@pytest.mark.parametrize("what", RECORDS)
def test_polars_takes_records(what: str) -> None:
    records = RECORDS[what]
    assert_same_rows(pl.DataFrame(records).to_dicts(), records)


@pytest.mark.parametrize("what", RECORDS)
def test_arrow_takes_records(what: str) -> None:
    records = RECORDS[what]
    assert_same_rows(pa.Table.from_pylist(records).to_pylist(), records)


@pytest.mark.parametrize(
    "table", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "arrow"]
)
def test_columns_of_results_make_tables(table: Callable[..., Any]) -> None:
    frame = table(BY_BRANCH.to_columns())
    assert list(np.asarray(frame["branch"])) == ["a", "a", "b", "b", "c", "c"]
    assert np.array_equal(np.asarray(frame["n"]), BY_BRANCH.n.reshape(-1))


@pytest.mark.parametrize(
    "table",
    [pd.DataFrame, pl.DataFrame, pa.Table.from_pylist],
    ids=["pandas", "polars", "arrow"],
)
def test_a_tally_comes_back_from_a_table(table: Callable[..., Any]) -> None:
    frame = table(TALLY.to_records())
    back = Tally.from_rows(
        frame["answer"],
        frame["n"],
        scale=RECOMMEND_0_10,
        by=frame["group"],
        sum_weights=frame["sum_weights"],
        sum_squared_weights=frame["sum_squared_weights"],
        missing="omit",
    )
    # What a missing answer weighed is not kept.
    assert back == TALLY


def test_a_tally_pickles_without_the_library_it_came_from() -> None:
    for column, (values, _, columns) in LABELS.items():
        if column.startswith("instants"):
            by = columns[column](filled(values))
            pickled = pickle.dumps(GROUPED["Tally.count"](by=by))
            assert b"pandas" not in pickled, column


# GROUP BY in the engine gives what counting here gives

_ROWS_OF_GROUP_BY = 5_000
_DRAWN = np.random.default_rng(2026)
RAW: dict[str, list[Any]] = {
    "branch": _DRAWN.choice(["north", "south", "web"], _ROWS_OF_GROUP_BY).tolist(),
    "answer": [
        None if answer > 10 else answer
        for answer in _DRAWN.integers(0, 12, _ROWS_OF_GROUP_BY).tolist()
    ],
    # Quarters add up exactly in whatever order an engine takes them.
    "weight": (_DRAWN.integers(1, 9, _ROWS_OF_GROUP_BY) / 4).tolist(),
}


def counted_here() -> Tally:
    return Tally.count(
        RAW["answer"],
        scale=RECOMMEND_0_10,
        by={"branch": RAW["branch"]},
        weights=RAW["weight"],
        missing="omit",
    )


def counted_there(rows: Any) -> Tally:
    return Tally.from_rows(
        rows["answer"],
        rows["n"],
        scale=RECOMMEND_0_10,
        by={"branch": rows["branch"]},
        sum_weights=rows["w"],
        sum_squared_weights=rows["ww"],
        missing="omit",
    )


SQL = """
    select branch, answer, count(*) as n, sum(weight) as w, sum(weight * weight) as ww
    from raw group by branch, answer order by min(place)
"""


@pytest.mark.parametrize("kind", ["varchar", "enum('web', 'north', 'south')"])
def test_duckdb_group_by_is_a_tally(kind: str) -> None:
    places = pa.array(range(_ROWS_OF_GROUP_BY))
    connection = duckdb.connect()
    connection.register("arrow", pa.table({**RAW, "place": places}))
    connection.execute(
        "create table raw as select place, branch, answer::tinyint as answer, weight"
        " from arrow"
    )
    connection.execute(f"alter table raw alter branch type {kind}")
    assert counted_there(connection.sql(SQL).fetchnumpy()) == counted_here()
    assert counted_there(connection.sql(SQL).to_arrow_table()) == counted_here()
    assert counted_there(connection.sql(SQL).pl()) == counted_here()
    assert counted_there(connection.sql(SQL).df()) == counted_here()


@pytest.mark.parametrize("kind", [pl.String, pl.Categorical])
def test_polars_group_by_is_a_tally(kind: Any) -> None:
    frame = pl.DataFrame(RAW, schema_overrides={"answer": pl.Int8, "branch": kind})
    rows = frame.group_by("branch", "answer", maintain_order=True).agg(
        pl.len().alias("n"),
        pl.col("weight").sum().alias("w"),
        (pl.col("weight") ** 2).sum().alias("ww"),
    )
    assert counted_there(rows) == counted_here()


def test_pandas_group_by_is_a_tally() -> None:
    frame = pd.DataFrame(RAW).astype({"answer": "Int8"})
    frame["square"] = frame["weight"] ** 2
    # Without dropna=False pandas would leave out the rows without answer.
    groups = frame.groupby(["branch", "answer"], sort=False, dropna=False)
    rows = groups.agg(n=("weight", "size"), w=("weight", "sum"), ww=("square", "sum"))
    assert counted_there(rows.reset_index()) == counted_here()


def test_arrow_group_by_is_a_tally() -> None:
    squares = [weight**2 for weight in RAW["weight"]]
    table = pa.table({**RAW, "square": squares})
    groups = table.group_by(["branch", "answer"], use_threads=False)
    rows = groups.aggregate([("weight", "count"), ("weight", "sum"), ("square", "sum")])
    renamed = {"weight_count": "n", "weight_sum": "w", "square_sum": "ww"}
    assert counted_there(rows.rename_columns(renamed)) == counted_here()


def test_partitions_of_an_engine_add_up() -> None:
    frame = pl.DataFrame(RAW)
    parts = (
        Tally.count(
            part["answer"],
            scale=RECOMMEND_0_10,
            by={"branch": part["branch"]},
            weights=part["weight"],
            missing="omit",
        )
        for part in frame.iter_slices(777)
    )
    assert sum(parts) == counted_here()


def test_estimates_of_rows_are_those_of_answers() -> None:
    here = nps(counted_here())
    assert isinstance(here, Estimates)
    raw = nps(
        pl.Series(RAW["answer"]),
        by={"branch": pl.Series(RAW["branch"])},
        weights=pl.Series(RAW["weight"]),
        missing="omit",
    )
    assert raw == here


# Logs of journeys. Their arguments are entered by what they hold: whole numbers or
# numbers with gaps, labels with or without gaps, truth values, instants.

EVENTS: dict[str, Any] = {
    "customer": [1, 2, 2, 3, 4],
    "time": [3, 1, 2, 0, 5],
    "touchpoint": ["ad", "shop", "ad", "till", "ad"],
}
WITH_VOCABULARY = {
    "touchpoint": "touchpoints",
    "channel": "channels",
    "attribute": "attributes",
}


def events(column: Any, *, name: str, **others: Any) -> dict[str, list[Any]]:
    """Return the rows of a log with this column, as columns of plain values."""
    if name == "score":
        others["scale"] = STARS_1_5
    log = JourneyLog.from_columns(**EVENTS | {name: column} | others)
    return {key: values.tolist() for key, values in log.to_columns().items()}


def counted_paths(column: Any, *, name: str) -> tuple[list[int], list[bool]]:
    ways = [["a"], ["b"], ["a", "c"], ["c"], ["d"]]
    log, outcome = JourneyLog.from_paths(ways, **{"conversions": ONES, name: column})
    return log.touchpoint.tolist(), outcome.tolist()


def kept(column: Any) -> list[Any]:
    log = JourneyLog.from_columns(**EVENTS)
    return [event["customer"] for event in log.where(column).to_records()]


def taken(column: Any) -> list[Any]:
    log = JourneyLog.from_columns(**EVENTS | {"customer": ["a", "b", "c", "d", "e"]})
    return log.take(column).customers.tolist()


# Functions and arguments; each is tried with all columns that can hold its values.
WHOLE: dict[tuple[str, str], Call] = {
    ("JourneyLog.from_columns", "customer"): Call(
        [3, 5, 5, 7, 9], partial(events, name="customer")
    ),
    ("JourneyLog.from_columns", "time"): Call(
        [3, 1, 2, 0, 5], partial(events, name="time")
    ),
    ("JourneyLog.from_paths", "conversions"): Call(
        [3, 1, 2, 0, 5], partial(counted_paths, name="conversions")
    ),
    ("JourneyLog.from_paths", "nulls"): Call(
        [3, 1, 2, 0, 5], partial(counted_paths, name="nulls")
    ),
}
GAPS: dict[tuple[str, str], Call] = {
    ("JourneyLog.from_columns", name): Call([3, 1, 2, 4, 5], partial(events, name=name))
    for name in ("amount", "score")
}
OPTIONAL_LABELS = ("channel", "attribute")
FLAGGED: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("JourneyLog.from_columns", "two_sided"): partial(events, name="two_sided"),
    ("JourneyLog.where", "mask"): kept,
}
LABELLED = {
    ("JourneyLog.from_columns", name)
    for name in ("touchpoint", "dimension", *OPTIONAL_LABELS, *WITH_VOCABULARY.values())
}
GROUPS_OF_CUSTOMERS = {("customer_groups", "ids"), ("JourneyLog.take", "customers")}
# The constructor takes plain arrays, as they come out of a log; a gap is one time.
NO_COLUMNS = {"JourneyLog.__init__", "JourneyLog.split"}


def test_every_argument_of_a_log_that_takes_a_column_is_entered_here() -> None:
    found = {
        (name, parameter.name)
        for name, function in public_functions()
        if (name.startswith("JourneyLog.") and callable(function))
        or name == "customer_groups"
        if name not in NO_COLUMNS
        for parameter in inspect.signature(function).parameters.values()
        if parameter.annotation is Any
        and parameter.kind is not inspect.Parameter.VAR_KEYWORD
    }
    entered = {*WHOLE, *GAPS, *FLAGGED, *LABELLED, *GROUPS_OF_CUSTOMERS}
    assert found == entered - {("JourneyLog.take", "customers")}


@pytest.mark.parametrize("call", [*WHOLE, *GAPS], ids=" ".join)
@pytest.mark.parametrize("library", [*WITHOUT_NULLS, *NUMBERS])
def test_numbers_of_events_are_those_of_the_list(
    library: str, call: tuple[str, str]
) -> None:
    values, run, _ = (WHOLE | GAPS)[call]
    column = (WITHOUT_NULLS | NUMBERS)[library](values)
    assert run(column) == run(values)


@pytest.mark.parametrize("call", WHOLE, ids=" ".join)
@every_number
def test_a_null_among_events_is_refused_by_its_place(
    library: str, call: tuple[str, str]
) -> None:
    values, run, _ = WHOLE[call]
    with pytest.raises(MissingValueError) as caught:
        run(NUMBERS[library](with_null(values)))
    assert (caught.value.argument, caught.value.index) == (call[1], NULL_AT)


@pytest.mark.parametrize("call", GAPS, ids=" ".join)
@every_number
def test_a_null_is_an_amount_or_an_answer_that_is_not_there(
    library: str, call: tuple[str, str]
) -> None:
    values, run, _ = GAPS[call]
    found, expected = (
        run(column) for column in (NUMBERS[library](with_null(values)), values)
    )
    # In the order of the log: customer 2 has the events of the rows 1 and 2.
    gap = found[call[1]].pop(NULL_AT)
    expected[call[1]].pop(NULL_AT)
    assert gap != gap  # noqa: PLR0124  NaN
    assert found == expected


@every_label
def test_touchpoints_are_those_of_the_list(column: str) -> None:
    values, expected, columns = LABELS[column]
    built = columns[column](filled(values))
    assert events(built, name="touchpoint") == events(
        filled(expected), name="touchpoint"
    )
    with pytest.raises(MissingValueError) as caught:
        events(columns[column](values), name="touchpoint")
    assert (caught.value.argument, caught.value.index) == ("touchpoint", 3)


@pytest.mark.parametrize("name", OPTIONAL_LABELS)
@every_label
def test_a_null_is_a_channel_or_attribute_that_is_unknown(
    column: str, name: str
) -> None:
    values, expected, columns = LABELS[column]
    found = events(columns[column](values), name=name)
    assert found == events(expected, name=name)
    assert found[name][3] is None


@pytest.mark.parametrize("name", WITH_VOCABULARY)
@every_label
def test_a_vocabulary_is_that_of_the_list(column: str, name: str) -> None:
    values, expected, columns = LABELS[column]
    known = [value for value in dict.fromkeys(values) if value is not None]
    labels = [value for value in dict.fromkeys(expected) if value is not None]
    codes = [0, 1, 0, 1, len(known) - 1]
    found = events(codes, name=name, **{WITH_VOCABULARY[name]: columns[column](known)})
    assert found[name] == [labels[code] for code in codes]


@pytest.mark.parametrize("library", TEXTS)
def test_dimensions_are_those_of_the_list(library: str) -> None:
    if "enum" in library or "Enum" in library:  # of other texts
        return
    values = ["brand", "transaction", "brand", None, "relationship"]
    found = events(TEXTS[library](values), name="dimension")
    assert found["dimension"] == values


@pytest.mark.parametrize("name", ["touchpoint", *OPTIONAL_LABELS])
@pytest.mark.parametrize("library", PAIRS)
def test_codes_and_labels_are_labels_of_events(library: str, name: str) -> None:
    build, vocabulary = PAIRS[library]
    column = build(filled(_TEXTS))
    log = JourneyLog.from_columns(**EVENTS | {name: column})
    assert getattr(log, f"{name}s") == vocabulary
    assert events(column, name=name) == events(filled(_TEXTS), name=name)
    if name != "touchpoint":
        assert events(build(_TEXTS), name=name) == events(_TEXTS, name=name)


@pytest.mark.parametrize("library", PAIRS)
def test_codes_and_labels_are_customers(library: str) -> None:
    build, vocabulary = PAIRS[library]
    log = JourneyLog.from_columns(**EVENTS | {"customer": build(filled(_TEXTS))})
    there = set(filled(_TEXTS))
    assert log.customers.tolist() == [each for each in vocabulary if each in there]


@pytest.mark.parametrize("call", FLAGGED, ids=" ".join)
@pytest.mark.parametrize("library", BOOLEANS)
def test_truth_values_are_those_of_the_list(
    library: str, call: tuple[str, str]
) -> None:
    build, run = BOOLEANS[library], FLAGGED[call]
    flags = filled(_FLAGS)
    assert run(build(flags)) == run(flags)
    with pytest.raises(MissingValueError) as caught:
        run(build(_FLAGS))
    assert (caught.value.argument, caught.value.index) == (call[1], 3)


@pytest.mark.parametrize("column", [name for name in LABELS if "instants" in name])
def test_instants_with_a_zone_are_those_of_python(column: str) -> None:
    values, _, columns = LABELS[column]
    assert events(columns[column](filled(values)), name="time", time_unit="us") == (
        events(filled(INSTANTS), name="time")
    )
    with pytest.raises(MissingValueError) as caught:
        events(columns[column](values), name="time")
    assert (caught.value.argument, caught.value.index) == ("time", 3)


@pytest.mark.parametrize("library", [name for name in TIMESTAMPS if name != "list"])
def test_timestamps_without_a_zone_are_utc(library: str) -> None:
    build = TIMESTAMPS[library]
    instants = [moment and moment.replace(tzinfo=UTC) for moment in MOMENTS]
    assert events(build(filled(MOMENTS)), name="time", time_unit="us") == (
        events(filled(instants), name="time")
    )
    with pytest.raises(MissingValueError) as caught:
        events(build(MOMENTS), name="time")
    assert (caught.value.argument, caught.value.index) == ("time", 3)


@pytest.mark.parametrize("library", TEXTS)
def test_texts_are_customers(library: str) -> None:
    texts = ["a", "b", "c", "b", "a"]
    build = TEXTS[library]
    assert events(build(texts), name="customer") == events(texts, name="customer")
    with pytest.raises(MissingValueError) as caught:
        events(build(_TEXTS), name="customer")
    assert (caught.value.argument, caught.value.index) == ("customer", 3)
    assert taken(build(["a", "c", "a"])) == ["a", "c"]
    assert customer_groups(build(texts)).tolist() == customer_groups(texts).tolist()
    with pytest.raises(MissingValueError) as caught:
        customer_groups(build(_TEXTS))
    assert (caught.value.argument, caught.value.index) == ("ids", 3)


@pytest.mark.parametrize(
    "library",
    [
        *WITHOUT_NULLS,
        # A decimal has no stable hash: it is refused, and can be turned into a text.
        *(name for name in NUMBERS if "ecimal" not in name),
    ],
)
def test_numbers_have_the_group_of_the_list(library: str) -> None:
    column = (WITHOUT_NULLS | NUMBERS)[library]([7, 8, 7, 9, 0])
    expected = customer_groups([7, 8, 7, 9, 0], n=1000)
    assert customer_groups(column, n=1000).tolist() == expected.tolist()


@pytest.mark.parametrize("library", [name for name in NUMBERS if "ecimal" not in name])
def test_a_null_has_no_group(library: str) -> None:
    with pytest.raises(MissingValueError) as caught:
        customer_groups(NUMBERS[library](with_null(ONES)))
    assert (caught.value.argument, caught.value.index) == ("ids", NULL_AT)


@pytest.mark.parametrize(
    "table",
    [pd.DataFrame, pl.DataFrame, pa.table],
    ids=["pandas", "polars", "arrow"],
)
def test_a_log_comes_back_from_a_table(table: Callable[..., Any]) -> None:
    log = JourneyLog.from_columns(
        **EVENTS,
        channel=["web", None, "till", "web", None],
        two_sided=[True, False, True, False, False],
        amount=[None, 1, 2.5, None, 3],
        score=[5, None, 1, 2, 3],
        scale=STARS_1_5,
    )
    columns = log.to_columns()
    back = JourneyLog.from_columns(
        **{name: table(columns)[name] for name in columns},
        touchpoints=log.touchpoints,
        channels=log.channels,
        scale=log.scale,
    )
    assert back == log


def test_what_pandas_changes_later_does_not_change_the_log() -> None:
    table = pd.DataFrame(
        {"customer": [1, 2, 3], "time": [0, 1, 2], "amount": [1.0] * 3}
    )
    log = JourneyLog.from_columns(
        customer=table["customer"],
        time=table["time"],
        touchpoint=["ad"] * 3,
        amount=table["amount"],
    )
    before = log.to_records()
    table.loc[:, :] = 0
    table.loc[0, "time"] = 99
    assert log.to_records() == before


def test_a_log_pickles_without_the_library_it_came_from() -> None:
    for column, (values, _, columns) in LABELS.items():
        built = columns[column](filled(values))
        log = JourneyLog.from_columns(**EVENTS | {"touchpoint": built})
        assert b"pandas" not in pickle.dumps(log), column
