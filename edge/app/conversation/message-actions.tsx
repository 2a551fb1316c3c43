import { Clock, Pencil, RotateCcw, X } from "lucide-react";
import type { EventBody } from "../../../schema/event.ts";
import type { OutboxEntry, Sending } from "../live/outbox.ts";
import { failureText, useAction } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { useSpace } from "../live/workspace.ts";
import { runPageAction } from "../shell/page-action.ts";
import { mayRun } from "../stack/stack-words.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { returnFiles } from "./attachment/uploads.ts";
import { prependComposerDraft } from "./composer-draft.ts";
import { useConversation } from "./conversation.ts";
import type { Fate } from "./feed-item.ts";
import styles from "./message.module.css";

/** A message's actions, beside its time. They show on hover and focus, and always on a touch screen. */
export function MessageActions({ children }: { children: React.ReactNode }) {
  return <span className={styles.msgActs}>{children}</span>;
}

type Sent = EventBody<"message.sent">;
/** Where a message of this conversation goes. */
export function useAddress(): Sending {
  const { home, channel, task } = useConversation();
  return task === undefined ? { channel: home ? undefined : channel } : { task };
}

export function MemberActions({ body }: { body: Sent }) {
  const { id, task } = useConversation();
  const edit = () => {
    prependComposerDraft(task ?? id, body.text);
    if (body.attachments) returnFiles(task ?? id, body.attachments);
    runPageAction(task === undefined ? "focusMessage" : "focusReply");
  };
  return (
    <MessageActions>
      <CopyButton text={body.text} label="Copy message" />
      <button type="button" className="ib xs" aria-label="Edit message" title="Edit and send it anew" onClick={edit}>
        <Pencil className="i s14" aria-hidden="true" />
      </button>
    </MessageActions>
  );
}

/** The actions of a refused message: edit it again with its files, or forget it. */
export function RefusedActions({ entry }: { entry: OutboxEntry }) {
  const { live } = useSpace();
  const { id } = useConversation();
  const conversation = entry.task ?? id;
  const edit = () => {
    prependComposerDraft(conversation, entry.text);
    if (entry.attachments) returnFiles(conversation, entry.attachments);
    live.discard(entry.clientId);
    runPageAction(entry.task === undefined ? "focusMessage" : "focusReply");
  };
  return (
    <>
      <button type="button" className="link" onClick={edit}>
        Edit
      </button>
      <button type="button" className="link" onClick={() => live.discard(entry.clientId)}>
        Remove
      </button>
    </>
  );
}

/** The fate of a message without an answer, and its actions. */
export function MemberFate({ body, fate }: { body: Sent; fate: Fate | undefined }) {
  if (fate === "queued") return <WaitingMessage body={body} />;
  if (fate !== "cancelled" && fate !== "failed" && fate !== "interrupted" && fate !== "stopped") return null;
  return (
    <p className={styles.footNote}>
      {fate === "cancelled" && "Cancelled before it was read."}
      <AskAgain body={body} />
    </p>
  );
}

function WaitingMessage({ body }: { body: Sent }) {
  const cancel = useAction("cancel");
  const begun = cancel.data?.cancelled === false;
  const isUp = useLive(({ view }) => view.stack?.ready !== false);
  const waits = isUp ? "Waiting for the answer before it" : "Waiting for your stack";
  return (
    <p className={styles.footNote} role={begun ? "status" : undefined}>
      <Clock className="i s14" aria-hidden="true" />
      {begun ? "It has begun already. Stop it if you don’t want it." : waits}
      {cancel.isError && <span className="c-bad">{failureText(cancel.error)}</span>}
      {!begun && (
        <button
          type="button"
          className="link"
          aria-disabled={cancel.isPending}
          onClick={() => !cancel.isPending && cancel.mutate({ turnId: body.turnId })}
        >
          <X className="i s14" aria-hidden="true" /> {cancel.isError ? "Try again to cancel" : "Cancel message"}
        </button>
      )}
    </p>
  );
}

/** Sends the text once more. Its id follows from the failed turn, so two devices send it once. */
function AskAgain({ body }: { body: Sent }) {
  const { live, me } = useSpace();
  const address = useAddress();
  const clientId = `again-${body.turnId}`;
  const waits = useLive(({ outbox }) => outbox.some((entry) => entry.clientId === clientId));
  if (live.log.sent(clientId) || waits || !mayRun(me)) return null;
  const place = body.taskId === undefined ? address : { task: body.taskId };
  const to = body.sessionId === undefined ? place : { session: body.sessionId };
  return (
    <button type="button" className="link" onClick={() => live.send(body.text, { ...to, attachments: body.attachments, clientId })}>
      <RotateCcw className="i s14" aria-hidden="true" /> Ask again
    </button>
  );
}
