/** What a page shows when it has no token, or one that does not fit. */
import { t } from "../i18n";
import { Icon } from "./icon";
import { LanguageSwitch } from "./language";

export function Gate({ reason }: { reason: "missing" | "refused" | "role" | "offline" }) {
  return (
    <div class="gate empty">
      <Icon name={reason === "offline" ? "offline" : "key"} />
      <h1>{t(`gate.${reason}`)}</h1>
      <p>{t(`gate.${reason}_hint`)}</p>
      {reason === "offline" ? (
        <button class="button main" onClick={() => location.reload()}>
          {t("link.retry")}
        </button>
      ) : (
        <a class="button main" href="/">
          {t("gate.sign_in")}
        </a>
      )}
      <LanguageSwitch />
    </div>
  );
}
