"""Who makes up a result: groups with their shares, scores and spread."""

from typing import Any

import attrs
import numpy as np

from cxmkit import _checks, _spread
from cxmkit._axes import Axes
from cxmkit._checks import FloatArray, IntArray
from cxmkit.definition import MeanScore
from cxmkit.estimate import Estimates


@attrs.frozen(eq=False)
class Groups:
    """What errors need of each group: sums over its answers."""

    total: FloatArray  # of w
    score: FloatArray  # NaN where nobody answered
    squares: FloatArray  # of w²
    cross: FloatArray  # of w² (x - score)
    spread: FloatArray  # of w² (x - score)²
    n: IntArray
    factor: float  # by which the variance of all answers exceeds that over n

    @classmethod
    def of(cls, name: str, estimates: Estimates, grid: Axes) -> "Groups":
        """Take estimates, laid out over wider axes."""
        own = estimates.grid
        n = own.spread(estimates.n, grid)
        score = own.spread(estimates.value, grid, np.nan)
        se = own.spread(estimates.se, grid, np.nan)
        spare = int(isinstance(estimates.definition, MeanScore))
        tally, every = estimates.tally, n.sum()
        if tally is not None and tally.weighted:
            return cls._weighted(estimates, grid, score, n)
        if tally is None and _seems_weighted(estimates):
            hint = "count a Tally of the answers with their weights, and pass that"
            rule = "come from a Tally if answers have weights"
            raise _checks.refuse(name, rule, "weighted raw answers", hint=hint)
        spread = np.where(n > spare, se**2 * n * (n - spare), 0.0)
        counts = n.astype(np.float64)
        factor = every / (every - spare) if every > spare else np.nan
        return cls(counts, score, counts, 0 * counts, spread, n, factor)

    @classmethod
    def _weighted(
        cls, estimates: Estimates, grid: Axes, score: FloatArray, n: IntArray
    ) -> "Groups":
        tally: Any = estimates.tally
        metric: Any = estimates.definition
        weights = tally.grid.spread(tally.sum_weights, grid)
        squares = tally.grid.spread(tally.sum_squared_weights, grid)
        away = metric.worth(tally.scale) - np.nan_to_num(score)[..., None]
        every = n.sum()
        return cls(
            total=weights.sum(axis=-1),
            score=score,
            squares=squares.sum(axis=-1),
            cross=(squares * away).sum(axis=-1),
            spread=(squares * away**2).sum(axis=-1),
            n=n,
            factor=every / (every - 1) if every > 1 else np.nan,
        )

    @property
    def share(self) -> FloatArray:
        """Share of each group among all."""
        return np.asarray(self.total / self.total.sum())

    @property
    def fair_spread(self) -> FloatArray:
        """`spread` with one more answer of typical spread in each group.

        Without bias if groups are alike, and never 0 where a few answers agree.
        """
        there = np.where(self.total > 0, self.total, 1.0)
        lost = self.squares**2 / there**2  # n lost a degree of freedom: w² if w are 1
        freedom = self.squares.sum() - lost.sum()
        # Answers alone in their groups do not tell how much answers differ.
        alone = not freedom > 1e-9 * self.squares.sum()
        typical = np.nan if alone else self.spread.sum() / freedom
        return np.asarray(self.spread + lost * typical)

    @property
    def score_variance(self) -> FloatArray:
        """Squared error of each score."""
        there = np.where(self.total > 0, self.total, 1.0)
        return np.asarray(self.fair_spread / there**2)

    def variance(self, by_share: FloatArray, by_score: FloatArray) -> float:
        """Return the variance of a function of shares and scores, by its gradients."""
        away = (by_share - self.share @ by_share) / self.total.sum()
        there = np.where(self.total > 0, self.total, 1.0)
        slope = by_score / there
        terms = (
            self.squares * away**2
            + 2 * away * slope * self.cross
            + slope**2 * self.fair_spread
        )
        return float(terms.sum())

    @property
    def pooled_variance(self) -> float:
        """Squared error of the score of all answers, as their metric has it."""
        score = np.nan_to_num(self.score)
        away = score - self.share @ score
        terms = self.squares * away**2 + 2 * away * self.cross + self.spread
        return float(terms.sum() / self.total.sum() ** 2 * self.factor)


def _seems_weighted(estimates: Estimates) -> bool:
    """Whether n and error of some group are not those of plain answers."""
    if not np.array_equal(estimates.n_effective, estimates.n):
        return True
    if isinstance(estimates.definition, MeanScore):
        return False
    some = estimates.n > 0
    squares = (estimates.se**2 * estimates.n)[some]
    plain = _spread.variance(estimates)[some]
    # Weights that are equal within each group show in n / (n - 1) alone.
    return not np.allclose(squares, plain, rtol=1e-7, atol=1e-9)
