/**
 * A courier's connection: what the phone knows, sent and confirmed in order; what the server says, as signals.
 *
 * Everything goes through `CourierQueue` first, so being offline changes nothing but the count of what waits.
 * Steps run one after another (`inTurn`), because seal, send and acknowledge share the frame counter.
 */
import { batch, computed, signal } from "@preact/signals";
import type { Action, ActionAck, CourierReply, Fix, Offer, StopView, Welcome } from "../wire/frames";
import { ServerClock } from "./clock";
import { randomId, type CourierQueue } from "./courier_queue";
import { LiveSocket, type LinkState } from "./socket";

export type Shift = "on" | "off" | "break";
export type Notice =
  | { kind: "refused"; code: string; message: string }
  | { kind: "offer_over"; result: string }
  | { kind: "error"; code: string; message: string };

const FRAMES_IN_FLIGHT = 8;
const ACK_PATIENCE_MS = 20_000;
const FLUSH_MS = 1_000;
export const UNDO_MS = 4_000;

export class CourierLink {
  readonly clock = new ServerClock();
  readonly state = signal<LinkState>("connecting");
  readonly closeCode = signal(0);
  readonly welcome = signal<Welcome | null>(null);
  readonly shift = signal<Shift>("off");
  readonly stops = signal<StopView[]>([]);
  readonly offers = signal<Offer[]>([]);
  readonly waiting = signal({ fixes: 0, actions: 0 });
  readonly rejected = signal<Record<string, number>>({});
  /** Stops that the courier has dealt with on this phone, whether or not the server knows yet. */
  readonly settled = signal<ReadonlySet<string>>(new Set());
  /** The route less what is settled. */
  readonly route = computed(() => this.stops.value.filter((stop) => !this.settled.value.has(stop.stop_id)));
  onNotice: (notice: Notice) => void = () => {};

  private readonly socket: LiveSocket<CourierReply>;
  private inFlight = new Map<number, number>();
  /** Actions sent on this connection; what is not confirmed goes out again on the next one. */
  private readonly sentActions = new Set<string>();
  private greeted = false;
  private turn: Promise<void> = Promise.resolve();
  private flushTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly watch: ReturnType<typeof setInterval>;
  private lastResume: { epoch: string; offset: number } | undefined;

  constructor(
    url: string,
    private readonly token: string,
    private readonly queue: CourierQueue,
  ) {
    this.socket = new LiveSocket<CourierReply>({
      url,
      greeting: () => [this.hello()],
      onFrame: (frame) => this.inTurn(() => this.take(frame)),
      onState: (state, code) => this.stateChanged(state, code),
    });
    this.watch = setInterval(() => this.checkPatience(), 5_000);
  }

  async start(): Promise<void> {
    const [route, shift, skewMs] = await Promise.all([
      this.queue.fact<StopView[]>("stops"),
      this.queue.fact<Shift>("shift"),
      this.queue.fact<number>("skew_ms"),
    ]);
    if (skewMs !== undefined) this.clock.sync(Date.now() + skewMs, 1);
    batch(() => {
      this.stops.value = route ?? [];
      this.shift.value = shift ?? "off";
    });
    await this.recount();
    const actions = await this.queue.actions();
    this.settle(actions.filter((a) => a.action !== "arrived").map((a) => a.stop_id));
    this.socket.start();
  }

  stop(): void {
    clearInterval(this.watch);
    clearTimeout(this.flushTimer);
    this.socket.stop();
  }

  reconnect(): void {
    this.socket.restart();
  }

  addFix(fix: Fix): void {
    this.inTurn(async () => {
      await this.queue.addFix(fix);
      await this.recount();
      this.flushTimer ??= setTimeout(() => {
        this.flushTimer = undefined;
        this.inTurn(() => this.sendFrames());
      }, FLUSH_MS);
    });
  }

  /** Records what was done at a stop; it can be taken back with `undo` for `UNDO_MS`. */
  act(stop: StopView, action: Action["action"], reason?: string): string {
    const frame: Action = { type: "action", id: randomId(), stop_id: stop.stop_id, action, at_ms: this.clock.now() };
    if (reason !== undefined) frame.reason = reason;
    const hold = action === "arrived" ? 0 : UNDO_MS;
    if (action !== "arrived") this.settle([stop.stop_id]);
    this.inTurn(async () => {
      await this.queue.addAction(frame, Date.now() + hold);
      await this.recount();
      setTimeout(() => this.inTurn(() => this.sendActions()), hold + 50);
    });
    return frame.id;
  }

  undo(actionId: string, stopId: string): void {
    this.unsettle(stopId);
    this.inTurn(async () => {
      await this.queue.dropAction(actionId);
      await this.recount();
    });
  }

  setShift(state: Shift): void {
    this.shift.value = state;
    this.inTurn(async () => {
      await this.queue.setFact("shift_wanted", state);
      this.socket.send({ type: "shift", state });
    });
  }

  reply(offer: Offer, accept: boolean, reason?: string): boolean {
    const sent = this.greeted && this.socket.send({ type: "offer_reply", offer_id: offer.offer_id, accept, reason });
    if (sent) this.dropOffer(offer.offer_id);
    return sent;
  }

  private hello(): object {
    return { type: "hello", token: this.token, device: this.queue.device, app: "web", resume: this.lastResume };
  }

  private stateChanged(state: LinkState, code: number): void {
    if (state !== "open") {
      this.greeted = false;
      this.inFlight.clear();
      this.sentActions.clear();
    }
    batch(() => {
      this.closeCode.value = code;
      // "Open" is said only once the server has answered our hello.
      if (state !== "open") this.state.value = state;
    });
  }

  private async take(frame: CourierReply): Promise<void> {
    switch (frame.type) {
      case "welcome":
        return this.welcomed(frame);
      case "ack":
        return this.acknowledged(frame.seq);
      case "rejected":
        this.rejected.value = frame.counts;
        return;
      case "action_ack":
        return this.confirmed(frame);
      case "shift":
        await this.queue.setFact("shift_wanted", null);
        await this.queue.setFact("shift", frame.state);
        this.shift.value = frame.state as Shift;
        return;
      case "offer":
        this.offers.value = [...this.offers.value.filter((o) => o.offer_id !== frame.offer_id), frame];
        return;
      case "offer_over":
        if (this.dropOffer(frame.offer_id)) this.onNotice({ kind: "offer_over", result: frame.result });
        return;
      case "route":
        return this.routed(frame.stops);
      case "error":
        return this.failed(frame.code, frame.message);
    }
  }

  private async welcomed(frame: Welcome): Promise<void> {
    this.clock.sync(frame.server_at_ms, frame.time_scale);
    this.lastResume = { epoch: frame.epoch, offset: frame.offset };
    const again = await this.queue.welcomed(frame.seq);
    await this.queue.setFact("skew_ms", frame.time_scale === 1 ? frame.server_at_ms - Date.now() : 0);
    const wanted = await this.queue.fact<Shift | null>("shift_wanted");
    if (wanted) this.socket.send({ type: "shift", state: wanted });
    batch(() => {
      this.welcome.value = frame;
      this.shift.value = wanted ?? (frame.shift as Shift);
      this.state.value = "open";
      this.offers.value = [];
    });
    await this.queue.setFact("shift", frame.shift);
    await this.routed(frame.route.stops);
    this.greeted = true;
    for (const pings of again.slice(0, FRAMES_IN_FLIGHT)) this.sendPings(pings.seq, pings);
    await this.sendActions();
    await this.sendFrames();
    await this.recount();
  }

  private async acknowledged(seq: number): Promise<void> {
    for (const sent of this.inFlight.keys()) if (sent <= seq) this.inFlight.delete(sent);
    await this.queue.acknowledged(seq);
    await this.sendFrames();
    await this.recount();
  }

  private async confirmed(frame: ActionAck): Promise<void> {
    const action = (await this.queue.actions()).find((queued) => queued.id === frame.id);
    await this.queue.dropAction(frame.id);
    await this.recount();
    if (frame.result === "ok" || action === undefined) return;
    this.unsettle(action.stop_id);
    this.onNotice({ kind: "refused", code: frame.code ?? "unknown", message: frame.message ?? "" });
  }

  private async routed(stops: StopView[]): Promise<void> {
    const queued = await this.queue.actions();
    const open = new Set(queued.filter((a) => a.action !== "arrived").map((a) => a.stop_id));
    const listed = new Set(stops.map((stop) => stop.stop_id));
    batch(() => {
      this.stops.value = stops;
      // Once the server's route is without a stop, it needs no hiding any more.
      this.settled.value = new Set([...this.settled.value].filter((id) => open.has(id) || listed.has(id)));
    });
    await this.queue.setFact("stops", stops);
  }

  private async failed(code: string, message: string): Promise<void> {
    if (code.startsWith("shift")) await this.queue.setFact("shift_wanted", null);
    if (code === "seq_gap") return this.socket.restart();
    this.onNotice({ kind: "error", code, message });
  }

  /** Sends frames in order, oldest first, a few at a time; seals a new one only when none waits unsent. */
  private async sendFrames(): Promise<void> {
    if (!this.greeted) return;
    const unsent = (await this.queue.frames()).filter((frame) => !this.inFlight.has(frame.seq));
    for (const frame of unsent) {
      if (this.inFlight.size >= FRAMES_IN_FLIGHT) return;
      this.sendPings(frame.seq, frame);
    }
    while (this.inFlight.size < FRAMES_IN_FLIGHT) {
      const frame = await this.queue.seal();
      if (frame === null) return;
      this.sendPings(frame.seq, frame);
    }
  }

  private sendPings(seq: number, frame: object): void {
    if (this.socket.send(frame)) this.inFlight.set(seq, Date.now());
  }

  private async sendActions(): Promise<void> {
    if (!this.greeted) return;
    for (const { hold_until_ms, turn: _, ...action } of await this.queue.actions()) {
      if (hold_until_ms > Date.now()) {
        setTimeout(() => this.inTurn(() => this.sendActions()), hold_until_ms - Date.now() + 50);
        return; // later actions wait their turn
      }
      if (!this.sentActions.has(action.id) && this.socket.send(action)) this.sentActions.add(action.id);
    }
  }

  private checkPatience(): void {
    const oldest = Math.min(...this.inFlight.values());
    if (Date.now() - oldest > ACK_PATIENCE_MS) this.socket.restart();
  }

  private settle(stopIds: string[]): void {
    this.settled.value = new Set([...this.settled.value, ...stopIds]);
  }

  private unsettle(stopId: string): void {
    this.settled.value = new Set([...this.settled.value].filter((id) => id !== stopId));
  }

  private dropOffer(offerId: string): boolean {
    const left = this.offers.value.filter((offer) => offer.offer_id !== offerId);
    const found = left.length < this.offers.value.length;
    if (found) this.offers.value = left;
    return found;
  }

  private async recount(): Promise<void> {
    this.waiting.value = await this.queue.waiting();
  }

  private inTurn(step: () => Promise<void> | void): void {
    this.turn = this.turn.then(step).catch((fault: unknown) => console.error(fault));
  }
}
