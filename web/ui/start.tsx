/** Puts a page on the screen, in the right language, with a face for a fault of ours. */
import { Component, render, type ComponentChild, type ComponentChildren } from "preact";
import "./theme.css";
import { language, t } from "../i18n";
import { Toasts } from "./toast";

class Guard extends Component<{ children: ComponentChildren }, { failed: boolean }> {
  override state = { failed: false };

  override componentDidCatch(fault: unknown): void {
    console.error(fault);
    this.setState({ failed: true });
  }

  override render(): ComponentChild {
    if (!this.state.failed) return this.props.children;
    return (
      <div class="empty">
        <strong>{t("fault.title")}</strong>
        <button class="button" onClick={() => location.reload()}>
          {t("fault.reload")}
        </button>
      </div>
    );
  }
}

export function start(page: ComponentChild): void {
  document.documentElement.lang = language.value;
  const root = document.getElementById("app");
  if (root === null) throw new Error("the page has no #app");
  render(
    <Guard>
      {page}
      <Toasts />
    </Guard>,
    root,
  );
}
