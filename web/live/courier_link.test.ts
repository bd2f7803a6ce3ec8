import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Offer, StopView } from "../wire/frames";
import { CourierLink, type Notice } from "./courier_link";
import { CourierQueue } from "./courier_queue";
import { FakeSocket } from "./fake_server";

let owner = 0;
let queue: CourierQueue;
let link: CourierLink;
let notices: Notice[];

const stop = (id: string, kind: string): StopView => ({
  stop_id: id, kind, order_id: "o", lon: -99, lat: 19, name: null, notes: null,
  window: { earliest_at_ms: null, latest_at_ms: null }, eta_at_ms: 0, address: null, phone: null, ref: null,
  status: null, ready_at_ms: null, committed: false, payment: null, eta: null,
});
const welcome = (seq: number, stops: StopView[] = [], shift = "on") => ({
  type: "welcome", courier_id: "c", seq, epoch: "e", offset: 0, server_at_ms: Date.now(),
  route: { courier_id: "c", version: 1, stops }, name: "Lupita", shift, fleet: "f", time_zone: "UTC", time_scale: 1,
});
/** Until everything that is under way in the queue is done. */
const settle = (until: () => unknown): Promise<void> => vi.waitFor(() => void expect(until()).toBeTruthy(), { timeout: 2_000 });

beforeEach(async () => {
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.all = [];
  queue = await CourierQueue.open(`link-${++owner}`);
  link = new CourierLink("ws://x/ws/courier", "rlv_token", queue);
  notices = [];
  link.onNotice = (notice) => notices.push(notice);
  await link.start();
});
afterEach(() => {
  link.stop();
  vi.unstubAllGlobals();
});

test("the token goes in the first frame, with the device", () => {
  FakeSocket.last.accept();
  expect(FakeSocket.last.sent[0]).toMatchObject({ type: "hello", token: "rlv_token", device: queue.device });
});

test("fixes taken while offline are sent after the welcome, and kept until they are acknowledged", async () => {
  link.addFix([1, -99, 19]);
  link.addFix([2, -99, 19]);
  await settle(() => link.waiting.value.fixes === 2);
  FakeSocket.last.accept();
  FakeSocket.last.say(welcome(41));
  await settle(() => FakeSocket.last.of("pings").length === 1);
  expect(FakeSocket.last.of("pings")[0]).toMatchObject({ seq: 42, fixes: [[1, -99, 19], [2, -99, 19]] });
  expect(link.waiting.value.fixes).toBe(2);
  FakeSocket.last.say({ type: "ack", seq: 42 });
  await settle(() => link.waiting.value.fixes === 0);
});

test("a frame that was not acknowledged is sent again under its number on the next connection", async () => {
  FakeSocket.last.accept();
  FakeSocket.last.say(welcome(0));
  link.addFix([1, -99, 19]);
  await settle(() => FakeSocket.last.of("pings").length === 1);
  link.reconnect();
  FakeSocket.last.accept();
  FakeSocket.last.say(welcome(0));
  await settle(() => FakeSocket.last.of("pings").length === 1);
  expect(FakeSocket.last.of("pings")[0]).toMatchObject({ seq: 1, fixes: [[1, -99, 19]] });
});

test("a frame that became durable just before the connection broke is not sent again", async () => {
  FakeSocket.last.accept();
  FakeSocket.last.say(welcome(0));
  link.addFix([1, -99, 19]);
  await settle(() => FakeSocket.last.of("pings").length === 1);
  link.reconnect();
  FakeSocket.last.accept();
  FakeSocket.last.say(welcome(1));
  await settle(() => link.waiting.value.fixes === 0);
  expect(FakeSocket.last.of("pings")).toEqual([]);
});

test("a stop that is done leaves the page at once, before the server knows", () => {
  link.stops.value = [stop("o.pickup", "pickup"), stop("o.dropoff", "dropoff")];
  link.act(link.stops.value[0]!, "picked_up");
  expect(link.route.value.map((one) => one.stop_id)).toEqual(["o.dropoff"]);
});

test("an action taken back is never sent", async () => {
  FakeSocket.last.accept();
  FakeSocket.last.say(welcome(0, [stop("o.pickup", "pickup")]));
  await settle(() => link.route.value.length === 1);
  const id = link.act(link.route.value[0]!, "picked_up");
  await settle(() => link.waiting.value.actions === 1);
  link.undo(id, "o.pickup");
  await settle(() => link.waiting.value.actions === 0);
  expect(link.route.value).toHaveLength(1);
  expect(FakeSocket.last.of("action")).toEqual([]);
});

test("an action waits on the phone and goes out with the moment it was taken", async () => {
  const before = link.clock.now();
  link.stops.value = [stop("o.pickup", "pickup")];
  link.act(link.stops.value[0]!, "arrived");
  await settle(() => link.waiting.value.actions === 1);
  FakeSocket.last.accept();
  FakeSocket.last.say(welcome(0, [stop("o.pickup", "pickup")]));
  await settle(() => FakeSocket.last.of("action").length === 1);
  const [sent] = FakeSocket.last.of("action");
  expect(sent).toMatchObject({ stop_id: "o.pickup", action: "arrived" });
  expect(Math.abs((sent?.["at_ms"] as number) - before)).toBeLessThan(1_000);
  expect(sent).not.toHaveProperty("hold_until_ms");
  FakeSocket.last.say({ type: "action_ack", id: sent?.["id"], result: "ok" });
  await settle(() => link.waiting.value.actions === 0);
});

test("a refused action brings its stop back and says why", async () => {
  link.stops.value = [stop("o.pickup", "pickup")];
  const id = link.act(link.stops.value[0]!, "picked_up");
  await settle(() => link.waiting.value.actions === 1);
  FakeSocket.last.accept();
  FakeSocket.last.say(welcome(0, [stop("o.pickup", "pickup")]));
  FakeSocket.last.say({ type: "action_ack", id, result: "refused", code: "wrong_state" });
  await settle(() => notices.length === 1);
  expect(link.route.value).toHaveLength(1);
  expect(notices[0]).toMatchObject({ kind: "refused", code: "wrong_state" });
});

test("a shift asked for while offline is asked for again once connected", async () => {
  link.setShift("on");
  await vi.waitFor(async () => expect(await queue.fact("shift_wanted")).toBe("on"));
  FakeSocket.last.accept();
  FakeSocket.last.say(welcome(0, [], "off"));
  await settle(() => FakeSocket.last.of("shift").length === 1);
  expect(link.shift.value).toBe("on");
});

test("an offer that is over goes away and says so", async () => {
  FakeSocket.last.accept();
  FakeSocket.last.say(welcome(0));
  const offer: Offer = { type: "offer", offer_id: "f1", stops: [], expires_at_ms: Date.now() + 60_000, why: {} };
  FakeSocket.last.say(offer);
  await settle(() => link.offers.value.length === 1);
  FakeSocket.last.say({ type: "offer_over", offer_id: "f1", result: "expired" });
  await settle(() => link.offers.value.length === 0);
  expect(notices).toEqual([{ kind: "offer_over", result: "expired" }]);
});

test("an offer cannot be answered into the void", () => {
  const offer: Offer = { type: "offer", offer_id: "f1", stops: [], expires_at_ms: 0, why: {} };
  expect(link.reply(offer, true)).toBe(false);
});
