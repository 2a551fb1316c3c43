import { useSearch } from "@tanstack/react-router";
import { MonitorPlay } from "lucide-react";
import { memo } from "react";
import type { EventBody } from "../../../schema/event.ts";
import { useConversationLive } from "../conversation/conversation.ts";
import type { LogRow } from "../live/log-view.ts";
import { useAction } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { formatTime } from "../ui/format.ts";
import { Refusal } from "../ui/refusal.tsx";
import { LazyFramedPreview } from "./lazy-framed-preview.tsx";
import styles from "./preview.module.css";
import { PreviewLink } from "./preview-link.tsx";
import { useShowPreview } from "./use-show-preview.ts";

const describeSource = (source: EventBody<"preview.state">["source"]) =>
  source.kind === "pages" ? "Pages it has made" : `A program on port ${source.port}`;

type PreviewRow = Extract<LogRow, { type: "preview" }>;
/** The one that has changed last of those that can be looked at. */
const findNewest = (rows: readonly LogRow[]): PreviewRow | undefined =>
  rows.reduce<PreviewRow | undefined>(
    (newest, row) => (row.type === "preview" && row.body.state === "open" && row.changedAt >= (newest?.changedAt ?? 0) ? row : newest),
    undefined,
  );
/**
 * Whether a preview is the newest of the open conversation, and stands nowhere else on the screen. A program
 * is not drawn by itself: it may have ended with the work that has started it.
 */
function useShownHere({ key, body }: PreviewRow): boolean {
  const newest = useConversationLive(({ view }) => findNewest(view.rows)?.key === key);
  const beside = useSearch({ strict: false, select: (search) => search.preview });
  return newest && body.source.kind === "pages" && beside !== body.previewId;
}

/** Something to look at, where it was made: the newest is seen at once. */
export const PreviewEventRow = memo(function PreviewEventRow({ row }: { row: PreviewRow }) {
  const { body, at, changedAt } = row;
  const shown = useShownHere(row);
  const open = body.state === "open";
  return (
    <div className={`aside ${styles.shown}`}>
      <article className={`tcard ${styles.card}`} aria-label={`Preview ${body.title}`}>
        <MonitorPlay className="i" aria-hidden="true" />
        <p className="grow">
          <b className="b">{body.title}</b>
          <span className="sub s13"> {open ? describeSource(body.source) : "It is closed."}</span>
          <time className="s12 sub num"> {formatTime(at)}</time>
        </p>
        {open && (
          <PreviewLink preview={body.previewId} className="btn pri">
            Open
          </PreviewLink>
        )}
      </article>
      {shown && <LazyFramedPreview id={body.previewId} title={body.title} version={changedAt} />}
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
          {open.isError && (
            <span className="c-bad s13">
              {" "}
              <Refusal error={open.error} />
            </span>
          )}
        </p>
        <button type="button" className="btn" disabled={open.isPending} onClick={press}>
          {open.isPending ? "Opening" : "Show it"}
        </button>
      </article>
    </div>
  );
});
