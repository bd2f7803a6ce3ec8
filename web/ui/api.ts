import { language } from "../i18n";
import { Api } from "../wire/rest";

/** REST with a token, answered in the page's language. */
export function apiFor(token: string | null): Api {
  return new Api(token, () => language.value);
}
