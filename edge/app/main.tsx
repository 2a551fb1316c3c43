import "./app.css";
import { lazy, StrictMode, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { NoSession } from "./account/door.tsx";
import { Sessions } from "./account/session.ts";
import { watchErrors } from "./shell/browser-errors.ts";
import { ErrorBoundary } from "./shell/error-boundary.tsx";
import { reloadOnce } from "./shell/reload-once.ts";
import { Ring } from "./ui/ring.tsx";

const SignIn = lazy(() => import("./account/sign-in/sign-in.tsx"));
const SignedIn = lazy(() => import("./shell/signed-in.tsx"));

function App({ sessions }: { sessions: Sessions }) {
  const state = useSyncExternalStore(sessions.subscribe, () => sessions.state);
  switch (state.type) {
    case "starting":
      return <Starting />;
    case "unreachable":
      return <NoSession isSignIn={sessions.config !== undefined} retry={() => void sessions.start()} />;
    case "signed-out":
      return (
        <Suspense fallback={<Starting />}>
          <SignIn ended={state.ended} sessions={sessions} />
        </Suspense>
      );
    case "signed-in":
      return (
        <Suspense fallback={<Starting />}>
          <SignedIn sessions={sessions} />
        </Suspense>
      );
  }
}

/** Blank at first: most starts end before anyone could read a word. */
export function Starting() {
  const [shown, show] = useState(false);
  useEffect(() => {
    const timer = setTimeout(show, 300, true);
    return () => clearTimeout(timer);
  }, []);
  return <main className="door">{shown && <Ring state="working" size={20} label="Loading" />}</main>;
}

/**
 * A chunk failed to load: a new version replaced it, or the network failed. The page reloads once in a while.
 */
window.addEventListener("vite:preloadError", (event) => {
  if (reloadOnce()) event.preventDefault();
});

watchErrors();
const sessions = new Sessions();
const rootElement = document.getElementById("app");
if (!rootElement) throw new Error("the page has no place for the app");
createRoot(rootElement).render(
  <StrictMode>
    <ErrorBoundary>
      <App sessions={sessions} />
    </ErrorBoundary>
  </StrictMode>,
);
void sessions.start();
