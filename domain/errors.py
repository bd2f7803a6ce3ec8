"""Errors grouped by who must act. Each carries a stable code that the manual explains."""


class RelevoError(Exception):
    """Anything Relevo refuses or cannot do now.

    Args:
        code: stable, snake_case; documented in docs/reference/errors.md.
        message: one sentence that says what was expected and what came.
        detail: further facts for the peer, JSON values.
    """

    status = 500

    def __init__(self, code: str, message: str, **detail: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail


class Refused(RelevoError):  # noqa: N818  the word says whose fault it is
    """The peer's fault; the same request fails again. HTTP 400."""

    status = 400


class Unauthenticated(Refused):
    """No token, or one that is unknown, expired or revoked. HTTP 401."""

    status = 401


class Forbidden(Refused):
    """The token is good but not for this. HTTP 403."""

    status = 403


class NotFound(Refused):
    """No such thing in this fleet; another fleet's things are equally not found. HTTP 404."""

    status = 404


class Gone(Refused):
    """It was there, and is no longer to be seen. HTTP 410."""

    status = 410


class Conflict(Refused):
    """The thing is not in a state that allows this. HTTP 409."""

    status = 409


class PreconditionFailed(Refused):
    """The version the peer knew is no longer the newest. HTTP 412."""

    status = 412


class TooLarge(Refused):
    """Over a stated limit. HTTP 413."""

    status = 413


class Invalid(Refused):
    """Well-formed but not acceptable. HTTP 422."""

    status = 422


class TooMany(Refused):
    """Over a rate limit; ``detail['retry_after_s']`` says when to try again. HTTP 429."""

    status = 429


class Unavailable(RelevoError):  # noqa: N818  the same
    """Ours, and passing: try again. HTTP 503."""

    status = 503
