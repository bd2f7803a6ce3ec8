/**
 * What a courier's phone has not been told is safe: fixes, ping frames and actions, durable in IndexedDB.
 *
 * A fix waits until it is sealed into a frame; a frame keeps its number and content until the server
 * acknowledges it. Bounded: past `FIXES_KEPT` waiting fixes the oldest go first. Knows no socket and no DOM.
 */
import type { Action, Fix, Pings } from "../wire/frames";
import { done, openDatabase, result } from "./database";

export interface QueuedAction extends Action {
  /** Not sent before this moment of the phone's clock, so that it can be taken back. */
  hold_until_ms: number;
  /** Grows by one, so that actions leave in the order they were taken. */
  turn: number;
}

const FIXES_KEPT = 20_000;
const FRAME_FIXES = 200;

export class CourierQueue {
  private constructor(
    private readonly db: IDBDatabase,
    readonly device: string,
    private turn: number,
  ) {}

  /** Opens the queue of one courier; `owner` keeps couriers who share a phone apart. */
  static async open(owner: string): Promise<CourierQueue> {
    const db = await openDatabase(`relevo-courier-${owner}`, 1, (fresh) => {
      fresh.createObjectStore("facts");
      fresh.createObjectStore("fixes", { autoIncrement: true });
      fresh.createObjectStore("frames", { keyPath: "seq" });
      fresh.createObjectStore("actions", { keyPath: "id" });
    });
    const known = await result(db.transaction("facts").objectStore("facts").get("device"));
    const device = typeof known === "string" ? known : await newDevice(db);
    const queue = new CourierQueue(db, device, 0);
    queue.turn = (await queue.actions()).reduce((last, action) => Math.max(last, action.turn), 0);
    return queue;
  }

  async addFix(fix: Fix): Promise<void> {
    const tx = this.db.transaction("fixes", "readwrite");
    const fixes = tx.objectStore("fixes");
    fixes.add(fix);
    const count = await result(fixes.count());
    if (count > FIXES_KEPT) {
      const oldest = await result(fixes.getAllKeys(null, count - FIXES_KEPT));
      for (const key of oldest) fixes.delete(key);
    }
    await done(tx);
  }

  /** Seals waiting fixes into the next frame; null when none wait. */
  async seal(): Promise<Pings | null> {
    const tx = this.db.transaction(["fixes", "frames", "facts"], "readwrite");
    const store = tx.objectStore("fixes");
    const [fixes, keys] = await Promise.all([
      result<Fix[]>(store.getAll(null, FRAME_FIXES)),
      result(store.getAllKeys(null, FRAME_FIXES)),
    ]);
    if (fixes.length === 0) return null;
    const seq = ((await result<number | undefined>(tx.objectStore("facts").get("seq"))) ?? 0) + 1;
    const frame: Pings = { type: "pings", seq, fixes };
    tx.objectStore("frames").add(frame);
    tx.objectStore("facts").put(seq, "seq");
    for (const key of keys) store.delete(key);
    await done(tx);
    return frame;
  }

  /** Frames not acknowledged yet, in order. */
  frames(): Promise<Pings[]> {
    return result<Pings[]>(this.db.transaction("frames").objectStore("frames").getAll());
  }

  async acknowledged(seq: number): Promise<void> {
    const tx = this.db.transaction("frames", "readwrite");
    tx.objectStore("frames").delete(IDBKeyRange.upperBound(seq));
    await done(tx);
  }

  /**
   * Takes the server's last durable frame: forgets what it covers and, where the two counters do not meet,
   * numbers what is left on from it. Returns the frames to send again, in order.
   */
  async welcomed(durableSeq: number): Promise<Pings[]> {
    const tx = this.db.transaction(["frames", "facts"], "readwrite");
    const store = tx.objectStore("frames");
    const left = (await result<Pings[]>(store.getAll())).filter((frame) => frame.seq > durableSeq);
    store.clear();
    const frames = left.map((frame, index) => ({ ...frame, seq: durableSeq + 1 + index }));
    for (const frame of frames) store.add(frame);
    tx.objectStore("facts").put(durableSeq + frames.length, "seq");
    await done(tx);
    return frames;
  }

  async addAction(action: Action, holdUntilMs: number): Promise<void> {
    const tx = this.db.transaction("actions", "readwrite");
    const queued: QueuedAction = { ...action, hold_until_ms: holdUntilMs, turn: ++this.turn };
    tx.objectStore("actions").put(queued);
    await done(tx);
  }

  async dropAction(id: string): Promise<void> {
    const tx = this.db.transaction("actions", "readwrite");
    tx.objectStore("actions").delete(id);
    await done(tx);
  }

  /** Actions not confirmed yet, in the order they were taken. */
  async actions(): Promise<QueuedAction[]> {
    const all = await result<QueuedAction[]>(this.db.transaction("actions").objectStore("actions").getAll());
    return all.sort((a, b) => a.turn - b.turn);
  }

  /** How many fixes and actions wait to be confirmed. */
  async waiting(): Promise<{ fixes: number; actions: number }> {
    const tx = this.db.transaction(["fixes", "frames", "actions"]);
    const [loose, frames, actions] = await Promise.all([
      result(tx.objectStore("fixes").count()),
      result<Pings[]>(tx.objectStore("frames").getAll()),
      result(tx.objectStore("actions").count()),
    ]);
    return { fixes: frames.reduce((sum, frame) => sum + frame.fixes.length, loose), actions };
  }

  fact<T>(name: string): Promise<T | undefined> {
    return result<T | undefined>(this.db.transaction("facts").objectStore("facts").get(name));
  }

  async setFact(name: string, value: unknown): Promise<void> {
    const tx = this.db.transaction("facts", "readwrite");
    tx.objectStore("facts").put(value, name);
    await done(tx);
  }

  close(): void {
    this.db.close();
  }
}

async function newDevice(db: IDBDatabase): Promise<string> {
  const device = `web-${randomId()}`;
  const tx = db.transaction("facts", "readwrite");
  tx.objectStore("facts").put(device, "device");
  await done(tx);
  return device;
}

/** A random UUID, also where the page is not served over TLS. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** A short name for a token that does not tell it (FNV-1a, 32 bit). */
export function ownerOf(token: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < token.length; i++) hash = Math.imul(hash ^ token.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}
