/// <reference types="vitest/config" />
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const page = (name: string) => fileURLToPath(new URL(`./${name}`, import.meta.url));

/** Gives the service worker the hashed names of everything the courier's page needs to start offline. */
function shellList(): Plugin {
  return {
    name: "relevo-shell-list",
    generateBundle(_options, bundle) {
      const shell = new Set<string>(["/courier", "/courier.webmanifest", "/icon.svg"]);
      const visit = (file: string): void => {
        const chunk = bundle[file];
        if (chunk?.type !== "chunk" || shell.has(`/${file}`)) return;
        shell.add(`/${file}`);
        chunk.viteMetadata?.importedCss.forEach((css) => shell.add(`/${css}`));
        chunk.imports.forEach(visit);
      };
      for (const [file, chunk] of Object.entries(bundle)) {
        if (chunk.type === "chunk" && chunk.isEntry && chunk.name === "courier") visit(file);
      }
      const list = JSON.stringify([...shell].sort());
      const worker = bundle["sw.js"];
      if (worker?.type !== "chunk") throw new Error("the service worker was not built");
      const version = createHash("sha256").update(list).digest("hex").slice(0, 12);
      worker.code = worker.code
        .replace(/["'`]__SHELL__["'`]/, () => JSON.stringify(list))
        .replace("__VERSION__", version);
    },
  };
}

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [shellList()],
  worker: { format: "es" },
  build: {
    outDir: "../server/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: {
        index: page("index.html"),
        dispatch: page("dispatch.html"),
        courier: page("courier.html"),
        track: page("track.html"),
        shop: page("shop.html"),
        sw: page("courier/sw.ts"),
      },
      output: {
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
      },
    },
  },
  test: {
    environment: "jsdom",
    include: ["**/*.test.{ts,tsx}"],
    restoreMocks: true,
  },
});
