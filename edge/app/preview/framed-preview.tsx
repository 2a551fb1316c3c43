import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useScreen } from "../shell/screen.ts";
import { Asleep, useAsleep } from "../stack/asleep.tsx";
import { Failed } from "../ui/load-failed.tsx";
import styles from "./preview.module.css";
import { type PreviewWidth, previewDoor, previewWidths, projectDoor, Stage, useVisit, WidthButtons } from "./preview-frame.tsx";
import { PreviewLink } from "./preview-link.tsx";

/**
 * A preview as it looks now, within a list: to be seen, and opened by a press. `version`: moves when there is
 * something new to see.
 */
export function FramedPreview({ id, title, version }: { id: `pvw_${string}`; title: string; version: number }) {
  return (
    <Framed door={previewDoor(id)} title={title} version={version}>
      <PreviewLink preview={id} className={styles.cover!}>
        <span className="vh">Open {title}</span>
      </PreviewLink>
    </Framed>
  );
}
/** What runs of a project, in the same way. */
export function FramedProject({ project, release }: { project: string; release: string }) {
  return (
    <Framed door={projectDoor(project)} title={project} version={release}>
      <Link className={styles.cover!} to="/project/$name" params={{ name: project }}>
        <span className="vh">Open {project}</span>
      </Link>
    </Framed>
  );
}

type FramedProps = { door: Parameters<typeof useVisit>[0]["door"]; title: string; version: unknown; children: ReactNode };
function Framed(props: FramedProps) {
  return <div className={styles.page}>{useAsleep() ? <Asleep /> : <Drawn {...props} />}</div>;
}
function Drawn({ door, title, version, children }: FramedProps) {
  const { phone } = useScreen();
  const [width, setWidth] = useState<PreviewWidth>("desktop");
  const { entry } = useVisit({ door, version }, () => "/");
  if (entry.isError) return <Failed error={entry.error} retry={entry.refetch} />;
  return (
    <div className={styles.drawn}>
      <div className={styles.frame} inert>
        {entry.data && <Stage url={entry.data.url} title={title} width={phone ? undefined : previewWidths[width].px} />}
      </div>
      {children /* a page inside a list would catch its scrolling and keys: a press opens it */}
      {!phone && (
        <div className={styles.pageBar}>
          <WidthButtons width={width} choose={setWidth} />
        </div>
      )}
    </div>
  );
}
