/** Starts the dispatcher's page: token, who it is, then the live link. */
import { timeZone } from "../i18n";
import { apiFor } from "../ui/api";
import { Gate } from "../ui/gate";
import { start } from "../ui/start";
import "../ui/form.css";
import { ApiError, type Me } from "../wire/rest";
import { forgetToken, takeToken } from "../wire/session";
import { Desk } from "./desk";
import "./dispatch.css";
import "../replay/replay.css";
import "../settings/settings.css";
import { LiveLink } from "./live_link";
import { DispatchPage } from "./page";

const MAY_WATCH = ["owner", "dispatcher", "viewer"];

async function main(): Promise<void> {
  const token = takeToken("dispatch");
  if (token === null) return start(<Gate reason="missing" />);
  const api = apiFor(token);
  let me: Me;
  try {
    me = await api.me();
  } catch (fault) {
    if (!(fault instanceof ApiError)) throw fault;
    if (fault.status === 401) forgetToken("dispatch");
    return start(<Gate reason={fault.status === 401 || fault.status === 403 ? "refused" : "offline"} />);
  }
  if (!MAY_WATCH.includes(me.role)) return start(<Gate reason="role" />);
  timeZone.value = me.fleet.time_zone;
  const link = new LiveLink(token, me.fleet.slug);
  const desk = new Desk(link, api, me.role !== "viewer", me.role === "owner", me.fleet.currency);
  link.start();
  api.basemap().then(
    (basemap) => (desk.basemap.value = basemap),
    () => (desk.basemap.value = { kind: "none" }),
  );
  start(<DispatchPage desk={desk} />);
}

void main();
