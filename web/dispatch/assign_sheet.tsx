/** Choosing a courier by hand: nearest at once, the planner's added minutes as soon as they are here. */
import { useEffect, useState } from "preact/hooks";
import { distance, t, tCode } from "../i18n";
import type { OrderView } from "../wire/frames";
import { Dialog } from "../ui/pieces";
import { candidatesOf, nearest, type Candidate } from "./candidates";
import type { Desk } from "./desk";
import { orderName } from "./groups";

const SHOWN = 40;

export function AssignSheet({ desk, order }: { desk: Desk; order: OrderView }) {
  const [filter, setFilter] = useState("");
  const [list, setList] = useState<Candidate[]>(() => nearest(desk.store, order));
  const [at, setAt] = useState(0);
  useEffect(() => {
    let current = true;
    void candidatesOf(desk.api, desk.store, order).then((found) => current && setList(found));
    return () => {
      current = false;
    };
  }, [order.id]);
  const close = (): void => void (desk.sheet.value = "none");
  const shown = list.filter((one) => one.name.toLowerCase().includes(filter.toLowerCase())).slice(0, SHOWN);
  const chosen = shown[Math.min(at, shown.length - 1)];
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, shown.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter" && chosen !== undefined) void desk.assign(order, chosen.courierId);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog label={t("order.assign")} onClose={close}>
      <div class="chooser" onKeyDown={onKey}>
        <h2>{t("assign.title", { order: orderName(order) })}</h2>
        <input
          class="chooser-input"
          placeholder={t("assign.filter")}
          aria-label={t("assign.filter")}
          value={filter}
          onInput={(event) => {
            setFilter(event.currentTarget.value);
            setAt(0);
          }}
        />
        <ul class="chooser-list" role="listbox">
          {shown.map((one) => (
            <li key={one.courierId}>
              <button
                role="option"
                aria-selected={one === chosen}
                disabled={one.courierId === order.courier_id}
                onClick={() => void desk.assign(order, one.courierId)}
              >
                <strong>{one.name}</strong>
                <span class="muted">{candidateText(one)}</span>
                <span>{one.costMin === null ? "" : t("assign.cost", { n: one.costMin })}</span>
              </button>
            </li>
          ))}
        </ul>
        {shown.length === 0 ? <p class="muted">{t("assign.nobody")}</p> : null}
      </div>
    </Dialog>
  );
}

export function candidateText(one: Candidate): string {
  const load = one.stops === 0 ? t("courier.free") : t("courier.stops", { n: one.stops });
  const away = one.distanceM === null ? null : distance(one.distanceM);
  return [away, load, ruleText(one.rule)].filter((part) => part !== null).join(" · ");
}

export function ruleText(rule: string | null): string | null {
  return rule === null ? null : tCode("rule", rule, rule);
}
