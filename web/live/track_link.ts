/** A waiting customer's connection: the newest state and whether it is fresh. */
import { batch, signal } from "@preact/signals";
import type { TrackReply, TrackState } from "../wire/frames";
import { ServerClock } from "./clock";
import { LiveSocket, type LinkState } from "./socket";

const GONE = 4505;

export class TrackLink {
  readonly clock = new ServerClock();
  readonly state = signal<LinkState>("connecting");
  readonly delivery = signal<TrackState | null>(null);
  /** Why there is nothing to see: the link is over, or was never good. */
  readonly over = signal<"gone" | "unknown" | null>(null);
  private readonly socket: LiveSocket<TrackReply>;

  constructor(url: string, token: string) {
    this.socket = new LiveSocket<TrackReply>({
      url,
      greeting: () => [{ type: "hello", token, app: "web" }],
      onFrame: (frame) => this.take(frame),
      onState: (state, code) => this.stateChanged(state, code),
    });
  }

  start(): void {
    this.socket.start();
  }

  stop(): void {
    this.socket.stop();
  }

  private take(frame: TrackReply): void {
    if (frame.type !== "state") return;
    this.clock.sync(frame.server_at_ms, frame.time_scale);
    this.delivery.value = frame;
  }

  private stateChanged(state: LinkState, code: number): void {
    batch(() => {
      this.state.value = state;
      if (state === "refused") this.over.value = code === GONE ? "gone" : "unknown";
    });
  }
}
