import { expect, test } from "vitest";
import { ServerClock } from "../live/clock";
import { fixOf } from "./geolocation";

const clock = new ServerClock();
clock.sync(Date.now() + 60_000, 1);

function position(change: Partial<GeolocationCoordinates>): GeolocationPosition {
  const coords = { longitude: -99.123456789, latitude: 19.4, accuracy: 5.25, speed: null, heading: null, ...change };
  return { timestamp: Date.now(), coords } as GeolocationPosition;
}

test("a fix carries the server's time, whatever the phone's clock says", () => {
  const [atMs] = fixOf(position({}), clock, null);
  expect(Math.abs(atMs - (Date.now() + 60_000))).toBeLessThan(50);
});

test("what the phone does not know is null or left out", () => {
  expect(fixOf(position({}), clock, null).slice(1)).toEqual([-99.1234568, 19.4, 5.3]);
  expect(fixOf(position({ heading: Number.NaN, speed: 4 }), clock, 0.5).slice(3)).toEqual([5.3, 4, null, 50]);
});
