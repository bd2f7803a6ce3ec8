/** Starts the customer's page: the token is in the path, and goes to the server in the first frame only. */
import { effect } from "@preact/signals";
import { timeZone } from "../i18n";
import { socketUrl } from "../live/socket";
import { TrackLink } from "../live/track_link";
import { Gate } from "../ui/gate";
import { start } from "../ui/start";
import { trackingTokenIn } from "../wire/session";
import { TrackPage } from "./page";
import "./track.css";

const token = trackingTokenIn(location.pathname);
if (token === null) {
  start(<Gate reason="missing" />);
} else {
  const link = new TrackLink(socketUrl("/ws/track"), token);
  effect(() => void (timeZone.value = link.delivery.value?.time_zone));
  link.start();
  document.documentElement.toggleAttribute("data-embedded", location.pathname.startsWith("/embed/"));
  start(<TrackPage link={link} />);
}
