"""What to type after a run that was cut short, refused or failed; in both languages, the same words
everywhere.
"""

from __future__ import annotations

from arize_nb.text.command_line import Choice, Hint

GO_ON = Hint("Go on where it stopped: resume=True", "Go on where it stopped: --resume")
START_ANEW = Hint('start anew: rerun="all"', "start anew: --rerun all")
FAILED_AGAIN = Choice('rerun="failed"', "--rerun failed")
KEEP_EARLIER = Choice("allow_changed_task=True", "--allow-changed-task")
SCORE_STORED = Choice("client.experiments.evaluate(…)", "%ax experiments evaluate")
OTHER_LOOP = Hint(
    "A client, lock or semaphore belongs to the event loop it was first used on, and run() has one of its"
    " own. One that cells use as well: await client.experiments.arun(…), which runs tasks on the notebook's"
    " loop; or make it inside the task.",
    "A client, lock or semaphore belongs to the event loop it was first used on, and this command has one of"
    " its own. Make it inside the task, or call client.experiments.arun(…) in a cell.",
)
"""For what asyncio says of an object of another loop."""
