/** Codes and links that enrol a courier's phone: one at a time, so that the camera cannot take the wrong one. */
import { useEffect, useState } from "preact/hooks";
import { type Key, t } from "../i18n";
import type { CourierView } from "../wire/frames";
import type { Onboarding, PhoneAppSetup } from "../wire/rest";
import "./enrol_sheet.css";
import { Icon } from "../ui/icon";
import { Dialog, Loading } from "../ui/pieces";
import { toast } from "../ui/toast";
import type { Desk } from "./desk";

type Way = "page" | PhoneAppSetup["app"];
const WAYS: Record<Way, { name: Key; hint: Key }> = {
  page: { name: "enrol.page", hint: "enrol.page_hint" },
  traccar_client: { name: "enrol.traccar_client", hint: "enrol.scan_hint" },
  owntracks: { name: "enrol.owntracks", hint: "enrol.scan_hint" },
  gpslogger: { name: "enrol.gpslogger", hint: "enrol.gpslogger_hint" },
};

export function EnrolSheet({ desk, courier, onClose }: { desk: Desk; courier: CourierView; onClose: () => void }) {
  const [made, setMade] = useState<Onboarding | null>(null);
  const [way, setWay] = useState<Way>("page");
  useEffect(() => {
    desk.api.onboarding(courier.id).then(setMade, (fault: unknown) => {
      onClose();
      desk.tell(fault);
    });
  }, [courier.id]);
  const label = t("enrol.title", { courier: courier.name });
  return (
    <Dialog label={label} onClose={onClose}>
      <div class="chooser enrol">
        <header>
          <h2>{label}</h2>
          <button class="button quiet small" aria-label={t("close")} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        <div class="tabs" role="tablist">
          {(Object.keys(WAYS) as Way[]).map((each) => (
            <button key={each} role="tab" aria-selected={way === each} onClick={() => setWay(each)}>
              {t(WAYS[each].name)}
            </button>
          ))}
        </div>
        {made === null ? <Loading /> : <Code made={made} way={way} />}
        <p class="muted">{t("enrol.secret")}</p>
      </div>
    </Dialog>
  );
}

function Code({ made, way }: { made: Onboarding; way: Way }) {
  const app = made.apps.find((each) => each.app === way);
  const link = app === undefined ? made.url : app.link;
  const svg = app?.qr_svg ?? made.qr_svg;
  return (
    <div role="tabpanel">
      <p>{t(WAYS[way].hint)}</p>
      <img src={`data:image/svg+xml,${encodeURIComponent(svg)}`} alt={t("enrol.code", { app: t(WAYS[way].name) })} />
      <div class="actions">
        {link === null ? null : <CopyButton text={link} label={t("enrol.copy_link")} />}
        {app === undefined ? null : <CopyButton text={app.url} label={t("enrol.copy_address")} />}
      </div>
    </div>
  );
}

function CopyButton({ text, label }: { text: string; label: string }) {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      toast(t("enrol.copied"));
    } catch {
      prompt(label, text); // without HTTPS a page may not write there
    }
  };
  return (
    <button class="button small" onClick={() => void copy()}>
      <Icon name="link" /> {label}
    </button>
  );
}
