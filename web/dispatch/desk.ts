/**
 * The dispatcher's page as state: what is selected, what is open, and the changes a person makes.
 *
 * A change shows at once and can be taken back; a cancellation is only sent once its time to undo is over,
 * because the server cannot un-cancel.
 */
import { computed, signal } from "@preact/signals";
import type { OrderView, ZoneView } from "../wire/frames";
import { type Api, ApiError, type Basemap, type OrderBody } from "../wire/rest";
import { t, tCode } from "../i18n";
import { randomId } from "../live/courier_queue";
import { toast } from "../ui/toast";
import type { Candidate } from "./candidates";
import { isOver, orderName } from "./groups";
import { Replay } from "../replay/replay";
import type { LiveLink } from "./live_link";

export type Selection = { kind: "order" | "courier"; id: string } | null;
export type Sheet = "none" | "new_order" | "assign" | "palette" | "help" | "alerts" | "zones" | "settings" | "day";
export interface Draft {
  pickup: { lon: number; lat: number } | null;
  dropoff: { lon: number; lat: number } | null;
}

/** An order under the pointer, what it would cost whom, and who is below. */
export interface Drag {
  orderId: string;
  x: number;
  y: number;
  overId: string | null;
  candidates: ReadonlyMap<string, Candidate>;
}

const UNDO_MS = 5_000;

export class Desk {
  readonly selection = signal<Selection>(null);
  readonly sheet = signal<Sheet>("none");
  readonly tab = signal<"orders" | "couriers">("orders");
  readonly draft = signal<Draft>({ pickup: null, dropoff: null });
  /** Which end the next click on the map places. */
  readonly picking = signal<"pickup" | "dropoff" | null>(null);
  /** An unassigned order on its way to a courier, under the pointer. */
  readonly drag = signal<Drag | null>(null);
  /** A zone being drawn, or an old one being changed. */
  readonly outline = signal<{ corners: [number, number][]; editing: ZoneView | null } | null>(null);
  /** A past day, being watched again; null while what is shown is live. */
  readonly replay = signal<Replay | null>(null);
  /** ISO 4217 code of what orders cost. */
  readonly currency = signal("MXN");
  readonly basemap = signal<Basemap | null>(null);
  readonly selectedOrder = computed(() => {
    this.store.revision.orders.value;
    const chosen = this.selection.value;
    return chosen?.kind === "order" ? (this.store.orders.get(chosen.id) ?? null) : null;
  });
  /** Fits the map to the fleet; set by the map. */
  fitMap: () => void = () => {};
  /** The courier drawn at a point of the page; set by the map. */
  courierAt: (clientX: number, clientY: number) => string | null = () => null;
  private readonly pendingCancels = new Map<string, () => void>();

  constructor(
    readonly link: LiveLink,
    readonly api: Api,
    readonly canEdit: boolean,
    readonly isOwner: boolean,
    currency: string,
  ) {
    this.currency.value = currency;
    addEventListener("pagehide", () => this.pendingCancels.forEach((sendNow) => sendNow()));
  }

  get store() {
    return this.link.store;
  }

  select(kind: "order" | "courier", id: string): void {
    this.selection.value = { kind, id };
    if (kind === "order") this.tab.value = "orders";
  }

  clear(): void {
    if (this.outline.value !== null) this.outline.value = null;
    else if (this.sheet.value !== "none") this.closeSheet();
    else this.selection.value = null;
  }

  /** Closes whatever is open beside or over the map; what was being drawn there goes with it. */
  closeSheet(): void {
    this.sheet.value = "none";
    this.picking.value = null;
    this.outline.value = null;
    this.draft.value = { pickup: null, dropoff: null };
  }

  /** Shows a past day, the current one unless another is named; of the whole fleet, or of one courier. */
  openReplay(courierId: string | null = null, date?: string): void {
    this.closeSheet();
    this.replay.value?.stop();
    const replay = new Replay(this.api, this.store.clock.now());
    this.selection.value = courierId === null ? null : { kind: "courier", id: courierId };
    this.replay.value = replay;
    replay.open(date ?? replay.today, courierId);
  }

  backToLive(): void {
    this.replay.value?.stop();
    this.replay.value = null;
    this.selection.value = null;
  }

  async place(body: OrderBody): Promise<boolean> {
    try {
      const order = await this.api.placeOrder(body, randomId());
      this.closeSheet();
      this.select("order", order.id);
      toast(t("order.placed", { order: orderName(order) }));
      return true;
    } catch (fault) {
      this.tell(fault);
      return false;
    }
  }

  async assign(order: OrderView, courierId: string): Promise<void> {
    const before = order.courier_id;
    const takeBack = this.store.foresee(order.id, { courier_id: courierId, status: carriedStatus(order), pinned: true });
    this.sheet.value = "none";
    const name = this.store.couriers.get(courierId)?.name ?? "";
    try {
      await this.api.assign(order.id, courierId);
      toast(t("order.assigned_to", { order: orderName(order), courier: name }), {
        label: t("undo"),
        run: () => void this.putBack(order.id, before),
      });
    } catch (fault) {
      takeBack();
      this.tell(fault);
    }
  }

  async unassign(order: OrderView): Promise<void> {
    const before = order.courier_id;
    const takeBack = this.store.foresee(order.id, { courier_id: null, status: "placed", pinned: false });
    try {
      await this.api.unassign(order.id);
      toast(t("order.unassigned", { order: orderName(order) }), {
        label: t("undo"),
        run: () => void this.putBack(order.id, before),
      });
    } catch (fault) {
      takeBack();
      this.tell(fault);
    }
  }

  cancel(order: OrderView): void {
    if (isOver(order) || this.pendingCancels.has(order.id)) return;
    const takeBack = this.store.foresee(order.id, { status: "cancelled" });
    const send = (): void => {
      clearTimeout(timer);
      if (!this.pendingCancels.delete(order.id)) return;
      this.api.cancelOrder(order.id).catch((fault: unknown) => {
        takeBack();
        this.tell(fault);
      });
    };
    const timer = setTimeout(send, UNDO_MS);
    this.pendingCancels.set(order.id, send);
    const undo = (): void => {
      clearTimeout(timer);
      this.pendingCancels.delete(order.id);
      takeBack();
    };
    toast(t("order.cancelled", { order: orderName(order) }), { label: t("undo"), run: undo }, UNDO_MS);
  }

  /** Says a refusal in the page's language, with the server's own words where we have none. */
  tell(fault: unknown): void {
    if (!(fault instanceof ApiError)) throw fault;
    toast(tCode("error", fault.code, fault.message), undefined, 6_000);
  }

  private async putBack(orderId: string, courierId: string | null): Promise<void> {
    try {
      if (courierId === null) await this.api.unassign(orderId);
      else await this.api.assign(orderId, courierId);
    } catch (fault) {
      this.tell(fault);
    }
  }
}

function carriedStatus(order: OrderView): string {
  return order.status === "picked_up" || order.status === "at_dropoff" ? "picked_up" : "assigned";
}
