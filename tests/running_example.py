"""The log of van der Aalst's textbook on process mining: six requests, 42 events.

Case, time and activity of each event are facts of W. van der Aalst, Process Mining:
Data Science in Action (2nd ed., Springer 2016), as the file running-example.xes holds
them. The cases stand in the order of that file.
"""

from datetime import datetime, timedelta
from typing import Any

ACTIVITIES = {
    "R": "register request",
    "X": "examine casually",
    "T": "examine thoroughly",
    "K": "check ticket",
    "D": "decide",
    "I": "reinitiate request",
    "P": "pay compensation",
    "J": "reject request",
}

# Case, when it began, and its activities with the minutes since then.
CASES = (
    (
        3,
        "2010-12-30T14:32:00+01:00",
        "R0 X34 K122 D9766 I9946 T9994 K12791 D14123 P22813",
    ),
    (2, "2010-12-30T11:32:00+01:00", "R0 K40 X164 D8630 P12993"),
    (1, "2010-12-30T11:02:00+01:00", "R0 T1384 K8890 D10096 J11722"),
    (6, "2011-01-06T15:02:00+01:00", "R0 X64 K1520 D1550 P14205"),
    (
        5,
        "2011-01-06T09:02:00+01:00",
        (
            "R0 X1514 K3020 D6026 I7636 K11851 X14808 D18856 I20386 X21604 K21752"
            " D24730 J26274"
        ),
    ),
    (4, "2011-01-06T15:02:00+01:00", "R0 K1264 T2861 D4140 J8682"),
)


def running_example() -> dict[str, list[Any]]:
    """Return the columns customer, time and touchpoint, case after case."""
    columns: dict[str, list[Any]] = {"customer": [], "time": [], "touchpoint": []}
    for case, begins, events in CASES:
        for event in events.split():
            after = timedelta(minutes=int(event[1:]))
            columns["customer"].append(case)
            columns["time"].append(datetime.fromisoformat(begins) + after)
            columns["touchpoint"].append(ACTIVITIES[event[0]])
    return columns
