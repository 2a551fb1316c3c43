import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { type OpencodeSession, sessionCreateIn } from "../../../schema/opencode/session.ts";
import { useAction, useActionPages } from "../live/use-action.ts";
import { useTitle } from "../shell/page-title.ts";
import { Field } from "../ui/form/field.tsx";
import { FormEnd } from "../ui/form/form-end.tsx";
import { readInput, useForm } from "../ui/form/use-form.ts";
import { Failed } from "../ui/load-failed.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { SessionPage } from "./session-page.tsx";
import { ArchiveSession, describeSession, RenameSession } from "./session-parts.tsx";

/** OpenCode's sessions of the person's agents: each is a conversation that one of them can go on with. */
export function SessionsScreen() {
  const { id } = useSearch({ from: "/session" });
  return id === undefined ? <SessionList /> : <SessionPage key={id} id={id} />;
}

function SessionList() {
  const { archived } = useSearch({ from: "/session" });
  const [adding, setAdding] = useState(false);
  const { query, pages, more } = useActionPages("sessions", { state: archived ? "archived" : "open" });
  const sessions = pages.flatMap((page) => page.sessions);
  useTitle("Sessions");
  return (
    <>
      <div className="bar">
        <h1>Sessions</h1>
        <span className="grow" />
        <Link className="btn" to="/session" search={archived ? {} : { archived: 1 }}>
          {archived ? "Those in use" : "Archived"}
        </Link>
        <button type="button" className="btn" onClick={() => setAdding(true)}>
          <Plus className="i s14" aria-hidden="true" /> New session
        </button>
      </div>
      <ScrollPage label="Sessions">
        <div className="narrow col">
          {query.isError && <Failed error={query.error} retry={query.refetch} />}
          {adding && <NewSession onClose={() => setAdding(false)} />}
          <ul className="rules">
            {sessions.map((session) => (
              <SessionRow key={session.id} session={session} />
            ))}
          </ul>
          {query.hasNextPage && (
            <button type="button" className="btn" aria-disabled={query.isFetchingNextPage} onClick={more}>
              {query.isFetchingNextPage ? "Reading" : "Show more"}
            </button>
          )}
          {sessions.length === 0 && !query.isError && (
            <div className="empty">
              <b className="b">{query.isPending ? "Reading" : archived ? "Nothing is archived" : "No sessions yet"}</b>
              <p className="sub">
                {archived
                  ? "A session that you archive is kept here, and can be resumed."
                  : "An agent begins one when you talk to it, and another with each task. Make one of your own to try something beside that."}
              </p>
            </div>
          )}
        </div>
      </ScrollPage>
    </>
  );
}

function NewSession({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const make = useAction("sessionCreate");
  const form = useForm({
    first: () => ({ title: "" }),
    read: ({ title }) => readInput(sessionCreateIn, title.trim() === "" ? {} : { title }),
    send: (input, after) =>
      make.mutate(input, {
        ...after,
        onSuccess: ({ session }) => {
          after.onSuccess();
          void navigate({ to: "/session", search: { id: session.id } });
        },
      }),
    busy: make.isPending || make.isSuccess, // the form leaves with what was made
  });
  return (
    <form {...form.props} className="ptask form" aria-label="New session" autoComplete="off">
      <Field label="What it is about" {...form.field("title")} maxLength={120} focus placeholder="New session" />
      <p className="s12 sub">Your Grow Agent works in it. What is said there stays out of its other conversations.</p>
      <FormEnd change={make} unchanged="No session was made." press="Make it" busy="Making it" onClose={onClose} />
    </form>
  );
}

function SessionRow({ session }: { session: OpencodeSession }) {
  const [renaming, setRenaming] = useState(false);
  const { id, title } = session;
  if (renaming)
    return (
      <li className="wrap">
        <RenameSession session={session} onClose={() => setRenaming(false)} />
      </li>
    );
  return (
    <li className="wrap">
      <div className="grow">
        <Link className="link med rule-what" to="/session" search={{ id }}>
          {title}
        </Link>
        <p className="s12 sub rule-what">{describeSession(session)}</p>
      </div>
      <button type="button" className="btn" aria-label={`Rename ${title}`} onClick={() => setRenaming(true)}>
        Rename
      </button>
      <ArchiveSession session={session} />
    </li>
  );
}
