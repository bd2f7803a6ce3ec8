/** The first page: a pasted link, or login and password; then on to where the token leads. */
import { useState } from "preact/hooks";
import { t, tCode } from "../i18n";
import { apiFor } from "../ui/api";
import { LanguageSwitch } from "../ui/language";
import { start } from "../ui/start";
import { ApiError } from "../wire/rest";
import { tokenIn, trackingTokenIn } from "../wire/session";
import "./signin.css";

const PAGE_OF_ROLE: Record<string, string> = {
  owner: "/dispatch",
  dispatcher: "/dispatch",
  viewer: "/dispatch",
  courier: "/courier",
  shop: "/shop",
};

function SignInPage() {
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [link, setLink] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  const attempt = async (step: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setProblem("");
    try {
      await step();
    } catch (fault) {
      if (!(fault instanceof ApiError)) throw fault;
      setProblem(tCode("error", fault.code, fault.message));
    }
    setBusy(false);
  };
  const withPassword = async (): Promise<void> => {
    const session = await apiFor(null).signIn(login.trim(), password);
    lead(session.role, session.token);
  };
  const withLink = async (): Promise<void> => {
    const tracking = trackingTokenIn(link);
    if (tracking !== null) return location.assign(`/t/${tracking}`);
    const token = tokenIn(link);
    if (token === null) return setProblem(t("signin.no_token"));
    lead((await apiFor(token).me()).role, token);
  };
  const lead = (role: string, token: string): void => {
    const page = PAGE_OF_ROLE[role];
    if (page === undefined) setProblem(t("signin.no_page", { role }));
    else location.assign(`${page}#token=${token}`);
  };

  return (
    <main class="signin">
      <header>
        <img src="/icon.svg" alt="" width="56" height="56" />
        <h1>Relevo</h1>
        <p class="muted">{t("signin.lead")}</p>
      </header>
      {problem === "" ? null : (
        <p class="bar-note" role="alert">
          {problem}
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(withPassword);
        }}
      >
        <label class="field">
          {t("signin.login")}
          <input autocomplete="username" autocapitalize="none" required value={login} onInput={(event) => setLogin(event.currentTarget.value)} />
        </label>
        <label class="field">
          {t("signin.password")}
          <input
            type="password"
            autocomplete="current-password"
            required
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        <button class="button main wide" disabled={busy}>
          {t("signin.enter")}
        </button>
      </form>
      <p class="or">{t("signin.or")}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(withLink);
        }}
      >
        <label class="field">
          {t("signin.link")}
          <input required placeholder="https://…/#token=…" value={link} onInput={(event) => setLink(event.currentTarget.value)} />
        </label>
        <button class="button wide" disabled={busy}>
          {t("signin.open")}
        </button>
      </form>
      <LanguageSwitch />
    </main>
  );
}

const given = tokenIn(location.hash);
if (given === null) {
  start(<SignInPage />);
} else {
  history.replaceState(null, "", "/");
  apiFor(given)
    .me()
    .then((me) => location.replace(`${PAGE_OF_ROLE[me.role] ?? "/"}#token=${given}`))
    .catch(() => start(<SignInPage />));
}
