import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { timeZone } from "../i18n";
import { Api } from "../wire/rest";
import { Player } from "./player";
import { dayBeside, dayOf, Replay } from "./replay";

beforeEach(() => vi.useFakeTimers({ toFake: ["requestAnimationFrame", "cancelAnimationFrame", "performance"] }));
afterEach(() => vi.useRealTimers());

test("a played moment moves as many times faster as chosen, and stops at the end", () => {
  const player = new Player(0, 100_000);
  player.speed.value = 60;
  player.toggle();
  vi.advanceTimersByTime(1_000);
  expect(player.atMs.value).toBeGreaterThan(52_000);
  expect(player.atMs.value).toBeLessThan(61_000);
  vi.advanceTimersByTime(1_000);
  expect([player.atMs.value, player.playing.value]).toEqual([100_000, false]);
  player.toggle();
  expect(player.atMs.value).toBe(0);
});

test("seeking stays within the day and speeds within what is offered", () => {
  const player = new Player(1_000, 5_000);
  player.seek(9_000);
  expect(player.atMs.value).toBe(5_000);
  for (let n = 0; n < 9; n++) player.shift(1);
  expect(player.speed.value).toBe(300);
  for (let n = 0; n < 9; n++) player.shift(-1);
  expect(player.speed.value).toBe(1);
});

test("a day is one of the fleet's time zone", () => {
  timeZone.value = "America/Mexico_City";
  expect(dayOf(Date.parse("2025-11-24T05:59:00Z"))).toBe("2025-11-23");
  timeZone.value = undefined;
  expect([dayBeside("2025-03-01", -1), dayBeside("2024-12-31", 1)]).toEqual(["2025-02-28", "2025-01-01"]);
});

const PAGES: Record<string, unknown> = {
  "/api/v1/replay": {
    from_at: "2025-11-23T06:00:00Z",
    to_at: "2025-11-24T06:00:00Z",
    tracks_kept_from: "2025-10-01T00:00:00Z",
    couriers: [
      { id: "c_1", name: "A" },
      { id: "c_2", name: "B" },
    ],
  },
  "/api/v1/replay/tracks": { tracks: [{ courier_id: "c_1", stretches: [[[0, 1, 2]]] }], next: "c_1" },
  "/api/v1/replay/tracks c_1": { tracks: [{ courier_id: "c_2", stretches: [[[5, 1, 2]]] }], next: null },
  "/api/v1/replay/orders": { orders: [], next: null },
};

function serve(): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (url: string) => {
    const { pathname, searchParams } = new URL(url, "http://relevo.test");
    const after = searchParams.get("after");
    asked.push(after ? `${pathname} ${after}` : pathname);
    return Promise.resolve(new Response(JSON.stringify(PAGES[asked.at(-1) ?? ""])));
  });
  return asked;
}

test("every page is fetched, and a day without anything is said to be empty", async () => {
  vi.useRealTimers();
  const asked = serve();
  const replay = new Replay(new Api("x"), 0);
  replay.open("2025-11-23", null);
  await vi.waitFor(() => expect(replay.state.value).toBe("ready"));
  expect([...(replay.day.value?.tracks.keys() ?? [])]).toEqual(["c_1", "c_2"]);
  expect(asked).toContain("/api/v1/replay/tracks c_1");
  PAGES["/api/v1/replay/tracks"] = { tracks: [], next: null };
  replay.open("2025-11-22", null);
  expect(replay.day.value).toBeNull();
  await vi.waitFor(() => expect(replay.state.value).toBe("empty"));
  vi.unstubAllGlobals();
});

test("a day that nobody waits for any more does not come back", async () => {
  vi.useRealTimers();
  serve();
  const replay = new Replay(new Api("x"), 0);
  replay.open("2025-11-23", null);
  replay.stop();
  await new Promise((done) => setTimeout(done, 20));
  expect(replay.state.value).toBe("loading");
  vi.unstubAllGlobals();
});
