"""Run items to the end from a thread that waits, hears interrupts and notices a blocked loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arize_nb.harness.engine.worker_pool import Crew
from arize_nb.persistence.uninterrupted import heed, held_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from arize_nb.harness.engine.run_state import RunState

TICK_S = 0.1
"""How often the waiting thread looks up: progress, interrupts, a blocked loop."""
STUCK_S = 2.0
"""A loop that does not turn for so long beyond the time limit is blocked."""


def execute_all(state: RunState, tick: Callable[[], None]) -> None:
    """Run all items of `state`, waiting in the calling thread; `tick` is called ten times a second.

    Raises
    ------
    KeyboardInterrupt
        From the waiting thread; nothing new is begun, what is under way is cancelled or left behind.
    RunError
        The harness itself failed.
    """
    crew = None
    try:
        crew = Crew(state)
        while not state.ended.wait(TICK_S):
            heed()
            tick()
            if crew.is_blocked(state.settings.timeout_s + STUCK_S):
                crew.leave_behind()
                state.throttle.under_way = 0
                crew = Crew(state)
    finally:
        with held_back():
            state.stopping = True
            if crew is not None:
                crew.close()
                state.tally.abandoned += crew.abandoned
    if state.error is not None:
        raise state.error
