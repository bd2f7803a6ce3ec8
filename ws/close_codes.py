"""Why a socket is closed. 4000-4499: reconnect with jitter; 4500-4999: do not, until something changed."""

from typing import Final

DRAINING: Final = 4000
"""The server is going down or restarting."""
SLOW: Final = 4001
"""The client did not read fast enough; what it missed comes with the resume."""
OVERLOADED: Final = 4002
"""The server could not take more; send again what was not acknowledged."""
INTERNAL: Final = 4003
"""A fault of ours ended this connection."""

MALFORMED: Final = 4500
"""More than ten malformed frames within a minute."""
HELLO_TIMEOUT: Final = 4501
"""No hello within ten seconds."""
UNAUTHENTICATED: Final = 4502
"""The token is unknown, expired or revoked."""
FORBIDDEN: Final = 4503
"""The token is good, but not for this socket."""
SUPERSEDED: Final = 4504
"""The same device connected again; this older connection ends."""
GONE: Final = 4505
"""What the token showed is over."""
