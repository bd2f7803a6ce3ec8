/** Short notes at the bottom, with at most one thing to do, usually "undo". */
import { signal } from "@preact/signals";

interface Toast {
  id: number;
  text: string;
  action?: { label: string; run: () => void };
}

const shown = signal<readonly Toast[]>([]);
let last = 0;

/** Shows a note; returns how to take it away early. */
export function toast(text: string, action?: Toast["action"], lastsMs = 4_000): () => void {
  const id = ++last;
  const drop = (): void => void (shown.value = shown.value.filter((other) => other.id !== id));
  shown.value = [...shown.value.slice(-2), action ? { id, text, action } : { id, text }];
  setTimeout(drop, lastsMs);
  return drop;
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map((item) => (
        <div class="toast" key={item.id}>
          <span>{item.text}</span>
          {item.action ? (
            <button
              class="button"
              onClick={() => {
                item.action?.run();
                shown.value = shown.value.filter((other) => other.id !== item.id);
              }}
            >
              {item.action.label}
            </button>
          ) : null}
        </div>
      ))}
    </div>
  );
}
