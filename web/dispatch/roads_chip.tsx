/** Says how far the building of the streets is; nothing once they serve, or where there are none. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";

const AGAIN_MS = 10_000;

export function RoadsChip() {
  const [building, setBuilding] = useState<string | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const gone = new AbortController();
    const look = async (): Promise<void> => {
      const now = await readBuilding(gone.signal);
      if (gone.signal.aborted) return;
      setBuilding(now);
      if (now !== null) timer = setTimeout(() => void look(), AGAIN_MS);
    };
    void look();
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, []);
  return building === null ? null : (
    <span class="chip" title={t("roads.meanwhile")}>
      {t("roads.building", { done: building })}
    </span>
  );
}

async function readBuilding(signal: AbortSignal): Promise<string | null> {
  try {
    const health = (await (await fetch("/readyz", { signal })).json()) as { notes?: Record<string, string> };
    return buildingIn(health.notes ?? {});
  } catch {
    return null; // the page itself says when the server is away
  }
}

/** What a server's notes say of a build under way: its percentage, a mark without one, null without a build. */
export function buildingIn(notes: Readonly<Record<string, string>>): string | null {
  const lines = Object.entries(notes).filter(([name, line]) => name.startsWith("roads") && line.includes("building"));
  if (lines.length === 0) return null;
  const shares = lines.map(([, line]) => /(\d+) %/.exec(line)?.[1]).filter((share) => share !== undefined);
  return shares.length === 0 ? "…" : `${Math.min(...shares.map(Number))} %`;
}
