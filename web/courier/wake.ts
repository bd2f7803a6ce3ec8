/** Keeps the screen on during a shift where the phone allows it; asks again when the page comes back. */
let wanted = false;
let held: WakeLockSentinel | null = null;

export function keepAwake(on: boolean): void {
  wanted = on;
  if (on) void ask();
  else void held?.release().catch(() => undefined);
}

async function ask(): Promise<void> {
  if (!wanted || document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
  held = await navigator.wakeLock.request("screen").catch(() => null);
}

document.addEventListener("visibilitychange", () => void ask());
