import { BookOpen, Box, GitBranch, LogOut } from "lucide-react";
import { type ReactNode, Suspense, useEffect, useRef } from "react";
import { trialDays } from "../../../schema/billing/entitlement.ts";
import { subscriptionPlans } from "../../../schema/billing/subscription-plan.ts";
import { errorTable } from "../../../schema/wire/error.ts";
import { LazyAwayLine } from "../away/lazy-away-line.ts";
import { describeError } from "../ui/describe-error.ts";
import { Logo, Ring } from "../ui/ring.tsx";
import styles from "./door.module.css";

/** A page with one thing to do. Focus goes to its heading, so that a screen reader starts there. */
export function DoorPage({ title, children }: { title: string; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · GrowQR`;
    heading.current?.focus();
  }, [title]);
  return (
    <main className="door">
      <div>
        <Logo size={40} />
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {children}
        <Suspense>
          <LazyAwayLine />
        </Suspense>
      </div>
    </main>
  );
}

type UnreachableProps = { title: string; retry: () => void; error?: unknown; text?: string };
const noAnswer = "The server does not answer. Your work goes on without this page; nothing is lost.";
export function Unreachable({ title, retry, error, text = noAnswer }: UnreachableProps) {
  const { message, requestId } = describeError(error);
  return (
    <DoorPage title={title}>
      <p className="sub">{error ? message : text}</p>
      {requestId && (
        <p className="s12 sub">
          Reference <code>{requestId}</code>
        </p>
      )}
      <button type="button" className="btn pri big" onClick={retry}>
        Try again
      </button>
    </DoorPage>
  );
}

export function NotFound() {
  return (
    <DoorPage title="There is nothing here">
      <p className="sub">The address is wrong, or what it named is gone.</p>
      <a className="btn pri big" href="/">
        Go to your agent
      </a>
    </DoorPage>
  );
}

export function describeStart(error: unknown): string {
  const { code, message } = describeError(error);
  const isSaid = !errorTable[code].retryable || message.includes("Nothing is lost");
  return isSaid ? message : `${message} Nothing is lost: try again in a moment.`;
}
type TrialProps = {
  name: string;
  /** One that is paid, or will be: there is no trial to begin. */
  hasPlan: boolean;
  waiting: boolean;
  error: unknown;
  start: () => void;
  signOut: () => void;
  children?: ReactNode;
};

/** The page of a person without an agent. */
export function Trial({ name, hasPlan, waiting, error, start, signOut, children }: TrialProps) {
  const press = hasPlan ? "Set up your agent" : "Start free trial";
  const busy = hasPlan ? "Setting up your agent" : "Starting your trial";
  return (
    <DoorPage title={`Welcome, ${name.split(" ")[0]}`}>
      <p className="sub">
        {hasPlan ? "With your plan" : "Start your trial, and"} an agent of your own is set up for you. That takes some seconds; on a new
        machine it takes some minutes.
      </p>
      {!hasPlan && <TrialGets />}
      {error !== undefined && (
        <p className="c-bad s13" role="alert">
          {describeStart(error)}
        </p>
      )}
      <button type="button" className="btn pri big" onClick={start} aria-disabled={waiting} disabled={waiting}>
        {waiting ? busy : press}
      </button>
      {!hasPlan && (
        <p className="s12 sub">
          No card is asked for. When it ends, what you have online is no longer shown until you choose a plan; your history stays readable,
          and nothing is deleted.
        </p>
      )}
      {children}
      <button type="button" className="btn ghost" onClick={signOut}>
        <LogOut className="i" aria-hidden="true" /> Sign out
      </button>
    </DoorPage>
  );
}
function TrialGets() {
  const { trial } = subscriptionPlans;
  return (
    <section className="card" aria-label="What the trial has">
      <div className="fx">
        <b className="grow">{trial.title}</b>
        <span className="chip acc">Free for {trialDays} days</span>
      </div>
      <ul className={styles.gets} style={{ marginTop: 8 }}>
        <li>
          <Box className="i" aria-hidden="true" />
          <span>
            It makes what you ask for and shows it to you, on a computer of its own that nobody else’s agent can reach: {trial.cpus} CPUs,{" "}
            {trial.memoryMb / 1024} GB
          </span>
        </li>
        <li>
          <GitBranch className="i" aria-hidden="true" />
          <span>Every version of every file is kept</span>
        </li>
        <li>
          <BookOpen className="i" aria-hidden="true" />
          <span>It remembers what you told it, where you can read and change it</span>
        </li>
        <li>
          <Ring state="idle" label="" />
          <span>${(trial.modelMicros / 1_000_000).toFixed(0)} for its thinking, which is paid for by use</span>
        </li>
      </ul>
    </section>
  );
}

/** At the start, or where signing out failed. `isSignIn`: our own server answers, and Clerk does not. */
export function NoSession({ isSignIn, retry }: { isSignIn: boolean; retry: () => void }) {
  if (!isSignIn) return <Unreachable title="GrowQR cannot be reached" retry={retry} />;
  const text = "Nobody can be signed in or out right now. Your agents go on without this page; nothing is lost.";
  return <Unreachable title="Sign-in cannot be reached" text={text} retry={retry} />;
}
