/**
 * A JSON WebSocket that comes back by itself.
 *
 * Says hello on every connection, waits with full jitter between attempts, drops and retries at once when the browser says
 * the network is gone or back, and stays closed when the server says that trying again is no use (codes 4500 to 4999).
 * Knows nothing of what the frames mean, and never touches the DOM.
 */
export type LinkState = "connecting" | "open" | "waiting" | "refused";

export interface SocketOptions<In> {
  url: string;
  /** The frames to send first on each new connection. */
  greeting: () => object[];
  onFrame: (frame: In) => void;
  onState: (state: LinkState, closeCode: number) => void;
  /** After this long without any frame `probe` is asked for one; no frame within 10 s more drops the connection. */
  quietMs?: number;
  probe?: () => object;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const PROBE_ANSWER_MS = 10_000;

export class LiveSocket<In> {
  private socket: WebSocket | null = null;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private quietTimer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;

  constructor(private readonly options: SocketOptions<In>) {
    globalThis.addEventListener?.("online", this.hurry);
    globalThis.addEventListener?.("offline", this.cutOff);
  }

  start(): void {
    this.stopped = false;
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    globalThis.removeEventListener?.("online", this.hurry);
    globalThis.removeEventListener?.("offline", this.cutOff);
    this.drop();
  }

  /** Sends a frame; false when there is no open connection to send it on. */
  send(frame: object): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** Drops the connection, if any, and connects again at once. */
  restart(): void {
    clearTimeout(this.timer);
    this.drop();
    this.stopped = false;
    this.connect();
  }

  private readonly hurry = (): void => {
    if (!this.stopped && this.socket === null) this.restart();
  };

  /** The browser knows before the connection does: a dead one would look alive for a minute. */
  private readonly cutOff = (): void => {
    if (this.stopped || this.socket === null) return;
    this.drop();
    this.closed(0);
  };

  private connect(): void {
    this.options.onState("connecting", 0);
    const socket = new WebSocket(this.options.url);
    this.socket = socket;
    socket.onopen = () => {
      if (socket !== this.socket) return;
      for (const frame of this.options.greeting()) this.send(frame);
      this.listenForQuiet();
      this.options.onState("open", 0);
    };
    socket.onmessage = (message: MessageEvent<string>) => {
      if (socket !== this.socket) return;
      this.attempts = 0;
      this.listenForQuiet();
      this.options.onFrame(JSON.parse(message.data) as In);
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.closed(event.code);
    };
  }

  private closed(code: number): void {
    clearTimeout(this.quietTimer);
    this.socket = null;
    if (this.stopped) return;
    if (code >= 4500 && code < 5000) {
      this.stopped = true;
      this.options.onState("refused", code);
      return;
    }
    this.options.onState("waiting", code);
    this.timer = setTimeout(() => this.connect(), waitMs(this.attempts++, Math.random()));
  }

  private drop(): void {
    clearTimeout(this.quietTimer);
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private listenForQuiet(): void {
    clearTimeout(this.quietTimer);
    const { quietMs, probe } = this.options;
    if (quietMs === undefined || probe === undefined) return;
    this.quietTimer = setTimeout(() => {
      this.send(probe());
      this.quietTimer = setTimeout(() => this.restart(), PROBE_ANSWER_MS);
    }, quietMs);
  }
}

/** Full jitter: anything from 200 ms to the doubled limit, so that a fleet does not come back in one wave. */
export function waitMs(attempt: number, random: number): number {
  const limit = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10));
  return 200 + random * limit;
}

/** The address of one of the server's sockets, from the page's own. */
export function socketUrl(path: string): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
}
