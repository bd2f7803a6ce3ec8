/** One big action: swipe it, or press it and press again; both confirm on purpose, neither by accident. */
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { Icon, type IconName } from "../ui/icon";

interface Props {
  label: string;
  icon: IconName;
  onConfirm: () => void;
}

const CONFIRM_AT = 0.82;
const SURE_FOR_MS = 3_000;

export function SwipeAction({ label, icon, onConfirm }: Props) {
  const track = useRef<HTMLDivElement>(null);
  const [pulled, setPulled] = useState(0);
  const [sure, setSure] = useState(false);
  const from = useRef<{ x: number; room: number } | null>(null);
  const moved = useRef(false);
  useEffect(() => {
    if (!sure) return;
    const timer = setTimeout(() => setSure(false), SURE_FOR_MS);
    return () => clearTimeout(timer);
  }, [sure]);

  const down = (event: PointerEvent): void => {
    const room = (track.current?.clientWidth ?? 300) - 64;
    from.current = { x: event.clientX, room };
    moved.current = false;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent): void => {
    if (from.current === null) return;
    const share = Math.min(1, Math.max(0, (event.clientX - from.current.x) / from.current.room));
    if (share > 0.04) moved.current = true;
    setPulled(share);
  };
  const up = (): void => {
    if (from.current === null) return;
    from.current = null;
    const enough = pulled >= CONFIRM_AT;
    setPulled(0);
    if (enough) confirm();
  };
  const confirm = (): void => {
    setSure(false);
    navigator.vibrate?.(40);
    onConfirm();
  };
  const press = (): void => {
    if (moved.current) return;
    if (sure) confirm();
    else setSure(true);
  };
  return (
    <div class={`swipe ${sure ? "sure" : ""}`} ref={track}>
      <span class="swipe-fill" ref={(fill) => fill?.style.setProperty("width", `${64 + pulled * 100}%`)} hidden={pulled === 0} />
      <button
        class="swipe-button"
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={up}
        onClick={press}
      >
        <span class="swipe-knob" ref={(knob) => knob?.style.setProperty("left", `calc(${pulled} * (100% - 60px) + 4px)`)}>
          <Icon name={icon} />
        </span>
        <span class="swipe-label">{sure ? t("swipe.again", { action: label }) : label}</span>
        <span class="swipe-more">
          <Icon name="chevron" />
          <Icon name="chevron" />
        </span>
      </button>
    </div>
  );
}
