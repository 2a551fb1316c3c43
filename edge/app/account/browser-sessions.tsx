import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { failureText } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { useScreen } from "../shell/screen.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { type BrowserSession, endBrowserSession, listBrowserSessions } from "./person.ts";

export const sessionsKey = ["browser-sessions"];

/** Each browser with a session of the person's; any of them is ended from here, and all at once. */
export function BrowserSessions() {
  const { sessions } = useServices();
  const queries = useQueryClient();
  const { ask } = useScreen();
  const query = useQuery({ queryKey: sessionsKey, queryFn: () => listBrowserSessions(sessions), staleTime: 0, refetchOnWindowFocus: true });
  const everywhere = useMutation({
    mutationFn: async () => {
      for (const { id, here } of await listBrowserSessions(sessions)) if (!here) await endBrowserSession(sessions, id);
      sessions.signOut();
    },
    onError: () => queries.invalidateQueries({ queryKey: sessionsKey }),
  });
  const others = (query.data ?? []).filter(({ here }) => !here).length;
  const question = {
    title: "Sign out everywhere?",
    text: "This browser and every other one is signed out. Your agents go on.",
    yes: "Sign out everywhere",
    act: () => everywhere.mutate(),
  };
  return (
    <section className="col" aria-label="Where you are signed in" style={{ gap: 8, alignItems: "flex-start" }}>
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      {query.isPending && <p className="empty s13">Reading</p>}
      <ul className="rules" style={{ alignSelf: "stretch" }}>
        {query.data?.map((session) => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
      {query.data && others === 0 && <p className="s13 sub">You are signed in nowhere else.</p>}
      <button type="button" className="btn" aria-disabled={everywhere.isPending} onClick={() => !everywhere.isPending && ask(question)}>
        {everywhere.isPending ? "Signing out" : "Sign out everywhere"}
      </button>
      {everywhere.isError && (
        <p className="s13 c-bad" role="alert">
          {failureText(everywhere.error)} Some browsers may still be signed in.
        </p>
      )}
    </section>
  );
}

function SessionRow({ session: { id, here, name, place, lastActiveAt } }: { session: BrowserSession }) {
  const { sessions } = useServices();
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () => endBrowserSession(sessions, id),
    onSettled: () => queries.invalidateQueries({ queryKey: sessionsKey }),
  });
  const about = [here ? "This browser" : `Last here ${formatDay(lastActiveAt)} ${formatTime(lastActiveAt)}`, place].filter(Boolean);
  return (
    <li>
      <div className="grow">
        <p className="med t">{name}</p>
        <p className="s12 sub">{about.join(" · ")}</p>
        {end.isError && (
          <p className="s12 c-bad" role="alert">
            {failureText(end.error)} It is still signed in.
          </p>
        )}
      </div>
      {!here && (
        <button
          type="button"
          className="btn"
          aria-disabled={end.isPending}
          aria-label={`Sign out ${name}`}
          onClick={() => !end.isPending && end.mutate()}
        >
          {end.isPending ? "Signing out" : "Sign out"}
        </button>
      )}
    </li>
  );
}
