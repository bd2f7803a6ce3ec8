import "fake-indexeddb/auto";
import { beforeEach, expect, test } from "vitest";
import type { Fix } from "../wire/frames";
import { CourierQueue, ownerOf, randomId } from "./courier_queue";

let owner = 0;
let queue: CourierQueue;
const fix = (atMs: number): Fix => [atMs, -99, 19, 5];
const action = (id: string) => ({ type: "action" as const, id, stop_id: "o.pickup", action: "picked_up" as const, at_ms: 1 });

beforeEach(async () => {
  queue = await CourierQueue.open(`test-${++owner}`);
});

test("fixes wait until they are sealed, frames until they are acknowledged", async () => {
  await queue.addFix(fix(1));
  await queue.addFix(fix(2));
  const frame = await queue.seal();
  expect(frame).toEqual({ type: "pings", seq: 1, fixes: [fix(1), fix(2)] });
  expect(await queue.waiting()).toEqual({ fixes: 2, actions: 0 });
  await queue.acknowledged(1);
  expect(await queue.waiting()).toEqual({ fixes: 0, actions: 0 });
});

test("numbers grow by one, also over a restart of the page", async () => {
  await queue.addFix(fix(1));
  await queue.seal();
  queue.close();
  const again = await CourierQueue.open(`test-${owner}`);
  await again.addFix(fix(2));
  expect((await again.seal())?.seq).toBe(2);
  expect(again.device).toBe(queue.device);
});

test("an acknowledgement covers every frame up to it and none after", async () => {
  for (const n of [1, 2, 3]) {
    await queue.addFix(fix(n));
    await queue.seal();
  }
  await queue.acknowledged(2);
  expect((await queue.frames()).map((frame) => frame.seq)).toEqual([3]);
});

test("a welcome forgets what is durable and sends the rest under the same numbers", async () => {
  for (const n of [1, 2, 3]) {
    await queue.addFix(fix(n));
    await queue.seal();
  }
  const again = await queue.welcomed(1);
  expect(again.map((frame) => [frame.seq, frame.fixes[0]?.[0]])).toEqual([[2, 2], [3, 3]]);
});

test("after a lost counter, numbering goes on from the server's", async () => {
  await queue.welcomed(41);
  await queue.addFix(fix(1));
  expect((await queue.seal())?.seq).toBe(42);
});

test("frames that do not meet the server's counter are numbered on from it", async () => {
  for (const n of [1, 2, 3]) {
    await queue.addFix(fix(n));
    await queue.seal();
  }
  await queue.acknowledged(2);
  const again = await queue.welcomed(0);
  expect(again.map((frame) => [frame.seq, frame.fixes[0]?.[0]])).toEqual([[1, 3]]);
  await queue.addFix(fix(4));
  expect((await queue.seal())?.seq).toBe(2);
});

test("nothing to seal is no frame", async () => {
  expect(await queue.seal()).toBeNull();
});

test("a long time offline becomes frames of a bounded size", async () => {
  for (let n = 0; n < 250; n++) await queue.addFix(fix(n));
  expect((await queue.seal())?.fixes.length).toBe(200);
  expect((await queue.seal())?.fixes.length).toBe(50);
});

test("actions leave in the order they were taken and stay until confirmed", async () => {
  await queue.addAction(action("b"), 0);
  await queue.addAction(action("a"), 0);
  expect((await queue.actions()).map((one) => one.id)).toEqual(["b", "a"]);
  await queue.dropAction("b");
  expect((await queue.actions()).map((one) => one.id)).toEqual(["a"]);
});

test("actions keep their order over a restart", async () => {
  await queue.addAction(action("z"), 0);
  queue.close();
  const again = await CourierQueue.open(`test-${owner}`);
  await again.addAction(action("a"), 0);
  expect((await again.actions()).map((one) => one.id)).toEqual(["z", "a"]);
});

test("two riders on one phone do not share a queue", async () => {
  await queue.addFix(fix(1));
  const other = await CourierQueue.open(`test-${owner}-other`);
  expect(await other.waiting()).toEqual({ fixes: 0, actions: 0 });
  expect(ownerOf("rlv_a")).not.toBe(ownerOf("rlv_b"));
});

test("ids are random UUIDs of version 4", () => {
  expect(randomId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(randomId()).not.toBe(randomId());
});
