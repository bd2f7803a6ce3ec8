/** The fields of a new order, for dispatchers and shops. Places come from the map or as numbers. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { t } from "../i18n";
import type { OrderBody, OrderEndBody } from "../wire/rest";
import { Icon } from "./icon";

export interface Place {
  lon: number;
  lat: number;
}
export type EndName = "pickup" | "dropoff";
type Texts = Record<"name" | "address" | "phone" | "notes", string>;

interface Props {
  ends: Record<EndName, Place | null>;
  picking: EndName | null;
  onPick: (end: EndName | null) => void;
  onPlace: (end: EndName, place: Place | null) => void;
  /** Resolves to true once the order was placed; the form then starts afresh. */
  onSubmit: (body: OrderBody) => Promise<boolean>;
  /** What the shop's own pickup usually is. */
  usual?: Partial<Texts>;
  currency: string;
  /** The server's time, Unix milliseconds; "ready in" counts from it. */
  nowMs: () => number;
  children?: ComponentChildren;
}

const READY_IN_MIN = [0, 5, 10, 15, 20, 30, 45, 60];
const BLANK: Texts = { name: "", address: "", phone: "", notes: "" };

export function OrderForm(props: Props) {
  const [texts, setTexts] = useState<Record<EndName, Texts>>({ pickup: { ...BLANK, ...props.usual }, dropoff: BLANK });
  const [readyMin, setReadyMin] = useState(10);
  const [cash, setCash] = useState("");
  const [ref, setRef] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setTried(true);
    const { pickup, dropoff } = props.ends;
    if (pickup === null || dropoff === null || busy) return;
    const readyAt = readyMin === 0 ? null : new Date(props.nowMs() + readyMin * 60_000).toISOString();
    const body: OrderBody = {
      pickup: endBody(pickup, texts.pickup, readyAt),
      dropoff: endBody(dropoff, texts.dropoff, null),
    };
    const cents = Math.round(Number(cash.replace(",", ".")) * 100);
    if (cents > 0) body.payment = { method: "cash", amount_cents: cents, currency: props.currency };
    if (ref.trim() !== "") body.ref = ref.trim();
    setBusy(true);
    const placed = await props.onSubmit(body);
    setBusy(false);
    if (!placed) return;
    setTried(false);
    setCash("");
    setRef("");
    setTexts({ pickup: texts.pickup, dropoff: BLANK });
  };
  const change = (end: EndName, field: keyof Texts, value: string): void =>
    setTexts({ ...texts, [end]: { ...texts[end], [field]: value } });

  return (
    <form class="order-form" onSubmit={(event) => void submit(event)} noValidate>
      {(["pickup", "dropoff"] as const).map((end) => (
        <EndFields key={end} end={end} texts={texts[end]} missing={tried && props.ends[end] === null} onText={change} {...props} />
      ))}
      <div class="form-row">
        <label class="field">
          {t("form.ready_in")}
          <select value={readyMin} onChange={(event) => setReadyMin(Number(event.currentTarget.value))}>
            {READY_IN_MIN.map((n) => (
              <option value={n} key={n}>
                {n === 0 ? t("form.ready_now") : t("span.minutes", { n })}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          {t("form.cash", { currency: props.currency })}
          <input inputMode="decimal" placeholder="0" value={cash} onInput={(event) => setCash(event.currentTarget.value)} />
        </label>
        <label class="field">
          {t("form.ref")}
          <input value={ref} maxLength={40} onInput={(event) => setRef(event.currentTarget.value)} />
        </label>
      </div>
      {props.children}
      <button class="button main wide" type="submit" disabled={busy}>
        {t("form.submit")}
      </button>
    </form>
  );
}

interface EndProps extends Props {
  end: EndName;
  texts: Texts;
  missing: boolean;
  onText: (end: EndName, field: keyof Texts, value: string) => void;
}

function EndFields({ end, texts, missing, onText, ends, picking, onPick, onPlace }: EndProps) {
  const place = ends[end];
  return (
    <fieldset class="form-end">
      <legend>
        <Icon name={end} /> {t(`stop.${end}`)}
      </legend>
      <button
        type="button"
        class={`button ${picking === end ? "accent" : ""}`}
        aria-pressed={picking === end}
        onClick={() => onPick(picking === end ? null : end)}
      >
        <Icon name="dropoff" />
        {picking === end ? t("form.click_map") : place === null ? t("form.pick") : t("form.move")}
      </button>
      {missing ? <p class="needs-text">{t("form.place_missing")}</p> : null}
      <label class="field">
        {t("form.name")}
        <input value={texts.name} maxLength={120} onInput={(event) => onText(end, "name", event.currentTarget.value)} />
      </label>
      <label class="field">
        {t("form.address")}
        <input value={texts.address} maxLength={240} onInput={(event) => onText(end, "address", event.currentTarget.value)} />
      </label>
      <details>
        <summary>{t("form.more")}</summary>
        <div class="form-row">
          {(["lon", "lat"] as const).map((axis) => (
            <label class="field" key={axis}>
              {t(`form.${axis}`)}
              <input
                inputMode="decimal"
                value={place === null ? "" : place[axis].toFixed(6)}
                onChange={(event) => {
                  const value = Number(event.currentTarget.value);
                  if (Number.isFinite(value)) onPlace(end, { lon: 0, lat: 0, ...place, [axis]: value });
                }}
              />
            </label>
          ))}
        </div>
        <label class="field">
          {t("form.phone")}
          <input type="tel" value={texts.phone} maxLength={40} onInput={(event) => onText(end, "phone", event.currentTarget.value)} />
        </label>
        <label class="field">
          {t("form.notes")}
          <input value={texts.notes} maxLength={500} onInput={(event) => onText(end, "notes", event.currentTarget.value)} />
        </label>
      </details>
    </fieldset>
  );
}

function endBody(place: Place, texts: Texts, readyAt: string | null): OrderEndBody {
  const body: OrderEndBody = { lon: place.lon, lat: place.lat };
  for (const field of ["name", "address", "phone", "notes"] as const) {
    const text = texts[field].trim();
    if (text !== "") body[field] = text;
  }
  if (readyAt !== null) body.ready_at = readyAt;
  return body;
}
