import { useSearch } from "@tanstack/react-router";
import { MonitorPlay } from "lucide-react";
import { memo } from "react";
import type { EventBody } from "../../../schema/event.ts";
import { useConversationLive } from "../conversation/conversation.ts";
import { failureText, useAction } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { formatTime } from "../ui/format.ts";
import { FramedPreview, PreviewLink } from "./framed-preview.tsx";
import styles from "./preview.module.css";
import { useShowPreview } from "./use-show-preview.ts";

const describeSource = (source: EventBody<"preview.state">["source"]) =>
  source.kind === "pages" ? "Pages it has made" : `A program on port ${source.port}`;

/** Whether a preview is the newest of the open conversation, and stands nowhere else on the screen. */
function useShownHere(seq: number, preview: string): boolean {
  const newest = useConversationLive(({ view }) => view.rows.findLast(({ type }) => type === "preview")?.seq === seq);
  const beside = useSearch({ strict: false, select: (search) => search.preview });
  return newest && beside !== preview;
}

type PreviewEvent = { seq: number; body: EventBody<"preview.state">; at: number };
/** Something to look at, where it was made: the newest is seen at once. */
export const PreviewEventRow = memo(function PreviewEventRow({ seq, body, at }: PreviewEvent) {
  const shown = useShownHere(seq, body.previewId);
  return (
    <div className={`aside ${styles.shown}`}>
      <article className={`tcard ${styles.card}`} aria-label={`Preview ${body.title}`}>
        <MonitorPlay className="i" aria-hidden="true" />
        <p className="grow">
          <b className="b">{body.title}</b>
          <span className="sub s13"> {describeSource(body.source)}</span>
          <time className="s12 sub num"> {formatTime(at)}</time>
        </p>
        <PreviewLink preview={body.previewId} className="btn pri">
          Open
        </PreviewLink>
      </article>
      {shown && <FramedPreview id={body.previewId} title={body.title} version={at} />}
    </div>
  );
});

/** A program has begun to listen: it is shown at the person's word. */
export const OfferEventRow = memo(function OfferEventRow({ body, at }: { body: EventBody<"preview.offered">; at: number }) {
  const open = useAction("previewOpen");
  const show = useShowPreview();
  const agent = useLive(({ view }) => view.agents.get(body.agentId)?.title) ?? "Your agent";
  const press = () => open.mutate({ agent: body.agentId, port: body.port }, { onSuccess: ({ preview }) => show(preview.id) });
  return (
    <div className="aside">
      <article className={`tcard ${styles.card}`} aria-label={`Port ${body.port}`}>
        <MonitorPlay className="i" aria-hidden="true" />
        <p className="grow">
          <span>
            {agent} has started a program on port {body.port}.
          </span>
          <time className="s12 sub num"> {formatTime(at)}</time>
          {open.isError && <span className="c-bad s13"> {failureText(open.error)}</span>}
        </p>
        <button type="button" className="btn" disabled={open.isPending} onClick={press}>
          {open.isPending ? "Opening" : "Show it"}
        </button>
      </article>
    </div>
  );
});
