/** What the co-op chose, in plain words, for its owners; and who changed it. */
import { useEffect, useState } from "preact/hooks";
import { clockTime, shortDate, t, tCode, type Key } from "../i18n";
import type { Desk } from "../dispatch/desk";
import { Icon } from "../ui/icon";
import { Empty, Loading } from "../ui/pieces";
import { toast } from "../ui/toast";
import { ApiError, type FleetChangeDoc, type FleetSettingsDoc } from "../wire/rest";
import { type Field, GROUPS, kept, typed, type Value } from "./fields";

export function SettingsPanel({ desk }: { desk: Desk }) {
  const [told, setTold] = useState<FleetSettingsDoc | "failed" | null>(null);
  const [changes, setChanges] = useState<FleetChangeDoc[]>([]);
  const readChanges = (): void => void desk.api.fleetChanges().then((doc) => setChanges(doc.changes), () => {});
  const read = (): void => {
    setTold(null);
    desk.api.fleetSettings().then(setTold, (fault: unknown) => setTold(fault instanceof ApiError ? "failed" : null));
    readChanges();
  };
  useEffect(read, []);
  return (
    <article class="panel settings" aria-label={t("settings")}>
      <header class="panel-head">
        <h2>{t("settings")}</h2>
        <button class="button quiet small" aria-label={t("close")} onClick={() => desk.closeSheet()}>
          <Icon name="close" />
        </button>
      </header>
      <div class="panel-body">
        {told === null ? <Loading /> : null}
        {told === "failed" ? (
          <Empty icon="offline" title={t("settings.failed")}>
            <button class="button" onClick={read}>
              {t("link.retry")}
            </button>
          </Empty>
        ) : null}
        {told !== null && told !== "failed" ? (
          <SettingsForm
            desk={desk}
            told={told}
            onSaved={(doc) => {
              setTold(doc);
              desk.currency.value = String(doc.settings["currency"]);
              readChanges();
            }}
          />
        ) : null}
        <button class="button small" onClick={() => (desk.sheet.value = "day")}>
          <Icon name="history" /> {t("day.open")} <kbd>D</kbd>
        </button>
        {changes.length > 0 ? <Changes changes={changes} /> : null}
      </div>
    </article>
  );
}

interface FormProps {
  desk: Desk;
  told: FleetSettingsDoc;
  onSaved: (doc: FleetSettingsDoc) => void;
}

function SettingsForm({ desk, told, onSaved }: FormProps) {
  const [draft, setDraft] = useState<Record<string, string>>({});
  const valueOf = (name: string): Value => told.settings[name] ?? "";
  const shown = (field: Field): string => draft[field.name] ?? typed(field, valueOf(field.name));
  const fields = GROUPS.flatMap((group) => group.fields);
  const wrong = fields.filter((field) => draft[field.name] !== undefined && kept(field, draft[field.name] ?? "") === null);
  const moved = fields.filter((field) => draft[field.name] !== undefined && kept(field, draft[field.name] ?? "") !== valueOf(field.name));
  const save = (event: Event): void => {
    event.preventDefault();
    const patch = Object.fromEntries(moved.map((field) => [field.name, kept(field, draft[field.name] ?? "")]));
    desk.api.changeFleetSettings(patch).then(
      (doc) => {
        setDraft({});
        onSaved(doc);
        toast(t("settings.saved"));
      },
      (fault: unknown) => desk.tell(fault),
    );
  };
  return (
    <form onSubmit={save}>
      {GROUPS.map((group) => (
        <fieldset key={group.title}>
          <legend>{t(`settings.group.${group.title}` as Key)}</legend>
          {group.fields.map((field) => {
            const [other, wanted] = field.when ?? [null, null];
            const asked = other === null || (draft[other] ?? valueOf(other)) === wanted;
            return asked ? (
              <SettingRow
                key={field.name}
                field={field}
                text={shown(field)}
                usual={typed(field, told.usual[field.name] ?? "")}
                wrong={wrong.includes(field)}
                onText={(text) => setDraft({ ...draft, [field.name]: text })}
              />
            ) : null;
          })}
        </fieldset>
      ))}
      <p class="muted">{t("settings.retention", { n: told.retention_days })}</p>
      <div class="actions settings-save">
        <button class="button main" type="submit" disabled={moved.length === 0 || wrong.length > 0}>
          {t("settings.save")}
        </button>
        <button class="button quiet" type="button" disabled={moved.length === 0} onClick={() => setDraft({})}>
          {t("cancel")}
        </button>
      </div>
    </form>
  );
}

interface RowProps {
  field: Field;
  text: string;
  usual: string;
  wrong: boolean;
  onText: (text: string) => void;
}

function SettingRow({ field, text, usual, wrong, onText }: RowProps) {
  const label = t(`settings.${field.name}` as Key);
  const hint = tCode("settings", `${field.name}.hint`, "");
  if (field.kind === "switch") {
    return (
      <label class="setting-choice">
        <input type="checkbox" checked={text === "true"} onChange={(event) => onText(String(event.currentTarget.checked))} />
        <span>
          {label}
          <small class="muted setting-hint">{hint}</small>
        </span>
      </label>
    );
  }
  if (field.kind === "choice" || field.kind === "level") {
    return (
      <div class="setting" role="radiogroup" aria-label={label}>
        <strong>{label}</strong>
        {(field.choices ?? []).map((choice) => (
          <label key={choice} class="setting-choice">
            <input type="radio" name={field.name} checked={text === choice} onChange={() => onText(choice)} />
            <span>
              {choiceText(field.name, choice)}
              {choice === usual ? <small class="muted"> {t("settings.usual")}</small> : null}
            </span>
          </label>
        ))}
      </div>
    );
  }
  return (
    <label class="field">
      {label}
      <input
        value={text}
        inputMode={field.kind === "text" ? "text" : "decimal"}
        aria-invalid={wrong}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      {wrong ? <small class="needs-text">{t("settings.between", { least: field.least ?? 0, most: field.most ?? 0 })}</small> : <small class="muted">{hint}</small>}
    </label>
  );
}

/** Arrivals share their words; other choices have their own. */
function choiceText(name: string, choice: string): string {
  return tCode(`settings.${name}`, choice, tCode("settings.policy", choice, choice));
}

function Changes({ changes }: { changes: readonly FleetChangeDoc[] }) {
  return (
    <section>
      <h3>{t("settings.changes")}</h3>
      <ul class="setting-changes">
        {changes.slice(0, 20).map((change) => (
          <li key={change.at}>
            <small class="muted">
              {shortDate(Date.parse(change.at))} {clockTime(Date.parse(change.at))} · {change.actor}
            </small>
            {Object.entries(change.changed).map(([name, [before, after]]) => (
              <div key={name}>
                {tCode("settings", name, name)}: {sayValue(name, before)} → {sayValue(name, after)}
              </div>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

function sayValue(name: string, value: Value | null): string {
  const field = GROUPS.flatMap((group) => group.fields).find((one) => one.name === name);
  if (value === null || value === "") return "–";
  if (field === undefined) return String(value);
  if (field.kind === "switch") return t(value === true ? "yes" : "no");
  return field.kind === "choice" || field.kind === "level" ? choiceText(name, String(value)) : typed(field, value);
}
