/** Finds orders, couriers and commands by typing a few letters. */
import { useState } from "preact/hooks";
import { t } from "../i18n";
import { Icon, type IconName } from "../ui/icon";
import { Dialog } from "../ui/pieces";
import type { Desk } from "./desk";
import { endName, isOver, orderName } from "./groups";
import { COMMANDS, mayUse } from "./keys";

interface Found {
  key: string;
  icon: IconName;
  title: string;
  hint: string;
  run: () => void;
}

const SHOWN = 12;

export function CommandPalette({ desk }: { desk: Desk }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const found = search(desk, text);
  const run = (item: Found | undefined): void => {
    if (item === undefined) return;
    desk.sheet.value = "none";
    item.run();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter") run(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog label={t("palette")} onClose={() => (desk.sheet.value = "none")}>
      <div class="chooser" onKeyDown={onKey}>
        <input
          class="chooser-input"
          placeholder={t("palette.hint")}
          aria-label={t("palette.hint")}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
        />
        <ul class="chooser-list" role="listbox">
          {found.map((item, index) => (
            <li key={item.key}>
              <button role="option" aria-selected={index === at} onClick={() => run(item)}>
                <Icon name={item.icon} />
                <strong>{item.title}</strong>
                <span class="muted">{item.hint}</span>
              </button>
            </li>
          ))}
        </ul>
        {found.length === 0 ? <p class="muted">{t("palette.nothing")}</p> : null}
      </div>
    </Dialog>
  );
}

function search(desk: Desk, text: string): Found[] {
  const words = fold(text).split(/\s+/).filter(Boolean);
  const fits = (...parts: (string | null | undefined)[]): boolean => {
    const all = fold(parts.filter(Boolean).join(" "));
    return words.every((word) => all.includes(word));
  };
  const found: Found[] = [];
  for (const command of COMMANDS) {
    if (!command.listed || !mayUse(desk, command) || !fits(t(command.label))) continue;
    found.push({ key: command.keys, icon: "chevron", title: t(command.label), hint: command.keys, run: () => command.run(desk) });
  }
  if (words.length === 0) return found;
  for (const courier of desk.store.couriers.values()) {
    if (!fits(courier.name, courier.vehicle)) continue;
    const run = (): void => desk.select("courier", courier.id);
    found.push({ key: courier.id, icon: "courier", title: courier.name, hint: t("courier"), run });
  }
  for (const order of desk.store.orders.values()) {
    const { pickup, dropoff } = order;
    if (!fits(order.ref, order.id, pickup.name, pickup.address, dropoff.name, dropoff.address, dropoff.phone)) continue;
    const hint = `${endName(pickup)} → ${endName(dropoff)}`;
    const item: Found = { key: order.id, icon: "package", title: `#${orderName(order)}`, hint, run: () => desk.select("order", order.id) };
    if (isOver(order)) found.push(item);
    else found.unshift(item);
  }
  return found.slice(0, SHOWN);
}

/** Without accents and capitals, as people type. */
function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();
}
