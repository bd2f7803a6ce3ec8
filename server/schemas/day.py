"""Bodies of a day in figures."""

from msgspec import Struct

from server.schemas.replay import Day


class DayQuery(Struct, kw_only=True):
    """Which day; today when left out."""

    date: Day | None = None


class DayCourierOut(Struct, kw_only=True):
    """One courier's day; ``distance_m`` is null where no track is kept."""

    courier_id: str
    name: str
    on_shift_min: float
    busy_min: float
    delivered: int
    distance_m: float | None


class DayOut(Struct, kw_only=True):
    """What customers got on a day, and how paid work was shared; minutes, null where nothing was observed.

    ``gini_busy`` and ``max_min_busy`` compare minutes with orders in hand per hour on shift, and
    ``gini_distance`` what was ridden, between ``compared`` couriers who worked half an hour or more.
    ``fairness`` is the fleet's setting now.
    """

    date: str
    from_at: str
    to_at: str
    fairness: str
    delivered: int
    cancelled: int
    failed: int
    click_to_door_min: float | None
    click_to_door_p90_min: float | None
    late_pct: float | None
    gini_busy: float | None
    gini_distance: float | None
    max_min_busy: float | None
    compared: int
    couriers: list[DayCourierOut]
