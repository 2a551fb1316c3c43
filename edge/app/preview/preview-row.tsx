import { Link } from "@tanstack/react-router";
import { MonitorPlay } from "lucide-react";
import { memo, type ReactNode } from "react";
import type { EventBody } from "../../../schema/event.ts";
import { useConversation } from "../conversation/conversation.ts";
import { failureText, useAction } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { formatTime } from "../ui/format.ts";
import styles from "./preview.module.css";
import { useShowPreview } from "./use-show-preview.ts";

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

const describeSource = (source: EventBody<"preview.state">["source"]) =>
  source.kind === "pages" ? "Pages it has made" : `A program on port ${source.port}`;

/** Something to look at, where it was made. */
export const PreviewEventRow = memo(function PreviewEventRow({ body, at }: { body: EventBody<"preview.state">; at: number }) {
  return (
    <div className="aside">
      <article className={`tcard ${styles.card}`} aria-label={`Preview ${body.title}`}>
        <MonitorPlay className="i" aria-hidden="true" />
        <p className="grow">
          <b className="b">{body.title}</b>
          <span className="sub s13"> {describeSource(body.source)}</span>
          <time className="s12 sub num"> {formatTime(at)}</time>
        </p>
        <PreviewLink preview={body.previewId} className="btn pri">
          Look at it
        </PreviewLink>
      </article>
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
          {open.isPending ? "Opening" : "Look at it"}
        </button>
      </article>
    </div>
  );
});
