"""What a plan does not know, drawn by name: a seed gives an order the same luck in every variant.

Common random numbers: two variants differ by what was changed, not by other dice (Law, *Simulation Modeling
and Analysis*, section 11.2). So a draw never depends on how many were made before it.
"""

import hashlib
import math
import statistics

import msgspec

_NORMAL = statistics.NormalDist()


class Nature(msgspec.Struct, frozen=True, kw_only=True):
    """How a day strays from the plan.

    Attributes:
        pace: median riding speed over the vehicle's usual one.
        rider_sd: log standard deviation of a rider's pace over the day.
        ride_sd: log standard deviation of the time of one ride.
        counter_s: seconds at a pickup once the goods are ready: median, log standard deviation.
        door_s: seconds at a drop-off, street to street: median, log standard deviation.
        kitchen_s: how much later than announced goods are ready: mean, standard deviation.
        reply_s: seconds until a rider answers an offer: median, log standard deviation.
        decline_share: offers answered with no.
        ignore_share: offers never answered.
    """

    pace: float = 1.0
    rider_sd: float = 0.10
    ride_sd: float = 0.20
    counter_s: tuple[float, float] = (75.0, 0.5)
    door_s: tuple[float, float] = (110.0, 0.5)
    kitchen_s: tuple[float, float] = (60.0, 150.0)
    reply_s: tuple[float, float] = (8.0, 0.6)
    decline_share: float = 0.03
    ignore_share: float = 0.02


class Dice:
    """Draws of one seed."""

    def __init__(self, seed: int, nature: Nature | None = None) -> None:
        self.nature = nature or Nature()
        self._seed = seed

    def share(self, *name: object) -> float:
        """Return a number between 0 and 1 that belongs to ``name`` alone."""
        text = "\x1f".join([str(self._seed), *map(str, name)])
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        return (int.from_bytes(digest, "big") + 0.5) / 2**64

    def normal(self, *name: object) -> float:
        """Return a draw from the standard normal distribution."""
        return _NORMAL.inv_cdf(self.share(*name))

    def lognormal(self, median_sd: tuple[float, float], *name: object) -> float:
        """Return a draw around a median, with a standard deviation of its logarithm."""
        median, sd = median_sd
        return median * math.exp(sd * self.normal(*name))
