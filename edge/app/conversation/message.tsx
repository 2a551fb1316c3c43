import { Link } from "@tanstack/react-router";
import { Clock, FolderGit2, Square } from "lucide-react";
import { memo, type ReactNode, useCallback } from "react";
import { errorTable } from "../../../schema/wire/error.ts";
import { LazyPlanLink } from "../billing/plan/lazy-plan-link.tsx";
import { CommitCard } from "../git/diff.tsx";
import { describeError } from "../live/api.ts";
import type { LogRow } from "../live/log-view.ts";
import type { OutboxEntry } from "../live/outbox.ts";
import { useSpace } from "../live/workspace.ts";
import { WhyLine } from "../memory/memory-sources.tsx";
import { runPageAction } from "../shell/page-action.ts";
import { KeyCaps } from "../shell/sheet.tsx";
import { describeCallNow } from "../turn/call-words.ts";
import { type ShownToolCall, ToolCalls } from "../turn/tool-calls.tsx";
import type { Turn, TurnPart } from "../turn/turn.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { formatDuration, formatElapsed, formatTime, takeInitials } from "../ui/format.ts";
import { Markdown } from "../ui/markdown/markdown.tsx";
import { Say, withoutSay } from "../ui/markdown/say.ts";
import { Logo, Ring, type RingState } from "../ui/ring.tsx";
import { useClock } from "../ui/use-clock.ts";
import { AttachmentList } from "./attachment/message-attachments.tsx";
import { prependComposerDraft } from "./composer-draft.ts";
import { useConversation } from "./conversation.ts";
import type { Fate } from "./feed-item.ts";
import { MemberText, textClass } from "./member-text.tsx";
import styles from "./message.module.css";
import { MemberActions, MemberFate, MessageActions, RefusedActions, useAddress } from "./message-actions.tsx";
import { Notice } from "./notice.tsx";

type MessageProps = {
  author: "me" | "agent";
  at: number /** In the log; what is not there yet has no address. */;
  seq?: number;
  actions?: ReactNode;
  children: ReactNode;
};
export function Message({ author, at, seq, actions, children }: MessageProps) {
  const { me } = useSpace();
  const conversation = useConversation();
  const name = author === "me" ? me.member.name : conversation.name;
  return (
    <article className="msg" aria-label={`${name}, ${formatTime(at)}`}>
      <span className={author === "me" ? "av me" : "av"} aria-hidden="true">
        {author === "me" || !conversation.home ? takeInitials(name) : <Logo size={20} />}
      </span>
      <div className={styles.body}>
        <header>
          <h2>{name}</h2>
          <When at={at} seq={seq} />
          {actions}
        </header>
        {children}
      </div>
    </article>
  );
}

/** The time of a message, which is also its address. */
function When({ at, seq }: { at: number; seq: number | undefined }) {
  const { home, id } = useConversation();
  const time = <time dateTime={new Date(at).toISOString()}>{formatTime(at)}</time>;
  if (seq === undefined) return time;
  const shared = { search: { at: seq }, "aria-label": `Link to this message, ${formatTime(at)}`, children: time };
  return home ? <Link to="/" {...shared} /> : <Link to="/c/$agent" params={{ agent: id }} {...shared} />;
}

type Own = { row: Extract<LogRow, { type: "member" }>; fate: Fate | undefined };
export const MemberMessage = memo(function MemberMessage({ row: { at, seq, body }, fate }: Own) {
  return (
    <Message author="me" at={at} seq={seq} actions={<MemberActions body={body} />}>
      <MemberText text={body.text} name={body.clientId} />
      {body.attachments && <AttachmentList files={body.attachments} />}
      {body.sessionId && (
        <p className={styles.footNote}>
          <Link className="link" to="/session" search={{ id: body.sessionId }}>
            Said in a session of its own
          </Link>
        </p>
      )}
      <MemberFate body={body} fate={fate} />
    </Message>
  );
});

/** A message that the actor has not confirmed. */
export function PendingMessage({ entry, held, offline }: { entry: OutboxEntry; held: boolean; offline: boolean }) {
  const { live } = useSpace();
  const now = useClock(true, 500);
  const late = now - entry.at > 1_000;
  return (
    <Message author="me" at={entry.at}>
      <MemberText text={entry.text} name={entry.clientId} />
      {entry.attachments && <AttachmentList files={entry.attachments} />}
      {entry.refused ? (
        <p className={styles.footNote}>
          <span>
            <span className="c-bad med">{refusalOf(entry, entry.refused)}</span> It was not sent.
            <LazyPlanLink after={errorTable[entry.refused].message} />
          </span>
          <RefusedActions entry={entry} />
        </p>
      ) : entry.unanswered ? (
        <p className={styles.footNote}>
          <span className="c-bad med">No answer in 10 s.</span> It cannot arrive twice.
          <button type="button" className="link" onClick={() => live.retry(entry.clientId)}>
            Retry
          </button>
        </p>
      ) : held || offline || late ? (
        <p className={styles.footNote}>
          <Clock className="i s14" aria-hidden="true" />
          {held
            ? "Kept on this device, sends when your agent wakes"
            : offline
              ? "Kept on this device, sends when you are back online"
              : "Sending"}
        </p>
      ) : null}
    </Message>
  );
}

const refusalOf = ({ task, attachments }: OutboxEntry, code: NonNullable<OutboxEntry["refused"]>): string =>
  task !== undefined && attachments && code === "invalid"
    ? "Another agent has the task by now, and its files lay with the one before. Edit it: the files go on to the one that has it."
    : errorTable[code].message;

type Group = { type: "tools"; key: string; calls: ShownToolCall[] } | { type: "part"; key: string; part: TurnPart };
function grouped(parts: readonly TurnPart[], skew: number): Group[] {
  const groups: Group[] = [];
  for (const part of parts) {
    const last = groups.at(-1);
    if (part.type !== "tool") groups.push({ type: "part", key: part.key, part });
    else if (last?.type === "tools") last.calls.push({ call: part.call, at: part.at, skew });
    else groups.push({ type: "tools", key: part.key, calls: [{ call: part.call, at: part.at, skew }] });
  }
  return groups;
}

/** An agent's answer: text, tool calls and commits in order, then the turn's state or how it ended. */
export const TurnMessage = memo(function TurnMessage({ turn, skew }: { turn: Turn; skew: number }) {
  const running = turn.state === "running";
  const groups = grouped(turn.parts, skew);
  const busy = running && turn.live.length === 0;
  const { id, task } = useConversation();
  const say = useCallback(
    (words: string) => {
      prependComposerDraft(task ?? id, words);
      runPageAction(task === undefined ? "focusMessage" : "focusReply");
    },
    [id, task],
  );
  return (
    <Message author="agent" at={turn.startedAt ?? turn.at} seq={turn.seq} actions={!running && <CopyAnswer turn={turn} />}>
      <Say value={say}>
        {groups.map((group, index) =>
          group.type === "tools" ? (
            <ToolCalls key={group.key} calls={group.calls} settled={!running || index < groups.length - 1} />
          ) : (
            <PartView key={group.key} part={group.part} parts={turn.parts} />
          ),
        )}
        {turn.live.map((part, index) => (
          <div key={part.partId} className={textClass(index === turn.live.length - 1 ? "md now" : "md", part.text)}>
            <Markdown text={part.text} live />
          </div>
        ))}
      </Say>
      {busy && groups.length === 0 && <span className="caret" aria-hidden="true" />}
      {running && <RunningLine turn={turn} skew={skew} />}
      {!running && <Ending turn={turn} />}
    </Message>
  );
});

/** The answer's text, without the tool calls. */
function CopyAnswer({ turn }: { turn: Turn }) {
  const text = withoutSay(turn.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n"));
  return (
    text !== "" && (
      <MessageActions>
        <CopyButton text={text} label="Copy message" />
      </MessageActions>
    )
  );
}

function PartView({ part, parts }: { part: TurnPart; parts: readonly TurnPart[] }) {
  switch (part.type) {
    case "text":
      return (
        <div className={textClass("md", part.text)}>
          <Markdown text={part.text} />
        </div>
      );
    case "commit":
      return <CommitCard commit={part.commit} />;
    case "notice":
      return <Notice notice={part.notice} below={parts.slice(parts.indexOf(part) + 1)} />;
    case "project":
      return (
        <p className={styles.footNote}>
          <FolderGit2 className="i s14" aria-hidden="true" /> Opened project <b className="med">{part.project.name}</b>
        </p>
      );
    case "why":
      return <WhyLine why={part.why} />;
    case "tool":
      return null;
  }
}

function RunningLine({ turn, skew }: { turn: Turn; skew: number }) {
  const { stop } = useConversation();
  const now = useClock(true, 250);
  const tools = turn.parts.filter((part) => part.type === "tool");
  const last = tools.at(-1)?.call;
  const output = last?.state === "running" ? last.output?.trimEnd().split("\n").at(-1) : undefined;
  return (
    <div className={styles.live}>
      <Ring state="working" size={12} label="" />
      <span className="c-run med">{stop.pending ? "Stopping" : last?.state === "running" ? describeCallNow(last) : "Writing"}</span>
      <span className="num">{formatElapsed(now + skew - (turn.startedAt ?? turn.at))}</span>
      {output && <code className="t only-d">{output}</code>}
      <span className="grow" />
      {stop.error && (
        <span className="c-bad" role="alert">
          {describeError(stop.error).code === "timeout" ? "No answer in 10 s" : describeError(stop.error).message}
        </span>
      )}
      <button type="button" className="btn xs" onClick={stop.run} aria-disabled={stop.pending} aria-keyshortcuts="Meta+. Control+.">
        <Square className="i s14" aria-hidden="true" />
        {stop.error ? "Retry stop" : "Stop"}
        <span className="only-d">
          <KeyCaps presses="mod+." />
        </span>
      </button>
    </div>
  );
}

const endings: Partial<Record<Turn["state"], { ring: RingState; title: string }>> = {
  stopped: { ring: "cancelled", title: "Stopped" },
  interrupted: { ring: "failed", title: "Interrupted" },
  failed: { ring: "failed", title: "This turn failed" },
};

/** How a turn ended without an answer. A notice has given the reason already. */
function Ending({ turn }: { turn: Turn }) {
  const { live } = useSpace();
  const address = useAddress();
  const ending = endings[turn.state];
  if (!ending) return null;
  const explained = turn.parts.some((part) => part.type === "notice" && part.notice.level !== "info");
  return (
    <div className={turn.state === "failed" && !explained ? "quiet bad" : "quiet"}>
      <Ring state={ending.ring} label="" />
      <div>
        <b className="b">
          {ending.title}
          {turn.ms !== undefined && ` after ${formatDuration(turn.ms)}`}
        </b>
        {turn.reason && !explained && (
          <p className="sub">
            {reasonText(turn.reason)}
            <LazyPlanLink after={turn.reason} />
          </p>
        )}
        {turn.kept && <p className="sub">{turn.kept}</p>}
        {turn.state !== "failed" && (
          <button
            type="button"
            className="link"
            onClick={() => live.send("Carry on from where you stopped.", { ...address, clientId: `carry-${turn.turnId}` })}
          >
            Carry on from here
          </button>
        )}
      </div>
    </div>
  );
}

const reasonTexts: Record<string, string> = {
  host_unreachable: "The machine it ran on did not answer. Nothing that was committed is lost.",
  agent_restarted: "Its process ended in the middle of the turn.",
  aborted: "The agent stopped before it was done.",
  stopped: "You stopped it.",
  budget: "The budget of its task is used up. It goes on when you raise that.",
};
function reasonText(reason: string): string {
  return reasonTexts[reason] ?? (/^[a-z_.]+$/.test(reason) ? `${reason.replaceAll(/[_.]/g, " ")}.` : reason);
}
