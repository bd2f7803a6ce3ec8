/** The dispatcher's connection: hello, subscribe, then snapshot and deltas into the store. */
import { batch, signal } from "@preact/signals";
import { FleetStore } from "../live/fleet_store";
import { LiveSocket, socketUrl, type LinkState } from "../live/socket";
import type { ViewerReply } from "../wire/frames";

const QUIET_MS = 30_000;

export class LiveLink {
  readonly store = new FleetStore();
  readonly state = signal<LinkState>("connecting");
  readonly closeCode = signal(0);
  private readonly socket: LiveSocket<ViewerReply>;

  constructor(
    token: string,
    private readonly fleet: string,
  ) {
    this.socket = new LiveSocket<ViewerReply>({
      url: socketUrl("/ws/live"),
      greeting: () => [{ type: "hello", token, app: "web", resume: this.store.resume() }, this.subscription()],
      onFrame: (frame) => this.take(frame),
      onState: (state, code) =>
        batch(() => {
          this.state.value = state;
          this.closeCode.value = code;
        }),
      quietMs: QUIET_MS,
      probe: () => this.subscription(),
    });
  }

  start(): void {
    this.socket.start();
  }

  reconnect(): void {
    this.socket.restart();
  }

  private subscription(): object {
    return { type: "subscribe", fleet: this.fleet, bbox: null };
  }

  private take(frame: ViewerReply): void {
    if (frame.type === "snapshot") this.store.takeSnapshot(frame);
    else if (frame.type === "delta") this.store.takeDelta(frame);
    else console.warn("the server refused a frame", frame.code, frame.message);
  }
}
