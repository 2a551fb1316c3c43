import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useMemo } from "react";
import { AppError } from "../../schema/error.ts";
import { Api } from "./api.ts";
import { Doors } from "./context.ts";
import { onOpen } from "./push.ts";
import { router } from "./router.tsx";
import type { Sessions } from "./session.ts";

const retryable = (error: unknown) => error instanceof AppError && ["unavailable", "timeout", "upstream"].includes(error.code);
const queries = new QueryClient({
  defaultOptions: { queries: { retry: (count, error) => count < 3 && retryable(error), staleTime: 30_000, refetchOnWindowFocus: false } },
});
onOpen((path) => router.history.push(path));

/** What the door does not need: pages, and what they ask. */
export default function SignedIn({ sessions }: { sessions: Sessions }) {
  const doors = useMemo(() => ({ sessions, api: new Api(sessions) }), [sessions]);
  return (
    <QueryClientProvider client={queries}>
      <Doors value={doors}>
        <RouterProvider router={router} />
      </Doors>
    </QueryClientProvider>
  );
}
