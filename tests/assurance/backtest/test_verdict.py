from hypothesis import given
from hypothesis import strategies as st

from assurance.alarm_evaluation import AlarmState, Replay, Transition
from assurance.backtest.stretches import Stretch, stretches
from assurance.backtest.verdict import came_while_red

_MINUTES = st.integers(0, 30).map(lambda minute: minute * 60)


def test_the_minute_that_turns_an_alarm_red_and_the_one_after_its_recovery_are_told() -> None:
    # Red from the end of minute 0 to the end of minute 5: minute 6 may turn it red again.
    by_minute = {0: 1, 60: 10, 300: 100, 360: 1_000, 420: 10_000}
    assert came_while_red(by_minute, [Stretch(60, 360)]) == 110


def test_an_alarm_that_is_still_red_at_the_end_tells_of_nothing_more() -> None:
    assert came_while_red({0: 1, 60: 10, 6_000: 100}, [Stretch(60, None)]) == 110


@given(
    st.dictionaries(_MINUTES, st.integers(1, 5)),
    st.lists(_MINUTES, unique=True).map(sorted),
    st.sampled_from(AlarmState),
)
def test_what_came_while_red_is_what_a_look_at_each_minute_finds(
    by_minute: dict[int, int], turns: list[int], initial: AlarmState
) -> None:
    red = AlarmState.ALARM
    first = AlarmState.OK if initial is red else red
    states = [first if place % 2 == 0 else _other(first) for place in range(len(turns))]
    replay = Replay(0, 1_860, initial, tuple(map(Transition, turns, states)))

    def is_red(time: int) -> bool:
        before = [t.state for t in replay.transitions if t.time <= time]
        return (before[-1] if before else initial) is red

    expected = sum(events for minute, events in by_minute.items() if is_red(minute))
    assert came_while_red(by_minute, stretches(replay)) == expected


def _other(state: AlarmState) -> AlarmState:
    return AlarmState.OK if state is AlarmState.ALARM else AlarmState.ALARM
