/** Plays a courier's track of the last hour again. */
import { useEffect, useRef, useState } from "preact/hooks";
import { clockTime, t } from "../i18n";
import type { CourierView } from "../wire/frames";
import { Icon } from "../ui/icon";
import { toast } from "../ui/toast";
import type { Desk } from "./desk";
import { readTrack } from "./track_points";

const STEP_MS = 50;
/** The whole hour goes by in this long. */
const LASTS_MS = 20_000;

export function Replay({ desk, courier }: { desk: Desk; courier: CourierView }) {
  const [playing, setPlaying] = useState(false);
  const replay = desk.replay.value;
  const mine = replay !== null && replay.courierId === courier.id ? replay : null;
  const timer = useRef<ReturnType<typeof setInterval>>(undefined);
  useEffect(() => {
    if (mine === null || !playing) return;
    const first = mine.points[0]?.atMs ?? 0;
    const last = mine.points.at(-1)?.atMs ?? 0;
    timer.current = setInterval(() => {
      const now = desk.replay.value;
      if (now === null) return;
      const atMs = now.atMs + ((last - first) * STEP_MS) / LASTS_MS;
      desk.replay.value = { ...now, atMs: Math.min(atMs, last) };
      if (atMs >= last) setPlaying(false);
    }, STEP_MS);
    return () => clearInterval(timer.current);
  }, [mine !== null, playing]);
  useEffect(() => () => void (desk.replay.value = null), [courier.id]);

  const load = async (): Promise<void> => {
    const now = desk.store.clock.now();
    try {
      const doc = await desk.api.courierTrack(courier.id, new Date(now - 3_600_000), new Date(now));
      const points = readTrack(doc);
      const [first] = points;
      if (first === undefined) return void toast(t("replay.empty"));
      desk.replay.value = { courierId: courier.id, points, atMs: first.atMs };
      setPlaying(true);
    } catch (fault) {
      desk.tell(fault);
    }
  };
  if (mine === null) {
    return (
      <button class="button small" onClick={() => void load()}>
        <Icon name="track" /> {t("replay.start")}
      </button>
    );
  }
  return (
    <div class="replay">
      <button class="button small" aria-label={t(playing ? "replay.pause" : "replay.play")} onClick={() => setPlaying(!playing)}>
        <Icon name={playing ? "pause" : "play"} />
      </button>
      <input
        type="range"
        aria-label={t("replay.when")}
        min={mine.points[0]?.atMs ?? 0}
        max={mine.points.at(-1)?.atMs ?? 0}
        value={mine.atMs}
        onInput={(event) => {
          setPlaying(false);
          desk.replay.value = { ...mine, atMs: Number(event.currentTarget.value) };
        }}
      />
      <time>{clockTime(mine.atMs)}</time>
      <button class="button quiet small" aria-label={t("close")} onClick={() => (desk.replay.value = null)}>
        <Icon name="close" />
      </button>
    </div>
  );
}
