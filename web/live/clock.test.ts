import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ServerClock } from "./clock";

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

test("the server's clock runs on between frames", () => {
  const clock = new ServerClock();
  clock.sync(5_000_000, 1);
  vi.advanceTimersByTime(2_500);
  expect(clock.now()).toBe(5_002_500);
});

test("with a time scale it runs faster, and ages are told in wall time", () => {
  const clock = new ServerClock();
  clock.sync(5_000_000, 60);
  vi.advanceTimersByTime(2_000);
  expect(clock.now()).toBe(5_120_000);
  expect(clock.wallAgeS(5_060_000)).toBe(1);
});

test("a fix from the future has no negative age", () => {
  const clock = new ServerClock();
  clock.sync(5_000_000, 1);
  expect(clock.wallAgeS(6_000_000)).toBe(0);
});
