"""What to say to `compare` next, once for who calls it in Python and once for who types the command.

An analysis that only Python has (`.pass_at`, `.agreement`, `.corrected`, `.noise_floor`) still stands on a
comparison that a command may have made: its hints name the flags to whoever typed one.
"""

from __future__ import annotations

import shlex

from arize_nb.text.command_line import Choice


def saying_passes(metric: str) -> Choice:
    """Say which labels of a metric pass, or from which score on a run does."""
    return Choice(f"compare(…, pass_when={{{metric!r}: …}})", f"--pass-when {shlex.quote(metric)}=…")


def saying_direction(metric: str) -> Choice:
    """Say which way a metric is better."""
    return Choice(f"direction={{{metric!r}: 'higher'}}", f"--direction {shlex.quote(metric)}=higher")


ANY_PASSES = Choice("compare(…, pass_when=0.8)", "--pass-when METRIC=0.8")
WITHOUT_CLUSTER = Choice("cluster=", "--cluster")
BY_KEY = Choice("compare(…, key='COLUMN')", "--key COLUMN")
WITH_REPETITIONS = Choice("compare(…, repetitions=True)", "--repetitions")
BY_COLUMN = Choice(
    '.slices(by="topic"), or compare(…, by="topic")', "--by topic; in Python .slices(by='topic')"
)
MORE_REPETITIONS = Choice("client.experiments.run(…, repetitions=N)", "%ax experiments run … --repetitions N")
TWO_EXPERIMENTS = Choice("compare(baseline, candidate)", "%ax experiments compare BASELINE CANDIDATE")
