"""Courier users: on shift, one frame of fixes a second, take every offer, ride it, deliver it."""

import random
import time
import uuid
from collections import deque

from locust import User, constant_pacing, task

from domain.position import Fix
from loadtest.measure import Measure, now_ms, since_ms
from loadtest.ride import Ride, near
from loadtest.settings import Courier, load_settings
from loadtest.socket import WireSocket
from ws.messages import (
    Ack,
    Action,
    ActionAck,
    CourierReply,
    ErrorFrame,
    Hello,
    Offer,
    OfferReply,
    Pings,
    RouteFrame,
    SetShift,
    StopView,
    Welcome,
)

_SETTINGS = load_settings()
_FREE: deque[Courier] = deque(_SETTINGS.couriers)
_RADIUS_M = 1500.0


class CourierUser(User):
    """One courier's phone. Each user borrows one of the seeded couriers."""

    weight = max(1, len(_SETTINGS.couriers))
    wait_time = constant_pacing(1.0)

    def on_start(self) -> None:
        """Borrow a courier and connect."""
        self.measure = Measure(self.environment)
        self.courier = _FREE.popleft() if _FREE else None
        self.rng = random.Random()
        self.ride = Ride(near(_SETTINGS.lon, _SETTINGS.lat, _RADIUS_M, self.rng))
        self.socket: WireSocket[CourierReply] | None = None
        self.seq: int | None = None
        self.sent: deque[tuple[int, float]] = deque()
        self.actions: dict[str, tuple[float, str]] = {}
        self.connect()

    def on_stop(self) -> None:
        """End the shift and hand the courier back."""
        if self.socket:
            self.socket.send(SetShift(state="off"))
            self.socket.close()
        if self.courier:
            _FREE.append(self.courier)

    @task
    def live(self) -> None:
        """One second of work."""
        if self.socket is None:
            self.connect()
        if self.socket is None or self.seq is None:
            return
        finished = self.ride.step(1.0)
        self.seq += 1
        at = self.ride.at
        fix = Fix(now_ms(), at.lon, at.lat, 6.0, 9.0 if self.ride.moving else 0.0, None, 80.0)
        self.sent.append((self.seq, time.perf_counter()))
        self.socket.send(Pings(seq=self.seq, fixes=(fix,)))
        if finished:
            self.finish(finished)

    def finish(self, stop: StopView) -> None:
        """Mark a stop as done."""
        if self.socket is None:
            return
        action = Action(
            id=str(uuid.uuid4()),
            stop_id=stop.stop_id,
            action="picked_up" if stop.kind == "pickup" else "delivered",
            at_ms=now_ms(),
        )
        self.actions[action.id] = (time.perf_counter(), stop.stop_id)
        self.socket.send(action)

    def connect(self) -> None:
        """Say hello; the welcome gives the sequence number to go on from."""
        if self.courier is None:
            return
        self.seq = None
        self.sent.clear()
        url = "ws" + _SETTINGS.url.removeprefix("http") + "/ws/courier"
        try:
            self.socket = WireSocket(url, CourierReply, self.hear, self.lose)
        except OSError as error:
            self.measure.failed("WS", "courier connect", str(error))
            return
        self.socket.send(Hello(token=self.courier.token, device="load", app="loadtest"))

    def lose(self, reason: str) -> None:
        """Count a lost connection; the next task connects again."""
        self.measure.failed("WS", "courier connection", reason)
        self.socket = None

    def hear(self, frame: CourierReply) -> None:
        """Take a frame."""
        match frame:
            case Welcome():
                self.welcome(frame)
            case Ack():
                while self.sent and self.sent[0][0] <= frame.seq:
                    self.measure.done("WS", "ping to ack", since_ms(self.sent.popleft()[1]))
            case Offer():
                if self.socket:
                    self.socket.send(OfferReply(offer_id=frame.offer_id, accept=True))
            case RouteFrame():
                self.ride.stops = frame.stops
            case ActionAck():
                self.action_ack(frame)
            case ErrorFrame():
                self.measure.failed("WS", f"courier error {frame.code}", frame.message)
            case _:
                pass

    def welcome(self, frame: Welcome) -> None:
        """Begin to work."""
        if self.socket is None:
            return
        self.measure.done("WS", "courier hello to welcome", since_ms(self.socket.opened_s))
        self.seq = frame.seq
        self.ride.stops = frame.route.stops
        if frame.shift != "on":
            self.socket.send(SetShift(state="on"))

    def action_ack(self, frame: ActionAck) -> None:
        """Measure an action; one that was refused is done again when the route still has the stop."""
        sent = self.actions.pop(frame.id, None)
        if sent is None:
            return
        if frame.result == "ok":
            self.measure.done("WS", "action to ack", since_ms(sent[0]))
        else:
            # Another courier's by now: not a failure of the server.
            self.measure.done("WS", f"action refused {frame.code}", since_ms(sent[0]))
            self.ride.undo(sent[1])
