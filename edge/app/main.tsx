import "./app.css";
import "./team.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode, useEffect, useState, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { AppError } from "../../schema/error.ts";
import { Api } from "./api.ts";
import { Doors } from "./context.ts";
import { SignIn, Unreachable } from "./door.tsx";
import { onOpen } from "./push.ts";
import { Ring } from "./ring.tsx";
import { router } from "./router.tsx";
import { Sessions } from "./session.ts";

function App({ sessions }: { sessions: Sessions }) {
  const state = useSyncExternalStore(sessions.subscribe, () => sessions.state);
  switch (state.type) {
    case "starting":
      return <Starting />;
    case "unreachable":
      return <Unreachable what="GrowQR cannot be reached" retry={() => void sessions.start()} />;
    case "signed-out":
      return <SignIn ended={state.ended} />;
    case "signed-in":
      return <RouterProvider router={router} />;
  }
}

/** Blank at first: most starts are over before anyone could read a word. */
export function Starting() {
  const [shown, show] = useState(false);
  useEffect(() => {
    const timer = setTimeout(show, 300, true);
    return () => clearTimeout(timer);
  }, []);
  return <main className="door">{shown && <Ring state="working" size={20} label="Loading" />}</main>;
}

/** A part of the app did not load: a new version replaced it, or the network blinked. The page is loaded anew, once in a while at most. */
window.addEventListener("vite:preloadError", (event) => {
  const last = Number(sessionStorage.getItem("growqr.reloaded") ?? 0);
  if (Date.now() - last < 10_000) return;
  sessionStorage.setItem("growqr.reloaded", String(Date.now()));
  event.preventDefault();
  location.reload();
});

onOpen((path) => router.history.push(path));

const sessions = new Sessions();
const api = new Api(sessions);
const retryable = (error: unknown) => error instanceof AppError && ["unavailable", "timeout", "upstream"].includes(error.code);
const queries = new QueryClient({
  defaultOptions: { queries: { retry: (count, error) => count < 3 && retryable(error), staleTime: 30_000, refetchOnWindowFocus: false } },
});

const root = document.getElementById("app");
if (!root) throw new Error("the page has no place for the app");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Doors value={{ sessions, api }}>
        <App sessions={sessions} />
      </Doors>
    </QueryClientProvider>
  </StrictMode>,
);
void sessions.start();
