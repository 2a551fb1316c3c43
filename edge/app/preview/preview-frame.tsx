import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Monitor, Smartphone, Tablet } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { previewEntryOut } from "../../../schema/preview/preview-access.ts";
import { newId } from "../../../schema/wire/id.ts";
import { type RestCall, restCall } from "../live/api.ts";
import { useServices } from "../live/workspace.ts";
import styles from "./preview.module.css";

/** What the pane beside the conversation and a plan's card share: the frame, and the ways into it. */
export const previewWidths = {
  desktop: { px: 1_280, title: "As on a desktop", icon: Monitor },
  tablet: { px: 820, title: "As on a tablet", icon: Tablet },
  phone: { px: 390, title: "As on a phone", icon: Smartphone },
} as const;
export type PreviewWidth = keyof typeof previewWidths;

/** The widths at which a page is looked at. */
export function WidthButtons({ width, choose }: { width: PreviewWidth; choose: (width: PreviewWidth) => void }) {
  return (
    <fieldset className={styles.widths} aria-label="Width">
      {(Object.keys(previewWidths) as PreviewWidth[]).map((name) => {
        const { icon: Icon, title } = previewWidths[name];
        return (
          <button key={name} type="button" className="ib" aria-label={title} aria-pressed={width === name} onClick={() => choose(name)}>
            <Icon className="i" aria-hidden="true" />
          </button>
        );
      })}
    </fieldset>
  );
}

/**
 * Each visit has a way in that is good once: another one for each reload, and for whatever is new to see
 * (`version`). `door`: the call that makes them.
 */
export function useVisit({ door, version }: { door: Door; version: unknown }, path: () => string) {
  const { api } = useServices();
  const [asked, setAsked] = useState(newId("req")); // a frame that is drawn anew makes a visit of its own
  const entry = useQuery({
    queryKey: ["entry", door("/"), version, asked],
    queryFn: () => api.send(door(path()), previewEntryOut),
    staleTime: "static",
    gcTime: 0,
    placeholderData: keepPreviousData,
  });
  return { entry, reload: () => setAsked(newId("req")) };
}
/** The call that makes a way in to a place behind it. */
type Door = (place: string) => RestCall;
export const previewDoor =
  (previewId: string): Door =>
  (path) =>
    restCall("POST", "/previews/{previewId}/entry", { params: { path: { previewId } }, body: { path } });
export const projectDoor =
  (project: string): Door =>
  (path) =>
    restCall("POST", "/projects/{project}/entries", { params: { path: { project } }, body: { path } });

/** Opens what is behind a door in a tab of its own, at the place that `path` says. */
export function useOpenOutside(door: Door, path: () => string): () => void {
  const { api } = useServices();
  const open = async () => {
    const page = window.open("about:blank", "_blank"); // now, or the browser takes it for a pop-up
    if (!page) return;
    page.opener = null;
    const made = await api.send(door(path()), previewEntryOut).catch(() => undefined);
    if (made) page.location.href = made.url;
    else page.close();
  };
  return () => void open();
}

/** The page itself, drawn smaller where the width that it is shown at does not fit. */
type StageProps = { url: string; title: string; width: number | undefined; onFrame?: (frame: HTMLIFrameElement | null) => void };
export function Stage({ url, title, width, onFrame }: StageProps) {
  const stage = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const watched = new ResizeObserver(([entry]) => {
      // What is hidden for a while keeps its frame: drawn anew, it would load again.
      if (entry && entry.contentRect.width > 0) setRoom({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    if (stage.current) watched.observe(stage.current);
    return () => watched.disconnect();
  }, []);
  const shown = width ?? room.width;
  const scale = room.width > 0 ? Math.min(1, room.width / shown) : 1;
  const style = { width: shown, height: room.height / scale, transform: `scale(${scale})` };
  return (
    <div className={styles.stage} ref={stage}>
      {room.width > 0 && (
        <div style={{ width: shown * scale, height: room.height }}>
          <iframe
            ref={onFrame}
            key={url}
            src={url}
            title={title}
            style={style}
            sandbox="allow-scripts allow-same-origin allow-forms allow-modals allow-popups allow-downloads"
            referrerPolicy="no-referrer"
          />
        </div>
      )}
    </div>
  );
}
