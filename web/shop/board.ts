/** The shop's page as state: today's orders, kept fresh by asking, and the order being written. */
import { signal } from "@preact/signals";
import { t, tCode } from "../i18n";
import { randomId } from "../live/courier_queue";
import { toast } from "../ui/toast";
import type { EndName, Place } from "../ui/order_form";
import { ApiError, type Api, type OrderBody, type OrderDoc } from "../wire/rest";

const EVERY_MS = 4_000;
const DAY_MS = 24 * 3_600_000;

export class ShopBoard {
  readonly orders = signal<readonly OrderDoc[] | null>(null);
  readonly offline = signal(false);
  readonly ends = signal<Record<EndName, Place | null>>({ pickup: null, dropoff: null });
  readonly picking = signal<EndName | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** The same request sent again is the same order. */
  private attempt: { key: string; body: string } | null = null;

  constructor(
    private readonly api: Api,
    private readonly nowMs: () => number,
  ) {
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.refresh());
  }

  refresh = (): void => {
    clearTimeout(this.timer);
    void this.load().finally(() => {
      clearTimeout(this.timer);
      if (document.visibilityState === "visible") this.timer = setTimeout(this.refresh, EVERY_MS);
    });
  };

  /** Which end the next click on the map places; null once both are known. */
  wanted(): EndName | null {
    const { pickup, dropoff } = this.ends.value;
    return this.picking.value ?? (pickup === null ? "pickup" : dropoff === null ? "dropoff" : null);
  }

  async place(body: OrderBody): Promise<boolean> {
    const text = JSON.stringify(body);
    if (this.attempt?.body !== text) this.attempt = { key: randomId(), body: text };
    try {
      const order = await this.api.placeOrder(body, this.attempt.key);
      this.attempt = null;
      this.orders.value = [order, ...(this.orders.value ?? []).filter((other) => other.id !== order.id)];
      this.ends.value = { pickup: this.ends.value.pickup, dropoff: null };
      toast(t("shop.placed"));
      return true;
    } catch (fault) {
      this.tell(fault);
      return false;
    }
  }

  async cancel(order: OrderDoc): Promise<void> {
    try {
      this.put(await this.api.cancelOrder(order.id));
    } catch (fault) {
      this.tell(fault);
    }
  }

  private put(order: OrderDoc): void {
    this.orders.value = (this.orders.value ?? []).map((other) => (other.id === order.id ? order : other));
  }

  private async load(): Promise<void> {
    try {
      const since = new Date(this.nowMs() - DAY_MS).toISOString();
      this.orders.value = (await this.api.orders({ since, limit: "100" })).orders;
      this.offline.value = false;
    } catch (fault) {
      if (!(fault instanceof ApiError)) throw fault;
      this.offline.value = true;
    }
  }

  private tell(fault: unknown): void {
    if (!(fault instanceof ApiError)) throw fault;
    toast(tCode("error", fault.code, fault.message), undefined, 6_000);
  }
}
