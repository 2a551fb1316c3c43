import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useMemo } from "react";
import { AppError } from "../../../schema/wire/error.ts";
import type { Sessions } from "../account/session.ts";
import { EdgeApi } from "../live/api.ts";
import { AppServices } from "../live/workspace.ts";
import { onReminderOpen } from "../reminder/web-push.ts";
import { router } from "./router.tsx";

const retryable = (error: unknown) => error instanceof AppError && ["unavailable", "timeout", "upstream"].includes(error.code);
const queries = new QueryClient({
  defaultOptions: { queries: { retry: (count, error) => count < 3 && retryable(error), staleTime: 30_000, refetchOnWindowFocus: false } },
});
onReminderOpen((path) => router.history.push(path));

/** The pages and their queries, which the door does not need. */
export default function SignedIn({ sessions }: { sessions: Sessions }) {
  const doors = useMemo(() => ({ sessions, api: new EdgeApi(sessions) }), [sessions]);
  return (
    <QueryClientProvider client={queries}>
      <AppServices value={doors}>
        <RouterProvider router={router} />
      </AppServices>
    </QueryClientProvider>
  );
}
