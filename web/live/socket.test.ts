import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeSocket } from "./fake_server";
import { LiveSocket, waitMs, type LinkState } from "./socket";

let states: LinkState[];
let frames: unknown[];
let socket: LiveSocket<unknown>;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.all = [];
  states = [];
  frames = [];
  socket = new LiveSocket({
    url: "ws://x/ws/live",
    greeting: () => [{ type: "hello" }, { type: "subscribe" }],
    onFrame: (frame) => frames.push(frame),
    onState: (state) => states.push(state),
    quietMs: 30_000,
    probe: () => ({ type: "probe" }),
  });
  socket.start();
});
afterEach(() => {
  socket.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("hello goes first on every connection", () => {
  FakeSocket.last.accept();
  FakeSocket.last.hangUp(1006);
  vi.advanceTimersByTime(2_000);
  FakeSocket.last.accept();
  expect(FakeSocket.all).toHaveLength(2);
  for (const one of FakeSocket.all) expect(one.sent.map((frame) => frame["type"])).toEqual(["hello", "subscribe"]);
});

test.each([1006, 4000, 4001, 4499])("after close code %i it connects again", (code) => {
  FakeSocket.last.accept();
  FakeSocket.last.hangUp(code);
  vi.advanceTimersByTime(20_000);
  expect(FakeSocket.all.length).toBeGreaterThan(1);
});

test.each([4500, 4502, 4505, 4999])("after close code %i it stays away", (code) => {
  FakeSocket.last.accept();
  FakeSocket.last.hangUp(code);
  vi.advanceTimersByTime(600_000);
  expect(FakeSocket.all).toHaveLength(1);
  expect(states.at(-1)).toBe("refused");
});

test("waiting grows, is jittered and has a limit", () => {
  expect(waitMs(0, 0)).toBe(200);
  expect(waitMs(0, 1)).toBe(700);
  expect(waitMs(3, 1)).toBe(4_200);
  expect(waitMs(50, 1)).toBe(15_200);
});

test("a quiet connection is asked, and dropped when it does not answer", () => {
  FakeSocket.last.accept();
  vi.advanceTimersByTime(30_000);
  expect(FakeSocket.last.of("probe")).toHaveLength(1);
  vi.advanceTimersByTime(10_000);
  expect(FakeSocket.all).toHaveLength(2);
});

test("a quiet connection that answers is kept", () => {
  FakeSocket.last.accept();
  vi.advanceTimersByTime(30_000);
  FakeSocket.last.say({ type: "delta" });
  vi.advanceTimersByTime(10_000);
  expect(FakeSocket.all).toHaveLength(1);
  expect(frames).toHaveLength(1);
});

test("when the browser loses its network the connection is given up at once, and tried at once when it is back", () => {
  FakeSocket.last.accept();
  dispatchEvent(new Event("offline"));
  expect(states.at(-1)).toBe("waiting");
  dispatchEvent(new Event("online"));
  expect(FakeSocket.all).toHaveLength(2);
});

test("nothing is sent without a connection", () => {
  expect(socket.send({ type: "x" })).toBe(false);
});
