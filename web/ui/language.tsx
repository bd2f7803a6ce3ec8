import { LANGUAGE_NAMES, LANGUAGES, language, setLanguage, t } from "../i18n";

/** Offers the other languages by their own names. */
export function LanguageSwitch() {
  return (
    <span class="language-switch" role="group" aria-label={t("language")}>
      {LANGUAGES.filter((other) => other !== language.value).map((other) => (
        <button class="button quiet small" lang={other} key={other} onClick={() => setLanguage(other)}>
          {LANGUAGE_NAMES[other]}
        </button>
      ))}
    </span>
  );
}
