import { useQuery } from "@tanstack/react-query";
import { Download, FileText } from "lucide-react";
import { useEffect, useState } from "react";
import { type Attachment, pictureType, shownName } from "../../../../schema/conversation/attachment.ts";
import { failureText } from "../../live/use-action.ts";
import { useLive } from "../../live/use-live.ts";
import { useServices, useSpace } from "../../live/workspace.ts";
import { formatBytes } from "../../ui/format.ts";
import { saveBlob } from "../../ui/save-file.ts";
import styles from "./attachments.module.css";

const pictures = /\.(png|jpe?g|gif|webp)$/i;

/** The files of a message. They lie in the box, so they are read while the stack runs. */
export function AttachmentList({ files }: { files: readonly Attachment[] }) {
  return (
    <ul className={styles.attached} aria-label="Attached">
      {files.map((file) => (
        <li key={`${file.agent}/${file.name}`}>{pictures.test(file.name) ? <Picture file={file} /> : <AttachmentRow file={file} />}</li>
      ))}
    </ul>
  );
}

/** A picture's address in this page. Its type comes from its bytes: HTML and SVG get none. */
function usePicture(file: Attachment): { url: string | undefined; state: "asleep" | "reading" | "failed" | "none" | "shown" } {
  const { api } = useServices();
  const { agent } = useSpace();
  const running = useLive(({ view }) => view.stack?.observed === "running");
  const found = useQuery({
    queryKey: ["attachment", file.agent, file.name],
    queryFn: async () => {
      const content = await (await api.attached(agent.id, file)).arrayBuffer();
      const type = pictureType(new Uint8Array(content.slice(0, 16)));
      return type ? new Blob([content], { type }) : null;
    },
    enabled: running,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [url, setUrl] = useState<string>();
  const blob = found.data;
  useEffect(() => {
    if (!blob) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  if (url && blob) return { url, state: "shown" };
  if (blob === null) return { url: undefined, state: "none" };
  return { url: undefined, state: found.isError ? "failed" : running ? "reading" : "asleep" };
}

const states = {
  asleep: "Shown when your stack runs",
  reading: "Reading it",
  failed: "It can’t be read. The agent may have moved or removed it.",
  none: "Not a picture that can be shown",
  shown: "",
};
function Picture({ file }: { file: Attachment }) {
  const { url, state } = usePicture(file);
  return (
    <figure>
      <div className={styles.picture}>
        {url ? <img src={url} alt={shownName(file.name)} /> : <span className="s12 sub">{states[state]}</span>}
      </div>
      <figcaption>
        <AttachmentRow file={file} />
      </figcaption>
    </figure>
  );
}

function AttachmentRow({ file }: { file: Attachment }) {
  const { api } = useServices();
  const { agent } = useSpace();
  const [error, setError] = useState<unknown>();
  const save = async () => {
    setError(undefined);
    saveBlob(await api.attached(agent.id, file), shownName(file.name));
  };
  return (
    <span className="file">
      <FileText className="i s14" aria-hidden="true" />
      <span className="t">{shownName(file.name)}</span>
      <span className="s12 sub num">{formatBytes(file.bytes)}</span>
      <button type="button" className="ib xs" aria-label={`Download ${shownName(file.name)}`} onClick={() => void save().catch(setError)}>
        <Download className="i s14" aria-hidden="true" />
      </button>
      {error !== undefined && (
        <span className="s12 c-bad" role="alert">
          {failureText(error)}
        </span>
      )}
    </span>
  );
}
