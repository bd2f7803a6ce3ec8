/** Every gesture has a key; this table is the keyboard, the help and the palette's commands at once. */
import type { Key } from "../i18n";
import { setLanguage, language } from "../i18n";
import type { Desk } from "./desk";
import { replayKey } from "../replay/keys";
import { isOnBoard, isOver } from "./groups";
import { rowsInOrder } from "./order_list";

export interface Command {
  keys: string;
  label: Key;
  /** Also offered by the palette. */
  listed: boolean;
  /** Only for those who may change things. */
  edits?: boolean;
  /** Only for owners. */
  owns?: boolean;
  run: (desk: Desk) => void;
}

export const COMMANDS: readonly Command[] = [
  { keys: "N", label: "key.new", listed: true, edits: true, run: (desk) => void (desk.sheet.value = "new_order") },
  { keys: "J", label: "key.next", listed: false, run: (desk) => step(desk, 1) },
  { keys: "K", label: "key.previous", listed: false, run: (desk) => step(desk, -1) },
  { keys: "A", label: "key.assign", listed: false, edits: true, run: assign },
  { keys: "U", label: "key.unassign", listed: false, edits: true, run: unassign },
  { keys: "X", label: "key.cancel", listed: false, edits: true, run: cancel },
  { keys: "C", label: "key.courier", listed: false, run: toCourier },
  { keys: "F", label: "key.fit", listed: true, run: (desk) => desk.fitMap() },
  { keys: "O", label: "key.orders", listed: true, run: (desk) => void (desk.tab.value = "orders") },
  { keys: "R", label: "key.couriers", listed: true, run: (desk) => void (desk.tab.value = "couriers") },
  { keys: "L", label: "key.alerts", listed: true, run: (desk) => void (desk.sheet.value = "alerts") },
  { keys: "Z", label: "key.zones", listed: true, edits: true, run: (desk) => void (desk.sheet.value = "zones") },
  { keys: "S", label: "key.settings", listed: true, owns: true, run: (desk) => void (desk.sheet.value = "settings") },
  { keys: "D", label: "key.day", listed: true, edits: true, run: (desk) => void (desk.sheet.value = "day") },
  { keys: "H", label: "key.history", listed: true, edits: true, run: (desk) => desk.openReplay() },
  { keys: "/", label: "key.palette", listed: false, run: (desk) => void (desk.sheet.value = "palette") },
  { keys: "?", label: "key.help", listed: true, run: (desk) => void (desk.sheet.value = "help") },
  { keys: "Esc", label: "key.clear", listed: false, run: (desk) => desk.clear() },
  { keys: "G", label: "key.language", listed: true, run: () => setLanguage(language.value === "en" ? "es-MX" : "en") },
];

/** Whether this person may use a command at all. */
export function mayUse(desk: Desk, command: Command): boolean {
  return (!command.edits || desk.canEdit) && (!command.owns || desk.isOwner);
}

/** Listens on the whole page; not while somebody types into a field. Returns how to stop. */
export function listenForKeys(desk: Desk): () => void {
  const onKey = (event: KeyboardEvent): void => {
    const replay = desk.replay.value;
    if (replay !== null) {
      const modified = event.ctrlKey || event.metaKey || event.altKey;
      if (!modified && desk.sheet.value === "none" && replayKey(desk, replay, event)) event.preventDefault();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      desk.sheet.value = "palette";
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || (isTyping(event.target) && event.key !== "Escape")) return;
    const name = event.key === "Escape" ? "Esc" : event.key.toUpperCase();
    const command = COMMANDS.find((one) => one.keys === name);
    if (command === undefined || !mayUse(desk, command)) return;
    event.preventDefault();
    command.run(desk);
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

function step(desk: Desk, by: number): void {
  const rows = rowsInOrder(desk);
  if (rows.length === 0) return;
  const chosen = desk.selection.value;
  const now = rows.findIndex((order) => chosen?.kind === "order" && chosen.id === order.id);
  const next = rows[now === -1 ? (by > 0 ? 0 : rows.length - 1) : (now + by + rows.length) % rows.length];
  if (next === undefined) return;
  desk.select("order", next.id);
  requestAnimationFrame(() => document.querySelector(`[data-order="${CSS.escape(next.id)}"]`)?.scrollIntoView({ block: "nearest" }));
}

function assign(desk: Desk): void {
  const order = desk.selectedOrder.value;
  if (order !== null && !isOver(order)) desk.sheet.value = "assign";
}

function unassign(desk: Desk): void {
  const order = desk.selectedOrder.value;
  if (order !== null && order.courier_id !== null && !isOver(order) && !isOnBoard(order)) void desk.unassign(order);
}

function cancel(desk: Desk): void {
  const order = desk.selectedOrder.value;
  if (order !== null) desk.cancel(order);
}

function toCourier(desk: Desk): void {
  const id = desk.selectedOrder.value?.courier_id;
  if (id) desk.select("courier", id);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}
