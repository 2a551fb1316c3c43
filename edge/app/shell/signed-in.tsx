import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { AppError } from "../../../schema/wire/error.ts";
import type { Sessions } from "../account/session.ts";
import { EdgeApi } from "../live/api.ts";
import { AppServices } from "../live/workspace.ts";
import { onReminderOpen } from "../reminder/web-push.ts";
import { router } from "./router.tsx";

const retryable = (error: unknown) => error instanceof AppError && ["unavailable", "timeout", "upstream"].includes(error.code);
/**
 * Whether the browser believes in a network says nothing of ours: this may be the same machine's. A call is
 * made at once and fails with a word; the library would keep it, silent, and make it at any later time.
 */
const networkMode = "always";
const reading = { staleTime: 30_000, refetchOnWindowFocus: false, refetchOnReconnect: true };
const queries = new QueryClient({
  defaultOptions: {
    queries: { ...reading, networkMode, retry: (count, error) => count < 3 && retryable(error) },
    mutations: { networkMode },
  },
});
onReminderOpen((path) => router.history.push(path));

/** The pages and their queries, which the door does not need. */
export default function SignedIn({ sessions }: { sessions: Sessions }) {
  const doors = useMemo(() => ({ sessions, api: new EdgeApi(sessions) }), [sessions]);
  const isAway = useSyncExternalStore(sessions.subscribe, () => sessions.awayAt !== undefined);
  useEffect(() => {
    // What could not be read while there was no token to read it with.
    if (!isAway) void queries.refetchQueries({ type: "active", predicate: ({ state }) => state.status === "error" });
  }, [isAway]);
  return (
    <QueryClientProvider client={queries}>
      <AppServices value={doors}>
        <RouterProvider router={router} />
      </AppServices>
    </QueryClientProvider>
  );
}
