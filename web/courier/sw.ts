/**
 * The courier page's service worker: keeps the shell so that the page opens in a basement.
 *
 * Never touches REST or sockets, except the base map, which is shown from the last time while a fresh one comes.
 * The list of files and the version are filled in by the build.
 */
declare const self: ServiceWorkerGlobalScope;

const SHELL = JSON.parse("__SHELL__") as string[];
const CACHE = "relevo-shell-__VERSION__";

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(SHELL))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOld().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && url.pathname === "/courier") event.respondWith(freshElseKept("/courier"));
  else if (url.pathname.startsWith("/assets/") || SHELL.includes(url.pathname)) event.respondWith(keptElseFresh(event.request));
});

async function forgetOld(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("relevo-shell-") && name !== CACHE).map((name) => caches.delete(name)));
}

/** The page itself: from the network when it answers soon, else as it was kept. */
async function freshElseKept(path: string): Promise<Response> {
  const kept = await caches.match(path);
  const fresh = fetch(path);
  if (kept === undefined) return fresh;
  const patience = new Promise<Response>((resolve) => setTimeout(() => resolve(kept), 3_000));
  return Promise.race([fresh.then((response) => (response.ok ? response : kept)).catch(() => kept), patience]);
}

async function keptElseFresh(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

export {};
