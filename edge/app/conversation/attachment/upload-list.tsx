import { Paperclip, X } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { shownName } from "../../../../schema/conversation/attachment.ts";
import { LazyPlanLink } from "../../billing/plan/lazy-plan-link.tsx";
import { useLive } from "../../live/use-live.ts";
import { hasPageAction } from "../../shell/page-action.ts";
import { describeLine } from "../../stack/stack-words.ts";
import { formatBytes } from "../../ui/format.ts";
import { Ring, type RingState } from "../../ui/ring.tsx";
import styles from "./attachments.module.css";
import type { Upload, Uploads } from "./uploads.ts";

const uploadRings: Record<Upload["state"], RingState> = { done: "complete", failed: "failed", waiting: "working", sending: "working" };

/** The files of the next message, each with its progress. */
export function UploadList({ uploads }: { uploads: Uploads }) {
  if (uploads.list.length === 0) return null;
  return (
    <ul className={styles.uploads} aria-label="Files to send">
      {uploads.list.map((upload) => (
        <UploadLine key={upload.id} upload={upload} uploads={uploads} />
      ))}
    </ul>
  );
}

function UploadLine({ upload, uploads }: { upload: Upload; uploads: Uploads }) {
  const lies = upload.attachment ?? upload.from;
  const name = lies ? shownName(lies.name) : upload.name;
  const place = useLive(({ view }) => view.stack?.place);
  const waking = place ? describeLine(place) : "Waking your stack";
  const words = upload.state === "waiting" && uploads.waking ? waking : upload.state === "done" ? formatBytes(upload.bytes) : "Uploading";
  return (
    <li className={upload.state === "failed" ? "file bad" : "file"}>
      <Ring state={uploadRings[upload.state]} label="" />
      <span className="t">{name}</span>
      {upload.error ? (
        <span className="s12 c-bad" role="alert">
          {upload.error}
          <LazyPlanLink after={upload.error} />
        </span>
      ) : (
        <span className="s12 sub num">{words}</span>
      )}
      {upload.state === "failed" && (upload.file ?? upload.from) && (
        <button type="button" className="link s12" onClick={() => uploads.retry(upload.id)}>
          Try again
        </button>
      )}
      <button type="button" className="ib xs" aria-label={`Remove ${name}`} onClick={() => uploads.remove(upload.id)}>
        <X className="i s14" aria-hidden="true" />
      </button>
    </li>
  );
}

export function AttachButton({ add }: Pick<Uploads, "add">) {
  const picker = useRef<HTMLInputElement>(null);
  // On the element itself: while the person picks, React may replace this field by another.
  useLayoutEffect(() => {
    const input = picker.current;
    if (!input) return;
    input.onchange = () => {
      add(input.files ?? []);
      input.value = ""; // the same file may be picked again
    };
  }, [add]);
  return (
    <>
      <button type="button" className="ib" aria-label="Attach files" title="Attach files" onClick={() => picker.current?.click()}>
        <Paperclip className="i" aria-hidden="true" />
      </button>
      <input ref={picker} type="file" aria-label="Files to attach" multiple hidden />
    </>
  );
}

const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
/** Whether a drop here belongs to this field: a thread's panel and its channel each have one. */
function isFor(kind: "message" | "reply", { target }: DragEvent): boolean {
  const dropArea = target instanceof Element ? target.closest("[data-drop]")?.getAttribute("data-drop") : undefined;
  return dropArea ? dropArea === kind : kind === "message" || !hasPageAction("focusMessage");
}
/** Files may be dropped anywhere on the page; one that misses the field does not replace the app. */
export function DropArea({ add, kind }: Pick<Uploads, "add"> & { kind: "message" | "reply" }) {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const drag = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(isFor(kind, event));
    };
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const drop = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(false);
      if (isFor(kind, event)) add(event.dataTransfer?.files ?? []);
    };
    window.addEventListener("dragover", drag);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", drag);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
    };
  }, [add, kind]);
  return over ? <div className={styles.dropping}>{kind === "message" ? "Drop to attach" : "Drop to attach in the thread"}</div> : null;
}
