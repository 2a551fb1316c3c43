import { Link } from "@tanstack/react-router";
import { useId, useRef, useState } from "react";
import type { StoredEvent } from "../../../schema/event.ts";
import type { OpencodeSession } from "../../../schema/opencode/session.ts";
import { limits } from "../../../schema/wire/limits.ts";
import { MemberText } from "../conversation/member-text.tsx";
import { useAction, useActionQuery } from "../live/use-action.ts";
import { useTitle } from "../shell/page-title.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Markdown } from "../ui/markdown/markdown.tsx";
import { Refusal } from "../ui/refusal.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { ArchiveSession, describeSession, RenameSession } from "./session-parts.tsx";

const shownEntries = 200;
/** One session: what was said in it, and the way to go on. */
export function SessionPage({ id }: { id: OpencodeSession["id"] }) {
  const query = useActionQuery("session", { sessionId: id });
  const said = useActionQuery("sessionEvents", { sessionId: id, limit: shownEntries });
  const [renaming, setRenaming] = useState(false);
  const session = query.data?.session;
  useTitle(session?.title ?? "Session");
  return (
    <>
      <div className="bar">
        <h1 className="t grow">{session?.title ?? "Session"}</h1>
        <Link className="btn" to="/session">
          All sessions
        </Link>
      </div>
      <ScrollPage label={session?.title ?? "Session"}>
        <div className="narrow col">
          {query.isError && <Failed error={query.error} retry={query.refetch} />}
          {query.isPending && <p className="empty s13">Reading</p>}
          {session && (
            <>
              {renaming && <RenameSession session={session} onClose={() => setRenaming(false)} />}
              <p className="s13 sub">{describeSession(session)}</p>
              <div className="fx">
                {!renaming && (
                  <button type="button" className="btn" aria-label={`Rename ${session.title}`} onClick={() => setRenaming(true)}>
                    Rename
                  </button>
                )}
                <ArchiveSession session={session} />
              </div>
              {said.isError && <Failed error={said.error} retry={said.refetch} />}
              <Said events={said.data?.events ?? []} agent={session.agent.title} />
              {said.data?.events.length === shownEntries && (
                <p className="s12 sub">
                  These are its last {shownEntries} entries. All of them are in <Link to="/">the agent's channel</Link>.
                </p>
              )}
              <SayHere session={session} />
              <SessionDetails session={session} />
            </>
          )}
        </div>
      </ScrollPage>
    </>
  );
}

type Line = { key: string; who: string; at: number; own: boolean; text: string };
function toLine(event: StoredEvent, agent: string): Line | undefined {
  const { seq, at, kind, body } = event;
  const line = { key: `${seq}`, at };
  if (kind === "message.sent" || kind === "session.turn") return { ...line, who: "You", own: true, text: body.text };
  if (kind === "message.text") return { ...line, key: body.partId, who: agent, own: false, text: body.text };
  if (kind === "agent.prompt" && body.shown) return { ...line, who: "The platform", own: true, text: body.shown };
  return kind === "notice" ? { ...line, who: "Notice", own: true, text: body.text } : undefined;
}
function Said({ events, agent }: { events: readonly StoredEvent[]; agent: string }) {
  const lines = new Map<string, Line>();
  for (const event of events) {
    const line = toLine(event, agent);
    if (line) lines.set(line.key, line); // later words of a block replace the earlier
  }
  if (lines.size === 0) return <p className="empty s13">Nothing was said in it yet.</p>;
  return [...lines.values()].map((line) => (
    <article key={line.key} className="card" aria-label={`${line.who}, ${formatTime(line.at)}`}>
      <p className="s12 sub">
        {line.who} · {formatDay(line.at)} {formatTime(line.at)}
      </p>
      {line.own ? <MemberText text={line.text} name={line.key} /> : <Markdown text={line.text} />}
    </article>
  ));
}

/**
 * A message to the session. It stays here until it is known to be kept; a second press sends no second
 * one.
 */
function SayHere({ session: { id, agent, archived } }: { session: OpencodeSession }) {
  const field = useId();
  const [text, setText] = useState("");
  const clientId = useRef(crypto.randomUUID());
  const send = useAction("send");
  const words = text.trim();
  if (archived) return <p className="s13 sub">It is archived. Resume it to go on.</p>;
  if (agent.retired) return <p className="s13 sub">{agent.title} was retired, so nobody goes on with it.</p>;
  const press = () => {
    if (send.isPending || words === "") return;
    send.mutate(
      { clientId: clientId.current, session: id, text: words },
      {
        onSuccess: () => {
          clientId.current = crypto.randomUUID();
          setText("");
        },
      },
    );
  };
  return (
    <form
      className="ptask form"
      aria-label="Go on with it"
      onSubmit={(event) => {
        event.preventDefault();
        press();
      }}
    >
      <div className="field">
        <label htmlFor={field}>Say something to {agent.title} here</label>
        <textarea
          id={field}
          className="inp"
          rows={3}
          maxLength={limits.messageText}
          value={text}
          onChange={(event) => {
            if (!send.isPending) setText(event.target.value);
          }}
        />
      </div>
      {send.isError && (
        <p className="s13 c-bad" role="alert">
          <Refusal error={send.error}> Your message is kept here.</Refusal>
        </p>
      )}
      <div className="fx">
        <button type="submit" className="btn pri" aria-disabled={send.isPending || words === ""}>
          {send.isPending ? "Sending" : "Send"}
        </button>
      </div>
    </form>
  );
}

function SessionDetails({ session }: { session: OpencodeSession }) {
  return (
    <details className="fold s13">
      <summary>Details</summary>
      <p className="s12 sub rule-what">
        Session <code>{session.id}</code>. OpenCode's own:{" "}
        {session.opencode ? <code>{session.opencode}</code> : "made with its first message"}. Begun {formatDay(session.createdAt)}{" "}
        {formatTime(session.createdAt)}
        {session.task && (
          <>
            {" "}
            for the task <code>{session.task}</code>
          </>
        )}
        .
      </p>
    </details>
  );
}
