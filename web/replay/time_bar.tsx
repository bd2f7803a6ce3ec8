/** Plays, pauses and scrubs through the day. */
import { clockTime, clockTimeExact, t } from "../i18n";
import { Icon } from "../ui/icon";
import { type Player, SPEEDS } from "./player";

const JUMP_MS = 10 * 60_000;

export function TimeBar({ player }: { player: Player }) {
  const at = player.atMs.value;
  return (
    <div class="time-bar" role="group" aria-label={t("replay.time")}>
      <button class="button small" aria-label={t(player.playing.value ? "replay.pause" : "replay.play")} onClick={() => player.toggle()}>
        <Icon name={player.playing.value ? "pause" : "play"} />
      </button>
      <button class="button quiet small" aria-label={t("replay.earlier")} onClick={() => player.seek(at - JUMP_MS)}>
        −10
      </button>
      <button class="button quiet small" aria-label={t("replay.later")} onClick={() => player.seek(at + JUMP_MS)}>
        +10
      </button>
      <time class="time-now" data-at={Math.round(at)}>
        {clockTimeExact(at)}
      </time>
      <span class="time-ends">
        <time>{clockTime(player.firstMs)}</time>
        <input
          type="range"
          aria-label={t("replay.when")}
          aria-valuetext={clockTimeExact(at)}
          min={player.firstMs}
          max={player.lastMomentMs}
          step={1000}
          value={at}
          onInput={(event) => player.seek(Number(event.currentTarget.value))}
        />
        <time>{clockTime(player.lastMomentMs)}</time>
      </span>
      <label class="time-speed">
        <span>{t("replay.speed")}</span>
        <select value={player.speed.value} onChange={(event) => (player.speed.value = Number(event.currentTarget.value))}>
          {SPEEDS.map((speed) => (
            <option value={speed} key={speed}>
              {speed}×
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
