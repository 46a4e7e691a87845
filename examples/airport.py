"""What did passengers of San Francisco Airport experience, and is it changing?

Prints the answers of a real survey with their uncertainty; ``--svg FILE`` also saves
the satisfaction by touchpoint as a picture.
"""

import argparse
import textwrap
from pathlib import Path

from cxmkit import ces, compare, csat, nps, samples


def main() -> None:
    """Print the report, and save the picture if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--svg", type=Path, metavar="FILE", help="save a picture")
    picture = parser.parse_args().svg
    print(
        "San Francisco International Airport: passenger survey, 2014 to 2017, weighted"
    )
    recommendation()
    touchpoints()
    finding_the_way()
    print("\nSource: SFO Customer Survey, DataSF (public domain).")
    if picture:
        satisfied = csat(samples.airport().at(year=2017))
        picture.write_text(satisfied.to_svg(), encoding="utf-8")
        print(f"Picture saved as {picture}.")


def recommendation() -> None:
    """Print who would recommend the airport."""
    answers = samples.airport_recommendation()
    purposes = nps(answers)
    heading("Would passengers recommend the airport? (2017)")
    say(nps(answers.pooled()).summary())
    print()
    print(purposes)
    print()
    leisure, business = purposes.at(purpose="leisure"), purposes.at(purpose="business")
    say(f"Leisure against business: {compare(leisure, business).summary()}")


def touchpoints() -> None:
    """Print satisfaction in the order of a departure, and how it has changed."""
    sfo = samples.airport()
    satisfied = csat(sfo.at(year=2017))
    change = compare(satisfied, csat(sfo.at(year=2014)))
    heading("How satisfied are they on their way to the gate? (2017)")
    print(
        "Share of ratings 4 and 5; * marks a change since 2014 that is more than noise"
    )
    print()
    print(f"{'':34}{'satisfied':>10}{'95 % interval':>17}{'since 2014':>13}")
    for name, now, since in zip(
        satisfied.labels["touchpoint"], satisfied, change, strict=True
    ):
        interval = f"{now.low:.1f} to {now.high:.1f}"
        star = " *" if since.distinguishable else ""
        print(
            f"{name:34}{now.value:8.1f} %{interval:>17}{since.difference:+13.1f}{star}"
        )
    print()
    ranked = satisfied.ranked()
    names = ranked.labels["touchpoint"]
    print(f"Best:  {', '.join(map(str, names[:3]))}")
    print(f"Worst: {', '.join(map(str, reversed(names[-3:])))}")
    say(change.summary())


def finding_the_way() -> None:
    """Print how easy it is to find the way."""
    way = samples.airport().at(touchpoint="finding the way")
    now, before = way.at(year=2017), way.at(year=2014)
    heading("How easy is it to find the way? (1 difficult to 5 easy, 2017)")
    for summary in ("mean", "easy-share", "net-easy"):
        say(ces(now, summary=summary).summary())
    change = compare(ces(now, summary="easy-share"), ces(before, summary="easy-share"))
    say(f"Easy share since 2014: {change.summary()}")


def say(sentence: str) -> None:
    """Print a sentence, broken into lines."""
    print(textwrap.fill(sentence, width=88))


def heading(question: str) -> None:
    """Print a question as a heading."""
    print(f"\n{question}\n{'-' * len(question)}")


if __name__ == "__main__":
    main()
