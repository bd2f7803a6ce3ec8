/** The token a page works with: taken from the link once, kept in the browser, never left in the address. */

export type PageName = "dispatch" | "courier" | "shop";

const key = (page: PageName): string => `relevo.token.${page}`;

/** A courier's phone stays signed in; a desk's browser forgets with the tab. */
const storeOf = (page: PageName): Storage => (page === "courier" ? localStorage : sessionStorage);

/** Returns the page's token: from the fragment (`#token=...`, then removed from the address), else the kept one. */
export function takeToken(page: PageName): string | null {
  const given = tokenIn(location.hash);
  if (given !== null) {
    storeOf(page).setItem(key(page), given);
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  return storeOf(page).getItem(key(page));
}

export function forgetToken(page: PageName): void {
  storeOf(page).removeItem(key(page));
}

/** Finds a token in a pasted link, a fragment, or the bare token itself; null when there is none. */
export function tokenIn(text: string): string | null {
  const found = /(?:^|[#?&])token=([\w-]{8,512})/.exec(text.trim()) ?? /^(rlv_[\w-]{8,508})$/.exec(text.trim());
  return found?.[1] ?? null;
}

/** Finds the token of a customer's link (`/t/TOKEN`, or `/embed/TOKEN` in a frame); null when the text holds none. */
export function trackingTokenIn(text: string): string | null {
  return /\/(?:t|embed)\/([\w-]{8,512})/.exec(text)?.[1] ?? null;
}
