import os

from hypothesis import HealthCheck, settings

# Hypothesis ships a "ci" profile (derandomised, no deadline, no database) and picks
# it when the CI variable is set; only the two profiles it lacks are added here.
settings.register_profile(
    "dev",
    max_examples=25,
    deadline=None,
    derandomize=True,  # the same answer each time; "thorough" explores
    # mutmut runs the tests several times in one process.
    suppress_health_check=[HealthCheck.differing_executors],
)
settings.register_profile(
    "thorough",
    max_examples=5_000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
if "CI" not in os.environ:
    settings.load_profile("dev")
