"""The order's lifecycle: one table, from which the manual's diagram is drawn.

Nothing else decides whether a change of state is allowed.
"""

import enum
from collections.abc import Mapping
from types import MappingProxyType

from domain.order import OrderStatus as S


class Trigger(enum.StrEnum):
    """What moves an order."""

    RELEASE = "release"
    OFFER = "offer"
    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    ARRIVE_PICKUP = "arrive_pickup"
    NOT_ARRIVED = "not_arrived"
    PICK_UP = "pick_up"
    ARRIVE_DROPOFF = "arrive_dropoff"
    DELIVER = "deliver"
    FAIL = "fail"
    CANCEL = "cancel"
    HAND_OVER = "hand_over"


T = Trigger
_UNDER_WAY = (S.ASSIGNED, S.AT_PICKUP, S.PICKED_UP, S.AT_DROPOFF)
_OPEN = (S.SCHEDULED, S.PLACED, S.OFFERED, *_UNDER_WAY)

TRANSITIONS: Mapping[tuple[S, Trigger], S] = MappingProxyType(
    {
        (S.SCHEDULED, T.RELEASE): S.PLACED,
        (S.PLACED, T.OFFER): S.OFFERED,
        (S.OFFERED, T.ACCEPT): S.ASSIGNED,
        (S.OFFERED, T.DECLINE): S.PLACED,
        (S.OFFERED, T.EXPIRE): S.PLACED,
        # By hand, or where the courier agreed to take what the plan gives.
        (S.SCHEDULED, T.ASSIGN): S.ASSIGNED,
        (S.PLACED, T.ASSIGN): S.ASSIGNED,
        (S.OFFERED, T.ASSIGN): S.ASSIGNED,
        (S.ASSIGNED, T.ASSIGN): S.ASSIGNED,
        (S.AT_PICKUP, T.ASSIGN): S.ASSIGNED,
        # Goods change hands: the new courier carries on where the first stopped.
        (S.PICKED_UP, T.ASSIGN): S.PICKED_UP,
        (S.OFFERED, T.UNASSIGN): S.PLACED,
        (S.ASSIGNED, T.UNASSIGN): S.PLACED,
        (S.AT_PICKUP, T.UNASSIGN): S.PLACED,
        # A courier cannot carry on: the goods wait where they are and somebody else picks them up there.
        (S.PICKED_UP, T.HAND_OVER): S.PLACED,
        (S.AT_DROPOFF, T.HAND_OVER): S.PLACED,
        (S.ASSIGNED, T.ARRIVE_PICKUP): S.AT_PICKUP,
        (S.ASSIGNED, T.PICK_UP): S.PICKED_UP,
        (S.AT_PICKUP, T.PICK_UP): S.PICKED_UP,
        (S.PICKED_UP, T.ARRIVE_DROPOFF): S.AT_DROPOFF,
        # A fix that came late shows that the courier was not there.
        (S.AT_PICKUP, T.NOT_ARRIVED): S.ASSIGNED,
        (S.AT_DROPOFF, T.NOT_ARRIVED): S.PICKED_UP,
        (S.PICKED_UP, T.DELIVER): S.DELIVERED,
        (S.AT_DROPOFF, T.DELIVER): S.DELIVERED,
        **{(state, T.FAIL): S.FAILED for state in _UNDER_WAY},
        **{(state, T.CANCEL): S.CANCELLED for state in _OPEN},
    }
)

FINAL = frozenset({S.DELIVERED, S.CANCELLED, S.FAILED})
"""States an order never leaves."""

CARRIED = frozenset(_UNDER_WAY)
"""States in which exactly one courier is responsible."""

ON_BOARD = frozenset({S.PICKED_UP, S.AT_DROPOFF})
"""States in which the goods are with the courier."""


def next_status(status: S, trigger: Trigger) -> S | None:
    """Return where ``trigger`` leads from ``status``, or None when the table does not allow it."""
    return TRANSITIONS.get((status, trigger))
