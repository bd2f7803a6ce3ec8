"""Dispatchers who watch, shops that order, customers who wait."""

import random
import time
import uuid
from collections import deque

from locust import HttpUser, User, between, constant_pacing, task

from loadtest.measure import Measure, now_ms, since_ms
from loadtest.ride import Place, near
from loadtest.settings import load_settings
from loadtest.socket import WireSocket
from ws.messages import Delta, ErrorFrame, Hello, Snapshot, Subscribe, TrackReply, TrackState, ViewerReply

_SETTINGS = load_settings()
_WS = "ws" + _SETTINGS.url.removeprefix("http")
_LINKS: deque[str] = deque(maxlen=200)
_POSITIONS_MEASURED = 5
"""Of each delta frame, so that measuring does not become the load."""


class DispatcherUser(User):
    """A dispatcher's page: one socket, everything on it, the map moved now and then."""

    weight = max(1, _SETTINGS.dispatchers)
    wait_time = between(8, 20)

    def on_start(self) -> None:
        """Open the page."""
        self.measure = Measure(self.environment)
        self.socket: WireSocket[ViewerReply] | None = None
        self.asked_s = 0.0
        self.watch()

    def on_stop(self) -> None:
        """Close the page."""
        if self.socket:
            self.socket.close()

    def watch(self) -> None:
        """Connect and subscribe to the whole fleet."""
        try:
            self.socket = WireSocket(_WS + "/ws/live", ViewerReply, self.hear, self.lose)
        except OSError as error:
            self.measure.failed("WS", "live connect", str(error))
            return
        self.asked_s = time.perf_counter()
        self.socket.send(Hello(token=_SETTINGS.dispatcher_token, app="loadtest"))
        self.socket.send(Subscribe(fleet=_SETTINGS.fleet, bbox=None))

    @task
    def move_map(self) -> None:
        """Move the viewport."""
        if self.socket is None:
            self.watch()
            return
        half = random.uniform(0.005, 0.05)
        box = (_SETTINGS.lon - half, _SETTINGS.lat - half, _SETTINGS.lon + half, _SETTINGS.lat + half)
        self.socket.send(Subscribe(fleet=_SETTINGS.fleet, bbox=box))

    def lose(self, reason: str) -> None:
        """Count a lost connection."""
        self.measure.failed("WS", "live connection", reason)
        self.socket = None

    def hear(self, frame: ViewerReply) -> None:
        """Measure how old positions are when they come."""
        match frame:
            case Snapshot():
                self.measure.done("WS", "live hello to snapshot", since_ms(self.asked_s))
            case Delta():
                at_ms = now_ms()
                stride = 1 + len(frame.positions) // _POSITIONS_MEASURED
                for row in frame.positions[random.randrange(stride) :: stride]:
                    self.measure.done("WS", "fix to viewer", at_ms - row[5])
            case ErrorFrame():
                self.measure.failed("WS", f"live error {frame.code}", frame.message)


class ShopUser(HttpUser):
    """A shop that orders couriers for short trips and looks at its orders."""

    weight = max(1, _SETTINGS.shops)
    host = _SETTINGS.url
    wait_time = constant_pacing(60.0 / _SETTINGS.orders_per_shop_min)

    def on_start(self) -> None:
        """Open the shop somewhere."""
        self.rng = random.Random()
        self.at = near(_SETTINGS.lon, _SETTINGS.lat, 1200.0, self.rng)
        self.headers = {"Authorization": f"Bearer {_SETTINGS.shop_token}"}

    @task(8)
    def order(self) -> None:
        """Order a courier."""
        door = near(self.at.lon, self.at.lat, 350.0, self.rng)
        body = {"pickup": _end(self.at), "dropoff": _end(door), "ref": "load"}
        headers = {**self.headers, "Idempotency-Key": str(uuid.uuid4())}
        with self.client.post("/api/v1/orders", json=body, headers=headers, catch_response=True) as response:
            if response.status_code != 201:
                response.failure(f"{response.status_code} {response.text[:200]}")
                return
            _LINKS.append(response.json()["tracking_url"].rsplit("/", 1)[1])

    @task(1)
    def look(self) -> None:
        """Look at the list of orders."""
        self.client.get("/api/v1/orders?limit=50", headers=self.headers, name="/api/v1/orders (list)")


class CustomerUser(User):
    """A customer who follows one delivery for a while, then another."""

    weight = max(1, _SETTINGS.customers)
    wait_time = between(15, 40)

    def on_start(self) -> None:
        """Get ready."""
        self.measure = Measure(self.environment)
        self.socket: WireSocket[TrackReply] | None = None
        self.waiting = False

    def on_stop(self) -> None:
        """Close the page."""
        if self.socket:
            self.socket.close()

    @task
    def follow(self) -> None:
        """Open the newest delivery's link."""
        self.on_stop()
        self.socket = None
        if not _LINKS:
            return
        try:
            self.socket = WireSocket(_WS + "/ws/track", TrackReply, self.hear, self.lose)
        except OSError as error:
            self.measure.failed("WS", "track connect", str(error))
            return
        self.waiting = True
        self.socket.send(Hello(token=random.choice(_LINKS), app="loadtest"))

    def lose(self, reason: str) -> None:
        """Count a lost connection."""
        self.measure.failed("WS", "track connection", reason)
        self.socket = None

    def hear(self, frame: TrackReply) -> None:
        """Measure the first answer."""
        if isinstance(frame, TrackState):
            if self.waiting and self.socket:
                self.waiting = False
                self.measure.done("WS", "track hello to state", since_ms(self.socket.opened_s))
        else:
            self.measure.failed("WS", f"track error {frame.code}", frame.message)


def _end(place: Place) -> dict[str, float]:
    return {"lon": place.lon, "lat": place.lat, "service_s": 5}
