import { expect, test } from "vitest";
import { Glide, latOf, lonOf, mercatorX, mercatorY, unitsPerMetre } from "./glide";

const M = unitsPerMetre(19);

/** The longest step between two frames of 16 ms while gliding. */
function longestStep(glide: Glide, fromMs: number, toMs: number): number {
  let longest = 0;
  let before = glide.at(fromMs);
  for (let ms = fromMs + 16; ms <= toMs; ms += 16) {
    const now = glide.at(ms);
    longest = Math.max(longest, Math.hypot(now.x - before.x, now.y - before.y));
    before = now;
  }
  return longest;
}

test("a courier arrives exactly where it was seen and then stands", () => {
  const glide = new Glide(0.5, 0.5, null);
  glide.toward(0, 0.5 + 10 * M, 0.5, 90, (5 * M) / 1000);
  expect(glide.at(0)).toMatchObject({ x: 0.5, moving: true });
  const end = glide.at(10_000);
  expect(end.x).toBeCloseTo(0.5 + 10 * M, 15);
  expect(end.moving).toBe(false);
});

test("it never jumps, whenever the next position comes", () => {
  const glide = new Glide(0.5, 0.5, 90);
  for (let second = 0; second < 10; second++) {
    const atMs = second * 1_000 + (second % 3) * 130;
    const before = glide.at(atMs);
    glide.toward(atMs, 0.5 + second * 5 * M, 0.5 + (second % 2) * 3 * M, 90, (5 * M) / 1000);
    const after = glide.at(atMs);
    expect(Math.hypot(after.x - before.x, after.y - before.y)).toBeLessThan(0.01 * M);
    expect(longestStep(glide, atMs, atMs + 900)).toBeLessThan(1 * M);
  }
});

test("it never overshoots the newest position by much", () => {
  const glide = new Glide(0.5, 0.5, 90);
  glide.toward(0, 0.5 + 5 * M, 0.5, 90, (50 * M) / 1000);
  for (let ms = 0; ms < 3_000; ms += 50) expect(glide.at(ms).x).toBeLessThan(0.5 + 6 * M);
});

test("it turns along the street instead of cutting the corner at once", () => {
  const glide = new Glide(0.5, 0.5, 90);
  glide.toward(0, 0.5 + 20 * M, 0.5, 90, (5 * M) / 1000);
  glide.toward(1_000, 0.5 + 20 * M, 0.5 - 20 * M, 0, (5 * M) / 1000);
  const early = glide.at(1_200);
  expect(early.x).toBeGreaterThan(glide.at(1_000).x);
  expect(glide.at(9_000).headingDeg).toBe(0);
});

test("a gap in the track is caught up quickly", () => {
  const glide = new Glide(0.5, 0.5, 90);
  glide.toward(0, 0.5 + 5_000 * M, 0.5, 90, (5 * M) / 1000);
  expect(glide.at(800).x).toBeCloseTo(0.5 + 5_000 * M, 12);
});

test("a standing courier keeps its last heading", () => {
  const glide = new Glide(0.5, 0.5, 45);
  glide.toward(0, 0.5, 0.5, null, 0);
  expect(glide.at(500)).toMatchObject({ headingDeg: 45, moving: false });
});

test("Mercator goes there and back", () => {
  expect(lonOf(mercatorX(-99.17))).toBeCloseTo(-99.17, 9);
  expect(latOf(mercatorY(19.41))).toBeCloseTo(19.41, 9);
});
