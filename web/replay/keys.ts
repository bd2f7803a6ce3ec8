/** The keys of the replay: all others rest while history is shown, so that nothing live is changed by mistake. */
import type { Key } from "../i18n";
import type { Desk } from "../dispatch/desk";
import type { Replay } from "./replay";

export interface ReplayKey {
  keys: string;
  label: Key;
  run: (replay: Replay, desk: Desk) => void;
}

const MINUTE_MS = 60_000;
const jump = (minutes: number) => (replay: Replay): void => {
  const player = replay.player.value;
  player?.seek(player.atMs.value + minutes * MINUTE_MS);
};

export const REPLAY_KEYS: readonly ReplayKey[] = [
  { keys: "Space", label: "replay.key.play", run: (replay) => replay.player.value?.toggle() },
  { keys: "←", label: "replay.key.back", run: jump(-1) },
  { keys: "→", label: "replay.key.on", run: jump(1) },
  { keys: "⇧ ←", label: "replay.earlier", run: jump(-10) },
  { keys: "⇧ →", label: "replay.later", run: jump(10) },
  { keys: "+", label: "replay.key.faster", run: (replay) => replay.player.value?.shift(1) },
  { keys: "-", label: "replay.key.slower", run: (replay) => replay.player.value?.shift(-1) },
  { keys: "F", label: "key.fit", run: (_, desk) => desk.fitMap() },
  { keys: "?", label: "key.help", run: (_, desk) => void (desk.sheet.value = "help") },
  { keys: "Esc", label: "replay.back", run: (_, desk) => desk.backToLive() },
];

const NAMES: Record<string, string> = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };

/** Returns whether the key means something here. */
export function replayKey(desk: Desk, replay: Replay, event: KeyboardEvent): boolean {
  const { target } = event;
  // A button takes its space, the scrubber its arrows.
  if (event.key === " " && target instanceof HTMLElement && target.matches("button, select, input:not([type=range])")) return false;
  if (event.key.startsWith("Arrow") && target instanceof HTMLElement && target.matches("input, select")) return false;
  const plain = NAMES[event.key] ?? event.key.toUpperCase();
  const name = event.shiftKey && event.key.startsWith("Arrow") ? `⇧ ${plain}` : plain;
  const found = REPLAY_KEYS.find((one) => one.keys === name);
  if (found === undefined) return false;
  found.run(replay, desk);
  return true;
}
