/** What opens over the page: the keys, the alerts. */
import { ago, type Key, t, tCode } from "../i18n";
import type { Alert } from "../live/fleet_store";
import { Icon } from "../ui/icon";
import { Dialog, Empty } from "../ui/pieces";
import type { Desk } from "./desk";
import { orderName } from "./groups";
import { COMMANDS, mayUse } from "./keys";
import { REPLAY_KEYS } from "../replay/keys";

export function HelpSheet({ desk }: { desk: Desk }) {
  return (
    <Dialog label={t("help")} onClose={() => (desk.sheet.value = "none")}>
      <div class="chooser">
        <h2>{t("help")}</h2>
        <dl class="key-list">
          {keysOf(desk).map((command) => (
            <div key={command.keys}>
              <dt>
                <kbd>{command.keys}</kbd>
              </dt>
              <dd>{t(command.label)}</dd>
            </div>
          ))}
        </dl>
        {desk.replay.value === null ? <p class="muted">{t("help.drag")}</p> : null}
        <Legend />
      </div>
    </Dialog>
  );
}

function keysOf(desk: Desk): { keys: string; label: Key }[] {
  if (desk.replay.value !== null) return [...REPLAY_KEYS];
  return [...COMMANDS.filter((command) => mayUse(desk, command)), { keys: "Ctrl K", label: "key.palette" }];
}

function Legend() {
  return (
    <ul class="legend" aria-label={t("legend")}>
      <li><span class="dot full" /> {t("legend.carrying")}</li>
      <li><span class="dot" /> {t("legend.free")}</li>
      <li><span class="mark square" /> {t("legend.pickup")}</li>
      <li><span class="mark disc" /> {t("legend.dropoff")}</li>
      <li><span class="mark square open" /> {t("legend.open")}</li>
    </ul>
  );
}

export function AlertsSheet({ desk }: { desk: Desk }) {
  const { store } = desk;
  store.revision.alerts.value;
  const alerts = [...store.alerts.values()].reverse();
  return (
    <Dialog label={t("alerts")} onClose={() => (desk.sheet.value = "none")}>
      <div class="chooser">
        <h2>{t("alerts")}</h2>
        {alerts.length === 0 ? <Empty icon="check" title={t("alerts.empty")} /> : null}
        <ul class="chooser-list">
          {alerts.map((alert) => (
            <AlertRow desk={desk} alert={alert} key={alert.key} />
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

function AlertRow({ desk, alert }: { desk: Desk; alert: Alert }) {
  const { store } = desk;
  const order = alert.order_id === null ? undefined : store.orders.get(alert.order_id);
  const courier = alert.courier_id === null ? undefined : store.couriers.get(alert.courier_id);
  const about = [order ? `#${orderName(order)}` : null, courier?.name].filter(Boolean).join(" · ");
  const open = (): void => {
    if (alert.order_id !== null) desk.select("order", alert.order_id);
    else if (alert.courier_id !== null) desk.select("courier", alert.courier_id);
    desk.sheet.value = "none";
  };
  return (
    <li class="alert-row">
      <button onClick={open}>
        <Icon name="alert" />
        <strong>{tCode("alert", alert.kind, alert.kind.replaceAll("_", " "))}</strong>
        <span class="muted">
          {about} {ago(store.clock.wallAgeS(alert.at_ms))}
        </span>
      </button>
      <button class="button quiet small" aria-label={t("alerts.dismiss")} onClick={() => store.dismiss(alert.key)}>
        <Icon name="check" />
      </button>
    </li>
  );
}
