import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useConversation } from "../conversation/conversation.ts";
import { useScreen } from "../shell/screen.ts";
import { Asleep } from "../stack/asleep.tsx";
import { Failed } from "../ui/load-failed.tsx";
import styles from "./preview.module.css";
import { type PreviewWidth, previewDoor, previewWidths, Stage, useVisit, WidthButtons } from "./preview-frame.tsx";

/** Opens a preview beside the open conversation. */
export function PreviewLink({ preview, className, children }: { preview: `pvw_${string}`; className: string; children: ReactNode }) {
  const { home, id } = useConversation();
  return home ? (
    <Link className={className} to="/" search={{ preview }}>
      {children}
    </Link>
  ) : (
    <Link className={className} to="/c/$agent" params={{ agent: id }} search={{ preview }}>
      {children}
    </Link>
  );
}

/** A preview as it looks now, within a list: to be seen, and opened by a press. `version`: moves when there is something new to see. */
export function FramedPreview({ id, title, version }: { id: `pvw_${string}`; title: string; version: number }) {
  const { phone } = useScreen();
  const [width, setWidth] = useState<PreviewWidth>("desktop");
  const { entry } = useVisit({ door: previewDoor(id), version }, () => "/");
  return (
    <div className={styles.page}>
      <Asleep />
      {entry.isError && <Failed error={entry.error} retry={entry.refetch} />}
      <div className={styles.frame} inert>
        {entry.data && <Stage url={entry.data.url} title={title} width={phone ? undefined : previewWidths[width].px} />}
      </div>
      {/* a page inside a list would catch its scrolling and keys: a press opens it beside the conversation */}
      <PreviewLink preview={id} className={styles.cover!}>
        <span className="vh">Open {title}</span>
      </PreviewLink>
      {!phone && (
        <div className={styles.pageBar}>
          <WidthButtons width={width} choose={setWidth} />
        </div>
      )}
    </div>
  );
}
