/** REST calls of the pages. Refusals become `ApiError`; nothing here keeps state. */
import type { PaymentView, RouteView, ZoneView } from "./frames";

export interface Problem {
  code: string;
  title: string;
  detail: string;
}

/** The server said no (`status` 4xx, 5xx) or was not reached (`status` 0, code `offline`). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface Me {
  role: string;
  fleet: { slug: string; name: string; lon: number; lat: number; time_zone: string; currency: string };
  name: string | null;
  courier_id: string | null;
  time_scale: number;
}

export interface Session {
  token: string;
  role: string;
  fleet: string;
}

export interface EtaText {
  p10_at: string;
  p50_at: string;
  p90_at: string;
}

export interface OrderEndBody {
  lon: number;
  lat: number;
  address?: string | null;
  name?: string | null;
  phone?: string | null;
  notes?: string | null;
  ready_at?: string | null;
}

export interface OrderBody {
  pickup: OrderEndBody;
  dropoff: OrderEndBody;
  payment?: { method: "prepaid" | "cash"; amount_cents: number; currency: string };
  requires?: string[];
  ref?: string;
}

/** An order as REST tells it; times are RFC 3339. */
export interface OrderDoc {
  id: string;
  status: string;
  ref: string | null;
  courier_id: string | null;
  pickup: OrderEndBody;
  dropoff: OrderEndBody;
  payment: PaymentView | null;
  eta: { pickup: EtaText | null; dropoff: EtaText | null };
  placed_at: string;
  reached_at: Record<string, string>;
  unassigned_reason: string | null;
  tracking_url: string | null;
  version: number;
}

export interface OrderPage {
  orders: OrderDoc[];
  next: string | null;
}

/** A day to replay; times are RFC 3339. */
export interface ReplayDayDoc {
  date: string;
  time_zone: string;
  from_at: string;
  to_at: string;
  now: string;
  tracks_kept_from: string;
  couriers: { id: string; name: string; vehicle: string }[];
}

/** Stretches of [seconds since the day began, degrees east, degrees north]. */
export interface ReplayTrackDoc {
  courier_id: string;
  stretches: [number, number, number][][];
  /** How much of a single courier's way follows streets. */
  matched?: "all" | "partly" | "none";
}

export interface ReplayEndDoc {
  lon: number;
  lat: number;
  name: string | null;
  address: string | null;
}

export interface ReplayOrderDoc {
  id: string;
  ref: string | null;
  pickup: ReplayEndDoc;
  dropoff: ReplayEndDoc;
  history: { at: string; trigger: string; status: string; courier_id: string | null }[];
}

/** A courier's stops, trips and totals per shift. */
export interface SummaryDoc {
  stops: { lon: number; lat: number; from_at: string; to_at: string }[];
  trips: { from_at: string; to_at: string; distance_m: number }[];
  shifts: { started_at: string; ended_at: string; distance_m: number; moving_s: number; standing_s: number; unseen_s: number }[];
}

/** A courier's day so far; `above_mean_min`: paid minutes beyond the fleet's mean for as long a shift. */
export interface WorkDoc {
  since: string | null;
  busy_min: number;
  on_shift_min: number;
  distance_m: number;
  above_mean_min: number;
}

/** What a fleet chose. */
export interface FleetSettingsDoc {
  settings: Record<string, string | number | boolean>;
  chosen: string[];
  usual: Record<string, string | number | boolean>;
  retention_days: number;
}

export interface FleetChangeDoc {
  at: string;
  actor: string;
  changed: Record<string, [string | number | boolean | null, string | number | boolean | null]>;
}

/** One courier's day; `distance_m` is null where no track is kept. */
export interface DayCourierDoc {
  courier_id: string;
  name: string;
  on_shift_min: number;
  busy_min: number;
  delivered: number;
  distance_m: number | null;
}

/** What customers got on a day, and how paid work was shared; null where nothing was observed. */
export interface DayDoc {
  date: string;
  fairness: string;
  delivered: number;
  cancelled: number;
  failed: number;
  click_to_door_min: number | null;
  click_to_door_p90_min: number | null;
  late_pct: number | null;
  gini_busy: number | null;
  gini_distance: number | null;
  max_min_busy: number | null;
  compared: number;
  couriers: DayCourierDoc[];
}

/** Why an order is with whom it is; `text` is said by the server in the reader's language. */
export interface Explanation {
  [key: string]: unknown;
}

/** How to set a phone-tracker app up; `link` is null where the app has no link that does it. */
export interface PhoneAppSetup {
  app: "traccar_client" | "owntracks" | "gpslogger";
  url: string;
  link: string | null;
  qr_svg: string;
  settings: Record<string, string | number | boolean>;
  token_id: string;
}

/** What enrols a courier's phone: the courier page's link, and tracker apps beside it. */
export interface Onboarding {
  url: string;
  qr_svg: string;
  token_id: string;
  apps: PhoneAppSetup[];
}

export type BasemapLayer = "blocks" | "parks" | "water" | "streets" | "places";

export type Basemap =
  | { kind: "none" }
  | {
      kind: "geojson";
      attribution: string;
      label: string;
      layers: Partial<Record<BasemapLayer, GeoJSON.FeatureCollection>>;
      bounds: [number, number, number, number];
    };

interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export class Api {
  constructor(
    private readonly token: string | null,
    private readonly language: () => string = () => navigator.language,
  ) {}

  me = (): Promise<Me> => this.call("GET", "/me");
  signIn = (login: string, password: string): Promise<Session> =>
    this.call("POST", "/session", { body: { login, password } });
  clock = (): Promise<{ now_ms: number; scale: number }> => this.call("GET", "/clock");
  basemap = (): Promise<Basemap> => this.call("GET", "/basemap");

  placeOrder = (body: OrderBody, idempotencyKey: string): Promise<OrderDoc> =>
    this.call("POST", "/orders", { body, headers: { "Idempotency-Key": idempotencyKey } });
  order = (id: string): Promise<OrderDoc> => this.call("GET", `/orders/${encodeURIComponent(id)}`);
  cancelOrder = (id: string, reason?: string): Promise<OrderDoc> =>
    this.call("POST", `/orders/${encodeURIComponent(id)}/cancel`, { body: reason ? { reason } : {} });
  assign = (id: string, courierId: string): Promise<OrderDoc> =>
    this.call("POST", `/orders/${encodeURIComponent(id)}/assign`, { body: { courier_id: courierId, pin: true } });
  unassign = (id: string): Promise<OrderDoc> =>
    this.call("POST", `/orders/${encodeURIComponent(id)}/unassign`, { body: {} });
  explanation = (id: string): Promise<Explanation> =>
    this.call("GET", `/orders/${encodeURIComponent(id)}/explanation`);
  replayDay = (date: string, signal: AbortSignal): Promise<ReplayDayDoc> =>
    this.call("GET", `/replay?${new URLSearchParams({ date }).toString()}`, { signal });
  replayTracks = (
    date: string,
    courierId: string | null,
    after: string | null,
    signal: AbortSignal,
  ): Promise<{ tracks: ReplayTrackDoc[]; next: string | null }> => {
    const query = new URLSearchParams({ date, courier_id: courierId ?? "", after: after ?? "" });
    return this.call("GET", `/replay/tracks?${query.toString()}`, { signal });
  };
  replayOrders = (date: string, after: string | null, signal: AbortSignal): Promise<{ orders: ReplayOrderDoc[]; next: string | null }> =>
    this.call("GET", `/replay/orders?${new URLSearchParams({ date, after: after ?? "" }).toString()}`, { signal });
  fleetSettings = (): Promise<FleetSettingsDoc> => this.call("GET", "/fleet/settings");
  changeFleetSettings = (body: Record<string, unknown>): Promise<FleetSettingsDoc> =>
    this.call("PATCH", "/fleet/settings", { body });
  /** Today when no date is named. */
  day = (date: string | null): Promise<DayDoc> => this.call("GET", date === null ? "/fleet/day" : `/fleet/day?date=${date}`);
  fleetChanges = (): Promise<{ changes: FleetChangeDoc[] }> => this.call("GET", "/fleet/settings/changes");
  summary = (id: string, from: Date, to: Date): Promise<SummaryDoc> => {
    const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() });
    return this.call("GET", `/couriers/${encodeURIComponent(id)}/summary?${query.toString()}`);
  };
  onboarding = (id: string): Promise<Onboarding> =>
    this.call("GET", `/couriers/${encodeURIComponent(id)}/onboarding`);
  courierWork = (id: string): Promise<{ work: WorkDoc }> => this.call("GET", `/couriers/${encodeURIComponent(id)}`);
  setShift = (id: string, state: "on" | "off" | "break"): Promise<unknown> =>
    this.call("POST", `/couriers/${encodeURIComponent(id)}/shift`, { body: { state } });
  plan = (): Promise<{ routes: RouteView[] }> => this.call("GET", "/plan");
  addZone = (body: unknown): Promise<ZoneView> => this.call("POST", "/zones", { body });
  putZone = (id: string, body: unknown): Promise<ZoneView> =>
    this.call("PUT", `/zones/${encodeURIComponent(id)}`, { body });
  dropZone = (id: string): Promise<void> => this.call("DELETE", `/zones/${encodeURIComponent(id)}`);

  async call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    const response = await this.fetch(method, path, options);
    if (!response.ok) throw await refusal(response);
    if (response.status === 204) return undefined as T;
    return (await response.json()) as T;
  }

  /** Orders, newest first; a shop's token sees its own. */
  orders = (query: Record<string, string>): Promise<OrderPage> =>
    this.call("GET", `/orders?${new URLSearchParams(query).toString()}`);

  private async fetch(method: string, path: string, options: CallOptions): Promise<Response> {
    const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": this.language() };
    if (this.token !== null) headers["Authorization"] = `Bearer ${this.token}`;
    if (options.body !== undefined) headers["Content-Type"] = "application/json";
    const init: RequestInit = { method, headers: { ...headers, ...options.headers } };
    if (options.body !== undefined) init.body = JSON.stringify(options.body);
    if (options.signal) init.signal = options.signal;
    try {
      return await fetch(`/api/v1${path}`, init);
    } catch (cause) {
      throw new ApiError(0, "offline", String(cause));
    }
  }
}

async function refusal(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const message = problem.detail ?? problem.title ?? response.statusText;
  return new ApiError(response.status, problem.code ?? "unknown", message);
}
