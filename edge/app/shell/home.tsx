import { useQuery } from "@tanstack/react-query";
import { Outlet, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useContext, useMemo, useState } from "react";
import type { MeOut } from "../../../schema/account/account.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { Trial, Unreachable } from "../account/door.tsx";
import { useStartAgent } from "../account/start-agent.ts";
import { LazyAwayLine } from "../away/lazy-away-line.ts";
import { useServices } from "../live/workspace.ts";
import { Ring } from "../ui/ring.tsx";
import { Sure } from "./confirm-dialog.tsx";
import Frame from "./frame.tsx";
import { type ConfirmQuestion, Screen } from "./screen.ts";
import { useBackCloses } from "./use-back-closes.ts";

const Erased = lazy(() => import("../account/erased.tsx").then(({ Erased }) => ({ default: Erased })));

const Wait = () => (
  <main className="door">
    <Ring state="working" size={20} label="Loading" />
  </main>
);

/** The account first: who has an agent sees the workspace, who has none is offered the trial. */
export function Home() {
  const { api } = useServices();
  const room = useRouterState({ select: ({ location }) => location.pathname.split("/")[1] ?? "" });
  const me = useQuery({ queryKey: ["me"], queryFn: () => api.me() });
  if (me.isPending) return <Wait />;
  if (me.isError) {
    if (me.error instanceof AppError && me.error.code === "unauthenticated") return <Wait />; // the session's screen follows
    if (me.error instanceof AppError && me.error.code === "erased")
      return (
        <Suspense fallback={<Wait />}>
          <Erased />
        </Suspense>
      );
    // Of an account that could not be read again the page stays.
    if (!me.data) return <Unreachable title="Your account cannot be loaded" error={me.error} retry={() => void me.refetch()} />;
  }
  if (!me.data.agent && opensAlone(room, me.data.roles)) return <PageAlone />;
  if (!me.data.agent) return <NoAgent me={me.data} />;
  return <Frame me={me.data} agent={me.data.agent} />;
}

/**
 * What is there without an agent of one's own: the account, the plans, and the page of support, which tells
 * everyone the id by which an operator gives them the role; machines and payments for operators.
 */
const opensAlone = (room: string, roles: readonly string[]): boolean =>
  ["profile", "plan-usage", "help-desk"].includes(room) || (["machine", "payment-desk"].includes(room) && roles.includes("operator"));
function PageAlone() {
  const [question, ask] = useState<ConfirmQuestion>();
  const around = useContext(Screen);
  const screen = useMemo(() => ({ ...around, ask }), [around]);
  useBackCloses(question !== undefined, () => ask(undefined));
  return (
    <Screen value={screen}>
      <main className="main" id="main" style={{ height: "100dvh" }}>
        <nav className="fx" aria-label="Way back">
          <a className="btn ghost" href="/">
            Back to the start
          </a>
        </nav>
        <Suspense>
          <LazyAwayLine accountOnly />
        </Suspense>
        <Outlet />
      </main>
      {question && <Sure question={question} close={() => ask(undefined)} />}
    </Screen>
  );
}

function NoAgent({ me }: { me: MeOut }) {
  const { sessions } = useServices();
  const start = useStartAgent({ hasPlan: me.subscription !== null });
  return (
    <Trial
      name={me.member.name}
      hasPlan={me.subscription !== null && me.subscription.plan !== "trial"}
      waiting={start.isPending || start.isSuccess}
      error={start.error ?? undefined}
      start={() => start.mutate()}
      signOut={() => sessions.signOut()}
    >
      <a className="btn ghost" href="/plan-usage">
        {me.subscription ? "Plan and usage" : "Choose a plan instead"}
      </a>
      <a className="btn ghost" href="/profile">
        Your account
      </a>
      {me.roles.includes("operator") && (
        <>
          <a className="btn ghost" href="/machine">
            Machines
          </a>
          <a className="btn ghost" href="/payment-desk">
            Payments
          </a>
        </>
      )}
      {me.roles.some((role) => role === "support" || role === "operator") && (
        <a className="btn ghost" href="/help-desk">
          Support
        </a>
      )}
    </Trial>
  );
}
