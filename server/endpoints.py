"""Every REST endpoint of the server, joined from the route modules; routing and OpenAPI read this list."""

from server.api import Endpoint
from server.routes import (
    couriers,
    day,
    dispatch,
    documents,
    fleet,
    imports,
    onboarding,
    operations,
    orders,
    replay,
    session,
    summaries,
    tokens,
    tracking,
    tracks,
    webhooks,
    zones,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    *orders.ENDPOINTS,
    *imports.ENDPOINTS,
    *dispatch.ENDPOINTS,
    *couriers.ENDPOINTS,
    *onboarding.ENDPOINTS,
    *tracking.ENDPOINTS,
    *tracks.ENDPOINTS,
    *summaries.ENDPOINTS,
    *replay.ENDPOINTS,
    *zones.ENDPOINTS,
    *fleet.ENDPOINTS,
    *day.ENDPOINTS,
    *session.ENDPOINTS,
    *tokens.ENDPOINTS,
    *webhooks.ENDPOINTS,
    *operations.ENDPOINTS,
    *documents.ENDPOINTS,
)
