/** The dispatcher's page: lists on the left, the map, and whatever is selected on the right. */
import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { Icon } from "../ui/icon";
import { LanguageSwitch } from "../ui/language";
import { OrderForm } from "../ui/order_form";
import { ScaleBadge } from "../ui/pieces";
import { HistoryBanner } from "../replay/banner";
import { ReplayDetails } from "../replay/details";
import { ReplaySide } from "../replay/events";
import { SettingsPanel } from "../settings/panel";
import { AssignSheet } from "./assign_sheet";
import { DayPanel } from "./day_panel";
import { CourierList } from "./courier_list";
import { CourierPanel } from "./courier_panel";
import type { Desk } from "./desk";
import { grouped } from "./groups";
import { listenForKeys } from "./keys";
import { MapPanel } from "./map_panel";
import { OrderList } from "./order_list";
import { OrderPanel } from "./order_panel";
import { CommandPalette } from "./palette";
import { RoadsChip } from "./roads_chip";
import { AlertsSheet, HelpSheet } from "./sheets";
import { ZonesPanel } from "./zones_panel";

export function DispatchPage({ desk }: { desk: Desk }) {
  useEffect(() => listenForKeys(desk), []);
  const replay = desk.replay.value;
  return (
    <div class={replay === null ? "dispatch" : "dispatch history"}>
      {replay === null ? <TopBar desk={desk} /> : <HistoryBanner desk={desk} replay={replay} />}
      {replay === null ? <LinkNote desk={desk} /> : null}
      <main class="columns">
        <nav class="side" aria-label={t(replay === null ? "orders" : "replay.events")}>
          {replay === null ? <Tabs desk={desk} /> : null}
          <div class="side-body">
            {replay !== null ? <ReplaySide desk={desk} replay={replay} /> : desk.tab.value === "orders" ? <OrderList desk={desk} /> : <CourierList desk={desk} />}
          </div>
        </nav>
        <MapPanel desk={desk} />
        {replay === null ? <Details desk={desk} /> : <ReplayDetails desk={desk} replay={replay} />}
      </main>
      <Sheets desk={desk} />
    </div>
  );
}

function TopBar({ desk }: { desk: Desk }) {
  const { store } = desk;
  store.revision.orders.value;
  store.revision.couriers.value;
  store.revision.alerts.value;
  const needs = grouped(store.orders.values()).get("needs")?.length ?? 0;
  // Calm is only said of what is known to be so now.
  const live = desk.link.state.value === "open" && store.ready.value;
  const riding = [...store.couriers.values()].filter((courier) => courier.shift === "on").length;
  return (
    <header class="top">
      <img src="/icon.svg" alt="" width="26" height="26" />
      <strong class="fleet-name">{store.fleet?.name ?? "Relevo"}</strong>
      <ScaleBadge scale={store.scale.value} />
      <span class="top-counts">
        {needs > 0 || live ? (
          <span class={needs > 0 ? "chip needs" : "chip good"}>
            <Icon name={needs > 0 ? "alert" : "check"} />
            {needs > 0 ? t("top.needs", { n: needs }) : t("top.calm")}
          </span>
        ) : null}
        <span class="chip">{t("top.riding", { n: riding })}</span>
        <RoadsChip />
      </span>
      <span class="top-actions">
        <LanguageSwitch />
        <button class="button quiet small" aria-label={t("palette")} onClick={() => (desk.sheet.value = "palette")}>
          <Icon name="search" /> <span class="wide">{t("palette")}</span> <kbd>/</kbd>
        </button>
        <button class="button quiet small" aria-label={t("alerts")} onClick={() => (desk.sheet.value = "alerts")}>
          <Icon name="alert" /> <span class="wide">{t("alerts")}</span> {store.alerts.size > 0 ? <span class="chip needs">{store.alerts.size}</span> : null}
        </button>
        {desk.canEdit ? (
          <button class="button quiet small" aria-label={t("replay")} onClick={() => desk.openReplay()}>
            <Icon name="history" /> <span class="wide">{t("replay")}</span> <kbd>H</kbd>
          </button>
        ) : null}
        {desk.isOwner ? (
          <button class="button quiet small" aria-label={t("settings")} title={t("settings")} onClick={() => (desk.sheet.value = "settings")}>
            <Icon name="settings" />
          </button>
        ) : null}
        <button class="button quiet small by-keys" aria-label={t("help")} onClick={() => (desk.sheet.value = "help")}>
          <kbd>?</kbd>
        </button>
        {desk.canEdit ? (
          <button class="button main small new-order" onClick={() => (desk.sheet.value = "new_order")}>
            <Icon name="plus" /> {t("order.new")} <kbd>N</kbd>
          </button>
        ) : null}
      </span>
    </header>
  );
}

/** Says when what is shown is not live. */
function LinkNote({ desk }: { desk: Desk }) {
  const { state } = desk.link;
  if (state.value === "open" || (state.value === "connecting" && !desk.store.ready.value)) return null;
  const refused = state.value === "refused";
  return (
    <div class="bar-note" role="alert">
      <Icon name="offline" />
      {refused ? t("link.refused") : t("link.lost")}
      <button class="button small" onClick={() => desk.link.reconnect()}>
        {t("link.retry")}
      </button>
    </div>
  );
}

function Tabs({ desk }: { desk: Desk }) {
  return (
    <div class="tabs" role="tablist">
      {(["orders", "couriers"] as const).map((tab) => (
        <button key={tab} role="tab" aria-selected={desk.tab.value === tab} onClick={() => (desk.tab.value = tab)}>
          {t(tab)}
        </button>
      ))}
    </div>
  );
}

function Details({ desk }: { desk: Desk }) {
  const { store, selection, sheet } = desk;
  store.revision.couriers.value;
  if (sheet.value === "new_order") return <NewOrder desk={desk} />;
  if (sheet.value === "day") return <DayPanel desk={desk} />;
  if (sheet.value === "settings") return <SettingsPanel desk={desk} />;
  if (sheet.value === "zones") return <ZonesPanel desk={desk} />;
  const order = desk.selectedOrder.value;
  if (order !== null) return <OrderPanel desk={desk} order={order} />;
  const courier = selection.value?.kind === "courier" ? store.couriers.get(selection.value.id) : undefined;
  return courier === undefined ? null : <CourierPanel desk={desk} courier={courier} />;
}

function NewOrder({ desk }: { desk: Desk }) {
  useEffect(() => {
    desk.picking.value = desk.draft.value.pickup === null ? "pickup" : null;
    return () => {
      desk.picking.value = null;
    };
  }, []);
  return (
    <article class="panel" aria-label={t("order.new")}>
      <header class="panel-head">
        <h2>{t("order.new")}</h2>
        <button class="button quiet small" aria-label={t("close")} onClick={() => desk.closeSheet()}>
          <Icon name="close" />
        </button>
      </header>
      <div class="panel-body">
        <OrderForm
          ends={desk.draft.value}
          picking={desk.picking.value}
          onPick={(end) => (desk.picking.value = end)}
          onPlace={(end, place) => (desk.draft.value = { ...desk.draft.value, [end]: place })}
          onSubmit={(body) => desk.place(body)}
          currency={desk.currency.value}
          nowMs={() => desk.store.clock.now()}
        />
      </div>
    </article>
  );
}

function Sheets({ desk }: { desk: Desk }) {
  const order = desk.selectedOrder.value;
  switch (desk.sheet.value) {
    case "palette":
      return <CommandPalette desk={desk} />;
    case "help":
      return <HelpSheet desk={desk} />;
    case "alerts":
      return <AlertsSheet desk={desk} />;
    case "assign":
      return order === null ? null : <AssignSheet desk={desk} order={order} />;
    default:
      return null;
  }
}
