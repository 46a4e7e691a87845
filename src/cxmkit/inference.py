"""Is it different, is it changing, is it enough, and how sure is that?"""

from cxmkit.charts import ControlChart, control_chart
from cxmkit.comparison import Comparison, Comparisons, compare
from cxmkit.composition import ChangeExplained, explain_change
from cxmkit.individuals import XmrChart, xmr_chart
from cxmkit.league import LeagueTable, league_table
from cxmkit.pairing import compare_paired
from cxmkit.planning import margin_of_error, sample_size, sample_size_to_compare
from cxmkit.raking import Raked, rake
from cxmkit.reversals import Reversal, simpson_reversals
from cxmkit.significance import (
    HomogeneityTest,
    RankTest,
    adjust_p,
    homogeneity_test,
    rank_test,
)
from cxmkit.silence import NonresponseBounds, nonresponse_bounds
from cxmkit.trends import Trend, trend
from cxmkit.weighting import design_effect, effective_n, poststratify

__all__ = [
    "ChangeExplained",
    "Comparison",
    "Comparisons",
    "ControlChart",
    "HomogeneityTest",
    "LeagueTable",
    "NonresponseBounds",
    "Raked",
    "RankTest",
    "Reversal",
    "Trend",
    "XmrChart",
    "adjust_p",
    "compare",
    "compare_paired",
    "control_chart",
    "design_effect",
    "effective_n",
    "explain_change",
    "homogeneity_test",
    "league_table",
    "margin_of_error",
    "nonresponse_bounds",
    "poststratify",
    "rake",
    "rank_test",
    "sample_size",
    "sample_size_to_compare",
    "simpson_reversals",
    "trend",
    "xmr_chart",
]
