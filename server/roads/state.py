"""What a street server is doing, in a form that people and programs read."""

import enum

import msgspec


class Doing(enum.StrEnum):
    """What is going on with a vehicle's streets."""

    WAITING = "waiting"
    BUILDING = "building"
    STARTING = "starting"
    SERVING = "serving"
    FAILED = "failed"


class RoadState(msgspec.Struct, kw_only=True):
    """The state of one vehicle's street server.

    Attributes:
        doing: of the server.
        build: percentage and step of a build under way, whether or not an older network is served.
        reason: why the last build or server ended, empty when it did not.
        restarts: how often the server ended by itself.
    """

    doing: Doing = Doing.WAITING
    build: str = ""
    reason: str = ""
    restarts: int = 0

    def sentence(self) -> str:
        """Return one line for operators."""
        words = [] if self.build and self.doing is Doing.BUILDING else [self.doing.value]
        if self.build:
            words.append(f"building: {self.build}")
        if self.reason:
            words.append(self.reason)
        if self.doing is not Doing.SERVING:
            words.append("straight lines meanwhile")
        return "; ".join(words)
