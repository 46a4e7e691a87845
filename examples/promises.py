"""Is a company what it promises, and where not?

Prints which promises a simulated company breaks, how badly, and how sure that is;
``--svg FILE`` also saves the promises as a picture.
"""

import argparse
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cxmkit import (
    SATISFACTION_1_5,
    STARS_1_5,
    JourneyLog,
    PromiseLedger,
    Scale,
    Tally,
    consistency,
    promise_ledger,
    world,
)


def main() -> None:
    """Print the report, and save the picture if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--svg", type=Path, metavar="FILE", help="save a picture")
    picture = parser.parse_args().svg
    company = world.Company(7, customers=20_000)
    print(f"A simulated brand of nappies: {company.positioning.offer}")
    perceived = answers(company.impressions)
    ledger = promises(company, perceived)
    distance(company, perceived)
    the_whole(company)
    if picture:
        picture.write_text(ledger.to_svg(), encoding="utf-8")
        print(f"Picture saved as {picture}.")


def answers(table: Mapping[str, Any]) -> Tally:
    """Count what customers perceive of each attribute at each touchpoint."""
    by = {name: table[name] for name in ("attribute", "touchpoint")}
    return Tally.count(table["rating"], scale=SATISFACTION_1_5, by=by, missing="omit")


def promises(company: world.Company, perceived: Tally) -> PromiseLedger:
    """Print which promises are kept."""
    checks = company.checks
    delivered = Tally.from_rows(
        checks["held"],
        checks["n"],
        scale=Scale(0, 1, higher_is_better=True),
        by={name: checks[name] for name in ("attribute", "touchpoint")},
    )
    ledger = promise_ledger(
        company.positioning, company.promises, perceived, delivered=delivered
    )
    heading("Which promises are broken?")
    say(ledger.summary())
    return ledger


def distance(company: world.Company, perceived: Tally) -> None:
    """Print how far customers see the brand from what it stands for."""
    heading("Are we what we stand for?")
    found = consistency.decompose(perceived, company.positioning)
    for name, remedy in zip(*found.groups.levels, found.speaks_for, strict=True):
        print(f"{name}: {remedy}")
        say(found.at(attribute=name).summary())


def the_whole(company: world.Company) -> None:
    """Print what is not seen, and what touchpoints do not tell."""
    contacts, journeys = company.contacts, company.journeys
    log = JourneyLog.from_columns(
        customer=contacts["customer"],
        time=contacts["time"],
        touchpoint=contacts["touchpoint"],
        score=contacts["stars"],
        scale=STARS_1_5,
    )
    heading("What do we not see?")
    say(consistency.blind_spots(log, company.design, **company.episodes).summary())
    heading("Are the touchpoints green and the journey red?")
    overall = zip(journeys["customer"], journeys["overall"], strict=True)
    say(consistency.journey_gap(log, dict(overall)).summary())


def heading(words: str) -> None:
    """Print a heading."""
    print(f"\n{words}\n{'-' * len(words)}")


def say(words: str) -> None:
    """Print sentences that fit on a page."""
    print(textwrap.fill(words, 80))


if __name__ == "__main__":
    main()
