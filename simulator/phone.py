"""A courier's phone: the rider's place as noisy fixes, the wire's frames in and out. No I/O.

``link`` carries its frames, ``crowd`` gives it time. Everything here takes the server's ``now_ms`` and the
wall's seconds, so it is tested without a socket.
"""

import random

import msgspec

from domain.position import Fix
from simulator.gps import Gps
from simulator.ping_queue import PingQueue, Tally
from simulator.rider import Doing, Rider
from ws.messages import (
    Ack,
    Action,
    ActionAck,
    CourierFrame,
    CourierReply,
    ErrorFrame,
    Hello,
    Offer,
    OfferOver,
    OfferReply,
    Rejected,
    Resume,
    RouteFrame,
    SetShift,
    ShiftState,
    Welcome,
)

FLUSH_S = 0.25
ACTION_RETRY_S = 8.0


class FixPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of the server's clock between fixes while riding, while serving a stop, and while idle."""

    riding_s: float = 2.0
    serving_s: float = 5.0
    idle_s: float = 15.0


class Phone:
    """One courier's app.

    Args:
        token: the courier's.
        device: this phone's name, the same after a restart.

    Attributes:
        wanted_shift: ``on`` or ``off`` until the server has it so, then None: a dispatcher may change it.
    """

    def __init__(
        self, *, token: str, device: str, rider: Rider, plan: FixPlan, rng: random.Random, tally: Tally
    ) -> None:
        self.rider = rider
        self.tally = tally
        self.wanted_shift: str | None = "on"
        self.shift = "off"
        self.courier_id = ""
        self.online = False
        self.server_at_ms = 0
        self._token = token
        self._device = device
        self._plan = plan
        self._rng = rng
        self._gps = Gps(rng)
        self._battery_pct = rng.uniform(55, 100)
        self._queue = PingQueue(tally)
        self._resume: Resume | None = None
        self._next_fix_ms = 0
        self._flushed_s = 0.0
        self._actions: dict[str, tuple[Action, float]] = {}
        self._replies: dict[str, tuple[int, OfferReply | None, int]] = {}
        self._asked_shift_s = -1e9

    # --- connection -------------------------------------------------------------------------------

    def hello(self) -> Hello:
        """Return the first frame of a connection."""
        return Hello(token=self._token, device=self._device, resume=self._resume, app="simulator")

    def hang_up(self) -> None:
        """Hear that the connection is gone."""
        self.online = False

    def hear(self, frame: CourierReply, now_ms: int) -> None:
        """Take a frame from the server."""
        match frame:
            case Welcome():
                self._welcome(frame, now_ms)
            case Ack():
                self._queue.acknowledge(frame.seq)
            case Rejected():
                _count(self.tally.rejected, frame.counts)
            case ActionAck():
                self._action_ack(frame)
            case ShiftState():
                self._set_shift(frame.state)
            case Offer():
                self._consider(frame, now_ms)
            case OfferOver():
                self._replies.pop(frame.offer_id, None)
            case RouteFrame():
                self.rider.follow(frame.stops, now_ms)
            case ErrorFrame():
                self._error(frame)

    def _welcome(self, frame: Welcome, now_ms: int) -> None:
        self.online = True
        self.tally.connects += 1
        self.tally.reconnects += self._resume is not None
        self.courier_id = frame.courier_id
        self._set_shift(frame.shift)
        self.server_at_ms = frame.server_at_ms
        self._resume = Resume(epoch=frame.epoch, offset=frame.offset)
        self._queue.resume(frame.seq)
        self._actions = {key: (action, -1e9) for key, (action, _) in self._actions.items()}
        self._asked_shift_s = -1e9
        self.rider.follow(frame.route.stops, now_ms)

    def _action_ack(self, frame: ActionAck) -> None:
        known = self._actions.pop(frame.id, None)
        if frame.result == "refused":
            _count(self.tally.actions_refused, {frame.code or "refused": 1})
            if known and known[0].action != "arrived":
                self.rider.refuse_done(known[0].stop_id)

    def _error(self, frame: ErrorFrame) -> None:
        _count(self.tally.errors, {frame.code: 1})
        expected = frame.detail.get("expected")
        if frame.code == "seq_gap" and isinstance(expected, int):
            self._queue.resume(expected - 1)

    def _set_shift(self, state: str) -> None:
        self.shift = state
        if state == self.wanted_shift:
            self.wanted_shift = None

    # --- offers -----------------------------------------------------------------------------------

    def _consider(self, offer: Offer, now_ms: int) -> None:
        if offer.offer_id in self._replies:
            return
        habits, chance = self.rider.habits, self._rng.random()
        self.tally.offers += 1
        due_ms = now_ms + int(self._rng.uniform(*habits.reply_s) * 1000)
        leaving = self.wanted_shift == "off"
        reply: OfferReply | None
        if leaving or chance < habits.decline_share:
            self.tally.offers_declined += 1
            reply = OfferReply(
                offer_id=offer.offer_id, accept=False, reason="shift_over" if leaving else "too_far"
            )
        elif chance < habits.decline_share + habits.ignore_share:
            self.tally.offers_ignored += 1
            reply = None
        else:
            reply = OfferReply(offer_id=offer.offer_id, accept=True)
        self._replies[offer.offer_id] = (due_ms, reply, offer.expires_at_ms)

    def _due_replies(self, now_ms: int) -> list[CourierFrame]:
        due: list[CourierFrame] = []
        for offer_id, (due_ms, reply, expires_ms) in list(self._replies.items()):
            if now_ms >= expires_ms:
                del self._replies[offer_id]
            elif reply is not None and now_ms >= due_ms:
                due.append(reply)
                self._replies[offer_id] = (due_ms, None, expires_ms)
        return due

    # --- time -------------------------------------------------------------------------------------

    def step(self, now_ms: int, wall_s: float) -> list[CourierFrame]:
        """Live on until ``now_ms`` and return the frames to send."""
        self._measure(now_ms)
        for action in self.rider.take_actions():
            self._actions[action.id] = (action, -1e9)
        if not self.online:
            return []
        frames: list[CourierFrame] = self._shift_frames(wall_s)
        # Fixes first, so that the server sees the arrival before the rider says so.
        if wall_s - self._flushed_s >= FLUSH_S:
            self._flushed_s = wall_s
            frames += self._queue.take()
        if self._actions:
            frames += self._due_actions(wall_s)
        if self._replies:
            frames += self._due_replies(now_ms)
        return frames

    @property
    def unacked(self) -> int:
        """Frames sent and not acknowledged yet."""
        return self._queue.unacked

    @property
    def _going_home(self) -> bool:
        """Whether nothing is left to do: no more fixes are taken, and the shift ends once all are durable."""
        return self.wanted_shift == "off" and not self.rider.has_work and not self._actions

    def _measure(self, now_ms: int) -> None:
        if self.shift != "on" or self._going_home:
            self.rider.advance(now_ms)
            self._next_fix_ms = now_ms
            return
        if not self._next_fix_ms or now_ms < self._next_fix_ms - 600_000:
            self._next_fix_ms = now_ms
        while self._next_fix_ms <= now_ms:
            self.rider.advance(self._next_fix_ms)
            self._queue.add(self._fix(self._next_fix_ms))
            self._next_fix_ms += int(self._pace_s() * 1000)

    def _pace_s(self) -> float:
        if self.rider.doing is Doing.RIDING:
            return self._plan.riding_s
        return self._plan.serving_s if self.rider.doing is Doing.AT_STOP else self._plan.idle_s

    def _fix(self, at_ms: int) -> Fix:
        place, accuracy_m = self._gps.fix(self.rider.at, at_ms)
        moving = self.rider.doing is Doing.RIDING
        self._battery_pct = max(5.0, self._battery_pct - 0.0015)
        heading = self.rider.heading_deg
        return Fix(
            at_ms,
            round(place.lon, 7),
            round(place.lat, 7),
            round(accuracy_m, 1),
            round(max(0.0, self.rider.speed_mps + self._rng.gauss(0, 0.3)), 2) if moving else 0.0,
            round((heading + self._rng.gauss(0, 4)) % 360, 1) if moving and heading is not None else None,
            round(self._battery_pct),
        )

    def _shift_frames(self, wall_s: float) -> list[CourierFrame]:
        wanted = self.wanted_shift
        if wanted is None or wall_s - self._asked_shift_s < ACTION_RETRY_S:
            return []
        if wanted == "off" and (not self._going_home or self._queue.unsettled):
            return []
        self._asked_shift_s = wall_s
        return [SetShift(state="on" if wanted == "on" else "off")]

    def _due_actions(self, wall_s: float) -> list[CourierFrame]:
        due: list[CourierFrame] = []
        for key, (action, sent_s) in self._actions.items():
            if wall_s - sent_s >= ACTION_RETRY_S:
                due.append(action)
                self._actions[key] = (action, wall_s)
        return due


def _count(into: dict[str, int], counts: dict[str, int]) -> None:
    for key, number in counts.items():
        into[key] = into.get(key, 0) + number
