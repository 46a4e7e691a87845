"""What pandas labels is matched by its labels, not by its place."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cxmkit import SATISFACTION_1_5, STARS_1_5, Tally, csat, mean_score
from cxmkit.errors import InvalidTypeError, InvalidValueError
from cxmkit.inference import compare_paired, nonresponse_bounds
from cxmkit.value import clv

MEAN = mean_score([1], scale=STARS_1_5).definition
STARS: dict[str, Any] = {"scale": STARS_1_5, "metric": MEAN}


def two_shops() -> Any:
    shops = {"shop": ["b", "b", "b", "a"]}
    return csat([5, 5, 1, 4], scale=SATISFACTION_1_5, by=shops)


def test_a_crosstab_of_pandas() -> None:
    before, after = [1, 2, 3, 4, 5, 5], [2, 2, 3, 1, 4, 5]
    table = pd.crosstab(pd.Series(before), pd.Series(after))
    moves = Tally.count(after, scale=STARS_1_5, by={"before": before})
    assert compare_paired(table, **STARS) == compare_paired(moves, metric=MEAN)
    with pytest.raises(InvalidValueError, match="rows of table"):
        compare_paired(table.iloc[::-1], **STARS)
    with pytest.raises(InvalidValueError, match="count them first"):
        compare_paired(table.iloc[1:], **STARS)


@pytest.mark.parametrize("library", [pd, pl, pa.table])
def test_a_table_of_one_column_is_no_column(library: Any) -> None:
    make = getattr(library, "DataFrame", library)
    margins: Any = make({"margin": [10.0, 20.0]})
    with pytest.raises(InvalidTypeError) as refusal:
        clv(margins, retention=[0.5, 0.6], discount=0.1, timing="residual")
    assert str(refusal.value).startswith("margin must be a column, not a table; got")


def test_invited_as_a_pandas_series() -> None:
    series = pd.Series({"a": 5, "b": 9})
    bounds = nonresponse_bounds(two_shops(), invited=series)
    assert np.array_equal(bounds.invited, [9, 5])
    years = csat([5, 5, 1], scale=SATISFACTION_1_5, by={"year": [2025, 2025, 2024]})
    series = pd.Series([4, 7], index=[2024, 2025])
    assert np.array_equal(nonresponse_bounds(years, invited=series).invited, [7, 4])
    with pytest.raises(InvalidValueError) as refusal:
        nonresponse_bounds(two_shops(), invited=pd.Series([9, 5]))
    said = str(refusal.value)
    assert said == "invited must name labels of shop; got 0; labels are 'b', 'a'"
