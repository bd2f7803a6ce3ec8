/** Line icons, drawn here; decorative unless given a label. */
const PATHS = {
  pickup: "M4 10V8l2-4h12l2 4v2a2.7 2.7 0 0 1-5.3 0 2.7 2.7 0 0 1-5.4 0A2.7 2.7 0 0 1 4 10zM6 13v7h12v-7M10 20v-4h4v4",
  dropoff: "M12 21s-7-6.2-7-11.5A7 7 0 0 1 19 9.5C19 14.8 12 21 12 21zM12 12.2a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4z",
  courier: "M5.5 18.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM18.5 18.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM5.5 15l4-7h5.5l3.5 7M9.5 8L12 15h-6.5M13.5 5H16",
  alert: "M12 3.5L22 20.5H2zM12 10v4.5M12 17.5v.1",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  check: "M4.5 12.5l5 5L19.5 7",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
  phone: "M5 4h4l1.5 5-2.5 1.5a12 12 0 0 0 5.5 5.5L15 13.5l5 1.5v4a1.5 1.5 0 0 1-1.5 1.5A15.5 15.5 0 0 1 3.5 5.5 1.5 1.5 0 0 1 5 4z",
  navigate: "M21 3L3 10.5l7.5 3L13.5 21z",
  cash: "M2.5 6.5h19v11h-19zM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM6 12h.1M18 12h.1",
  offline: "M3 3l18 18M8.5 16.4a5 5 0 0 1 7 0M5 12.9a10 10 0 0 1 5-2.7M19 12.9a10 10 0 0 0-2.5-1.8M1.5 9.3a15 15 0 0 1 4.5-3M22.5 9.3A15 15 0 0 0 11 5M12 20h.1",
  waiting: "M12 19V6M6.5 11L12 5.5 17.5 11",
  zone: "M12 3l8 5v8l-8 5-8-5V8z",
  link: "M10 14a4.5 4.5 0 0 0 6.5 0l3-3A4.6 4.6 0 0 0 13 4.5L11.5 6M14 10a4.5 4.5 0 0 0-6.5 0l-3 3a4.6 4.6 0 0 0 6.5 6.5l1.5-1.5",
  key: "M8 19a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM11 12.5L20 4M16.5 7l2.5 2.5",
  pause: "M9 5v14M15 5v14",
  play: "M7 4.5v15l12-7.5z",
  stop: "M6 6h12v12H6z",
  more: "M5 12h.1M12 12h.1M19 12h.1",
  chevron: "M9 5l7 7-7 7",
  pin: "M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v6",
  why: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 16.8v.1",
  package: "M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9",
  undo: "M9 7L4 12l5 5M4 12h10a6 6 0 0 1 0 12",
  track: "M5 20c6 0 2-8 7-8s1-8 7-8",
  history: "M4.5 9A8.5 8.5 0 1 1 3.5 13M3.5 4.5V9H8M12 7.5V12l3 2",
  back: "M15 5l-7 7 7 7",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM8 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  trash: "M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, label }: { name: IconName; label?: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" role={label ? "img" : undefined} aria-label={label} aria-hidden={label ? undefined : "true"}>
      <path d={PATHS[name]} />
    </svg>
  );
}
